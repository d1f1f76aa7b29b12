"""A database in memory that fails when it is told to: thousands of transactions a second, in the calling thread.

Several handles may look at one memory, as several processes at one server; each has faults of its own.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import TypeVar

from sqlalchemy import Connection, StaticPool, create_engine, event

from gateway.lso.identifiers import Dealing
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


class Memory:
    """A database in memory, empty but for its tables. `dispose` when done."""

    def __init__(self) -> None:
        self._engine = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False, "isolation_level": None}
        )
        event.listen(self._engine, "begin", _begin)
        # one for all: to check out a connection costs as much as a small transaction
        self._connection = self._engine.connect()
        self._sqlite.execute("PRAGMA foreign_keys=ON")
        with self.begin() as connection:
            migrate(connection)

    @property
    def changes(self) -> int:
        """Grows with each row that is written, also where that is rolled back."""
        return self._sqlite.total_changes

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction, committed at the end."""
        with self._connection.begin():
            yield self._connection

    @contextmanager
    def rolled_back(self) -> Iterator[Connection]:
        """A transaction that leaves nothing behind."""
        with self._connection.begin() as transaction:
            yield self._connection
            transaction.rollback()

    def wipe(self) -> None:
        """Leave the tables empty."""
        with self.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())

    def dispose(self) -> None:
        self._connection.close()
        self._engine.dispose()

    @property
    def _sqlite(self) -> sqlite3.Connection:
        return _sqlite_of(self._connection)


def _begin(connection: Connection) -> None:
    _sqlite_of(connection).execute("BEGIN IMMEDIATE")


def _sqlite_of(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


class MemoryDatabase:
    """A `Database`. `is_there`: whether it answers at all; `used` is set whenever a transaction has been tried."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._faults: deque[Fault] = deque()
        self.is_there = True
        self.used = asyncio.Event()

    def fail(self, *faults: Fault) -> None:
        """What becomes of the next writes, one after the other; nothing becomes of those after them."""
        self._faults = deque(faults)

    @property
    def faults_left(self) -> Iterable[Fault]:
        return tuple(self._faults)

    def of(self, dealing: Dealing) -> MemoryDatabase:
        return self

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
        with self._memory.begin() as connection:
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
        with self._memory.rolled_back() as connection:
            return work(connection)

    def _rolled_back(self, work: Callable[[Connection], T]) -> None:
        with self._memory.rolled_back() as connection:
            work(connection)
