"""Half of the embedded engine: one thread with its one connection, and callers who wait for a turn up to a limit.

Whoever waits when the thread is free takes part in one transaction: a commit waits for the disk, whatever the number of
changes in it, and each caller learns of its own only when the disk has all of them. Where one of them fails, all are
rolled back and done again, each by itself: nobody suffers from a neighbour.

A caller that gives up, because its time is over or because it was cancelled, and the commit of its transaction exclude
each other: whichever comes first holds. Does not know what the connection is for, nor how it is set up (sqlite.py).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection, Engine

from gateway.store.company import Company
from gateway.store.errors import StoreUnavailable, translated

T = TypeVar("T")

_SHARE_FOR_THE_LOCK = 0.9
"""Of a caller's time; the rest is for the commit, and for saying what was in the way."""

_STEP = 0.05
"""Of the limit: how finely the patience with a locked file is told to SQLite, which costs as much as a statement."""

MOST_TOGETHER = 64
"""Callers of one transaction."""

SECONDS_TO_GATHER = 0.005
"""How long the writer waits at most for more callers than there are; about as long as a commit."""

SECONDS_TOGETHER = 0.05
"""After which nobody more begins in a transaction: those who are done wait for its commit."""


class Lane:
    """Runs transactions, one after the other. `begin` is the statement that starts one."""

    def __init__(
        self,
        name: str,
        engine: Engine,
        begin: str,
        limit: float,
        monotonic: Callable[[], float],
        *,
        gathers: bool = False,
    ) -> None:
        """`limit`: seconds that a caller waits in all. `monotonic` gives seconds and is called in any thread.

        `gathers`: where there is company it waits a moment for more of it, since its commits are dear.
        """
        self._engine = engine
        self._begin = begin
        self._limit = limit
        self._monotonic = monotonic
        # a program that ends without closing its store does not wait for it: what is not committed then, is not there
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._bell: SimpleQueue[bool] = SimpleQueue()
        """Whether the thread goes on: rung where it may be asleep. A pool of one makes six objects for each call."""
        self._waiting: deque[_Turn[Any]] = deque()
        self._is_awake = False
        self._waking = threading.Lock()
        self._busy_since: float | None = None
        self._locked_out = False
        self._company = Company() if gathers else None
        self._wanted = 0
        self._are_enough = threading.Lock()
        """Held but for the moment in which as many are there as were wanted, or nobody else will be."""
        self._are_enough.acquire()
        self._is_closing = False
        self._connection: Connection | None = None
        self._patience: float | None = None

    async def run(self, work: Callable[[Connection], T], *, limited: bool = True) -> T:
        """What `work` gave, committed; it may run twice. Raises StoreUnavailable, also when the time is over.

        `limited=False` waits for the end, whenever it comes; only a file that is locked is given up as ever.
        """
        now = self._monotonic()
        if self._busy_since is not None and now - self._busy_since > self._limit:
            raise StoreUnavailable("the store is stuck in an earlier transaction")
        loop = asyncio.get_running_loop()
        turn = _Turn(work, now + self._limit, loop)
        self._join(turn)
        timer = loop.call_later(self._limit, turn.give_up, self._limit) if limited else None
        try:
            return await turn.told
        finally:
            if timer is not None:
                timer.cancel()
            turn.claim()

    async def close(self) -> None:
        """Let the transactions that have been taken on end."""
        with self._waking:
            self._is_closing = True
            self._gathered()
            self._bell.put(False)
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)
        self._let_go()
        self._engine.dispose()

    def _join(self, turn: _Turn[Any]) -> None:
        with self._waking:
            if not self._is_awake:
                self._wake()
            self._waiting.append(turn)
            if self._wanted and len(self._waiting) >= self._wanted:
                self._gathered()

    def _wake(self) -> None:
        if self._is_closing:
            raise StoreUnavailable("the store is closed")
        if self._thread.ident is None:
            self._thread.start()
        self._is_awake = True
        self._bell.put(True)

    def _serve(self) -> None:
        while self._bell.get():
            self._work()

    def _work(self) -> None:
        """Until nobody waits any more."""
        while turns := self._next():
            if self._company is not None:
                self._company.came(len(turns))
            left = self._settle([turn for turn in turns if not turn.is_given_up])
            self._waiting.extendleft(reversed(left))

    def _next(self) -> list[_Turn[Any]]:
        self._gather()
        with self._waking:
            turns = [self._waiting.popleft() for _ in range(min(MOST_TOGETHER, len(self._waiting)))]
            self._is_awake = bool(turns)
        return turns

    def _gather(self) -> None:
        """Wait for those who are expected, but not for long, and not where the queue is empty: then nobody waits."""
        if self._company is None:
            return
        with self._waking:
            if not self._waiting or self._is_closing or len(self._waiting) >= (expected := self._company.expected):
                return
            self._wanted = expected
        self._are_enough.acquire(timeout=SECONDS_TO_GATHER)
        with self._waking:
            self._wanted = 0
            self._are_enough.acquire(blocking=False)

    def _gathered(self) -> None:
        if self._are_enough.locked():
            self._are_enough.release()

    def _settle(self, turns: Sequence[_Turn[Any]]) -> Sequence[_Turn[Any]]:
        """All of them in one transaction, or each in its own; gives those for whom there was no time any more."""
        if not turns:
            return ()
        self._busy_since = self._monotonic()
        try:
            results = self._transaction(turns)
        except BaseException as error:
            if len(turns) == 1:
                turns[0].error = error
                _tell(turns)
                return ()
        else:
            for turn, result in zip(turns, results, strict=False):
                turn.result = result
            _tell(turns[: len(results)])
            return turns[len(results) :]
        finally:
            self._busy_since = None
        for turn in turns:
            self._settle([] if turn.is_given_up else [turn])
        return ()

    def _transaction(self, turns: Sequence[_Turn[Any]]) -> list[Any]:
        """What the first of them gave, committed: as many as there is time for, at least one."""
        try:
            with translated():
                connection = self._connected()
                try:
                    with connection.begin():
                        self._take(_driver(connection), min(turn.deadline for turn in turns))
                        results = self._results(connection, turns)
                        if not all(turn.is_to_be_committed() for turn, _ in zip(turns, results, strict=False)):
                            raise StoreUnavailable("the caller has gone")
                except BaseException:
                    self._let_go()
                    raise
            return results
        except sqlite3.Error as error:  # of the driver itself, which SQLAlchemy does not wrap
            raise StoreUnavailable(str(error)) from error

    def _connected(self) -> Connection:
        """The connection, taken out of the pool once: taking it for each transaction costs as much as using it."""
        if self._connection is None:
            self._connection = self._engine.connect()
            self._patience = None
        return self._connection

    def _let_go(self) -> None:
        """After a fault the pool looks after the connection, and the next transaction begins with what it gives."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _results(self, connection: Connection, turns: Sequence[_Turn[Any]]) -> list[Any]:
        results: list[Any] = []
        until = self._monotonic() + SECONDS_TOGETHER
        for turn in turns:
            results.append(turn.work(connection))
            if self._monotonic() > until:
                break
        return results

    def _take(self, driver: sqlite3.Connection, deadline: float) -> None:
        """Begin. One caller waits for a locked file; those after it learn at once whether it still is locked."""
        left = max(0.0, deadline - self._monotonic())
        step = self._limit * _STEP
        patience = 0.0 if self._locked_out else left * _SHARE_FOR_THE_LOCK // step * step
        if patience != self._patience:
            driver.execute(f"PRAGMA busy_timeout={round(patience * 1000)}")
            self._patience = patience
        self._locked_out = True
        driver.execute(self._begin)
        self._locked_out = False


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.dbapi_connection)


class _Turn(Generic[T]):
    """What one caller wants done: committed by the thread, or given up by the caller."""

    def __init__(self, work: Callable[[Connection], T], deadline: float, loop: asyncio.AbstractEventLoop) -> None:
        self.work = work
        self.deadline = deadline
        self.loop = loop
        self.told: asyncio.Future[T] = loop.create_future()
        self.result: T | None = None
        self.error: BaseException | None = None
        self._claimed = threading.Lock()
        self._is_the_threads = False

    def claim(self) -> bool:
        """True for the first who asks, and for nobody after."""
        return self._claimed.acquire(blocking=False)

    def give_up(self, limit: float) -> None:
        """The caller's time is over: it is told what is known."""
        if self.told.done():
            return
        what = "nothing was done" if self.claim() else "its commit was under way and may still succeed"
        self.told.set_exception(StoreUnavailable(f"no turn in the store within {limit:g} s: {what}"))

    def is_to_be_committed(self) -> bool:
        """Whether the thread has the claim: from now on the caller cannot give up any more."""
        self._is_the_threads = self._is_the_threads or self.claim()
        return self._is_the_threads

    @property
    def is_given_up(self) -> bool:
        return self._claimed.locked() and not self._is_the_threads

    def tell(self) -> None:
        """What came of it, in the caller's loop; nobody listens where it has gone."""
        if self.told.done():
            return
        if self.error is not None:
            self.told.set_exception(self.error)
        else:
            self.told.set_result(cast(T, self.result))


def _tell(turns: Sequence[_Turn[Any]]) -> None:
    """Wake the callers: once a loop, which has one at most but for odd programs."""

    def tell(loop: asyncio.AbstractEventLoop) -> None:
        for one in turns:
            if one.loop is loop:
                one.tell()

    for loop in {one.loop for one in turns}:
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(tell, loop)
