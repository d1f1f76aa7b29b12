"""Items that modify a product, held against what the Seller's inventory says of it (P42, 87.1-R40, R41, O2).

An item to modify restates the whole product. What the inventory says comes in as data; where it comes from, and whether
the product is the Buyer's, is not known here. As the rules of a request these look at sound values only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.lso.problems import Path, Problem, ProblemCode, parse_pointer
from gateway.lso.request import ITEMS
from gateway.lso.rules.context import Node
from gateway.lso.visible import says_something

Names = frozenset[str]
"""All names that one product specification goes by."""


@dataclass(frozen=True)
class ExistingProduct:
    """A product in service. What the inventory does not say is None, or empty.

    `roles` of its places and `relation_types` of its relations; `frozen`: values that a modification cannot change, by
    path into productConfiguration.
    """

    offering: str | None = None
    specification: str | None = None
    roles: tuple[str, ...] = ()
    relation_types: tuple[str, ...] = ()
    frozen: Mapping[Path, Any] | None = None


def read_existing(members: Mapping[str, Any]) -> ExistingProduct:
    """What was found of a product, as far as it means something here; other members are passed over.

    Raises ValueError for a member of these that is null or malformed: half a record is none.
    """
    return ExistingProduct(
        offering=_text(members, "productOffering"),
        specification=_text(members, "productSpecification"),
        roles=_texts(members, "place", "role"),
        relation_types=_texts(members, "productRelationship", "relationshipType"),
        frozen=_frozen(members),
    )


def check_modified(
    document: Mapping[str, Any],
    products: Mapping[str, ExistingProduct],
    *,
    offering_change: bool,
    specifications: Mapping[str, Names],
) -> Iterator[Problem]:
    """The problems of all items that modify one of these products (by id); items of other products have none.

    `offering_change`: whether the Seller lets the offering change (87.1-O2). `specifications`: by offering id, the
    names of the specification it is based on; of an offering that is not in it nothing is said.
    """
    for item in Node((), document).objects(ITEMS):
        product = item.object("product")
        held = products.get(product.text("id") or "") if product is not None else None
        if product is None or held is None or item.text("action") != "modify":
            continue
        yield from _offering(product, held, offering_change, specifications)
        yield from _left_out(product, "place", "role", held.roles)
        related = _listed(item, "qualificationItemRelationship", "relationshipType") or ()
        wanted = tuple(kind for kind in held.relation_types if kind not in related)
        yield from _left_out(product, "productRelationship", "relationshipType", wanted)
        yield from _changed(product, held.frozen or {})


def _offering(
    product: Node, held: ExistingProduct, offering_change: bool, specifications: Mapping[str, Names]
) -> Iterator[Problem]:
    """87.1-O2 and R41."""
    reference = product.object("productOffering")
    asked = reference.text("id") if reference is not None else None
    if reference is None or asked is None or asked == held.offering:
        return
    if held.offering is not None and not offering_change:
        reason = "is not the offering of the product, which cannot be changed"
        yield Problem(ProblemCode.INVALID_VALUE, reference.at("id"), reason)
        return
    based_on = frozenset({held.specification}) if held.specification else specifications.get(held.offering or "")
    wanted = specifications.get(asked)
    if based_on and wanted and not based_on & wanted:
        reason = "is based on another product specification than the product"
        yield Problem(ProblemCode.INVALID_VALUE, reference.at("id"), reason)


def _left_out(product: Node, name: str, key: str, held: tuple[str, ...]) -> Iterator[Problem]:
    """87.1-R40: each role of a place, each type of a relation that the product has stands in the item too."""
    listed = _listed(product, name, key)
    missing = [one for one in dict.fromkeys(held) if listed is not None and one not in listed]
    if missing:
        reason = "is incomplete: an item to modify restates all that the product has"
        message = f"The product has: {', '.join(missing)}."
        yield Problem(ProblemCode.MISSING_PROPERTY, product.at(name), reason, message)


def _listed(node: Node, name: str, key: str) -> tuple[str, ...] | None:
    """The texts under `key` of a list's entries; None where the list, or what would have to be read, is not sound."""
    entries = node.value.get(name, [])
    if not isinstance(entries, list):
        return None
    texts = [Node((), entry).text(key) if isinstance(entry, dict) else None for entry in entries]
    return tuple(text for text in texts if text is not None) if None not in texts else None


def _changed(product: Node, frozen: Mapping[Path, Any]) -> Iterator[Problem]:
    configuration = product.object("productConfiguration")
    if configuration is not None:
        for path, value in frozen.items():
            yield from _differs(configuration, path, value)


def _differs(configuration: Node, path: Path, held: Any) -> Iterator[Problem]:
    """Nothing where the way to the attribute leads through something that is not sound."""
    node: Any = configuration.value
    walked: Path = configuration.path
    for key in path:
        step: Any = int(key) if isinstance(node, list) and str(key).isdecimal() else key
        walked = (*walked, step)
        if isinstance(node, dict) and step not in node:
            reason = "is missing: an item to modify restates all that the product has"
            yield Problem(ProblemCode.MISSING_PROPERTY, walked, reason)
            return
        if not isinstance(node, dict) and not (isinstance(node, list) and isinstance(step, int) and step < len(node)):
            return
        node = node[step]
    if not _same(node, held):
        yield Problem(ProblemCode.INVALID_VALUE, walked, "cannot be changed")


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: numbers by value, true and false as no numbers."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(*both) for both in zip(one, other, strict=True))
    return bool(one == other)


def _text(members: Mapping[str, Any], name: str) -> str | None:
    if name not in members:
        return None
    return _sound(members[name], name)


def _texts(members: Mapping[str, Any], name: str, key: str) -> tuple[str, ...]:
    listed = members.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(entry, Mapping) for entry in listed):
        raise ValueError(f"'{name}' is no list of objects")
    return tuple(_sound(entry.get(key), f"{name}.{key}") for entry in listed)


def _sound(value: Any, name: str) -> str:
    if isinstance(value, str) and says_something(value):
        return value
    raise ValueError(f"'{name}' is no text that says something")


def _frozen(members: Mapping[str, Any]) -> Mapping[Path, Any]:
    said = members.get("frozen", {})
    if not isinstance(said, Mapping) or any(value is None for value in said.values()):
        raise ValueError("'frozen' is no object of values")
    return {parse_pointer(name): value for name, value in said.items()}
