"""Real servers that fail, lock, hang and refuse: what becomes of the call, of its place, and of the query."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from adapters.base import Cause, NoAnswer
from adapters.sql import SqlSystem
from tests.support.databases import ENDLESS, silenceable
from tests.unit.adapters.sql.inventories import opened, prepared, rows
from tests.unit.adapters.sql.servers import MARIADB, POSTGRESQL, SERVERS, Ask, Server, at, some_user

PORT = "SELECT metro FROM enni_port WHERE port_ref = 'P-1'"
ANSWER = [{"metro": "NYC"}]
MOST = 10.0


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.param
    return found


@pytest.fixture
async def url(server: Server) -> AsyncIterator[str]:
    async with server.inventory() as made:
        yield made


@pytest.fixture
async def ask(server: Server, url: str) -> AsyncIterator[Ask]:
    async with server.asking(url) as made:
        yield made


@pytest.fixture
async def system(url: str) -> AsyncIterator[SqlSystem]:
    async with opened(url, calls_at_once=1, functions=("odd",)) as made:
        yield made


async def until(server: Server, ask: Ask, running: bool) -> None:
    """Wait for the server to run an endless query, or none any more."""
    async with asyncio.timeout(MOST):
        while bool((await ask(server.running))[0][0]) is not running:
            pass


async def failure(system: SqlSystem, query: str, *, seconds: float = MOST) -> NoAnswer:
    with pytest.raises(NoAnswer) as raised:
        await prepared(system, query).call({}, timeout=seconds)
    assert "hidden" not in str(raised.value)
    return raised.value


async def test_a_connection_lost_in_mid_query_is_unreachable_once_and_then_made_again(
    server: Server, ask: Ask, system: SqlSystem
) -> None:
    async with asyncio.TaskGroup() as group:
        lost = group.create_task(failure(system, ENDLESS))
        await until(server, ask, running=True)
        await server.end_others(ask)

    assert lost.result().cause is Cause.UNREACHABLE
    assert await rows(system, PORT) == ANSWER


async def test_connections_lost_while_nobody_used_them_are_made_again(server: Server, url: str, ask: Ask) -> None:
    async with opened(url, calls_at_once=3) as system:
        await asyncio.gather(*(rows(system, PORT) for _ in range(3)))
        await server.end_others(ask)
        outcomes = await asyncio.gather(*(rows(system, PORT) for _ in range(3)), return_exceptions=True)
        after = await rows(system, PORT)

    # whether the loss is seen before or after the next query is sent is a matter of moments
    assert all(found == ANSWER or getattr(found, "cause", None) is Cause.UNREACHABLE for found in outcomes)
    assert after == ANSWER


async def test_a_query_nobody_waits_for_does_not_go_on(server: Server, ask: Ask, system: SqlSystem) -> None:
    async with asyncio.TaskGroup() as group:
        given_up = group.create_task(failure(system, ENDLESS, seconds=0.5))
        await until(server, ask, running=True)

    assert given_up.result().cause is Cause.TIMEOUT
    await until(server, ask, running=False)


async def test_the_server_itself_ends_a_query_that_takes_too_long(server: Server, url: str) -> None:
    async with opened(url, timeout="0.2 s") as system:
        connection = await system.dialect.connect(system.url, system.options)
        command = prepared(system, ENDLESS)._statement.command
        with pytest.raises(Exception, match=r"timeout|max_statement_time"):
            await connection.rows(command, ())
        await connection.end()


async def test_a_lock_is_waited_for_no_longer_than_the_call_may_take(
    server: Server, url: str, system: SqlSystem
) -> None:
    await rows(system, PORT)
    async with server.asking(url) as locking:
        for statement in server.lock.split("; "):
            await locking(statement)
        assert (await failure(system, PORT, seconds=0.3)).cause is Cause.TIMEOUT

    assert await rows(system, PORT) == ANSWER


@pytest.mark.parametrize("change", ["user", "database"])
async def test_a_refused_login_is_broken(url: str, change: str) -> None:
    absent = at(url, user="absent_user") if change == "user" else urlsplit(url)._replace(path="/absent").geturl()
    async with opened(absent) as system:
        assert (await failure(system, PORT)).cause is Cause.BROKEN


async def test_an_account_that_has_its_connections_already_is_overloaded(server: Server, url: str, ask: Ask) -> None:
    user = some_user()
    make, drop = server.crowded(user)
    await ask(make)
    try:
        async with opened(at(url, user=user), calls_at_once=2) as system:
            outcomes = await asyncio.gather(rows(system, PORT), rows(system, PORT), return_exceptions=True)
    finally:
        await ask(drop)

    assert Cause.OVERLOADED in [getattr(found, "cause", None) for found in outcomes]


CODES = [
    pytest.param(POSTGRESQL, "40P01", Cause.OVERLOADED, id="postgresql-deadlock"),
    pytest.param(POSTGRESQL, "40001", Cause.OVERLOADED, id="postgresql-serialisation"),
    pytest.param(POSTGRESQL, "55P03", Cause.OVERLOADED, id="postgresql-lock-timeout"),
    pytest.param(POSTGRESQL, "53200", Cause.OVERLOADED, id="postgresql-out-of-memory"),
    pytest.param(POSTGRESQL, "42P01", Cause.BROKEN, id="postgresql-missing-table"),
    pytest.param(POSTGRESQL, "42501", Cause.BROKEN, id="postgresql-no-right"),
    pytest.param(MARIADB, 1213, Cause.OVERLOADED, id="mariadb-deadlock"),
    pytest.param(MARIADB, 1205, Cause.OVERLOADED, id="mariadb-lock-timeout"),
    pytest.param(MARIADB, 1020, Cause.OVERLOADED, id="mariadb-row-has-changed"),
    pytest.param(MARIADB, 1038, Cause.OVERLOADED, id="mariadb-out-of-memory"),
    pytest.param(MARIADB, 1146, Cause.BROKEN, id="mariadb-missing-table"),
    pytest.param(MARIADB, 1142, Cause.BROKEN, id="mariadb-no-right"),
]


@pytest.mark.server
@pytest.mark.parametrize(("failing", "code", "cause"), CODES)
async def test_the_servers_own_code_decides_the_cause(failing: Server, code: str | int, cause: Cause) -> None:
    async with failing.inventory() as url, failing.asking(url) as ask:
        await ask(failing.raising(code))
        async with opened(url, calls_at_once=1, functions=("odd",)) as system:
            assert (await failure(system, "SELECT odd() AS a")).cause is cause
            assert await rows(system, PORT) == ANSWER


async def test_a_server_that_falls_silent_holds_no_caller_longer_than_its_time(url: str) -> None:
    async with silenceable(url) as (proxied, silence), opened(proxied) as system:
        await rows(system, PORT)
        silence.set()
        began = asyncio.get_running_loop().time()
        error = await failure(system, PORT, seconds=0.2)

        assert error.cause is Cause.TIMEOUT
        assert asyncio.get_running_loop().time() - began < 1


async def test_a_call_that_finds_all_connections_in_use_is_told_so_in_time(system: SqlSystem) -> None:
    async with asyncio.TaskGroup() as group:
        long = group.create_task(failure(system, ENDLESS, seconds=0.6))
        await asyncio.sleep(0)
        waiting = await failure(system, PORT, seconds=0.2)

    assert (long.result().cause, waiting.cause) == (Cause.TIMEOUT, Cause.TIMEOUT)
    assert "all connections are in use" in waiting.text
    assert await rows(system, PORT) == ANSWER
