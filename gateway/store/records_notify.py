"""What the store keeps of registrations and of events on their way to a Buyer. No I/O, no SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from gateway.lso.identifiers import BuyerId, Dealing, Interface, PoqId, SellerId
from gateway.store.records import JsonText

SubscriptionId = NewType("SubscriptionId", str)
DeliveryId = NewType("DeliveryId", str)


@dataclass(frozen=True)
class Subscription:
    """One registration of a Buyer for events (87.1-R67). `callback` and `query` are as the Buyer sent them.

    `buyer_parameter` and `seller_parameter`: the query parameters buyerId and sellerId of the registration, where it
    had them. `disabled`: since when the listener wants no more.
    """

    id: SubscriptionId
    interface: Interface
    buyer: BuyerId
    seller: SellerId
    callback: str
    query: str | None
    poq_events: bool
    item_events: bool
    created: datetime
    buyer_parameter: str | None = None
    seller_parameter: str | None = None
    disabled: datetime | None = None

    @property
    def dealing(self) -> Dealing:
        """Who deals with whom."""
        return Dealing(self.buyer, self.seller)


class DeliveryState(StrEnum):
    """Of one event on its way to one registration. The first two are open, the others settled."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True)
class ClaimedDelivery:
    """An event that is this process's to deliver until the instant `until`; after that, somebody else's.

    `attempts` counts this one too; `expires` is when the event is given up; `body` is the whole notification.
    """

    id: DeliveryId
    subscription: Subscription
    poq_id: PoqId
    event_id: str
    event_type: str
    body: JsonText
    attempts: int
    expires: datetime
    until: datetime


@dataclass(frozen=True)
class Arrived:
    """The listener took it."""


@dataclass(frozen=True)
class Repeat:
    """It is sent again at `due`, and what comes after it waits. `note` is for the operator."""

    due: datetime
    note: str


@dataclass(frozen=True)
class GiveUp:
    """It is a dead letter, and what comes after it goes on."""

    note: str


@dataclass(frozen=True)
class Unwanted:
    """The listener wants no events any more: the registration is disabled, all that waits for it is dead."""

    note: str


Verdict = Arrived | Repeat | GiveUp | Unwanted


@dataclass(frozen=True)
class Settlement:
    """What became of a claimed delivery."""

    claimed: ClaimedDelivery
    verdict: Verdict


@dataclass(frozen=True)
class Turn:
    """What a turn of the dispatcher gave. `next_due`: when something becomes due that is not yet; None: nothing is."""

    claimed: Sequence[ClaimedDelivery]
    next_due: datetime | None


@dataclass(frozen=True)
class DeliveryFilter:
    """Which deliveries an operator means; None means any."""

    state: DeliveryState | None = None
    subscription: SubscriptionId | None = None
    poq_id: PoqId | None = None


@dataclass(frozen=True)
class DeliveryRecord:
    """One delivery as an operator sees it. `due`: when it is sent (again); None while an earlier one waits."""

    id: DeliveryId
    state: DeliveryState
    subscription: SubscriptionId
    disabled: datetime | None
    buyer: BuyerId
    callback: str
    poq_id: PoqId
    number: int
    event_id: str
    event_type: str
    time: datetime
    due: datetime | None
    attempts: int
    expires: datetime
    settled: datetime | None
    note: str | None
    body: JsonText


@dataclass(frozen=True)
class Replayed:
    """How many deliveries wait again, and how many do not since their registration is disabled."""

    waiting: int
    disabled: int
