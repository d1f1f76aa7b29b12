"""The rule that a mandatory text says something (P9): present but blank, it names nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.lso.problems import Path, Problem, ProblemCode
from gateway.lso.request import ITEMS
from gateway.lso.rules.context import Context

EACH = "*"
_ITEM = (ITEMS, EACH)
_PRODUCT = (*_ITEM, "product")
_ENTRY = (*_PRODUCT, "place", EACH)
_PLACE = (*_ENTRY, "place")
_CONTACT_TEXTS = ("emailAddress", "name", "number")
_SUB_UNIT_TEXTS = ("subUnitNumber", "subUnitType")

MANDATORY_TEXTS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("relatedContactInformation", EACH), (*_CONTACT_TEXTS, "role")),
    (_ITEM, ("id",)),
    (_PRODUCT, ("id",)),
    ((*_PRODUCT, "productOffering"), ("id",)),
    ((*_PRODUCT, "productSpecification"), ("id",)),
    ((*_PRODUCT, "productConfiguration"), ("@type",)),
    ((*_PRODUCT, "productRelationship", EACH), ("id", "relationshipType")),
    ((*_ITEM, "qualificationItemRelationship", EACH), ("id", "relationshipType")),
    (_ENTRY, ("role",)),
    ((*_ENTRY, "contact", EACH), _CONTACT_TEXTS),
    ((*_ENTRY, "subUnit", EACH), _SUB_UNIT_TEXTS),
    (_PLACE, ("id",)),
    ((*_PLACE, "fieldedAddressRepresentation", EACH, "subUnit", EACH), _SUB_UNIT_TEXTS),
    ((*_PLACE, "formattedAddressRepresentation", EACH), ("formattedAddress",)),
    ((*_PLACE, "geographicPointRepresentation", EACH), ("spatialRef", "latitude", "longitude")),
    ((*_PLACE, "labelRepresentation", EACH), ("label", "administrativeAuthority")),
)
"""Where the objects stand, and which of their members are texts that must not be blank (87.1-R27, R29, R31 to R36)."""


def mandatory_texts_say_something(context: Context) -> Iterator[Problem]:
    """P9."""
    for where, names in MANDATORY_TEXTS:
        for path, node in _nodes(context.document, where):
            for name in names:
                value = node.get(name)
                if isinstance(value, str) and not value.strip():
                    yield Problem(ProblemCode.INVALID_VALUE, (*path, name), "must not be blank")


def _nodes(node: Any, where: tuple[str, ...], path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The objects at `where`, `*` standing for each element of a list."""
    if not where:
        if isinstance(node, dict):
            yield path, node
    elif where[0] == EACH:
        for index, element in enumerate(node if isinstance(node, list) else ()):
            yield from _nodes(element, where[1:], (*path, index))
    elif isinstance(node, dict) and where[0] in node:
        yield from _nodes(node[where[0]], where[1:], (*path, where[0]))
