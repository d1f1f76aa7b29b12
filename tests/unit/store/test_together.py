"""Callers who wait for the store share one commit, and nobody suffers from a neighbour."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from gateway.lso.identifiers import PoqId
from gateway.store import lane
from gateway.store.errors import IdTaken
from gateway.store.queries import insert_qualification
from gateway.store.sqlite import SqliteDatabase
from gateway.store.store import Store
from tests.contract.databases import store_on
from tests.contract.test_store import POQ, read_back
from tests.support.sqlite_tables import with_tables


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(with_tables(tmp_path / "poq.db"))
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def store(database: SqliteDatabase) -> Store:
    return store_on(database)


@pytest.fixture
def commits() -> Iterator[list[Connection]]:
    """The commits of all engines, as they are made."""
    seen: list[Connection] = []

    def note(connection: Connection) -> None:
        seen.append(connection)

    event.listen(Engine, "commit", note)
    yield seen
    event.remove(Engine, "commit", note)


@asynccontextmanager
async def busy(database: SqliteDatabase) -> AsyncIterator[None]:
    """The writer is at work, so that all who come meanwhile wait; it goes on when the block ends."""
    begun, may_end = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        begun.set()
        may_end.wait()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(database.write(hold))
        await asyncio.to_thread(begun.wait)
        try:
            yield
        finally:
            may_end.set()


def named(name: str) -> PoqId:
    return PoqId(name)


async def queued(store: Store, *names: str) -> list[asyncio.Task[None]]:
    """Creates under way: they have been taken on when this returns."""
    tasks = [asyncio.get_running_loop().create_task(store.create(replace(POQ, id=named(name)))) for name in names]
    await asyncio.sleep(0)
    return tasks


async def kept(store: Store, *names: str) -> list[bool]:
    return [await read_back(store, replace(POQ, id=named(name))) is not None for name in names]


async def test_all_who_wait_share_one_commit(database: SqliteDatabase, store: Store, commits: list[Connection]) -> None:
    async with busy(database):
        tasks = await queued(store, "a", "b", "c", "d")
        before = len(commits)
    await asyncio.gather(*tasks)

    assert len(commits) - before == 2  # of the one that was at work, and of the four
    assert await kept(store, "a", "b", "c", "d") == [True] * 4


async def test_one_that_fails_harms_nobody(database: SqliteDatabase, store: Store) -> None:
    await store.create(replace(POQ, id=named("taken")))
    async with busy(database):
        tasks = await queued(store, "a", "taken", "b")
    told = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(one) for one in told] == [type(None), IdTaken, type(None)]
    assert await kept(store, "a", "b") == [True, True]


async def test_one_that_goes_while_the_others_work_leaves_nothing(database: SqliteDatabase, store: Store) -> None:
    reached, may_end = threading.Event(), threading.Event()

    def last(connection: Connection) -> None:
        insert_qualification(connection, replace(POQ, id=named("last")))
        reached.set()
        may_end.wait()

    async with busy(database):
        gone, stays = await queued(store, "gone", "stays")
        end = asyncio.get_running_loop().create_task(database.write(last))
        await asyncio.sleep(0)
    await asyncio.to_thread(reached.wait)
    gone.cancel()
    await asyncio.wait([gone])
    may_end.set()
    await asyncio.gather(stays, end)

    assert await kept(store, "gone", "stays", "last") == [False, True, True]


async def test_nobody_begins_in_a_transaction_that_has_taken_long(
    database: SqliteDatabase, store: Store, commits: list[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "SECONDS_TOGETHER", -1.0)
    async with busy(database):
        tasks = await queued(store, "a", "b", "c")
        before = len(commits)
    await asyncio.gather(*tasks)

    assert len(commits) - before == 4
    assert await kept(store, "a", "b", "c") == [True] * 3
