"""The ids that a request names: places by address or site, products, offerings, specifications (P29, P31, P40).

The request may be broken elsewhere: only sound values are collected, as the rules of the guide do. Asks nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from gateway.lso.agreement import PLACE_TYPES
from gateway.lso.identifiers import ItemId
from gateway.lso.problems import Path
from gateway.lso.request import ITEMS
from gateway.lso.rules.context import Node
from gateway.mapping.kinds import PLACE_KINDS, ReferenceKey, ReferenceKind
from gateway.values import value


@value(frozen=True)
class Reference:
    """One id in the request: what it stands for, where, and in which item (by index, and by id: empty if not sound)."""

    kind: ReferenceKind
    id: str
    path: Path
    item: int
    item_id: ItemId

    @property
    def key(self) -> ReferenceKey:
        return self.kind, self.id


def collect(document: Mapping[str, Any], *, place_types: Collection[str] = PLACE_TYPES) -> list[Reference]:
    """The ids of a request that could be asked for, as far as they are sound; `document` may be broken elsewhere.

    Of a place whose `@type` is not among the agreed `place_types` nothing is checked (P38).
    """
    return [reference for item in Node((), document).objects(ITEMS) for reference in _of_item(item, place_types)]


def _of_item(item: Node, place_types: Collection[str]) -> Iterator[Reference]:
    product = item.object("product")
    if product is None:
        return
    for kind, node in _named(item, product, place_types):
        named = node.text("id")
        if named is not None:
            yield Reference(kind, named, node.at("id"), int(item.path[1]), ItemId(item.text("id") or ""))


def _named(item: Node, product: Node, place_types: Collection[str]) -> Iterator[tuple[ReferenceKind, Node]]:
    """What the members of a product name by their `id`."""
    if item.text("action") == "modify":
        yield ReferenceKind.PRODUCT, product
    for name, kind in (
        ("productOffering", ReferenceKind.OFFERING),
        ("productSpecification", ReferenceKind.SPECIFICATION),
    ):
        reference = product.object(name)
        if reference is not None:
            yield kind, reference
    for entry in product.objects("place"):
        place = entry.object("place")
        place_type = (place.text("@type") if place is not None else None) or ""
        if place is not None and place_type in PLACE_KINDS and place_type in place_types:
            yield PLACE_KINDS[place_type], place
    for relation in product.objects("productRelationship"):
        yield ReferenceKind.PRODUCT, relation


def of_item(references: Iterable[Reference], index: int) -> list[Reference]:
    """The references of one item."""
    return [one for one in references if one.item == index]


def read_by_item(document: Mapping[str, Any], references: Iterable[Reference], index: int) -> list[Reference]:
    """What the mapping of one item may read: its own references, and those of the items that it is related to."""
    items = {item.path[1]: item for item in Node((), document).objects(ITEMS)}
    own = items.get(index)
    related = {entry.text("id") for entry in own.objects("qualificationItemRelationship")} if own is not None else set()
    readable = {number for number, item in items.items() if item.text("id") is not None and item.text("id") in related}
    return [one for one in references if one.item == index or one.item in readable]
