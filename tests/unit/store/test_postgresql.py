"""What is particular to the engine for several replicas: its sessions, its migrations, servers that come and go."""

from __future__ import annotations

import asyncio
import importlib.util
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import Connection, select, text

from gateway.lso.identifiers import PoqId
from gateway.store.attempt import TRIES
from gateway.store.errors import StoreError, StoreUnavailable
from gateway.store.postgresql import PostgresqlDatabase
from gateway.store.queries import insert_qualification
from gateway.store.tables import poq
from tests.contract.databases import Held, store_on
from tests.contract.test_store import POQ, read_back
from tests.support.databases import POSTGRES, postgres_database
from tests.unit.store.conftest import Operator

END_ALL = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'"


def ask(statement: str) -> Any:
    return lambda connection: connection.execute(text(statement)).scalar()


def insert(connection: Connection) -> None:
    insert_qualification(connection, POQ)


def url_with(url: str, *, user: str | None = None, name: str | None = None) -> str:
    """The same server, for another user, another database."""
    address = urlsplit(url)
    netloc = f"{user}@{address.netloc.rpartition('@')[2]}" if user else address.netloc
    query = "" if user else address.query  # of what another user may be, nothing is known
    return address._replace(netloc=netloc, path=f"/{name}" if name else address.path, query=query).geturl()


@pytest.mark.server
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("application_name", "poq-gateway"),
        ("statement_timeout", "4500ms"),
        ("lock_timeout", "4500ms"),
        ("idle_in_transaction_session_timeout", "4500ms"),
        ("transaction_isolation", "read committed"),
        ("transaction_read_only", "off"),
    ],
)
async def test_a_writing_session_is_bounded_on_the_server(
    postgresql: PostgresqlDatabase, setting: str, value: str
) -> None:
    assert await postgresql.write(ask(f"SHOW {setting}")) == value


@pytest.mark.server
@pytest.mark.parametrize(
    ("setting", "value"),
    [("transaction_isolation", "repeatable read"), ("transaction_read_only", "on"), ("statement_timeout", "4500ms")],
)
async def test_a_reading_session_has_one_snapshot_and_is_bounded(
    postgresql: PostgresqlDatabase, setting: str, value: str
) -> None:
    assert await postgresql.read(ask(f"SHOW {setting}")) == value


@pytest.mark.server
@pytest.mark.parametrize(("configured", "used"), [("off", "on"), ("local", "local"), ("remote_apply", "remote_apply")])
async def test_a_commit_is_on_disk_whatever_is_configured_and_more_where_that_is(
    url: str, operator: Operator, configured: str, used: str
) -> None:
    await operator("ALTER DATABASE {name} SET synchronous_commit = " + configured)
    database = PostgresqlDatabase(url)
    await database.open()
    assert await database.write(ask("SHOW synchronous_commit")) == used
    await database.close()


@pytest.mark.server
async def test_replicas_that_start_at_once_on_an_empty_database_all_serve() -> None:
    async with postgres_database() as empty:
        replicas = [PostgresqlDatabase(empty) for _ in range(6)]
        await asyncio.gather(*(replica.open() for replica in replicas))
        records = [replace(POQ, id=PoqId(f"poq-{number}")) for number in range(len(replicas))]
        await asyncio.gather(*(store_on(one).create(record) for one, record in zip(replicas, records, strict=True)))
        read = [await read_back(store_on(replicas[0]), record) for record in records]
        await asyncio.gather(*(replica.close() for replica in replicas))

    assert read == records


@pytest.mark.server
async def test_the_pool_opens_no_more_connections_than_it_may(url: str, operator: Operator) -> None:
    database = PostgresqlDatabase(url, connections=2)
    await database.open()
    helds = [Held(), Held()]
    async with asyncio.TaskGroup() as tasks:
        for held in helds:
            tasks.create_task(database.write(held.here))
            await held.reached()
        waiting = tasks.create_task(database.read(ask("SELECT 1")))
        await asyncio.wait([waiting], timeout=0.1)
        assert not waiting.done()
        assert await operator("SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'") == 2
        for held in helds:
            held.may_end()
    assert waiting.result() == 1
    await database.close()


