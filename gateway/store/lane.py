"""Half of the embedded engine: one thread with its one connection, and callers who wait for a turn up to a limit.

A caller that gives up, because its time is over or because it was cancelled, and the commit of its transaction exclude
each other: whichever comes first holds. Does not know what the connection is for, nor how it is set up (sqlite.py).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine

from gateway.store.errors import StoreUnavailable, translated

T = TypeVar("T")

_SHARE_FOR_THE_LOCK = 0.9
"""Of a caller's time; the rest is for the commit, and for saying what was in the way."""


class Lane:
    """Runs whole transactions, one after the other. `begin` is the statement that starts one."""

    def __init__(self, name: str, engine: Engine, begin: str, limit: float, monotonic: Callable[[], float]) -> None:
        """`limit`: seconds that a caller waits in all. `monotonic` gives seconds and is called in any thread."""
        self._engine = engine
        self._begin = begin
        self._limit = limit
        self._monotonic = monotonic
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._busy_since: float | None = None
        self._locked_out = False

    async def run(self, work: Callable[[Connection], T], *, limited: bool = True) -> T:
        """What `work` gave, committed. Raises StoreUnavailable, also when the time is over.

        `limited=False` waits for the end, whenever it comes; only a file that is locked is given up as ever.
        """
        now = self._monotonic()
        if self._busy_since is not None and now - self._busy_since > self._limit:
            raise StoreUnavailable("the store is stuck in an earlier transaction")
        turn = _Turn(now + self._limit)
        try:
            running = self._thread.submit(self._transaction, turn, work)
        except RuntimeError as error:
            raise StoreUnavailable("the store is closed") from error
        try:
            # leaving early cancels what still waits for the thread: it never begins
            async with asyncio.timeout(self._limit if limited else None):
                return await asyncio.wrap_future(running)
        except TimeoutError as error:
            nothing = turn.claim()
            what = "nothing was done" if nothing else "its commit was under way and may still succeed"
            raise StoreUnavailable(f"no turn in the store within {self._limit:g} s: {what}") from error
        finally:
            turn.claim()

    async def close(self) -> None:
        """Let the transactions that have been taken on end."""
        await asyncio.to_thread(self._thread.shutdown, wait=True)
        self._engine.dispose()

    def _transaction(self, turn: _Turn, work: Callable[[Connection], T]) -> T:
        self._busy_since = self._monotonic()
        try:
            with translated(), self._engine.connect() as connection, connection.begin():
                self._take(connection, turn)
                result = work(connection)
                if not turn.claim():
                    raise StoreUnavailable("the caller has gone")
            return result
        except sqlite3.Error as error:  # from setting up a connection, which SQLAlchemy does not wrap
            raise StoreUnavailable(str(error)) from error
        finally:
            self._busy_since = None

    def _take(self, connection: Connection, turn: _Turn) -> None:
        """Begin. One caller waits for a locked file; those after it learn at once whether it still is locked."""
        left = max(0.0, turn.deadline - self._monotonic())
        patience = 0.0 if self._locked_out else left * _SHARE_FOR_THE_LOCK
        connection.exec_driver_sql(f"PRAGMA busy_timeout={round(patience * 1000)}")
        self._locked_out = True
        connection.exec_driver_sql(self._begin)
        self._locked_out = False


class _Turn:
    """One caller's transaction: committed by the thread, or given up by the caller."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self._claimed = threading.Lock()

    def claim(self) -> bool:
        """True for the first who asks, and for nobody after."""
        return self._claimed.acquire(blocking=False)
