"""How many requests run at the same time: work by client, bodies still on their way by the address that sends them.

The two are counted apart, so that whoever sends slowly uses up the places of its own address only. Behind a proxy that
passes bodies on as they come, all senders are one address; one that buffers them (the usual setting) does not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class TooManyRequests(Exception):
    """This client, or this address, has reached its limit."""


class Admission:
    """Counts what is under way. One event loop only."""

    def __init__(self, *, in_flight: int, arriving: int) -> None:
        self._working = _Places(in_flight)
        self._arriving = _Places(arriving)

    @contextmanager
    def arriving(self, client: str, address: str) -> Iterator[None]:
        """Holds a place of the address for one body. Raises TooManyRequests; there, too, if the client could not be
        worked for now: its body need not come.
        """
        self._working.check(client)
        with self._arriving.one_of(address):
            yield

    @contextmanager
    def working(self, client: str) -> Iterator[None]:
        """Holds a place of the client. Raises TooManyRequests."""
        with self._working.one_of(client):
            yield


class _Places:
    """So many for each name."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()

    def check(self, name: str) -> None:
        if self._taken[name] >= self._most:
            raise TooManyRequests

    @contextmanager
    def one_of(self, name: str) -> Iterator[None]:
        self.check(name)
        self._taken[name] += 1
        try:
            yield
        finally:
            self._taken[name] -= 1
            if not self._taken[name]:
                del self._taken[name]
