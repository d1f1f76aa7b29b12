"""The embedded engine: one file, one process, one writer thread and one reader thread. All that is SQLite's is here.

A transaction is one hop to a thread, whatever its number of statements: hopping per statement costs four times as much.
Readers never wait for the writer (WAL). `synchronous=FULL`: a commit that returned survives a loss of power.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event

from gateway.store.errors import StoreInUse, StoreUnavailable, translated
from gateway.store.migrations import migrate

T = TypeVar("T")


class SqliteDatabase:
    """A `Database` in the file `path`; beside it stands `path` + `.lock`, held as long as the store is open."""

    def __init__(self, path: Path, *, busy_timeout: float = 5.0) -> None:
        """`busy_timeout`: how many seconds to wait for a foreign tool (a backup, a shell) that locks the file."""
        self._path = path
        self._busy_timeout = busy_timeout
        self._lock: sqlite3.Connection | None = None
        self._writer: _Lane | None = None
        self._reader: _Lane | None = None

    async def open(self) -> None:
        if self._writer is not None:
            return
        self._lock = await asyncio.to_thread(_take_sole_use, self._path)
        self._writer = _Lane("store-writer", _engine(self._path, self._busy_timeout, "BEGIN IMMEDIATE"))
        self._reader = _Lane("store-reader", _engine(self._path, self._busy_timeout, "BEGIN", "PRAGMA query_only=ON"))
        try:
            await self.write(migrate)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        lanes, self._writer, self._reader = (self._reader, self._writer), None, None
        for lane in lanes:
            if lane is not None:
                await lane.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await _open_lane(self._writer).run(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await _open_lane(self._reader).run(work)


class _Lane:
    """One thread with the one connection that it uses."""

    def __init__(self, name: str, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, work: Callable[[Connection], T]) -> T:
        try:
            running = self._thread.submit(self._transaction, work)
        except RuntimeError as error:
            raise StoreUnavailable("the store is closed") from error
        return await asyncio.wrap_future(running)

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown, wait=True)
        self._engine.dispose()

    def _transaction(self, work: Callable[[Connection], T]) -> T:
        try:
            with translated(), self._engine.begin() as connection:
                return work(connection)
        except sqlite3.Error as error:  # from _configure, which SQLAlchemy does not wrap
            raise StoreUnavailable(str(error)) from error


def _open_lane(lane: _Lane | None) -> _Lane:
    if lane is None:
        raise StoreUnavailable("the store is not open")
    return lane


def _engine(path: Path, busy_timeout: float, begin: str, *pragmas: str) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": busy_timeout},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver would otherwise decide itself when a transaction begins
        with closing(connection.cursor()) as cursor:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                cursor.execute(f"PRAGMA {pragma}")
            for statement in pragmas:
                cursor.execute(statement)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _take_sole_use(path: Path) -> sqlite3.Connection:
    """Lock a file beside the database until the process ends, whichever way it ends. Raises StoreInUse."""
    try:
        lock = sqlite3.connect(f"{path}.lock", timeout=0, isolation_level=None, check_same_thread=False)
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(f"{path} cannot be opened: {error}") from error
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise StoreInUse(f"{path} is in use by another process of the gateway") from error
        raise StoreUnavailable(f"{path} cannot be opened: {error}") from error
    return lock
