"""The store's time limit, as its callers see it: nobody waits longer, and what they gave up does not happen later."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from gateway.lso.identifiers import PoqId
from gateway.store.errors import StoreUnavailable
from gateway.store.queries import insert_qualification
from gateway.store.sqlite import SqliteDatabase
from gateway.store.store import Store
from tests.contract.databases import store_on
from tests.contract.test_store import POQ, read_back
from tests.support.sqlite_tables import with_tables

LIMIT = 0.8
FAR_BELOW = LIMIT / 2
FAR_ABOVE = LIMIT * 3
"""Each of several that wait one behind the other would take this long."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(with_tables(tmp_path / "poq.db"), time_limit=LIMIT)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def store(database: SqliteDatabase) -> Store:
    return store_on(database)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """As a foreign tool does it."""
    with closing(sqlite3.connect(folder / "poq.db", isolation_level=None)) as tool:
        tool.execute("BEGIN IMMEDIATE")
        yield


class Held:
    """Where a transaction hangs, as on a disk that does not answer, until it may go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.may_end = threading.Event()

    def here(self, _: Connection) -> None:
        self.reached.set()
        self.may_end.wait()

    def at_the_commit(self, connection: Connection) -> None:
        insert_qualification(connection, POQ)
        event.listen(connection, "commit", self.here)


@asynccontextmanager
async def hanging(
    database: SqliteDatabase, work: Callable[[Connection], None], held: Held
) -> AsyncIterator[asyncio.Task[str]]:
    """The block runs while the transaction hangs; gives what its caller is told. Afterwards all is done and open."""
    async with asyncio.TaskGroup() as tasks:
        told = tasks.create_task(result(database.write(work)))
        try:
            await asyncio.to_thread(held.reached.wait)
            yield told
        finally:
            held.may_end.set()
    await database.close()
    await database.open()


async def result(call: Coroutine[Any, Any, None]) -> str:
    try:
        await call
    except StoreUnavailable as error:
        return str(error)
    return "stored"


async def outcome(store: Store, poq_id: str) -> str:
    """What becomes of a create."""
    return await result(store.create(replace(POQ, id=PoqId(poq_id))))


@pytest.mark.requirement("C20")
async def test_callers_before_a_locked_file_give_up_together_not_one_behind_the_other(
    tmp_path: Path, store: Store
) -> None:
    names = [f"waiting-{n}" for n in range(4)]
    with locked(tmp_path):
        began = time.monotonic()
        first, *queued = await asyncio.gather(*(outcome(store, name) for name in names))
        assert time.monotonic() - began < FAR_ABOVE
        assert "locked" in first
        assert all("locked" in one or "nothing was done" in one for one in queued)
    await store.create(POQ)
    assert [await read_back(store, replace(POQ, id=PoqId(name))) for name in names] == [None] * 4


@pytest.mark.requirement("C20")
async def test_once_a_file_is_known_to_be_locked_the_next_fail_at_once_until_it_is_free(
    tmp_path: Path, store: Store
) -> None:
    with locked(tmp_path):
        assert "locked" in await outcome(store, "first")
        began = time.monotonic()
        assert "locked" in await outcome(store, "second")
        assert time.monotonic() - began < FAR_BELOW
    assert await outcome(store, "third") == "stored"


async def test_a_file_that_is_free_again_in_time_is_waited_for(tmp_path: Path, store: Store) -> None:
    async with asyncio.TaskGroup() as tasks:
        with locked(tmp_path):
            waiting = tasks.create_task(outcome(store, "poq"))
            await asyncio.wait([waiting], timeout=LIMIT / 8)
            assert not waiting.done()
    assert waiting.result() == "stored"


@pytest.mark.requirement("C20")
async def test_behind_a_stuck_writer_callers_give_up_and_what_they_wanted_never_happens(
    database: SqliteDatabase, store: Store
) -> None:
    held = Held()
    async with hanging(database, held.here, held) as told:
        assert "nothing was done" in await outcome(store, "queued")
        assert "nothing was done" in await told
        began = time.monotonic()
        assert "stuck" in await outcome(store, "late")
        assert time.monotonic() - began < FAR_BELOW
    assert await outcome(store, "poq-1") == "stored"
    assert await read_back(store, replace(POQ, id=PoqId("queued"))) is None


async def test_a_transaction_whose_caller_was_told_to_try_later_is_rolled_back(
    database: SqliteDatabase, store: Store
) -> None:
    held = Held()

    def insert_then_hang(connection: Connection) -> None:
        insert_qualification(connection, POQ)
        held.here(connection)

    async with hanging(database, insert_then_hang, held) as told:
        assert "nothing was done" in await told
    assert await read_back(store, POQ) is None


async def test_a_commit_that_has_begun_cannot_be_called_back_and_that_is_said(
    database: SqliteDatabase, store: Store
) -> None:
    held = Held()
    async with hanging(database, held.at_the_commit, held) as told:
        assert "may still succeed" in await told
    assert await read_back(store, POQ) == POQ


@pytest.mark.requirement("C20")
async def test_the_check_notices_a_locked_file_and_that_it_is_free_again(tmp_path: Path, store: Store) -> None:
    with locked(tmp_path):
        assert "locked" in await result(store.operator_check())
    await store.operator_check()


@pytest.mark.requirement("C20")
async def test_the_check_notices_a_stuck_writer_while_reading_goes_on(database: SqliteDatabase, store: Store) -> None:
    await store.create(POQ)
    held = Held()
    async with hanging(database, held.here, held) as told:
        await told
        assert "stuck" in await result(store.operator_check())
        assert await read_back(store, POQ) == POQ
