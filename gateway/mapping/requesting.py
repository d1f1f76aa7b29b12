"""A mapping held against the request as the standard defines it: names that no request can have are found at once.

Inside `productConfiguration` by the product specification, where one is known.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, cast

from gateway.lso.models.qualifications import ProductOfferingQualification_Create
from gateway.lso.schema import component_schemas
from gateway.mapping.kinds import ReferenceKind
from gateway.mapping.listed import check_listed_values
from gateway.mapping.optional import OF_REQUEST, check_optional
from gateway.mapping.plan import LoadedMapping
from gateway.mapping.reading import readings, resolved
from gateway.mapping.template import Formula
from gateway.mapping.world import Misread, Reading, Schema, Unknown, World
from gateway.sources.findings import Finding

_ITEM = "ProductOfferingQualificationItem_Create"
_PRODUCT = "MEFProductRefOrValue"
_THERE = frozenset({"productConfiguration", "id", "place", "productRelationship", "contact"})
"""Members that a mapping may count on though the schema does not demand them: each product has a configuration
(87.1-R29), one to modify an id (87.1-R39), which a mapping knows by its action; places, relations and contacts are
demanded by the product specification and by the agreement.
"""
_OFFERING = "productOffering"
_BUYER: Schema = {"properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
_SELLER: Schema = {"properties": {"id": {"type": "string"}}}
_REFERENCE: Schema = {
    "properties": {"kind": {"type": "string", "enum": [str(kind) for kind in ReferenceKind]}, "id": {"type": "string"}}
}


def check_request(mapping: LoadedMapping) -> Iterator[Finding]:
    """Members of `item`, `poq`, `buyer`, `seller` and of what place(), relation() and related() give that the standard
    does not have, lists that are read as objects, and the like.
    """
    return Requested(mapping).findings()


def check_configuration(
    mapping: LoadedMapping, outlines: Sequence[Schema], definitions: Mapping[str, Schema]
) -> Iterator[Finding]:
    """The same, and what is known of the item's `productConfiguration`: an outline for each product that it answers."""
    if not mapping.is_references:
        yield from Requested(mapping, outlines, definitions).findings()


def check_arguments(
    mapping: LoadedMapping, needed: Collection[Formula], outlines: Sequence[Schema], definitions: Mapping[str, Schema]
) -> Iterator[Finding]:
    """What a Buyer may leave out in arguments that an operation needs. `outlines`: as above; none: nothing is known."""
    return Requested(mapping, outlines, definitions).left_out(needed)


class Requested:
    """What a mapping reads of the request, read once for all that is asked about it. Parameters as above."""

    def __init__(
        self, mapping: LoadedMapping, outlines: Sequence[Schema] = (), definitions: Mapping[str, Schema] | None = None
    ) -> None:
        self.mapping = mapping
        self._outlines, self._definitions = outlines, definitions or {}

    @cached_property
    def _world(self) -> World:
        if self.mapping.is_references:
            return _REFERENCES
        if self._outlines:
            return _world_of(self.mapping, self._outlines, self._definitions)
        return _world(_names_offering(self.mapping))

    @cached_property
    def _read(self) -> tuple[Reading, ...]:
        return tuple(readings(self.mapping, self._world))

    def findings(self) -> Iterator[Finding]:
        """As `check_request` and `check_configuration` tell them."""
        return _held_against(self.mapping, self._read)

    def left_out(self, needed: Collection[Formula]) -> Iterator[Finding]:
        """As `check_arguments` tells it."""
        if self.mapping.is_references or not needed:
            return
        # who asks for nothing else reads no more than it has to
        some = self._read if "_read" in vars(self) else readings(self.mapping, self._world, needed)
        chosen = set(map(id, needed))
        if any(one.gap_of(one.formula.expression.tree) for one in some if id(one.formula) in chosen):
            yield from check_optional(self.mapping, self._read, OF_REQUEST, needed)


def _names_offering(mapping: LoadedMapping) -> bool:
    """Whether each item that comes to the mapping names its offering: in use case 2b an item to add names none."""
    return mapping.applies.offerings is not None or mapping.applies.actions == frozenset({"modify"})


def _held_against(mapping: LoadedMapping, read: Sequence[Reading]) -> Iterator[Finding]:
    for formula, mistake in ((reading.formula, mistake) for reading in read for mistake in reading.mistakes):
        at = formula.location(formula.expression.offset_of(mistake.node))
        match mistake:
            case Unknown(node=node, name=name, hint=hint):
                at = formula.location(formula.expression.offset_of_member(node))
                yield Finding(at, "MAP-210", f"there is no '{name}' here", hint)
            case Misread(message=message, hint=hint):
                yield Finding(at, "MAP-210", message, hint)
    yield from check_listed_values(mapping, read)
    yield from check_optional(mapping, read, OF_REQUEST)


_REFERENCES = World(names={"reference": _REFERENCE, "buyer": _BUYER, "seller": _SELLER})


@cache
def _world(names_offering: bool) -> World:
    schemas = component_schemas([ProductOfferingQualification_Create], "{model}")
    there = _THERE | {_OFFERING} if names_offering else _THERE
    definitions = {name: _with_optional(schema, there) for name, schema in schemas.items()}
    item = definitions[_ITEM]
    return World(
        names={
            "item": item,
            "poq": definitions["ProductOfferingQualification_Create"],
            "buyer": _BUYER,
            "seller": _SELLER,
        },
        functions={
            "place": definitions["RelatedPlaceRefOrQueryWithSubUnit"],
            "relation": definitions["ProductRelationship"],
            "related": {**item, "properties": {**item["properties"], "answer": {}}},
        },
        definitions=definitions,
    )


def _with_optional(schema: Schema, there: Collection[str]) -> Schema:
    """The schema of an object with the names that a Buyer may leave out."""
    needed = {*schema.get("required", ()), *there}
    return {**schema, "optional": [name for name in schema.get("properties", ()) if name not in needed]}


def _world_of(mapping: LoadedMapping, outlines: Sequence[Schema], definitions: Mapping[str, Schema]) -> World:
    """The request with this `productConfiguration` in the item itself; those of related items stay open."""
    world = _world(_names_offering(mapping))
    item, product = world.names["item"], world.definitions[_PRODUCT]
    known = World({}, definitions=ChainMap(dict(world.definitions), cast(Any, definitions)))
    configuration = _configuration(outlines[0] if len(outlines) == 1 else {"anyOf": list(outlines)}, known)
    product = {**product, "properties": {**product["properties"], "productConfiguration": configuration}}
    names = {**world.names, "item": {**item, "properties": {**item["properties"], "product": product}}}
    return World(names, world.functions, known.definitions)


def _configuration(known: Schema, world: World) -> Schema:
    """What is known of a configuration, and no less than the standard says of every one."""
    known, standard = resolved(known, world), world.definitions["MEFProductConfiguration"]
    members = known.get("properties", {})
    if members and not resolved(members.get("@type"), world):
        known = {**known, "properties": {**members, "@type": standard["properties"]["@type"]}}
    return known or standard