@pytest.mark.server
async def test_a_server_that_was_restarted_in_between_is_not_noticed(
    postgresql: PostgresqlDatabase, operator: Operator
) -> None:
    store = store_on(postgresql)
    await asyncio.gather(*(store.operator_check() for _ in range(8)))
    assert await operator(END_ALL) != 0
    await store.create(POQ)
    assert await read_back(store, POQ) == POQ


@pytest.mark.server
async def test_a_transaction_whose_connection_is_lost_is_run_again_from_its_start(
    postgresql: PostgresqlDatabase, operator: Operator
) -> None:
    runs = 0
    held = Held()

    def insert_slowly(connection: Connection) -> None:
        nonlocal runs
        runs += 1
        insert(connection)
        held.here(connection)
        connection.execute(text("SELECT 1"))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(postgresql.write(insert_slowly))
        await held.reached()
        await operator(END_ALL)
        held.may_end()
    assert runs == 2
    assert await read_back(store_on(postgresql), POQ) == POQ


@pytest.mark.server
async def test_a_connection_lost_at_the_commit_is_never_run_again(
    postgresql: PostgresqlDatabase, operator: Operator
) -> None:
    runs = 0
    held = Held()

    def insert_then_commit_slowly(connection: Connection) -> None:
        nonlocal runs
        runs += 1
        insert(connection)
        held.at_the_commit(connection)

    writing = asyncio.gather(postgresql.write(insert_then_commit_slowly), return_exceptions=True)
    await held.reached()
    await operator(END_ALL)
    held.may_end()
    (outcome,) = await writing
    assert isinstance(outcome, StoreUnavailable)
    assert runs == 1


@pytest.mark.server
@pytest.mark.requirement("C20")
async def test_a_server_that_is_away_is_unavailable_and_found_again_when_it_is_back(
    postgresql: PostgresqlDatabase, operator: Operator
) -> None:
    store = store_on(postgresql)
    await store.create(POQ)
    await operator("ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await operator(END_ALL)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="not currently accepting connections"):
            await read_back(store, POQ)
    await operator("ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert await read_back(store, POQ) == POQ
    await store.create(replace(POQ, id=PoqId("poq-2")))


@pytest.mark.server
@pytest.mark.requirement("C20")
async def test_a_server_that_takes_no_writes_is_unavailable_until_it_does(
    postgresql: PostgresqlDatabase, operator: Operator
) -> None:
    store = store_on(postgresql)
    await operator("ALTER DATABASE {name} SET default_transaction_read_only = on")
    await operator(END_ALL)
    with pytest.raises(StoreUnavailable, match="takes no writes"):
        await store.create(POQ)
    await operator("ALTER DATABASE {name} RESET default_transaction_read_only")
    await store.create(POQ)


@pytest.mark.server
async def test_a_connection_that_takes_no_writes_any_more_is_given_up(postgresql: PostgresqlDatabase) -> None:
    def becomes_read_only(connection: Connection) -> None:
        connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))

    await postgresql.write(becomes_read_only)
    with pytest.raises(StoreUnavailable, match="read-only transaction"):
        await postgresql.write(insert)
    await postgresql.write(insert)


@pytest.mark.server
async def test_of_two_writers_in_each_others_way_both_succeed(url: str, operator: Operator) -> None:
    await operator("ALTER DATABASE {name} SET deadlock_timeout = '50ms'")
    database = PostgresqlDatabase(url)
    await database.open()
    store = store_on(database)
    for name in ("a", "b"):
        await store.create(replace(POQ, id=PoqId(name), project_id=""))
    runs: list[str] = []
    held = {"a": Held(), "b": Held()}

    def mark(first: str, second: str) -> Any:
        def work(connection: Connection) -> None:
            runs.append(first)
            for name in (first, second):
                added = {"project_id": poq.c.project_id + first}
                connection.execute(poq.update().where(poq.c.id == name).values(added))
                held[first].here(connection)

        return work

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(database.write(mark("a", "b")))
        tasks.create_task(database.write(mark("b", "a")))
        for one in held.values():
            await one.reached()
        for one in held.values():
            one.may_end()
    assert len(runs) == 3
    marks = await database.read(lambda connection: [*connection.execute(select(poq.c.project_id)).scalars()])
    assert [sorted(mark) for mark in marks] == [["a", "b"], ["a", "b"]]
    await database.close()


