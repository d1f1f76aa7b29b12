"""Instants as the standard writes them (RFC 3339), as values that can be compared. Knows no clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_LEAP_SECOND = re.compile(r"(T\d\d:\d\d):60")


def parse_instant(text: str) -> datetime | None:
    """The instant in UTC, at microseconds; None if the text is no RFC 3339 date-time with an offset.

    What lies beyond the years 1 to 9999 becomes the first or the last instant that can be told: still past, still to
    come. A leap second is the second after it, since the library's clock has none.
    """
    spelled = text.upper()
    if not _RFC_3339.fullmatch(spelled):
        return None
    leap = _LEAP_SECOND.search(spelled) if ":60" in spelled else None
    if leap:
        spelled = _LEAP_SECOND.sub(r"\1:59", spelled)
    if spelled.startswith("0000-"):
        return _EARLIEST if parse_instant("0004" + spelled[4:]) else None
    try:
        instant = datetime.fromisoformat(spelled)
    except ValueError:
        return None
    if leap is None and instant.tzinfo is UTC:
        return instant
    return _in_utc(instant, timedelta(seconds=1 if leap else 0))


def _in_utc(instant: datetime, more: timedelta) -> datetime:
    try:
        return instant.astimezone(UTC) + more
    except OverflowError:
        return _EARLIEST if instant.year == 1 else _LATEST


_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
