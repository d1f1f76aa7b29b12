"""The tables, on every engine: made when a store opens, from nothing or an older version, wholly or not at all."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from gateway.store.database import Database
from gateway.store.errors import StoreForeign, StoreTooNew, StoreTooOld, StoreUnavailable
from gateway.store.tables import metadata
from tests.contract.databases import database_at, store_on
from tests.contract.test_store import POQ, read_back

OURS = {"alembic_version", *metadata.tables}

MIGRATE_HALF_AND_HANG = """
import asyncio, sys, threading
from alembic import command
from tests.contract.databases import database_at

def half(config, target, whole=command.upgrade):
    whole(config, "0001")
    print("half", flush=True)
    threading.Event().wait()

command.upgrade = half
asyncio.run(database_at(sys.argv[1]).open())
"""


@asynccontextmanager
async def opened(where: str) -> AsyncIterator[Database]:
    database = database_at(where)
    await database.open()
    yield database
    await database.close()


def names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def differences(connection: Connection) -> list[Any]:
    """Between the tables that are there and those that the statements are written for."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    made = inspect(connection)
    keys = [
        table.name
        for table in metadata.sorted_tables
        if table.name in names(connection)
        and made.get_pk_constraint(table.name)["constrained_columns"] != table.primary_key.columns.keys()
    ]
    return [*compare_metadata(context, metadata), *keys]


SCHEMA = {
    "sqlite": "SELECT name, sql FROM sqlite_master ORDER BY name",
    "postgresql": "SELECT attrelid::regclass::text, attnum, attname, atttypid, attnotnull FROM pg_attribute "
    "WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace) ORDER BY 1, 2",
}


def schema(connection: Connection) -> list[Any]:
    """Tables, columns and indexes as the engine itself knows them."""
    return [*map(tuple, connection.execute(text(SCHEMA[connection.dialect.name])))]


def to_version(connection: Connection, change: str, version: str) -> None:
    """Up or down, as an earlier program left it."""
    config = Config()
    config.set_main_option("script_location", "gateway.store:migrations")
    config.attributes["connection"] = connection
    getattr(command, change)(config, version)


def execute(statement: str) -> Any:
    return lambda connection: connection.execute(text(statement))


def version(connection: Connection) -> Any:
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()


@asynccontextmanager
async def bare(where: str, onlooker: Database | None = None) -> AsyncIterator[Database]:
    """The database without its tables; `onlooker` is open on it, and stays so."""
    async with opened(where) as database:
        if onlooker:
            await onlooker.open()

        def drop(connection: Connection) -> None:
            metadata.drop_all(connection)
            connection.execute(text("DROP TABLE alembic_version"))

        await database.write(drop)
        yield database


async def test_the_migrations_make_exactly_the_tables_of_the_program(nowhere: str) -> None:
    async with opened(nowhere) as database:
        assert await database.read(names) == OURS
        assert await database.read(differences) == []


async def test_opening_again_changes_nothing(nowhere: str) -> None:
    async with opened(nowhere) as database:
        await store_on(database).create(POQ)
        before = await database.read(schema)
    async with opened(nowhere) as database:
        assert await database.read(schema) == before
        assert await read_back(store_on(database), POQ) == POQ


async def test_a_database_of_the_first_version_is_brought_up_to_date(nowhere: str) -> None:
    async with bare(nowhere) as database:
        await database.write(lambda connection: to_version(connection, "upgrade", "0001"))
        assert await database.read(differences) != []
    async with opened(nowhere) as database:
        assert await database.read(differences) == []
        await store_on(database).create(POQ)
        assert await read_back(store_on(database), POQ) == POQ


async def test_a_migration_that_is_killed_half_way_leaves_nothing_and_is_made_by_the_next(
    nowhere: str, repository: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", MIGRATE_HALF_AND_HANG, nowhere, cwd=repository, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"half\n"
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    with pytest.raises(StoreForeign, match="no tables"):
        await database_at(nowhere, shared=True).open()
    async with opened(nowhere) as database:
        assert await database.read(differences) == []


async def test_work_that_fails_after_making_a_table_leaves_the_database_as_it_was(nowhere: str) -> None:
    def fail_after_making_a_table(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE half_done (id INTEGER)"))
        raise RuntimeError("half done")

    async with opened(nowhere) as database:
        with pytest.raises(RuntimeError, match="half done"):
            await database.write(fail_after_making_a_table)
        assert await database.read(names) == OURS


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
async def test_a_database_newer_than_the_program_is_refused_and_left_alone(nowhere: str, shared: bool) -> None:
    onlooker = database_at(nowhere, shared=True)
    async with opened(nowhere) as database:
        await onlooker.open()
        await database.write(execute("UPDATE alembic_version SET version_num = '9999'"))
    before = await onlooker.read(schema)
    with pytest.raises(StoreTooNew, match=r"9999.*newer version"):
        await database_at(nowhere, shared=shared).open()
    assert await onlooker.read(schema) == before
    assert await onlooker.read(version) == "9999"
    await onlooker.close()


@pytest.mark.parametrize("table", ["customers", "alembic_version"])
@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
async def test_the_database_of_something_else_is_refused_and_left_alone(nowhere: str, table: str, shared: bool) -> None:
    onlooker = database_at(nowhere, shared=True)
    async with bare(nowhere, onlooker) as database:
        await database.write(execute(f"CREATE TABLE {table} (version_num VARCHAR(32))"))
    with pytest.raises(StoreForeign, match=table):
        await database_at(nowhere, shared=shared).open()
    assert await onlooker.read(names) == {table}
    await onlooker.close()


async def test_a_shared_database_is_used_beside_the_gateway_that_runs(nowhere: str) -> None:
    async with opened(nowhere) as running:
        await store_on(running).create(POQ)
        beside = database_at(nowhere, shared=True)
        await beside.open()
        assert await read_back(store_on(beside), POQ) == POQ
        await beside.write(execute("UPDATE poq SET state = 'inProgress'"))
        await beside.close()
        changed = await read_back(store_on(running), POQ)
    assert changed is not None
    assert changed.state == "inProgress"


async def test_a_shared_database_of_an_older_version_is_not_brought_up_to_date(nowhere: str) -> None:
    async with bare(nowhere) as database:
        await database.write(lambda connection: to_version(connection, "upgrade", "0001"))
        before = await database.read(schema)
        with pytest.raises(StoreTooOld, match=r"version 0001.*start the gateway"):
            await database_at(nowhere, shared=True).open()
        assert await database.read(schema) == before


async def test_a_shared_database_that_nobody_made_is_not_made(nowhere: str) -> None:
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="start the gateway first"):
            await database_at(nowhere, shared=True).open()
