"""Faults of SQL servers, over and over: the right outcome each time, every place free again, no memory kept.

Twice each here; `make sqlfaults` (or POQ_SQL_FAULTS=20) runs each 20 times.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.base import Cause, NoAnswer
from adapters.sql import SqlStep, SqlSystem
from tests.support.databases import ENDLESS, silenceable
from tests.unit.adapters.sql.inventories import opened, prepared, rows
from tests.unit.adapters.sql.servers import SERVERS, Ask, Server

TIMES = int(os.environ.get("POQ_SQL_FAULTS", "2"))
AT_ONCE = 3
MOST = 20.0
MORE_MEMORY = 50 * 2**20
PORT = "SELECT metro FROM enni_port WHERE port_ref = 'P-1'"
ANSWER = [{"metro": "NYC"}]
WIDE = "repeat('x', 500)"
MILLION = {
    "postgresql": "CREATE FUNCTION million() RETURNS TABLE (a int, b text) LANGUAGE sql STABLE AS "
    f"$$ SELECT n, {WIDE} FROM generate_series(1, 1000000) AS n $$",
    "mariadb": f"CREATE PROCEDURE million() SELECT seq AS a, {WIDE} AS b FROM seq_1_to_1000000",
}


@dataclass
class Place:
    """A system with the way to its server; `ask` goes to the server itself."""

    server: Server
    ask: Ask
    system: SqlSystem
    silence: asyncio.Event


@asynccontextmanager
async def place(server: Server) -> AsyncIterator[Place]:
    async with server.inventory() as url, server.asking(url) as ask, silenceable(url) as (proxied, silence):
        await ask(MILLION[server.name])
        allowed = {"million": {"gives": ["a", "b"]}}
        async with opened(proxied, calls_at_once=AT_ONCE, procedures=allowed) as system:
            yield Place(server, ask, system, silence)


async def failed(system: SqlSystem, query: str, seconds: float) -> Cause:
    with pytest.raises(NoAnswer) as raised:
        await prepared(system, query).call({}, timeout=seconds)
    return raised.value.cause


async def dropped_in_mid_query(at: Place) -> Cause:
    async with asyncio.TaskGroup() as group:
        lost = group.create_task(failed(at.system, ENDLESS, MOST))
        while not (await at.ask(at.server.running))[0][0]:
            pass
        await at.server.end_others(at.ask)
    return lost.result()


async def hanging(at: Place) -> Cause:
    at.silence.set()
    try:
        return await failed(at.system, PORT, 0.1)
    finally:
        at.silence.clear()


async def a_million_rows(at: Place) -> Cause:
    with pytest.raises(NoAnswer) as raised:
        await at.system.operation(SqlStep(procedure="million")).call({}, timeout=MOST)
    return raised.value.cause


async def used_up(at: Place) -> Cause:
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(failed(at.system, ENDLESS, 0.5))
        await asyncio.sleep(0)
        waiting = group.create_task(failed(at.system, PORT, 0.1))
    return waiting.result()


FAULTS = [
    pytest.param(dropped_in_mid_query, Cause.UNREACHABLE, id="dropped in mid-query"),
    pytest.param(hanging, Cause.TIMEOUT, id="hanging"),
    pytest.param(a_million_rows, Cause.TOO_LARGE, id="a million rows"),
    pytest.param(used_up, Cause.TIMEOUT, id="pool used up"),
]


def memory() -> int:
    """Bytes of this process in memory."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.server
@pytest.mark.timeout(60 + 15 * TIMES)
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(("fault", "cause"), FAULTS)
async def test_a_fault_has_its_outcome_each_time_and_leaves_nothing_behind(
    server: Server, fault: Callable[[Place], Awaitable[Cause]], cause: Cause
) -> None:
    async with place(server) as at:
        await asyncio.gather(*(rows(at.system, PORT) for _ in range(AT_ONCE)))
        before = memory()
        for _ in range(TIMES):
            assert await fault(at) is cause
            async with asyncio.timeout(MOST):  # every place answers again, and no query of before runs on
                assert await asyncio.gather(*(rows(at.system, PORT) for _ in range(AT_ONCE))) == [ANSWER] * AT_ONCE
                while (await at.ask(at.server.running))[0][0]:
                    pass
        assert memory() - before < MORE_MEMORY
