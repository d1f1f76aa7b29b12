"""From values of a mapping to JSON: decimals, dates and date-times as the standard writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.mapping.template import EvaluationError
from gateway.sources.findings import Location


def plain(value: Any, location: Location) -> Any:
    """The value as JSON data. Raises EvaluationError for what JSON cannot hold (a duration, a date-time in no zone)."""
    match value:
        case None | bool() | str() | int():
            return value
        case float():
            return int(value) if value.is_integer() else value
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime():
            return _moment(value, location)
        case date():
            return value.isoformat()
        case Mapping():
            return {str(name): plain(member, location) for name, member in value.items()}
        case list() | tuple():
            return [plain(item, location) for item in value]
        case timedelta():
            raise EvaluationError("a duration cannot stand in an answer: add it to a date-time", location)
        case _:
            raise EvaluationError(f"{type(value).__name__} cannot stand in an answer", location)


def _moment(value: datetime, location: Location) -> str:
    if value.tzinfo is None:
        raise EvaluationError("a date-time without an offset cannot stand in an answer: datetime(…, zone)", location)
    return rfc3339(value)


def rfc3339(value: datetime) -> str:
    """A date-time with an offset as the standard writes it, in UTC with milliseconds."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
