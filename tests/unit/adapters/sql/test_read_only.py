"""A write fails in the database itself, even where the check of the query is gone round."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.base import Cause, NoAnswer
from adapters.sql import SqlSystem
from tests.support.databases import sqlite_inventory
from tests.unit.adapters.sql.inventories import mariadb, opened, postgres, raw, rows

WRITES = [
    pytest.param("DELETE FROM enni_port", id="delete"),
    pytest.param("INSERT INTO enni_port (port_ref) VALUES ('X')", id="insert"),
    pytest.param("UPDATE enni_port SET free_mbps = 1", id="update"),
    pytest.param("CREATE TABLE mine (a INTEGER)", id="create"),
    pytest.param("DROP TABLE enni_port", id="drop"),
]


async def refused(system: SqlSystem, write: str) -> NoAnswer:
    with pytest.raises(NoAnswer) as raised:
        await system.fetch(raw(write), (), 10)
    assert len(await rows(system, "SELECT port_ref FROM enni_port WHERE free_mbps > 1")) == 2
    return raised.value


@pytest.mark.parametrize("write", WRITES)
async def test_sqlite_refuses_a_write(tmp_path: Path, write: str) -> None:
    async with opened(sqlite_inventory(tmp_path)) as system:
        error = await refused(system, write)

    assert error.cause is Cause.BROKEN
    assert "readonly" in error.text


async def test_sqlite_refuses_a_write_by_the_file_alone(tmp_path: Path) -> None:
    async with opened(sqlite_inventory(tmp_path), calls_at_once=1) as system:
        before = await system.fetch(raw("PRAGMA query_only"), (), 10)
        await system.fetch(raw("PRAGMA query_only = OFF"), (), 10)
        after = await system.fetch(raw("PRAGMA query_only"), (), 10)
        error = await refused(system, "DELETE FROM enni_port")

    assert (before[0][0], after[0][0]) == (1, 0)
    assert "readonly" in error.text


async def test_sqlite_makes_no_file_that_is_not_there(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path / 'absent.db'}") as system:
        with pytest.raises(NoAnswer) as raised:
            await rows(system, "SELECT a FROM t")

    assert raised.value.cause is Cause.UNREACHABLE
    assert not (tmp_path / "absent.db").exists()


@pytest.mark.parametrize("name", ["a b", "x#y", "x&mode=rwc", "ü"])
async def test_an_odd_file_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    async with opened(sqlite_inventory(folder)) as system:
        assert len(await rows(system, "SELECT port_ref FROM enni_port")) == 3
        await refused(system, "DELETE FROM enni_port")


@pytest.mark.server
@pytest.mark.parametrize("write", WRITES)
async def test_postgresql_refuses_a_write(tmp_path: Path, write: str) -> None:
    async with postgres(tmp_path) as system:
        error = await refused(system, write)

    assert error.cause is Cause.BROKEN
    assert "read-only transaction" in error.text


@pytest.mark.server
@pytest.mark.parametrize("write", WRITES)
async def test_mariadb_refuses_a_write(tmp_path: Path, write: str) -> None:
    async with mariadb(tmp_path) as system:
        error = await refused(system, write)

    assert error.cause is Cause.BROKEN
    assert "READ ONLY transaction" in error.text
