"""A mapping held against the request as the standard defines it: names that no request can have are found at once.

Stops where the standard leaves the request open: inside `productConfiguration`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from gateway.lso.models.qualifications import ProductOfferingQualification_Create
from gateway.lso.schema import component_schemas
from gateway.mapping.kinds import ReferenceKind
from gateway.mapping.listed import check_listed_values
from gateway.mapping.plan import LoadedMapping
from gateway.mapping.reading import Misread, Schema, Unknown, World, readings
from gateway.sources.findings import Finding

_ITEM = "ProductOfferingQualificationItem_Create"
_BUYER: Schema = {"properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
_SELLER: Schema = {"properties": {"id": {"type": "string"}}}
_REFERENCE: Schema = {
    "properties": {"kind": {"type": "string", "enum": [str(kind) for kind in ReferenceKind]}, "id": {"type": "string"}}
}


def check_request(mapping: LoadedMapping) -> Iterator[Finding]:
    """Members of `item`, `poq`, `buyer`, `seller` and of what place(), relation() and related() give that the standard
    does not have, lists that are read as objects, and the like.
    """
    world = _REFERENCES if mapping.is_references else _world()
    read = tuple(readings(mapping, world))
    for formula, mistake in ((reading.formula, mistake) for reading in read for mistake in reading.mistakes):
        at = formula.location(formula.expression.offset_of(mistake.node))
        match mistake:
            case Unknown(name=name, hint=hint):
                yield Finding(at, "MAP-210", f"there is no '{name}' here", hint)
            case Misread(message=message, hint=hint):
                yield Finding(at, "MAP-210", message, hint)
    yield from check_listed_values(mapping, read)


_REFERENCES = World(names={"reference": _REFERENCE, "buyer": _BUYER, "seller": _SELLER})


@cache
def _world() -> World:
    definitions = component_schemas([ProductOfferingQualification_Create], "{model}")
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
