"""Functions over dates and durations. The clock is never read here: `now` is a name of the scope."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.mapping.expressions.errors import ExpressionError
from gateway.mapping.expressions.functions.registry import Parameter, function
from gateway.mapping.expressions.values import finite, kind, shifted
from gateway.mapping.expressions.work import CHARACTERS, charge

_NUMBER = Parameter("number", "number")
_MAX_DAYS = 36_525
_LONGEST_FORMAT = 100
"""Characters of a date, of its format and of the name of a zone."""

_BY_FORMAT = 60
_UNKNOWN_ZONE = 500
"""Units of work."""
_PER_DAY = {"days": 1, "hours": 24, "minutes": 1_440, "seconds": 86_400}


def _duration(value: Any, name: str, unit: str) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise ExpressionError(f"{name}() needs a number, got {kind(value)}")
    length = float(finite(value))
    if abs(length) > _MAX_DAYS * _PER_DAY[unit]:
        raise ExpressionError(f"{name}() of more than a hundred years")
    return timedelta(**{unit: length})


@function(_NUMBER, returns="duration", example="now + days(30)")
def days(value: Any) -> timedelta:
    """That many days, to add to a date or a date-time."""
    return _duration(value, "days", "days")


@function(_NUMBER, returns="duration", example="now + hours(4)")
def hours(value: Any) -> timedelta:
    """That many hours."""
    return _duration(value, "hours", "hours")


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
    return _duration(value, "duration", unit)


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
    return _read(value, form, "date").date()


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
    moment = value if isinstance(value, datetime) else _read(value, form, "datetime")
    if moment.tzinfo is None:
        if zone is None:
            raise ExpressionError("datetime(): the value has no offset; name its zone")
        moment = moment.replace(tzinfo=_zone(zone))
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ExpressionError("datetime(): the value is out of range") from error


def _zone(name: str) -> ZoneInfo:
    if len(_needed_text(name, "datetime", "zone")) > _LONGEST_FORMAT:
        raise ExpressionError("datetime(): no time zone has so long a name")
    charge(_UNKNOWN_ZONE)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ExpressionError(f"datetime(): no time zone is called '{name}'") from error


def _needed_text(value: Any, name: str, what: str) -> str:
    if not isinstance(value, str):
        raise ExpressionError(f"{name}() needs a text as its {what}, got {kind(value)}")
    return value


def _read(value: Any, form: str | None, name: str) -> datetime:
    """What the text says; a date counts as its midnight, a number as its digits where a format says what they are."""
    if type(value) is date:
        return datetime.combine(value, time())
    if form is not None and isinstance(value, int) and not isinstance(value, bool):
        value = str(finite(value))
    charge(len(_needed_text(value, name, "value")) // CHARACTERS)
    text = value.strip()
    if len(text) > _LONGEST_FORMAT or (form is not None and len(_needed_text(form, name, "format")) > _LONGEST_FORMAT):
        raise ExpressionError(f"{name}() cannot read a text of more than {_LONGEST_FORMAT} characters")
    charge(0 if form is None else _BY_FORMAT)
    try:
        if form is None:
            return datetime.fromisoformat(text)
        return datetime.strptime(text, _needed_text(form, name, "format"))  # noqa: DTZ007 - the zone comes after
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
    day = shifted(start, timedelta(weeks=weeks))
    while rest or (number and day.weekday() > 4):
        day = shifted(day, timedelta(days=1))
        rest -= 1 if day.weekday() < 5 and rest else 0
    return day