@pytest.mark.server
async def test_a_deadlock_that_never_ends_is_unavailable(postgresql: PostgresqlDatabase) -> None:
    runs: list[None] = []

    def always(connection: Connection) -> None:
        runs.append(None)
        connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$"))

    with pytest.raises(StoreUnavailable, match="deadlock"):
        await postgresql.write(always)
    assert len(runs) == TRIES


@pytest.mark.server
@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"user": "poq_test_nobody"}, "poq_test_nobody", id="unknown-user"),
        pytest.param({"name": "poq_test_nowhere"}, "does not exist", id="unknown-database"),
    ],
)
async def test_a_way_in_that_the_server_refuses_is_unavailable(url: str, change: dict[str, str], says: str) -> None:
    with pytest.raises(StoreUnavailable, match=f"no connection to PostgreSQL: .*{says}"):
        await PostgresqlDatabase(url_with(url, **change)).open()


@pytest.mark.server
async def test_a_user_who_may_not_make_tables_or_has_too_many_connections_is_told(url: str, operator: Operator) -> None:
    role = urlsplit(url).path[1:] + "_user"
    await operator(f"CREATE ROLE {role} LOGIN")
    try:
        database = PostgresqlDatabase(url_with(url, user=role))
        with pytest.raises(StoreUnavailable, match="permission denied"):
            await database.open()
        await operator(f"ALTER ROLE {role} CONNECTION LIMIT 0")
        with pytest.raises(StoreUnavailable, match="too many connections"):
            await database.open()
    finally:
        await operator(f"DROP ROLE {role}")


async def test_a_server_that_nobody_answers_for_is_unavailable_and_its_password_is_not_told() -> None:
    database = PostgresqlDatabase("postgresql://gateway:s3cret@127.0.0.1:9/poq")
    with pytest.raises(StoreUnavailable, match="no connection to PostgreSQL") as caught:
        await database.open()
    assert "s3cret" not in str(caught.value)
    with pytest.raises(StoreUnavailable, match="not open"):
        await database.read(ask("SELECT 1"))
    await database.close()


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("mysql://gateway:s3cret@host/poq", id="another-database"),
        pytest.param("postgresql+asyncpg://gateway:s3cret@host/poq", id="a-driver"),
        pytest.param("gateway:s3cret@host", id="no-scheme"),
        pytest.param("postgresql://[gateway:s3cret@host/poq", id="broken-address"),
        pytest.param("postgresql://gateway:s3#cret@host/poq", id="unquoted-number-sign"),
        pytest.param("postgresql://gateway:s3cret@127.0.0.1:port/poq", id="broken-port"),
        pytest.param("postgresql://gateway:s3cret@127.0.0.1:9/poq?sslmode=s3cret", id="broken-parameter"),
    ],
)
async def test_a_url_that_cannot_be_used_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(StoreError, match="must be postgresql://user:password@host/database") as caught:
        await PostgresqlDatabase(url).open()
    assert "s3" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_without_its_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("gateway.store.postgresql.find_spec", lambda name: None if name == "asyncpg" else find(name))
    with pytest.raises(StoreError, match=r"pip install 'poq-gateway\[postgresql\]'"):
        PostgresqlDatabase("postgresql://host/poq")


@pytest.mark.server
async def test_a_database_that_cannot_hold_every_text_is_refused() -> None:
    async with AsyncExitStack() as stack:
        server = await asyncpg.connect(POSTGRES)
        stack.push_async_callback(server.close)
        name = "poq_test_latin1"
        await server.execute(f"DROP DATABASE IF EXISTS {name}")
        await server.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        stack.push_async_callback(server.execute, f"DROP DATABASE {name} WITH (FORCE)")
        with pytest.raises(StoreUnavailable, match=r"LATIN1.*UTF8"):
            await PostgresqlDatabase(url_with(POSTGRES, name=name)).open()


@pytest.mark.server
async def test_a_statement_prepared_before_the_tables_changed_is_prepared_again(
    postgresql: PostgresqlDatabase, url: str
) -> None:
    store = store_on(postgresql)
    await store.create(POQ)
    assert await read_back(store, POQ) == POQ
    newer = await asyncpg.connect(url)
    await newer.execute("ALTER TABLE poq ALTER COLUMN state TYPE varchar(100)")
    await newer.close()
    assert await read_back(store, POQ) == POQ
