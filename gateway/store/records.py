"""What the store keeps of a POQ. Payloads are JSON text that nobody here looks into; what is searched for has a field.

The document is kept in two parts, so that items can be counted in thousands and change one by one: the `envelope` is
the POQ's own members (the Buyer's, with the Seller's contact added) with `null` in the place of its item list, and each
item has its own text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from gateway.lso.identifiers import BuyerId, Dealing, Interface, ItemId, PoqId, SellerId
from gateway.values import value

JsonText = NewType("JsonText", str)
"""JSON as `gateway.lso.document.write_document` gives it, decoded: numbers spelled as they were sent."""


@value(frozen=True)
class StoredItem:
    """One item. `request` is the Buyer's part, `answer` the Seller's members once there are any.

    `mapping` and `mapping_version` name the mapping that answered: a running POQ ends on the version it began with.
    `due`: when an open item is to be asked (again); None: an operator answers it, or it is final. `attempts` counts how
    often it failed, and `note` is for the operator: why there is no answer yet.
    """

    item_id: ItemId
    state: str
    request: JsonText
    state_changes: JsonText
    answer: JsonText | None = None
    mapping: str | None = None
    mapping_version: int | None = None
    due: datetime | None = None
    attempts: int = 0
    note: str | None = None


@value(frozen=True)
class StoredQualification:
    """One POQ with all its items, in the Buyer's order.

    `creation_date` and `requested_completion` are aware and come back in UTC; `requested_completion_text` is the
    instant as the Buyer spelled it. `revision` grows with every change and is what a change compares before it is made.
    `deadline`: when the gateway ends the POQ if it is still open, None for never; `due`: when it is worked on next, or
    None. `expected_completion` is the Seller's estimate.
    """

    id: PoqId
    interface: Interface
    buyer: BuyerId
    seller: SellerId
    state: str
    creation_date: datetime
    envelope: JsonText
    state_changes: JsonText
    items: tuple[StoredItem, ...]
    requested_completion: datetime | None = None
    requested_completion_text: str | None = None
    external_id: str | None = None
    project_id: str | None = None
    revision: int = 1
    expected_completion: datetime | None = None
    deadline: datetime | None = None
    due: datetime | None = None

    @property
    def dealing(self) -> Dealing:
        """Who deals with whom."""
        return Dealing(self.buyer, self.seller)


@dataclass(frozen=True)
class NewEvent:
    """Something to tell the Buyer, whose POQ has just changed. `body` is the whole notification, `id` its eventId."""

    id: str
    type: str
    time: datetime
    body: JsonText


@value(frozen=True)
class StoredTrace:
    """How an item was evaluated last, as JSON in `text` (None: nothing is kept of it), by which mapping.

    `mapping` and `version` are None where it came to no mapping.
    """

    mapping: str | None
    version: int | None
    text: JsonText | None


Traces = Mapping[int, StoredTrace]
"""By the position of the item."""
