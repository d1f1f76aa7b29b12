"""The engines under the store's contract: where each has a fresh database, and a place to hang in any of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.util import await_only
from sqlalchemy.util.concurrency import in_greenlet

from gateway.store.database import Database
from gateway.store.postgresql import PostgresqlDatabase
from gateway.store.sqlite import SqliteDatabase
from gateway.store.store import Store
from tests.support.databases import postgres_database


@asynccontextmanager
async def sqlite(folder: Path, template: str | None) -> AsyncIterator[str]:
    yield str(folder / "poq.db")


@asynccontextmanager
async def postgresql(folder: Path, template: str | None) -> AsyncIterator[str]:
    async with postgres_database(template) as url:
        yield url


ENGINES = [pytest.param(sqlite, id="sqlite"), pytest.param(postgresql, id="postgresql", marks=pytest.mark.server)]
"""Each: where a database of the test's own is, for `database_at`; empty, or a copy of the PostgreSQL `template`."""


def database_at(where: str, *, shared: bool = False) -> Database:
    """A `Database`, not open; of several at one place each is as if in another process, or after a new start."""
    if where.startswith("postgresql://"):
        return PostgresqlDatabase(where, shared=shared)
    return SqliteDatabase(Path(where), shared=shared)


async def make_tables(url: str) -> None:
    """Fill a PostgreSQL database that others are copied from."""
    database = PostgresqlDatabase(url)
    await database.open()
    await database.close()


def store_on(database: Database) -> Store:
    """A store whose deliveries have the ids `delivery-1`, `delivery-2` ..."""
    numbers = count(1)
    return Store(database, keep_events=timedelta(days=3), new_id=lambda: f"delivery-{next(numbers)}")


MOST = 20.0
"""Seconds after which a test that waits for what never comes fails, instead of hanging."""


class Held:
    """Where a transaction hangs, as on a disk that does not answer, until it may go on."""

    def __init__(self) -> None:
        self._is_reached = threading.Event()
        self._may_end = threading.Event()

    def here(self, _: Connection) -> None:
        """Hang in the middle of the work."""
        self._is_reached.set()
        if in_greenlet():  # an engine that is asked with `await`: only this transaction may hang, not the event loop
            await_only(asyncio.to_thread(self._may_end.wait, MOST))
        else:
            self._may_end.wait(MOST)

    def at_the_commit(self, connection: Connection) -> None:
        """Hang when the work is done and its commit has begun."""
        event.listen(connection, "commit", self.here)

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._is_reached.wait, MOST)

    def may_end(self) -> None:
        self._may_end.set()
