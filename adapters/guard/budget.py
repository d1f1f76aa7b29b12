"""How much may be asked again, of all that is asked: where a system is in trouble, retries must not double its load."""

from __future__ import annotations

SAVED = 10.0
"""Retries that are saved up at most, and there are at the beginning: a system that is asked seldom has some too."""

PER_SECOND = 0.2
"""Retries that time brings, whatever is asked: after a burst, deferred work must not wait for the calls of others."""


class RetryBudget:
    """Between any two moments there are at most `SAVED` + `share` x calls + `PER_SECOND` x seconds retries.

    Without a share there are none. Times are seconds of one clock that never goes back.
    """

    __slots__ = ("_left", "_share", "_since")

    def __init__(self, share: float, now: float) -> None:
        self._share = share
        self._since = now
        self._left = SAVED if share else 0.0

    def left(self, now: float) -> float:
        """Retries that may be made now."""
        if self._share:
            self._left = min(self._left + max(now - self._since, 0.0) * PER_SECOND, SAVED)
            self._since = max(now, self._since)
        return self._left

    def called(self) -> None:
        """A first call is made."""
        if self._left < SAVED:
            self._left = min(self._left + self._share, SAVED)

    def take(self, now: float) -> bool:
        """Whether one more may be made again; it then counts."""
        if self.left(now) < 1.0:
            return False
        self._left -= 1.0
        return True
