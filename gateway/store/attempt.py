"""Half of the engine for several replicas: a caller's transaction, run on a connection of the pool within a limit.

The counterpart of lane.py for engines that are asked with `await`. As there, giving up and the commit exclude each
other: whichever comes first holds. Until the commit begins a transaction may be run again from its start; after that
never. Does not know how connections are made (postgresql.py), nor what an error means (errors.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.store.errors import StoreUnavailable, is_worth_repeating, lasts_with_the_connection, translated

T = TypeVar("T")

TRIES = 3
"""Of a transaction that the server ended: a deadlock, or a connection that had been lost before."""

GRACE = 3.0
"""Seconds to take leave of the server in good order once a caller has gone; then the connection is cut."""


class Attempts:
    """Runs transactions; those whose caller has gone end in the background, and soon."""

    def __init__(self, limit: float) -> None:
        """`limit`: seconds that a caller waits in all."""
        self._limit = limit
        self._running: set[asyncio.Task[object]] = set()

    async def run(self, engine: AsyncEngine, work: Callable[[Connection], T]) -> T:
        """What `work` gave, committed. Raises StoreUnavailable, also when the time is over."""
        turn = _Turn()
        task = asyncio.get_running_loop().create_task(_committed(engine, turn, work))
        self._running.add(task)
        task.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(self._limit):
                return await asyncio.shield(task)
        except TimeoutError as error:
            what = "its commit was under way and may still succeed" if turn.is_claimed else "nothing was done"
            raise StoreUnavailable(f"no turn in the store within {self._limit:g} s: {what}") from error
        finally:
            if not task.done():
                _give_up(turn, task)

    async def end(self) -> None:
        """Let the transactions that have been taken on end."""
        while self._running:
            await asyncio.wait(self._running)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not report it: its caller may have left


class _Turn:
    """One caller's transaction: committed, or given up by the caller."""

    def __init__(self) -> None:
        self.is_claimed = False
        self.cut: Callable[[], None] = lambda: None

    def claim(self) -> bool:
        """True for the first who asks, and for nobody after. All who ask are in one thread."""
        first, self.is_claimed = not self.is_claimed, True
        return first


def _give_up(turn: _Turn, task: asyncio.Task[T]) -> None:
    def cut() -> None:
        turn.cut()
        task.cancel()

    if turn.claim():
        task.cancel()
    last = task.get_loop().call_later(GRACE, cut)
    task.add_done_callback(lambda _: last.cancel())


async def _committed(engine: AsyncEngine, turn: _Turn, work: Callable[[Connection], T]) -> T:
    for tries_left in reversed(range(TRIES)):
        try:
            with translated():
                return await _transaction(engine, turn, work)
        except StoreUnavailable as error:
            if turn.is_claimed or not tries_left or not is_worth_repeating(error.__cause__):
                raise
    raise AssertionError("the last try returns or raises")


async def _transaction(engine: AsyncEngine, turn: _Turn, work: Callable[[Connection], T]) -> T:
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        turn.cut = driver.terminate
        try:
            async with connection.begin():
                result = await connection.run_sync(work)
                if not turn.claim():
                    raise StoreUnavailable("the caller has gone")
            return result
        except exc.DBAPIError as error:
            await _drop_if_useless(connection, error)
            raise


async def _drop_if_useless(connection: AsyncConnection, error: exc.DBAPIError) -> None:
    """A connection to a server that takes no writes any more would fail again: the next one finds its successor."""
    if lasts_with_the_connection(error) and not connection.closed:
        await connection.invalidate()
