"""How much may be asked again, of all that is asked: where a system is in trouble, retries must not double its load."""

from __future__ import annotations

SAVED = 10.0
"""Retries that are saved up at most, and there are at the beginning: a system that is asked seldom has some too."""


class RetryBudget:
    """Between any two moments there are at most `SAVED` + `share` x calls retries."""

    __slots__ = ("_share", "left")

    def __init__(self, share: float) -> None:
        self._share = share
        self.left = SAVED if share else 0.0

    def called(self) -> None:
        """A first call is made."""
        if self.left < SAVED:
            self.left = min(self.left + self._share, SAVED)

    def take(self) -> bool:
        """Whether one more may be made again; it then counts."""
        if self.left < 1.0:
            return False
        self.left -= 1.0
        return True
