"""Functions that read the request: places, relations, related items, what is known of references, and pointers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from gateway.lso.problems import parse_pointer, pointer
from gateway.mapping.expressions.errors import ExpressionError, MissingValue
from gateway.mapping.expressions.functions.registry import Parameter, function
from gateway.mapping.expressions.values import kind
from gateway.mapping.expressions.work import charge
from gateway.mapping.kinds import PLACE_KINDS, ReferenceKey, ReferenceKind
from gateway.sources.findings import Location


class ItemView(dict[str, Any]):
    """An item as a mapping sees a related one: its request members and `answer`. `origin` is the item itself."""

    def __init__(self, origin: dict[str, Any], answer: Mapping[str, Any] | None) -> None:
        super().__init__(origin, answer=answer)
        self.origin = origin


class RequestScope(Protocol):
    """What these functions need of the scope."""

    document: Mapping[str, Any]
    item: Mapping[str, Any]
    answers: Mapping[str, Mapping[str, Any]]
    known: Mapping[ReferenceKey, Mapping[str, Any]]


Copies = dict[int, tuple[Any, Any, Any]]
"""What with_value() made in one evaluation, by its identity: the copy, of what, and the value that is new in it."""


@dataclass(frozen=True)
class Lookup:
    """A value map of the mapping file, or of a CSV file: there every cell is a text (`texts`), so 5 and '5' are one.

    `places`: where each entry stands, `otherwise` too.
    """

    name: str
    entries: Mapping[str | int, Any]
    otherwise: Any = None
    has_otherwise: bool = False
    texts: bool = False
    places: Mapping[str | int, Location] = field(default_factory=dict, repr=False, compare=False)


_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,8})\Z")
_X = Parameter("item", "item or product", nullable=True)


def _product(value: Any) -> Mapping[str, Any] | None:
    """The product of an item; a product as it is."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise ExpressionError(f"an item or a product is needed, got {kind(value)}")
    product = value.get("product", value)
    return product if isinstance(product, Mapping) else None


def _first(entries: Any, member: str, wanted: str) -> Any:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, (dict, Mapping)) and entry.get(member) == wanted:
            return entry
    return None


@function(
    _X,
    Parameter("role", "text"),
    returns="object or null",
    example="place(item, 'INSTALL_LOCATION').place.id",
)
def place(value: Any, role: str) -> Any:
    """The entry of product.place with that role (its members: place, role, subUnit, contact), or null."""
    product = _product(value)
    return None if product is None else _first(product.get("place"), "role", role)


@function(
    _X,
    Parameter("type", "text"),
    returns="object or null",
    example="relation(item, 'CONNECTS_TO_ENNI').id",
)
def relation(value: Any, relationship_type: str) -> Any:
    """The entry of product.productRelationship with that relationshipType, or null."""
    product = _product(value)
    return (
        None if product is None else _first(product.get("productRelationship"), "relationshipType", relationship_type)
    )


