"""No SQLite query holds up the event loop, whatever it does in one step: measured by the CPU time of its thread."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator

import pytest

from adapters.base import Cause, NoAnswer
from adapters.sql.engines.sqlite import LONG, SqliteSession
from tests.unit.adapters.sql.inventories import opened, prepared

ROWS = 300_000
CROSS = "SELECT count(*) AS n FROM port AS a CROSS JOIN port AS b CROSS JOIN port AS c WHERE a.n + b.n + c.n < 0"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("big") / "ports.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE port (n INTEGER PRIMARY KEY, ref TEXT)")
        connection.executemany("INSERT INTO port VALUES (?, ?)", ((n, f"P-{n}") for n in range(ROWS)))
        connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, t TEXT)")
        connection.execute("INSERT INTO note VALUES (1, ?)", ("a" * 20_000_000,))
    connection.close()
    return f"sqlite:///{path}"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Seconds of CPU for each time that a query ran in the event loop's own thread."""
    found: list[float] = []
    fetched = SqliteSession._fetched

    def measured(self: SqliteSession, *arguments: object) -> object:
        began = time.thread_time()
        try:
            return fetched(self, *arguments)  # type: ignore[arg-type]
        finally:
            if threading.current_thread() is threading.main_thread():
                found.append(time.thread_time() - began)

    monkeypatch.setattr(SqliteSession, "_fetched", measured)
    return found


ONE_LONG_STEP = [
    pytest.param("SELECT count(*) AS n FROM port", id="a count"),
    pytest.param("SELECT length(replace(t, 'a', 'bb')) AS n FROM note WHERE id = 1", id="a text that grows"),
    pytest.param("SELECT id FROM note WHERE t LIKE '%b%'", id="a pattern"),
    pytest.param("SELECT length(trim(t, 'ab')) AS n FROM note WHERE id = 1", id="characters to be trimmed"),
    pytest.param("SELECT length(group_concat(ref)) AS n FROM port", id="a text of all rows"),
]


@pytest.mark.parametrize("query", ONE_LONG_STEP)
async def test_a_query_with_a_step_that_may_be_long_is_never_tried_on_the_spot(
    url: str, here: list[float], query: str
) -> None:
    async with opened(url, calls_at_once=1) as system:
        operation = prepared(system, query)
        for _ in range(2):
            await operation.call({}, timeout=10)

    assert here == []


async def test_a_text_is_trimmed_of_spaces_on_the_spot(url: str, here: list[float]) -> None:
    async with opened(url, calls_at_once=1) as system:
        operation = prepared(system, "SELECT trim(ref) AS ref FROM port WHERE n = 7")
        for _ in range(2):
            await operation.call({}, timeout=10)

    assert len(here) == 2


async def test_what_took_its_time_on_the_spot_is_not_tried_there_again(url: str, here: list[float]) -> None:
    async with opened(url, calls_at_once=1) as system:
        operation = prepared(system, "SELECT t FROM note WHERE id = :id")
        for _ in range(3):
            await operation.call({"id": 1}, timeout=10)

    assert len(here) == 1
    assert here[0] > LONG, "or the text is too short for this test"


async def test_a_query_without_end_is_stopped_on_the_spot_and_in_its_thread(url: str, here: list[float]) -> None:
    async with opened(url, calls_at_once=1) as system:
        operation = prepared(system, CROSS)
        for _ in range(3):
            with pytest.raises(NoAnswer) as raised:
                await operation.call({}, timeout=0.05)
            assert raised.value.cause is Cause.TIMEOUT
        assert (await prepared(system, "SELECT ref FROM port WHERE n = 7").call({}, timeout=10)).value[0][
            "ref"
        ] == "P-7"

    # every call got a new connection, since the one before was given up: each tried it once, a few thousand steps long
    assert max(here) < 0.01
