"""How many requests run at the same time: work by client, bodies still on their way by the address that sends them.

All POSTs together are counted, too: where too many are in work the next ones are turned away before their bodies come,
while reading, which costs little, goes on. Work and bodies are counted apart, so that whoever sends slowly uses up the
places of its own address only. Behind a proxy that passes bodies on as they come, all senders are one address; one that
buffers them (the usual setting) does not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class TooManyRequests(Exception):
    """Who asks has reached a limit: 429. `wait`: seconds after which the next request may come, None: nobody knows."""

    def __init__(self, reason: str = "Too many requests at the same time", wait: int | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Overloaded(Exception):
    """All together have reached a limit: 503."""


class Admission:
    """Counts what is under way. One event loop only."""

    def __init__(self, *, in_flight: int, arriving: int, posts: int = 500) -> None:
        self._most_posts = posts
        self._posts = 0
        self._working = _Places(in_flight)
        self._arriving = _Places(arriving)

    @contextmanager
    def arriving(self, client: str, address: str) -> Iterator[None]:
        """Holds a place of the address for one body. Raises TooManyRequests and Overloaded; there, too, if it could not
        be worked on now: its body need not come.
        """
        self._check_posts()
        self._working.check(client)
        with self._arriving.one_of(address):
            yield

    @contextmanager
    def posting(self, client: str) -> Iterator[None]:
        """Holds a place of the client, and one of all POSTs. Raises TooManyRequests, Overloaded."""
        self._check_posts()
        with self._working.one_of(client):
            self._posts += 1
            try:
                yield
            finally:
                self._posts -= 1

    def _check_posts(self) -> None:
        if self._posts >= self._most_posts:
            raise Overloaded

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
