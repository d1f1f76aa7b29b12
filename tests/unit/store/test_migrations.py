"""The migrations make the tables that the statements are written for, from nothing and from any older version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from gateway.store.errors import StoreTooNew
from gateway.store.migrations import migrate
from gateway.store.sqlite import SqliteDatabase
from gateway.store.tables import metadata


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'poq.db'}")
    yield engine
    engine.dispose()


def test_the_migrations_make_exactly_the_tables_of_the_program(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        made = inspect(connection)
        for table in metadata.tables.values():
            assert made.get_pk_constraint(table.name)["constrained_columns"] == table.primary_key.columns.keys()


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    def schema() -> list[Any]:
        with engine.connect() as connection:
            return list(connection.execute(text("SELECT sql FROM sqlite_master ORDER BY name")))

    with engine.begin() as connection:
        migrate(connection)
    before = schema()
    with engine.begin() as connection:
        migrate(connection)
    assert schema() == before


async def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    def fail_after_making_a_table(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE half_done (id INTEGER)"))
        raise RuntimeError("half done")

    database = SqliteDatabase(tmp_path / "poq.db")
    await database.open()
    with pytest.raises(RuntimeError, match="half done"):
        await database.write(fail_after_making_a_table)
    tables = await database.read(lambda connection: inspect(connection).get_table_names())
    await database.close()
    assert sorted(tables) == ["alembic_version", "poq", "poq_item"]


async def test_a_database_newer_than_the_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "poq.db"
    database = SqliteDatabase(path)
    await database.open()
    await database.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    await database.close()
    with pytest.raises(StoreTooNew, match=r"9999.*newer version"):
        await database.open()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    engine.dispose()
