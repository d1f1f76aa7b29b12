"""Functions over dates and durations. The clock is never read here: `now` is a name of the scope."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.mapping.expressions.functions.registry import Parameter, function
from gateway.mapping.expressions.values import ExpressionError, kind

_NUMBER = Parameter("number", "number")
_MAX_DAYS = 36_525


def _duration(value: Any, name: str, **unit: float) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExpressionError(f"{name}() needs a number, got {kind(value)}")
    result = timedelta(**{key: factor * value for key, factor in unit.items()})
    if abs(result) > timedelta(days=_MAX_DAYS):
        raise ExpressionError(f"{name}({value}) is more than a hundred years")
    return result


@function(_NUMBER, returns="duration", example="now + days(30)")
def days(value: Any) -> timedelta:
    """That many days, to add to a date or a date-time."""
    return _duration(value, "days", days=1)


@function(_NUMBER, returns="duration", example="now + hours(4)")
def hours(value: Any) -> timedelta:
    """That many hours."""
    return _duration(value, "hours", hours=1)


@function(
    _NUMBER,
    Parameter("unit", "'seconds', 'minutes', 'hours' or 'days'"),
    returns="duration",
    example="duration(90, 'minutes')",
)
def duration(value: Any, unit: Any) -> timedelta:
    """That many of a unit."""
    if unit not in ("seconds", "minutes", "hours", "days"):
        raise ExpressionError("duration() knows seconds, minutes, hours and days")
    return _duration(value, "duration", **{unit: 1})


@function(
    Parameter("value", "text, number or date"),
    Parameter("format", "text", optional=True),
    returns="date",
    example="date(row.inst_dt, '%Y%m%d')",
    name="date",
)
def to_date(value: Any, form: str | None = None) -> date:
    """A date from a text: ISO 8601 (2026-05-01), or in a format like '%Y%m%d'. A date-time gives its day."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return _read(str(value), form, "date").date()


@function(
    Parameter("value", "text or date-time"),
    Parameter("zone", "text, such as 'Europe/Berlin'", optional=True),
    Parameter("format", "text", optional=True),
    returns="date-time",
    example="datetime(row.chk_ts, 'America/New_York')",
    name="datetime",
)
def to_datetime(value: Any, zone: str | None = None, form: str | None = None) -> datetime:
    """A date-time with an offset. A value without one needs a zone: it is never guessed."""
    moment = value if isinstance(value, datetime) else _read(str(value), form, "datetime")
    if moment.tzinfo is None:
        if zone is None:
            raise ExpressionError("datetime(): the value has no offset; name its zone")
        moment = moment.replace(tzinfo=_zone(zone))
    return moment.astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ExpressionError(f"datetime(): no time zone is called '{name}'") from error


def _read(value: str, form: str | None, name: str) -> datetime:
    try:
        return datetime.strptime(value, form) if form else datetime.fromisoformat(value.strip())  # noqa: DTZ007
    except ValueError as error:
        raise ExpressionError(f"{name}() cannot read the value: {error}") from error


@function(
    Parameter("start", "date or date-time"),
    Parameter("number", "integer"),
    returns="date or date-time",
    example="business_days(now, 10)",
)
def business_days(start: Any, number: Any) -> Any:
    """The day that many working days (Monday to Friday) after the start."""
    if not isinstance(start, date) or isinstance(number, bool) or not isinstance(number, int):
        raise ExpressionError("business_days() needs a date and an integer")
    if not 0 <= number <= _MAX_DAYS:
        raise ExpressionError(f"business_days() counts from 0 to {_MAX_DAYS}")
    weeks, rest = divmod(number, 5)
    day = start + timedelta(weeks=weeks)
    while rest or (number and day.weekday() > 4):
        day += timedelta(days=1)
        rest -= 1 if day.weekday() < 5 and rest else 0
    return day
