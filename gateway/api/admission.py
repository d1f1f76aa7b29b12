"""How many requests run at the same time: work by client, bodies still on their way by the address that sends them.

All POSTs together are counted, too: where too many are in work the next ones are turned away before their bodies come,
while reading, which costs little, goes on. Work and bodies are counted apart, so that whoever sends slowly uses up the
places of its own address only. Behind a proxy that passes bodies on as they come, all senders are one address; one that
buffers them (the usual setting) does not matter.
"""

from __future__ import annotations


class TooManyRequests(Exception):
    """Who asks has reached a limit: 429. `wait`: seconds after which the next request may come, None: nobody knows."""

    def __init__(self, reason: str = "Too many requests at the same time", wait: int | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Overloaded(Exception):
    """All together have reached a limit: 503."""


class Place:
    """One that is taken and counted, until it is left; leaving it again changes nothing."""

    __slots__ = ("_name", "_taken")

    def __init__(self, taken: dict[str, int], name: str) -> None:
        self._taken: dict[str, int] | None = taken
        self._name = name

    def leave(self) -> None:
        """Others may have it."""
        taken, self._taken = self._taken, None
        if taken is None:
            return
        left = taken[self._name] - 1
        if left:
            taken[self._name] = left
        else:
            del taken[self._name]


class Admission:
    """Counts what is under way. One event loop only."""

    def __init__(self, *, in_flight: int, arriving: int, posts: int = 500) -> None:
        self._working = _Places(in_flight, TooManyRequests)
        self._arriving = _Places(arriving, TooManyRequests)
        self._posts = _Places(posts, Overloaded)

    def arriving(self, client: str, address: str) -> Place:
        """A place of the address for one body. Raises TooManyRequests and Overloaded; there, too, if it could not be
        worked on now: its body need not come.
        """
        self._posts.check(_ALL)
        self._working.check(client)
        return self._arriving.take(address)

    def posting(self, client: str) -> tuple[Place, Place]:
        """A place of the client, and one of all POSTs. Raises TooManyRequests, Overloaded."""
        self._posts.check(_ALL)
        return self._working.take(client), self._posts.take(_ALL)

    def working(self, client: str) -> Place:
        """A place of the client. Raises TooManyRequests."""
        return self._working.take(client)


_ALL = ""
"""The name under which all POSTs are counted."""


class _Places:
    """So many for each name; `full` is raised where there is none left."""

    def __init__(self, most: int, full: type[Exception]) -> None:
        self._most = most
        self._full = full
        self._taken: dict[str, int] = {}

    def check(self, name: str) -> None:
        if self._taken.get(name, 0) >= self._most:
            raise self._full

    def take(self, name: str) -> Place:
        number = self._taken.get(name, 0)
        if number >= self._most:
            raise self._full
        self._taken[name] = number + 1
        return Place(self._taken, name)
