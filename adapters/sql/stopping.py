"""Ends queries that nobody waits for any more, without making anybody wait for the ending. Knows no SQL.

`Stoppable` is for SQLite: its query runs in a thread that would go on, and hold its connection. `Bounded` is for all:
taking leave of a server that has gone silent takes seconds, and these are not the caller's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class StopFlag:
    """A SQLite progress handler: ends the running query once `stop` is set.

    `sqlite3.Connection.interrupt` alone has a gap: it does nothing for a query that is queued but not yet running.
    """

    def __init__(self) -> None:
        self.stop = False

    def __call__(self) -> int:
        return int(self.stop)


class Stoppable(Generic[T]):
    """Awaits a query; an exception thrown in from outside (a cancellation) sets the flag before the query sees it.

    The order matters: the database layer answers a cancellation by closing its cursor, and that close would queue up
    behind the running query.
    """

    def __init__(self, query: Awaitable[T], flag: StopFlag) -> None:
        self._query = query
        self._flag = flag

    def __await__(self) -> Generator[Any, Any, T]:
        self._flag.stop = False
        steps = self._query.__await__()
        try:
            step = next(steps)
            while True:
                try:
                    sent = yield step
                except BaseException as error:
                    self._flag.stop = True
                    step = steps.throw(error)
                else:
                    step = steps.send(sent)
        except StopIteration as done:
            result: T = done.value
            return result


class Bounded:
    """Runs work with a time limit that holds to the moment, whatever the work still does when it is cancelled."""

    def __init__(self) -> None:
        self._ending: set[asyncio.Task[Any]] = set()

    async def run(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """The work's result. Raises TimeoutError after `seconds`, or what the work raises."""
        task = asyncio.get_running_loop().create_task(work)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(task)
        finally:
            if not task.done():
                self._ending.add(task)
                task.add_done_callback(self._ended)
                task.cancel()

    async def wait(self) -> None:
        """Until all that was cancelled has ended."""
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._ending.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not report it: its caller has left
