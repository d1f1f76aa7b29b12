"""Stops a SQLite query whose caller was cancelled: it runs in a thread that would go on, and hold its connection.

Knows no SQL. Other drivers cancel their query themselves and need none of this.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator
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
