"""An event loop that says when nothing moves any more: then every task waits for the test, and no sleep is needed.

Its time is what the test says: who sleeps goes on when the test has moved the time so far, and not before.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class IdleLoop:
    """Runs coroutines that wait neither for sockets nor for threads. `close` when done."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        """`seconds`: the time of the loop; it never goes back."""
        self._idle: asyncio.Future[None] | None = None
        self._loop = _Loop(_Selector(self._is_idle), seconds)

    def run(self, steps: Coroutine[Any, Any, T]) -> T:
        """Raises RuntimeError if it waits for what cannot come."""
        return self._loop.run_until_complete(steps)

    async def settled(self) -> None:
        """Returns when no task can go on at this time."""
        self._idle = self._loop.create_future()
        await self._idle

    def close(self) -> None:
        self._loop.close()

    def _is_idle(self) -> None:
        waiter, self._idle = self._idle, None
        if waiter is None:
            raise RuntimeError("all tasks wait, and none of them for the test")
        waiter.set_result(None)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, selector: selectors.BaseSelector, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        super().__init__(selector)

    def time(self) -> float:
        return self._seconds()


class _Selector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Asked by the loop before each of its rounds: without time to wait while there is something left to run."""

    def __init__(self, idle: Callable[[], None]) -> None:
        super().__init__()
        self._tell_idle = idle

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None or timeout > 0:
            self._tell_idle()
        return []
