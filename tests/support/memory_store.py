"""A database in memory that fails when it is told to: thousands of transactions a second, in the calling thread.

Several handles may look at one memory, as several processes at one server; each has faults of its own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event

from gateway.store.errors import StoreUnavailable
from gateway.store.migrations import migrate
from gateway.store.tables import metadata

T = TypeVar("T")


class Fault(Enum):
    """What becomes of one transaction. All but NONE and TWICE end with StoreUnavailable."""

    NONE = "it is committed"
    REFUSED = "it never begins"
    ROLLED_BACK = "it is done, but not committed"
    COMMITTED = "it is committed, but nobody learns of it"
    TWICE = "it is done, rolled back, and done again"


def memory() -> Engine:
    """A new, empty database in memory with its tables."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False, "isolation_level": None}
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: object) -> None:
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        migrate(connection)
    return engine


def wipe(engine: Engine) -> None:
    """Leave the tables empty."""
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


class MemoryDatabase:
    """A `Database`. `is_there`: whether it answers at all; `used` is set whenever a transaction has been tried."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._faults: deque[Fault] = deque()
        self.is_there = True
        self.used = asyncio.Event()

    def fail(self, *faults: Fault) -> None:
        """What becomes of the next writes, one after the other; nothing becomes of those after them."""
        self._faults = deque(faults)

    @property
    def faults_left(self) -> Iterable[Fault]:
        return tuple(self._faults)

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def write(self, work: Callable[[Connection], T]) -> T:
        await asyncio.sleep(0)  # as of any database: others go on in the meantime
        self.used.set()
        if not self.is_there:
            raise StoreUnavailable("not there")
        fault = self._faults.popleft() if self._faults else Fault.NONE
        if fault is Fault.REFUSED:
            raise StoreUnavailable(fault.value)
        if fault in (Fault.ROLLED_BACK, Fault.TWICE):
            self._rolled_back(work)
        if fault is Fault.ROLLED_BACK:
            raise StoreUnavailable(fault.value)
        with self._engine.begin() as connection:
            result = work(connection)
        await asyncio.sleep(0)
        if fault is Fault.COMMITTED:
            raise StoreUnavailable(fault.value)
        return result

    async def read(self, work: Callable[[Connection], T]) -> T:
        await asyncio.sleep(0)
        self.used.set()
        if not self.is_there:
            raise StoreUnavailable("not there")
        with self._engine.connect() as connection, connection.begin() as transaction:
            result = work(connection)
            transaction.rollback()
        return result

    def _rolled_back(self, work: Callable[[Connection], T]) -> None:
        with self._engine.connect() as connection, connection.begin() as transaction:
            work(connection)
            transaction.rollback()