@function(
    Parameter("type", "text"),
    returns="item or null",
    example="place(related('CONNECTS_TO_UNI'), 'INSTALL_LOCATION')",
    reads_scope=True,
)
def related(scope: RequestScope, relationship_type: str) -> Any:
    """The item of this POQ that the item names in qualificationItemRelationship with that type, or null.

    It has the members of the request and `answer`: what that item was answered with.
    """
    entry = _first(scope.item.get("qualificationItemRelationship"), "relationshipType", relationship_type)
    if entry is None:
        return None
    others = scope.document.get("productOfferingQualificationItem", ())
    charge(10 + len(others) // 4)
    for other in others:
        if other.get("id") == entry.get("id"):
            return ItemView(other, scope.answers.get(other.get("id")))
    return None


@function(
    Parameter("reference", "place or relation of the request"),
    returns="object",
    example="known(relation(item, 'CONNECTS_TO_ENNI')).status",
    reads_scope=True,
)
def known(scope: RequestScope, reference: Any) -> Any:
    """What a references file found for a place (by address or by site), or for the product that an entry of
    productRelationship names. Where nothing was found the item fails.
    """
    key = _reference_key(reference)
    if key is None:
        raise ExpressionError(
            "known() needs a place by address or site with its id, or an entry of productRelationship"
        )
    members = scope.known.get(key)
    if members is None:
        raise MissingValue(f"known(): no references file has told what this {key[0]} is")
    return members


def _reference_key(node: Any) -> ReferenceKey | None:
    """What a place or a relation names; None for what names nothing by an id."""
    if not isinstance(node, Mapping) or not isinstance(node.get("id"), str):
        return None
    place_type = node.get("@type")
    kind_of_place = PLACE_KINDS.get(place_type) if isinstance(place_type, str) else None
    named = kind_of_place or (ReferenceKind.PRODUCT if "relationshipType" in node else None)
    return (named, node["id"]) if named else None


@function(
    Parameter("node", "object or list of the request"),
    Parameter("member", "text", optional=True),
    returns="text",
    example="pointer(relation(item, 'CONNECTS_TO_ENNI'), 'id')",
    name="pointer",
    reads_scope=True,
)
def pointer_to(scope: RequestScope, node: Any, member: str | int | None = None) -> str:
    """The JSON Pointer of a part of the request (or of a member of it): where a refusal points to."""
    path = _find(scope.document, getattr(node, "origin", node), ())
    if member is not None and (isinstance(member, bool) or not isinstance(member, str | int)):
        raise ExpressionError(f"pointer() needs the name of a member, got {kind(member)}")
    if path is None:
        raise ExpressionError("pointer() needs an object or a list of the request itself")
    return pointer((*path, member) if member is not None else path)


def _find(tree: Any, node: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    charge(2)
    if tree is node:
        return path
    children: Any = ()
    if isinstance(tree, dict):
        children = tree.items()
    elif isinstance(tree, list):
        children = enumerate(tree)
    for key, child in children:
        if isinstance(child, dict | list):
            found = _find(child, node, (*path, key))
            if found is not None:
                return found
    return None


@function(
    Parameter("map", "name of a lookup"),
    Parameter("key", "text or integer"),
    returns="the entry's value",
    example="lookup(delivery, feasibility.NetStatus)",
)
def lookup(table: Any, key: Any) -> Any:
    """The value that a lookup gives for a key. A key that is not in it fails the item, unless there is `otherwise`."""
    if not isinstance(table, Lookup):
        raise ExpressionError(f"lookup() needs the name of a lookup first, got {kind(table)}")
    if isinstance(key, bool) or not isinstance(key, (str, int)):
        raise ExpressionError(f"lookup({table.name}, …) needs a text or an integer, got {kind(key)}")
    key = str(key) if table.texts else key
    if key in table.entries:
        return table.entries[key]
    if table.has_otherwise:
        return table.otherwise
    shown = repr(key) if isinstance(key, int) or len(key) <= 60 else "this text"
    raise ExpressionError(f"the lookup '{table.name}' has no entry for {shown}")


@function(
    Parameter("tree", "object or list"),
    Parameter("pointer", "text"),
    Parameter("value", "any", nullable=True),
    returns="object or list",
    example="with_value(item.product.productConfiguration, '/maximumFrameSize', 1526)",
    notes=True,
)
def with_value(scope: Mapping[str, Any], tree: Any, where: str, value: Any) -> Any:
    """A copy of the tree with one value set at a JSON Pointer. Every object on the way must exist."""
    if not isinstance(where, str):
        raise ExpressionError(f"with_value() needs a JSON Pointer, got {kind(where)}")
    try:
        path = _kept_path(where) if len(where) <= _SHORT else _path(where)
    except ValueError as error:
        raise ExpressionError(str(error)) from error
    above: list[tuple[Any, Any]] = []
    units, rest, part = 0, len(path), tree
    for key, index in path:
        rest -= 1
        if type(part) is dict and (key in part or not rest):
            at: Any = key
        else:
            at = _place_in(part, key, index, rest)
        if at is None:
            raise ExpressionError(f"with_value(): nothing stands at '{key}' of {where}")
        units += len(part) // 4 + rest // 4
        above.append((part, at))
        part = part[at] if rest else None
    charge(units)
    changed = value
    for part, at in reversed(above):
        copy = [*part] if type(at) is int else {**part}
        copy[at] = changed
        changed = copy
    if (copies := getattr(scope, "copies", None)) is not None and above and where.isascii():
        copies[id(changed)] = (changed, tree, value)
    return changed


def _path(where: str) -> tuple[tuple[str, int], ...]:
    """The keys of a pointer, each with the index that it is in a list; -1 for none. Raises ValueError."""
    return tuple((key, int(key) if _INDEX.match(key) else -1) for key in map(str, parse_pointer(where)))


_kept_path = lru_cache(maxsize=256)(_path)
_SHORT = 200
"""Characters of a pointer that is kept in mind."""


def _place_in(tree: Any, key: str, index: int, rest: int) -> str | int | None:
    """The key or index that is meant; only the last one (no `rest`) may name a member that is not there."""
    if isinstance(tree, list):
        return index if -1 < index < len(tree) else None
    return key if isinstance(tree, Mapping) and (key in tree or not rest) else None
