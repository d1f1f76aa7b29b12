"""How many requests of one client run at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class TooManyRequests(Exception):
    """This client has reached its limit."""


class Admission:
    """Counts what is under way. One event loop only."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def of(self, client: str) -> Iterator[None]:
        """Holds one place for the client. Raises TooManyRequests."""
        if self._under_way[client] >= self._most:
            raise TooManyRequests
        self._under_way[client] += 1
        try:
            yield
        finally:
            self._under_way[client] -= 1
