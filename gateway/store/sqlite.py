"""The embedded engine: one file, one process, one writer thread and one reader thread. All that is SQLite's is here.

A transaction is one hop to a thread, whatever its number of statements: hopping per statement costs four times as much.
Readers never wait for the writer (WAL). `synchronous=FULL`: a commit that returned survives a loss of power.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event

from gateway.store.errors import StoreInUse, StoreUnavailable
from gateway.store.lane import Lane
from gateway.store.migrations import migrate

T = TypeVar("T")


class SqliteDatabase:
    """A `Database` in the file `path`; beside it stands `path` + `.lock`, held as long as the store is open."""

    def __init__(self, path: Path, *, time_limit: float = 5.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`time_limit`: seconds that one read or write may take its caller, all included: waiting for its turn, for a
        foreign tool (a backup, a shell) that locks the file, and for the disk. `monotonic` gives seconds.
        """
        self._path = path
        self._time_limit = time_limit
        self._monotonic = monotonic
        self._lock: sqlite3.Connection | None = None
        self._writer: Lane | None = None
        self._reader: Lane | None = None

    async def open(self) -> None:
        """Makes the folders of the file where they are missing."""
        if self._writer is not None:
            return
        self._lock = await asyncio.to_thread(_take_sole_use, self._path)
        self._writer = self._lane("store-writer", "BEGIN IMMEDIATE")
        self._reader = self._lane("store-reader", "BEGIN", "PRAGMA query_only=ON")
        try:
            # migrating a large store takes the time it takes
            await self._writer.run(migrate, limited=False)
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

    def _lane(self, name: str, begin: str, *pragmas: str) -> Lane:
        return Lane(name, _engine(self._path, *pragmas), begin, self._time_limit, self._monotonic)


def _open_lane(lane: Lane | None) -> Lane:
    if lane is None:
        raise StoreUnavailable("the store is not open")
    return lane


def _engine(path: Path, *pragmas: str) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver would otherwise decide itself when a transaction begins
        try:
            with closing(connection.cursor()) as cursor:
                _use_wal(cursor, path)
                for statement in ("PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON", *pragmas):
                    cursor.execute(statement)
        except BaseException:
            connection.close()
            raise

    return engine


def _use_wal(cursor: sqlite3.Cursor, path: Path) -> None:
    """Raises StoreUnavailable where the file cannot have it: SQLite then goes on in another mode without a word."""
    (mode,) = cursor.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode != "wal":
        raise StoreUnavailable(
            f"{path} cannot be used with a write-ahead log (SQLite stays with '{mode}'): "
            "put the store on a disk of this machine, not on a network file system"
        )


def _take_sole_use(path: Path) -> sqlite3.Connection:
    """Lock a file beside the database until the process ends, whichever way it ends. Raises StoreInUse."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"the folder of {path} cannot be made: {error}") from error
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
