"""What a check says of a database: connected, answers, and its tables are those whose definitions are stored."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.base import Checked, CheckOutcome
from adapters.sql import SqlSystem
from adapters.sql.definitions import Column, definition_text
from adapters.sql.describe import database_options, describe_table
from adapters.sql.drift import differences
from tests.support.databases import sqlite_inventory
from tests.unit.adapters.sql.inventories import opened, prepared
from tests.unit.adapters.sql.servers import SERVERS, Server

A = Column("A", "INTEGER", nullable=False, kind="whole number", key=True)
B = Column("B", "VARCHAR(9)", nullable=True, kind="text", enum=("X", "Y"))


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        pytest.param([A, B], [], id="as-stored"),
        pytest.param([B, A], [], id="another-order"),
        pytest.param([replace(A, name="a"), B], [], id="another-case"),
        pytest.param([A, replace(B, type="VARCHAR(20)")], [], id="a-longer-text-means-the-same"),
        pytest.param([A], ["column B is gone"], id="gone"),
        pytest.param([A, B, replace(A, name="C", key=False)], ["column C is new: whole number (INTEGER)"], id="new"),
        pytest.param(
            [replace(A, kind="text", type="TEXT"), B],
            ["column A was whole number (INTEGER) and is text (TEXT)"],
            id="another-type",
        ),
        pytest.param([replace(A, nullable=True), B], ["column A may be null now"], id="nullable"),
        pytest.param([A, replace(B, nullable=False)], ["column B is never null any more"], id="not-nullable"),
        pytest.param([replace(A, key=False), B], ["column A does not belong to the key now"], id="key"),
        pytest.param([A, replace(B, enum=("X", "Z"))],
                     ["column B allows 'Z' now", "column B does not allow 'Y' now"], id="values"),
        pytest.param([A, replace(B, enum=())], ["column B has no list of values now"], id="no-list"),
    ],
)  # fmt: skip
def test_only_what_means_something_is_a_difference(found: list[Column], lines: list[str]) -> None:
    assert list(differences([A, B], found)) == lines


def store(folder: Path, url: str, table: str = "enni_port") -> Path:
    tables = folder / "tables"
    tables.mkdir(exist_ok=True)
    look = describe_table(database_options(url), table)
    (tables / f"{table}.tables.json").write_text(definition_text(look.tables, "SELECT 1"), encoding="utf-8")
    return tables


async def told(system: SqlSystem, *, live: bool = False) -> Sequence[Checked]:
    return await system.check(live=live, timeout=10)


@pytest.fixture(params=SERVERS)
async def url(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, Server]]:
    async with request.param.inventory() as made:
        yield made, request.param


async def test_a_server_whose_table_was_altered_has_drifted(url: tuple[str, Server], tmp_path: Path) -> None:
    where, server = url
    tables = await asyncio.to_thread(store, tmp_path, where)
    async with opened(where, tables=tables) as system, server.asking(where) as ask:
        before = await told(system, live=True)
        await ask("ALTER TABLE enni_port ADD COLUMN more INTEGER")
        await ask("ALTER TABLE enni_port DROP COLUMN metro")
        after = await told(system)
        await ask("DROP TABLE enni_port")
        gone = await told(system)

    assert [one.outcome for one in before] == [CheckOutcome.OK, CheckOutcome.OK]
    assert [one.text.partition(":")[0] for one in after[1:]] == ["column metro is gone", "column more is new"]
    assert {one.outcome for one in after[1:]} == {CheckOutcome.DRIFT}
    assert gone[1].outcome is CheckOutcome.DRIFT
    assert "has no table enni_port" in gone[1].text


async def test_only_tables_that_mappings_read_are_looked_at(tmp_path: Path) -> None:
    where = sqlite_inventory(tmp_path)
    with sqlite3.connect(where.removeprefix("sqlite:///")) as connection:
        connection.execute("CREATE TABLE other (a INTEGER)")
    connection.close()
    await asyncio.to_thread(store, tmp_path, where)
    tables = await asyncio.to_thread(store, tmp_path, where, "other")
    async with opened(where, tables=tables) as system:
        all_of_them = await told(system)
        prepared(system, "SELECT o.a FROM main.OTHER AS o")
        read = await told(system)

    assert [one.subject for one in all_of_them] == ["connection", "table enni_port", "table other"]
    assert [one.subject for one in read] == ["connection", "table other"]


async def test_a_database_that_is_away_is_one_line(tmp_path: Path) -> None:
    tables = await asyncio.to_thread(store, tmp_path, sqlite_inventory(tmp_path))
    async with opened(f"sqlite:///{tmp_path / 'absent.db'}", tables=tables) as system:
        assert [(one.subject, one.outcome) for one in await told(system, live=True)] == [
            ("connection", CheckOutcome.FAILED)
        ]
