"""From values of a mapping to JSON: decimals, dates and date-times as the standard writes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.mapping.expressions.values import kind
from gateway.mapping.template import EvaluationError
from gateway.sources.findings import Location

_LARGEST = 2**53
"""Beyond it a reader that keeps numbers as doubles would see another one."""


def plain(value: Any, location: Location) -> Any:
    """The value as JSON data. Raises EvaluationError for what JSON cannot hold.

    That is: a duration, a date-time in no zone, a number that is none or has more digits than JSON readers keep, half
    a character, nesting without end.
    """
    try:
        return _plain(value, location)
    except RecursionError as error:
        raise EvaluationError("a value nested so deep cannot stand in an answer", location) from error


def _plain(value: Any, location: Location) -> Any:
    match value:
        case None | bool():
            return value
        case str():
            return _text(value, location)
        case int() | float() | Decimal():
            return _number(value, location)
        case datetime():
            return _moment(value, location)
        case date():
            return value.isoformat()
        case Mapping():
            return {_text(str(name), location): _plain(member, location) for name, member in value.items()}
        case list() | tuple():
            return [_plain(item, location) for item in value]
        case timedelta():
            raise EvaluationError("a duration cannot stand in an answer: add it to a date-time", location)
        case _:
            raise EvaluationError(f"{kind(value)} cannot stand in an answer", location)


def _text(value: str, location: Location) -> str:
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise EvaluationError("half of a character (a surrogate) cannot stand in an answer", location)
    return str(value)


def _number(value: float | Decimal, location: Location) -> int | float:
    finite = value.is_finite() if isinstance(value, Decimal) else isinstance(value, int) or math.isfinite(value)
    if not finite or not -_LARGEST <= value <= _LARGEST:
        raise EvaluationError("a number that is not finite, or as large, cannot stand in an answer", location)
    whole = int(value)
    return whole if whole == value else float(value)


def _moment(value: datetime, location: Location) -> str:
    if value.tzinfo is None:
        raise EvaluationError("a date-time without an offset cannot stand in an answer: datetime(…, zone)", location)
    try:
        return rfc3339(value)
    except OverflowError as error:
        raise EvaluationError("a date-time out of range cannot stand in an answer", location) from error


def rfc3339(value: datetime) -> str:
    """A date-time with an offset as the standard writes it, in UTC with milliseconds."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
