"""The time limit of the engine for several replicas: nobody waits longer, and what was given up does not happen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import Connection, text

from gateway.store.errors import StoreUnavailable
from gateway.store.postgresql import PostgresqlDatabase
from gateway.store.queries import insert_qualification
from gateway.store.tables import poq
from tests.contract.databases import Held, store_on
from tests.contract.test_store import POQ, read_back
from tests.support.databases import silenceable
from tests.unit.store.conftest import Operator

pytestmark = pytest.mark.server

LIMIT = 0.8
FAR_ABOVE = LIMIT * 3


@pytest.fixture
async def database(url: str) -> AsyncIterator[PostgresqlDatabase]:
    database = PostgresqlDatabase(url, time_limit=LIMIT, connections=2)
    await database.open()
    yield database
    await database.close()


@pytest.mark.requirement("C20")
async def test_a_caller_of_a_server_that_has_gone_silent_is_told_in_time_and_the_next_ones_are_served(
    url: str,
) -> None:
    async with silenceable(url) as (through, silence):
        database = PostgresqlDatabase(through, time_limit=LIMIT)
        await database.open()
        store = store_on(database)
        await store.create(POQ)
        silence.set()
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="nothing was done"):
            await read_back(store, POQ)
        assert time.monotonic() - began < FAR_ABOVE
        silence.clear()
        assert await read_back(store, POQ) == POQ
        await database.close()


async def test_closing_does_not_wait_for_a_server_that_has_gone_silent(url: str) -> None:
    async with silenceable(url) as (through, silence):
        database = PostgresqlDatabase(through, time_limit=LIMIT)
        await database.open()
        await store_on(database).create(POQ)
        silence.set()
        with pytest.raises(StoreUnavailable, match="nothing was done"):
            await database.write(lambda connection: connection.execute(poq.update().values(state="inProgress")))
        async with asyncio.timeout(10):
            await database.close()


@pytest.mark.requirement("C20")
async def test_a_caller_before_a_locked_row_gets_the_servers_own_reason(database: PostgresqlDatabase, url: str) -> None:
    store = store_on(database)
    await store.create(POQ)
    tool = await asyncpg.connect(url)
    async with tool.transaction():
        await tool.execute("SELECT set_config('poq.operator', 'on', true)")
        await tool.execute("UPDATE poq SET state = 'inProgress'")
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="timeout"):
            await database.write(lambda connection: connection.execute(poq.update().values(state="acknowledged")))
        assert time.monotonic() - began < FAR_ABOVE
    await tool.close()
    found = await read_back(store, POQ)
    assert found is not None
    assert found.state == "inProgress"


async def test_a_transaction_whose_caller_was_told_to_try_later_is_rolled_back(
    database: PostgresqlDatabase,
) -> None:
    store = store_on(database)
    held = Held()

    def insert_then_hang(connection: Connection) -> None:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        insert_qualification(connection, POQ)
        held.here(connection)

    with pytest.raises(StoreUnavailable, match="nothing was done"):
        await database.write(insert_then_hang)
    held.may_end()
    assert await read_back(store, POQ) is None
    await store.create(POQ)


async def test_a_caller_cancelled_while_all_connections_are_busy_leaves_nothing(
    database: PostgresqlDatabase,
) -> None:
    store = store_on(database)
    helds = [Held(), Held()]
    busy = asyncio.gather(*(database.write(held.here) for held in helds))
    for held in helds:
        await held.reached()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(LIMIT / 8):
            await store.create(POQ)
    for held in helds:
        held.may_end()
    await busy
    assert await read_back(store, POQ) is None


async def test_a_commit_that_has_begun_cannot_be_called_back_and_that_is_said(database: PostgresqlDatabase) -> None:
    held = Held()

    def insert_then_commit_slowly(connection: Connection) -> None:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # it is not the server's to end
        insert_qualification(connection, POQ)
        held.at_the_commit(connection)

    with pytest.raises(StoreUnavailable, match="may still succeed"):
        await database.write(insert_then_commit_slowly)
    held.may_end()
    await database.close()
    await database.open()
    assert await read_back(store_on(database), POQ) == POQ


async def test_what_a_caller_that_has_gone_was_running_is_ended_on_the_server(
    database: PostgresqlDatabase, operator: Operator
) -> None:
    def endless(connection: Connection) -> None:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_sleep(1000)"))

    with pytest.raises(StoreUnavailable, match="nothing was done"):
        await database.write(endless)
    await database.close()
    running = "SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND query LIKE '%pg_sleep%'"
    assert await operator(running) == 0
