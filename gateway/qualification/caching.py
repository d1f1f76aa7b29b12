"""Replies that are kept for a while, where a step says so (`cache`). In memory, bounded; knows no system, no mapping.

Only usable replies are kept. Who asks for the same while it is being asked waits for that answer instead (one flight),
but who waits for an immediate answer never waits for a call of deferred work, nobody waits past its own deadline, and
nobody has no answer because somebody else had too little time to ask.
"""

from __future__ import annotations

import asyncio
import pickle
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from adapters.base import Cause, NoAnswer, Reply
from adapters.guard import Asked


@dataclass(frozen=True)
class _Kept:
    """A reply as bytes, so that nobody who is given it can change it for others, and its size is known."""

    content: bytes
    at: float


@dataclass(frozen=True)
class Patience:
    """How long one who asks may wait. `deadline`: on the cache's clock; `timeout`: seconds that a call of its may take.

    `urgent`: somebody waits for it now.
    """

    urgent: bool
    deadline: float | None = None
    timeout: float | None = None


class ReplyCache:
    """`monotonic` gives seconds; `entries` replies of `size` bytes together are kept at most."""

    def __init__(self, monotonic: Callable[[], float], *, entries: int, size: int) -> None:
        self._monotonic = monotonic
        self._entries = entries
        self._size = size
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._flights: dict[Hashable, asyncio.Future[Asked | None]] = {}
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    async def reply(
        self,
        key: Hashable,
        seconds: float,
        ask: Callable[[], Awaitable[Asked]],
        *,
        within: Patience,
        is_usable: Callable[[Any], bool],
    ) -> tuple[Asked, float | None]:
        """A kept reply that is younger than `seconds`, with its age; or what `ask` gives, with None.

        `is_usable`: whether a reply's value may be kept.
        """
        while True:
            kept = self._younger(key, seconds)
            if kept is not None:
                return kept
            route = (key, within.urgent, within.timeout)
            flight = self._flights.get(route)
            if flight is None:
                return await self._fly(key, route, ask, is_usable), None
            left = None if within.deadline is None else max(within.deadline - self._monotonic(), 0.0)
            if not (await asyncio.wait([flight], timeout=left))[0]:
                return Asked(_late(), 0, is_hurried=True), None
            asked = flight.result()
            if asked is not None and not asked.is_hurried:  # else who asked had no time (left), and the next one asks
                return _copy(asked), 0.0

    def _younger(self, key: Hashable, seconds: float) -> tuple[Asked, float] | None:
        kept = self._kept.get(key)
        age = 0.0 if kept is None else self._monotonic() - kept.at
        if kept is None or age >= seconds:
            return None
        self._kept.move_to_end(key)
        return Asked(pickle.loads(kept.content), 0), age  # noqa: S301 - made here, a moment ago

    async def _fly(
        self, key: Hashable, route: Hashable, ask: Callable[[], Awaitable[Asked]], is_usable: Callable[[Any], bool]
    ) -> Asked:
        flight: asyncio.Future[Asked | None] = asyncio.get_running_loop().create_future()
        self._flights[route] = flight
        asked: Asked | None = None
        try:
            asked = await ask()
            if isinstance(asked.outcome, Reply) and is_usable(asked.outcome.value):
                self._keep(key, asked.outcome)
            return asked
        finally:
            del self._flights[route]
            flight.set_result(asked)

    def _keep(self, key: Hashable, reply: Reply) -> None:
        content = pickle.dumps(reply, pickle.HIGHEST_PROTOCOL)
        self._drop(key)
        if len(content) > self._size:
            return
        self._kept[key] = _Kept(content, self._monotonic())
        self.bytes += len(content)
        while self.bytes > self._size or len(self._kept) > self._entries:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self.bytes -= len(kept.content)


def _late() -> NoAnswer:
    return NoAnswer(Cause.TIMEOUT, "what another is asking was not answered in time", is_sent=False)


def _copy(asked: Asked) -> Asked:
    """For one who was waiting with others: nothing was asked for it alone."""
    outcome = asked.outcome
    return Asked(replace(outcome, value=deepcopy(outcome.value)) if isinstance(outcome, Reply) else outcome, 0)


def key_of(value: Any) -> Hashable:
    """Arguments as a key: equal for what would be sent alike, and for nothing else (1, 1.0, True and '1' differ)."""
    if isinstance(value, dict):
        return "{", tuple((name, key_of(value[name])) for name in sorted(value))
    if isinstance(value, list | tuple):
        return "[", tuple(key_of(one) for one in value)
    return type(value).__name__, str(value)
