"""The query of a registration: which types of events a Buyer wants (error model, section 9; 87.1-R68). Pure."""

from __future__ import annotations

from urllib.parse import unquote_plus

from gateway.lso.models.events import PoqEventType


class QueryNotUnderstood(ValueError):
    """The query cannot be read, or asks for what there is not. The text goes to the Buyer and repeats no values."""


def wanted_types(query: str | None) -> frozenset[PoqEventType]:
    """The types that `query` asks for, all if it says nothing. Raises QueryNotUnderstood (H6).

    Read are `eventType=A`, `eventType=A,B` and `eventType=A&eventType=B`, percent-encoded or not, with spaces around
    the signs. A filter that would not be applied is never accepted.
    """
    text = _decoded(query or "")
    if not text.strip(" "):
        return frozenset(PoqEventType)
    return frozenset(kind for part in text.split("&") for kind in _types(part))


def _types(part: str) -> list[PoqEventType]:
    name, sign, values = part.partition("=")
    if not sign:
        raise QueryNotUnderstood("must have the form eventType=...")
    if name.strip(" ") != "eventType":
        raise QueryNotUnderstood("can only filter by eventType")
    try:
        return [PoqEventType(value.strip(" ")) for value in values.split(",")]
    except ValueError:
        known = " and ".join(PoqEventType)
        raise QueryNotUnderstood(f"names an event type that there is not; there are {known}") from None


def _decoded(query: str) -> str:
    try:
        return unquote_plus(query, errors="strict")
    except UnicodeDecodeError:
        raise QueryNotUnderstood("cannot be decoded as UTF-8") from None
