"""Rules about places: their contacts, and what was agreed about how they are named."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.lso.agreement import PLACE_TYPES, REPRESENTATIONS
from gateway.lso.problems import Problem, ProblemCode
from gateway.lso.rules.context import Context


def contacts_are_there(context: Context) -> Iterator[Problem]:
    """P37, 87.1-R35, unless it was agreed to do without."""
    if not context.agreement.place_contact_required:
        return
    for entry in context.places():
        if entry.value.get("contact", []) == []:
            yield Problem(ProblemCode.MISSING_PROPERTY, entry.at("contact"), "is missing: a place needs a contact")


def types_are_agreed(context: Context) -> Iterator[Problem]:
    """P38, 87.1-R1; a type that the standard does not know is a matter of structure."""
    agreed = context.agreement.place_types
    for entry in context.places():
        place = entry.object("place")
        kind = place.text("@type") if place is not None else None
        if place is not None and kind in PLACE_TYPES and kind not in agreed:
            yield _not_agreed(place.at("@type"), "type of place", agreed)


def representations_are_agreed(context: Context) -> Iterator[Problem]:
    """P40, 87.1-R1."""
    agreed = context.agreement.representations
    for place in context.agreed_places():
        if place.text("@type") == "GeographicAddress_Query":
            for name in REPRESENTATIONS:
                if name in place.value and name not in agreed:
                    yield _not_agreed(place.at(name), "representation of an address", agreed)


def spatial_refs_are_agreed(context: Context) -> Iterator[Problem]:
    """P40; of a representation that was not agreed nothing else is checked."""
    agreed = context.agreement.spatial_refs
    if agreed is None or "geographicPointRepresentation" not in context.agreement.representations:
        return
    for place in context.agreed_places():
        for point in place.objects("geographicPointRepresentation"):
            reference = point.text("spatialRef")
            if reference is not None and reference not in agreed:
                yield _not_agreed(point.at("spatialRef"), "spatial reference system", agreed)


def _not_agreed(path: tuple[str | int, ...], what: str, agreed: tuple[str, ...]) -> Problem:
    return Problem(ProblemCode.INVALID_VALUE, path, f"is no agreed {what}", f"Accepted: {', '.join(agreed)}.")
