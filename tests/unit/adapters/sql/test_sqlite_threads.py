"""Where a SQLite query runs: a quick one on the spot, a long one in a thread that it goes to at once the next time."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from adapters.sql import SqlSystem
from adapters.sql.engines import sqlite
from tests.unit.adapters.sql.inventories import opened, prepared, rows

LONG = "SELECT count(*) AS n FROM port AS a JOIN port AS b ON a.n + b.n = :sum"
QUICK = "SELECT n FROM port WHERE n = :n"


@pytest.fixture
def url(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "ports.db") as connection:
        connection.execute("CREATE TABLE port (n INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO port VALUES (?)", [(n,) for n in range(500)])
    connection.close()
    return f"sqlite:///{tmp_path / 'ports.db'}"


def threads() -> int:
    return sum(one.name == "sqlite" for one in threading.enumerate())


async def long(system: SqlSystem) -> int:
    found = await rows(system, LONG, {"sum": 400})
    return int(found[0]["n"])


async def test_a_quick_query_needs_no_thread_however_often_it_is_asked(url: str) -> None:
    before = threads()
    async with opened(url, calls_at_once=1) as system:
        operation = prepared(system, QUICK)
        found = [(await operation.call({"n": n % 500}, timeout=10)).value for n in range(1_500)]
        assert threads() == before

    assert found == [[{"n": n % 500}] for n in range(1_500)]


async def test_a_long_query_is_answered_from_a_thread_while_others_go_on(url: str) -> None:
    async with opened(url, calls_at_once=2) as system:
        before = threads()
        async with asyncio.TaskGroup() as group:
            slow = group.create_task(long(system))
            quick = group.create_task(rows(system, QUICK, {"n": 7}))
        assert threads() == before + 1

    assert (slow.result(), quick.result()) == (401, [{"n": 7}])


async def test_a_long_query_is_tried_on_the_spot_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here: list[bool] = []
    fetched = sqlite.SqliteSession._fetched

    def seen(self: sqlite.SqliteSession, *arguments: object) -> object:
        here.append(threading.current_thread() is threading.main_thread())
        return fetched(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(sqlite.SqliteSession, "_fetched", seen)
    async with opened(url, calls_at_once=1) as system:
        assert [await long(system) for _ in range(3)] == [401] * 3

    assert here == [True, False, False, False]
