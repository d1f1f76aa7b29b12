"""A request that passed all checks, as typed views: nobody after this point looks into the document by hand.

The document itself stays within reach for mappings and for the echo. Nothing is checked here again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.lso.identifiers import ItemId
from gateway.lso.instants import parse_instant
from gateway.lso.models.items import PoqProductActionType
from gateway.lso.problems import Path
from gateway.values import value

ITEMS = "productOfferingQualificationItem"


class UseCase(StrEnum):
    """What an item asks: to add an offering (2a), to add by specification (2b), to modify (2c)."""

    ADD_OFFERING = "2a"
    ADD_SPECIFICATION = "2b"
    MODIFY = "2c"


@value(frozen=True)
class Relation:
    """To a product in service, or to another item of the request."""

    type: str
    id: str


@value(frozen=True)
class RequestItem:
    """One item. `document` is the item as sent, `index` its position in the request, from 0."""

    index: int
    id: ItemId
    action: PoqProductActionType
    use_case: UseCase
    product_type: str
    product_id: str | None
    offering_id: str | None
    specification_id: str | None
    relations: tuple[Relation, ...]
    item_relations: tuple[Relation, ...]
    document: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def path(self) -> Path:
        """Where the item stands in the request."""
        return (ITEMS, self.index)

    @property
    def product(self) -> Mapping[str, Any]:
        """The product as sent."""
        product: Mapping[str, Any] = self.document["product"]
        return product

    @property
    def configuration(self) -> Mapping[str, Any]:
        """The product's attributes as sent, `@type` among them."""
        configuration: Mapping[str, Any] = self.product["productConfiguration"]
        return configuration


@value(frozen=True)
class QualificationRequest:
    """The request. `requested_completion` is in UTC; it may be there with an immediate request too (87.1-R28)."""

    instant: bool
    provide_alternative: bool
    requested_completion: datetime | None
    items: tuple[RequestItem, ...]
    document: Mapping[str, Any] = field(repr=False, compare=False)


def read_request(document: Mapping[str, Any]) -> QualificationRequest:
    """The views of a document that has no problem, neither of structure nor of rules."""
    requested = document.get("requestedPOQCompletionDate")
    return QualificationRequest(
        instant=document["instantSyncQualification"],
        provide_alternative=document["provideAlternative"],
        requested_completion=None if requested is None else parse_instant(requested),
        items=tuple([_item(index, item) for index, item in enumerate(document[ITEMS])]),
        document=document,
    )


def _item(index: int, item: Mapping[str, Any]) -> RequestItem:
    product = item["product"]
    action = _ACTIONS[item["action"]]
    offering_id = product.get("productOffering", {}).get("id")
    return RequestItem(
        index=index,
        id=ItemId(item["id"]),
        action=action,
        use_case=_use_case(action, offering_id),
        product_type=product["productConfiguration"]["@type"],
        product_id=product.get("id"),
        offering_id=offering_id,
        specification_id=product.get("productSpecification", {}).get("id"),
        relations=_relations(product.get("productRelationship", ())),
        item_relations=_relations(item.get("qualificationItemRelationship", ())),
        document=item,
    )


# read once: a member of an enumeration costs as much as a call
_MODIFY = PoqProductActionType.MODIFY
_BY_CHANGE, _BY_SPECIFICATION, _BY_OFFERING = UseCase.MODIFY, UseCase.ADD_SPECIFICATION, UseCase.ADD_OFFERING
_ACTIONS = {action.value: action for action in PoqProductActionType}


def _use_case(action: PoqProductActionType, offering_id: str | None) -> UseCase:
    if action is _MODIFY:
        return _BY_CHANGE
    return _BY_SPECIFICATION if offering_id is None else _BY_OFFERING


def _relations(entries: Any) -> tuple[Relation, ...]:
    return tuple([Relation(entry["relationshipType"], entry["id"]) for entry in entries]) if entries else ()
