"""The rule that a mandatory text says something (P9): present but blank, it names nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from gateway.lso.problems import MOST_PROBLEMS, Path, Problem, ProblemCode
from gateway.lso.request import ITEMS
from gateway.lso.rules.context import Context
from gateway.lso.visible import says_something

EACH = "*"
_ITEM = (ITEMS, EACH)
_PRODUCT = (*_ITEM, "product")
ENTRY = (*_PRODUCT, "place", EACH)
"""Of `place`: what the place is to the product, and the place itself."""
_CONTACT_TEXTS = ("emailAddress", "name", "number")
_SUB_UNIT_TEXTS = ("subUnitNumber", "subUnitType")

Texts = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
"""Where objects stand, and which of their members are texts that must not be blank."""

MANDATORY_TEXTS: Texts = (
    (("relatedContactInformation", EACH), (*_CONTACT_TEXTS, "role")),
    (_ITEM, ("id",)),
    (_PRODUCT, ("id",)),
    ((*_PRODUCT, "productOffering"), ("id",)),
    ((*_PRODUCT, "productSpecification"), ("id",)),
    ((*_PRODUCT, "productConfiguration"), ("@type",)),
    ((*_PRODUCT, "productRelationship", EACH), ("id", "relationshipType")),
    ((*_ITEM, "qualificationItemRelationship", EACH), ("id", "relationshipType")),
    (ENTRY, ("role",)),
    ((*ENTRY, "contact", EACH), _CONTACT_TEXTS),
    ((*ENTRY, "subUnit", EACH), _SUB_UNIT_TEXTS),
)
"""In the request, but for the places themselves (87.1-R27, R29, R31 to R36)."""

PLACE_TEXTS: Texts = (
    ((), ("id",)),
    (("fieldedAddressRepresentation", EACH, "subUnit", EACH), _SUB_UNIT_TEXTS),
    (("formattedAddressRepresentation", EACH), ("formattedAddress",)),
    (("geographicPointRepresentation", EACH), ("spatialRef", "latitude", "longitude")),
    (("labelRepresentation", EACH), ("label", "administrativeAuthority")),
)
"""In a place of a type that was agreed; of any other place nothing is looked at (P38)."""


def mandatory_texts_say_something(context: Context) -> Iterator[Problem]:
    """P9."""
    found: list[Problem] = []
    _find_blank(context.document, _REQUEST, (), found)
    for place in context.agreed_places:
        _find_blank(place.value, _PLACE, place.path, found)
    yield from found


@dataclass(frozen=True)
class _Way:
    """What is looked at in one object, and the ways on, to a member or to each element of a list: each object is
    visited once, whatever is asked of it.
    """

    texts: list[str] = field(default_factory=list)
    members: dict[str, _Way] = field(default_factory=dict)
    lists: dict[str, _Way] = field(default_factory=dict)


def _tree(texts: Texts) -> _Way:
    root = _Way()
    for where, names in texts:
        way = root
        for key, onward in pairwise((*where, "")):
            if key != EACH:
                way = (way.lists if onward == EACH else way.members).setdefault(key, _Way())
        way.texts.extend(names)
    return root


def _find_blank(node: Mapping[str, Any], way: _Way, path: Path, found: list[Problem]) -> None:
    """The blank texts of an object and of those below it, `MOST_PROBLEMS` or a few more."""
    for name in way.texts:
        value = node.get(name)
        if isinstance(value, str) and not says_something(value):
            found.append(Problem(ProblemCode.INVALID_VALUE, (*path, name), "must not be blank"))
    for name, onward in way.members.items():
        below = node.get(name)
        if isinstance(below, dict):
            _find_blank(below, onward, (*path, name), found)
    for name, onward in way.lists.items():
        elements = node.get(name)
        for index, element in enumerate(elements if isinstance(elements, list) else ()):
            if isinstance(element, dict) and len(found) < MOST_PROBLEMS:
                _find_blank(element, onward, (*path, name, index), found)


_REQUEST = _tree(MANDATORY_TEXTS)
_PLACE = _tree(PLACE_TEXTS)
