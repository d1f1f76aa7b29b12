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
from typing import Any, Self, TypeVar

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event

from gateway.lso.identifiers import Dealing
from gateway.store.errors import StoreForeign, StoreInUse, StoreUnavailable
from gateway.store.lane import Lane
from gateway.store.migrations import check_version, migrate

T = TypeVar("T")


class SqliteDatabase:
    """A `Database` in the file `path`; beside it stands `path` + `.lock`, held as long as the store is open."""

    def __init__(
        self,
        path: Path,
        *,
        shared: bool = False,
        time_limit: float = 5.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`shared`: only use the file as it is, beside the gateway that is running (an operator's command): it is
        neither made nor held nor brought up to date.

        `time_limit`: seconds that one read or write may take its caller, all included: waiting for its turn, for a
        foreign tool (a backup, a shell) that locks the file, and for the disk. `monotonic` gives seconds.
        """
        self._path = path
        self._shared = shared
        self._time_limit = time_limit
        self._monotonic = monotonic
        self._lock: sqlite3.Connection | None = None
        self._writer: Lane | None = None
        self._reader: Lane | None = None

    async def open(self) -> None:
        """Makes the folders of the file where they are missing, but not of one that is shared."""
        if self._writer is not None:
            return
        if self._shared:
            await asyncio.to_thread(_refuse_missing, self._path)
        else:
            self._lock = await asyncio.to_thread(_take_sole_use, self._path)
        self._writer = self._lane("store-writer", "BEGIN IMMEDIATE", gathers=True)
        self._reader = self._lane("store-reader", "BEGIN", "PRAGMA query_only=ON")
        try:
            if self._shared:
                await self._reader.run(check_version)
            else:
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

    def of(self, dealing: Dealing) -> Self:
        """The same: who has the file sees all of it."""
        return self

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await _open_lane(self._writer).run(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await _open_lane(self._reader).run(work)

    def _lane(self, name: str, begin: str, *pragmas: str, gathers: bool = False) -> Lane:
        engine = _engine(_url(self._path, self._shared), _has_wal if self._shared else _use_wal, *pragmas)
        return Lane(name, engine, begin, self._time_limit, self._monotonic, gathers=gathers)


def _open_lane(lane: Lane | None) -> Lane:
    if lane is None:
        raise StoreUnavailable("the store is not open")
    return lane


def _url(path: Path, shared: bool) -> URL:
    if not shared:
        return URL.create("sqlite", database=str(path))
    # a file that is gone in the meantime is not made
    return URL.create("sqlite", database=path.absolute().as_uri(), query={"mode": "rw", "uri": "true"})


def _engine(url: URL, look_at_wal: Callable[[sqlite3.Cursor], None], *pragmas: str) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver would otherwise decide itself when a transaction begins
        try:
            with closing(connection.cursor()) as cursor:
                look_at_wal(cursor)
                for statement in ("PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON", *pragmas):
                    cursor.execute(statement)
        except BaseException:
            connection.close()
            raise

    return engine


def _use_wal(cursor: sqlite3.Cursor) -> None:
    """Raises StoreUnavailable where the file cannot have it: SQLite then goes on in another mode without a word."""
    (mode,) = cursor.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode != "wal":
        raise StoreUnavailable(
            f"the file cannot be used with a write-ahead log (SQLite stays with '{mode}'): "
            "put the store on a disk of this machine, not on a network file system"
        )


def _has_wal(cursor: sqlite3.Cursor) -> None:
    """Raises StoreForeign for a file that the gateway has not made: setting the mode would change it."""
    (mode,) = cursor.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        raise StoreForeign("the file is not of a gateway: it has no write-ahead log")


def _refuse_missing(path: Path) -> None:
    if not path.is_file():
        raise StoreUnavailable(f"there is no store at {path}: start the gateway first, which makes it")


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
            told = f"{path} is in use by another process of the gateway: stop it, or say another store.path"
            raise StoreInUse(told) from error
        raise StoreUnavailable(f"{path} cannot be opened: {error}") from error
    return lock
