"""Rules about places: their contacts, and what was agreed about how they are named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.lso.agreement import PLACE_TYPES, REPRESENTATIONS
from gateway.lso.problems import Path, Problem, ProblemCode
from gateway.lso.request import ITEMS
from gateway.lso.rules.context import Context, Node
from gateway.lso.visible import says_something

FIELDED = "fieldedAddressRepresentation"
POINT = "geographicPointRepresentation"
_PLACE_DEPTH = len((ITEMS, 0, "product", "place", 0, "place"))


def contacts_are_there(context: Context) -> Iterator[Problem]:
    """P37, 87.1-R35, unless it was agreed to do without."""
    if not context.agreement.place_contact_required:
        return
    for entry, _, _ in context.places:
        if entry.value.get("contact", []) == []:
            yield Problem(ProblemCode.MISSING_PROPERTY, entry.at("contact"), "is missing: a place needs a contact")


def types_are_agreed(context: Context) -> Iterator[Problem]:
    """P38, 87.1-R1; a type that the standard does not know is a matter of structure."""
    agreed = context.agreement.place_types
    for _, place, kind in context.places:
        if place is not None and kind in PLACE_TYPES and kind not in agreed:
            yield _not_agreed(place.at("@type"), "type of place", agreed)


def described_addresses_say_something(context: Context) -> Iterator[Problem]:
    """P39, for fields that name no place; of the other representations the mandatory texts are asked for (P9)."""
    for place in context.described_addresses:
        others = [name for name in REPRESENTATIONS if name != FIELDED and place.value.get(name)]
        addresses = [] if others else list(place.objects(FIELDED))
        if addresses and FIELDED in context.agreement.representations and not any(map(_names_a_place, addresses)):
            yield Problem(ProblemCode.MISSING_PROPERTY, place.path, "describes no address: its fields say nothing")


def representations_are_agreed(context: Context) -> Iterator[Problem]:
    """P40, 87.1-R1."""
    agreed = context.agreement.representations
    for place in context.described_addresses:
        for name in REPRESENTATIONS:
            if name in place.value and name not in agreed:
                yield _not_agreed(place.at(name), "representation of an address", agreed)


def spatial_refs_are_agreed(context: Context) -> Iterator[Problem]:
    """P40; of a representation that was not agreed nothing else is checked."""
    agreed = context.agreement.spatial_refs
    if agreed is None or POINT not in context.agreement.representations:
        return
    for place in context.agreed_places:
        for point in place.objects(POINT):
            reference = point.text("spatialRef")
            if reference is not None and reference not in agreed:
                yield _not_agreed(point.at("spatialRef"), "spatial reference system", agreed)


def without_what_is_not_checked(problems: Iterable[Problem]) -> list[Problem]:
    """The problems but those of a place whose `@type` is one (P38), and those in a representation that is one (P40)."""
    listed = list(problems)
    if not listed:
        return listed
    members = {problem.path for problem in listed if _is_member_of_place(problem.path)}
    refused = {path[:_PLACE_DEPTH] for path in members if path[_PLACE_DEPTH] == "@type"}
    not_agreed = {path for path in members if path[_PLACE_DEPTH] in REPRESENTATIONS}

    def is_checked(path: Path) -> bool:
        if path[:_PLACE_DEPTH] in refused:
            return path[_PLACE_DEPTH:] == ("@type",)
        return path in not_agreed or path[: _PLACE_DEPTH + 1] not in not_agreed

    return [problem for problem in listed if is_checked(problem.path)]


def _is_member_of_place(path: Path) -> bool:
    is_in_place = path[:1] == (ITEMS,) and path[2:4] == ("product", "place") and path[5:_PLACE_DEPTH] == ("place",)
    return is_in_place and len(path) == _PLACE_DEPTH + 1


def _names_a_place(address: Node) -> bool:
    """Whether a field besides the language has a value; a faulty one has, its fault is reported elsewhere."""
    values = (value for name, value in address.value.items() if name != "language")
    return any(says_something(value) if isinstance(value, str) else value != [] for value in values)


def _not_agreed(path: tuple[str | int, ...], what: str, agreed: tuple[str, ...]) -> Problem:
    return Problem(ProblemCode.INVALID_VALUE, path, f"is no agreed {what}", f"Accepted: {', '.join(agreed)}.")
