"""When a failed call is repeated: growing pauses with chance in them, and what the listener asks for. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True)
class Pauses:
    """`first` after the first failure, then twice as long each time up to `longest`; a quarter more or less by chance.

    Without chance, listeners that were gone together would be called together for ever.
    """

    first: timedelta
    longest: timedelta

    def after(self, attempts: int, chance: float) -> timedelta:
        """`attempts` so far, one at least; `chance` from 0 to 1."""
        doubled = self.first.total_seconds() * 2.0 ** min(attempts - 1, 64)
        return timedelta(seconds=min(doubled, self.longest.total_seconds()) * (0.75 + chance / 2))


def next_try(
    *, now: datetime, attempts: int, expires: datetime, pauses: Pauses, chance: float, retry_after: str | None
) -> datetime | None:
    """When to try again; None: give up. Never later than `expires`, when it is tried for the last time.

    Retry-After, as seconds or as a date, makes the pause longer, never shorter.
    """
    if now >= expires:
        return None
    asked = _asked(retry_after, now) if retry_after else now
    return min(max(now + pauses.after(attempts, chance), asked), expires)


def _asked(retry_after: str, now: datetime) -> datetime:
    """What cannot be read asks for nothing."""
    text = retry_after.strip()
    if _SECONDS.fullmatch(text):
        return now + timedelta(seconds=int(text))
    try:
        asked = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return now
    return asked if asked.tzinfo else asked.replace(tzinfo=UTC)
