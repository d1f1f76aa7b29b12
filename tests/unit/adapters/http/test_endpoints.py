"""Several addresses of one system: which is asked, and when one that failed is asked again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Cause, Contract, NoAnswer, Reply
from adapters.guard import Asking, Guard, GuardOptions
from adapters.http.client import HttpClient, HttpRequest
from adapters.http.endpoints import FAILURES_IN_A_ROW, Endpoints
from tests.support.http_server import HttpServer, http_server
from tests.unit.adapters.http.clients import client, get, write

PAUSE = 30.0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def endpoints(*addresses: str) -> tuple[Endpoints, Clock]:
    clock = Clock()
    return Endpoints(addresses, pause=PAUSE, monotonic=clock), clock


def test_the_preferred_one_comes_first_and_all_may_be_asked() -> None:
    there, _ = endpoints("a", "b", "c")

    assert there.in_turn() == ["a", "b", "c"]


def test_one_that_cannot_be_connected_to_is_passed_over() -> None:
    there, _ = endpoints("a", "b")
    there.unreachable("a")

    assert there.in_turn() == ["b", "a"]
    assert there.paused == ("a",)


def test_one_that_answers_badly_is_passed_over_after_some_failures_in_a_row() -> None:
    there, _ = endpoints("a", "b")
    for _ in range(FAILURES_IN_A_ROW - 1):
        there.failed("a")
    there.answered("a")
    for _ in range(FAILURES_IN_A_ROW - 1):
        there.failed("a")
    assert there.in_turn()[0] == "a"

    there.failed("a")
    assert there.in_turn()[0] == "b"


def test_after_its_pause_one_call_probes_it_and_the_others_do_not() -> None:
    there, clock = endpoints("a", "b")
    there.unreachable("a")
    clock.now = PAUSE

    assert [there.in_turn()[0] for _ in range(3)] == ["a", "b", "b"]


def test_a_probe_that_fails_once_begins_a_new_pause_and_one_that_succeeds_ends_it() -> None:
    there, clock = endpoints("a", "b")
    there.unreachable("a")
    clock.now = PAUSE
    there.in_turn()
    there.failed("a")
    clock.now = 2 * PAUSE - 1
    assert there.in_turn()[0] == "b"

    clock.now = 2 * PAUSE
    assert there.in_turn()[0] == "a"
    there.answered("a")
    assert there.in_turn()[0] == "a"
    assert there.paused == ()


@given(
    st.lists(
        st.tuples(st.sampled_from(["answered", "unreachable", "failed"]), st.sampled_from("abc"), st.floats(0, 40)),
        max_size=30,
    )
)
def test_whatever_happens_each_address_is_in_turn_once(happened: list[tuple[str, str, float]]) -> None:
    there, clock = endpoints("a", "b", "c")
    for what, address, seconds in happened:
        getattr(there, what)(address)
        clock.now += seconds
        assert sorted(there.in_turn()) == ["a", "b", "c"]


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with http_server() as made:
        made.says("{}")
        yield made


@pytest.mark.parametrize("asking", [get, write])
async def test_where_connecting_fails_the_next_one_is_asked(server: HttpServer, asking: object) -> None:
    down = "http://127.0.0.1:9"
    async with client("", endpoints=[down, server.url]) as asked:
        assert callable(asking)
        assert (await asking(asked)).status == 200

        assert asked.paused == (down,)


async def test_where_all_are_down_the_last_one_says_why() -> None:
    async with client("", endpoints=["http://127.0.0.1:9/a", "http://127.0.0.1:9/b"]) as asked:
        with pytest.raises(NoAnswer) as raised:
            await get(asked)

    assert raised.value.cause is Cause.UNREACHABLE
    assert not raised.value.is_sent


async def _hanging_up(connected: list[int]) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        connected.append(1)
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


async def test_what_may_have_been_received_goes_on_to_the_next_one_only_if_it_reads(server: HttpServer) -> None:
    connected: list[int] = []
    async with await _hanging_up(connected) as bad:
        first = f"http://127.0.0.1:{bad.sockets[0].getsockname()[1]}"
        async with client("", endpoints=[first, server.url]) as asked:
            assert (await get(asked)).status == 200
            with pytest.raises(NoAnswer) as raised:
                await write(asked)

    assert raised.value.is_sent, "nobody knows"
    assert len(connected) == 2
    assert len(server.asked) == 1


async def test_one_that_fails_repeatedly_is_left_and_found_again() -> None:
    async with http_server() as first, http_server() as second:
        first.says("{}", status=500)
        second.says("{}")
        async with client("", endpoints=[first.url, second.url], endpoint_pause="50 ms") as asked:
            statuses = [(await get(asked)).status for _ in range(FAILURES_IN_A_ROW + 2)]
            assert statuses == [500] * FAILURES_IN_A_ROW + [200, 200]

            first.says("{}")
            async with asyncio.timeout(5):
                while asked.paused:
                    await get(asked)
            before = len(second.asked)
            await get(asked)

    assert len(second.asked) == before


@asynccontextmanager
async def hanging(**options: Any) -> AsyncIterator[tuple[HttpClient, asyncio.Event]]:
    """Two endpoints that take what comes and say nothing; and the event that something came."""
    async with http_server() as first, http_server() as second:
        reached = asyncio.Event()
        for server in (first, second):
            server.answer = partial(_never, reached)
        async with client("", endpoints=[first.url, second.url], **options) as asked:
            yield asked, reached


async def _never(reached: asyncio.Event, _: web.Request) -> web.StreamResponse:
    reached.set()
    await asyncio.Event().wait()
    raise AssertionError


async def test_who_gives_up_does_not_speak_against_the_endpoint() -> None:
    async with hanging() as (asked, reached):
        for _ in range(FAILURES_IN_A_ROW):
            reached.clear()
            task = asyncio.get_running_loop().create_task(get(asked))
            await reached.wait()
            task.cancel()
            await asyncio.wait([task])

        assert asked.paused == ()


async def given_up_by_guard(asked: HttpClient, limit: float, left: float) -> None:
    """Asked as a step is: `limit` for the call, of which its caller has `left`."""

    class Step:
        contract = Contract()

        def render(self, arguments: Mapping[str, Any]) -> str:
            return ""

        async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109
            return Reply(await asked.send(HttpRequest("GET", "/x"), timeout))

    guard = Guard("nimbus", GuardOptions(tries=1))
    for _ in range(FAILURES_IN_A_ROW):
        deadline = asyncio.get_running_loop().time() + left
        found = await guard.call(Step(), {}, Asking(limit, deadline=deadline))
        assert isinstance(found.outcome, NoAnswer)
        assert found.outcome.cause is Cause.TIMEOUT


@pytest.mark.parametrize(
    ("limit", "left", "is_paused"),
    [
        pytest.param(5.0, 0.05, False, id="a caller without time"),
        pytest.param(0.1, 0.08, True, id="most of its time"),
        pytest.param(0.05, 5.0, True, id="a step with little time"),
    ],
)
async def test_an_endpoint_that_had_its_time_is_passed_over(limit: float, left: float, is_paused: bool) -> None:
    async with hanging() as (asked, _):
        await given_up_by_guard(asked, limit, left)

        assert bool(asked.paused) is is_paused
