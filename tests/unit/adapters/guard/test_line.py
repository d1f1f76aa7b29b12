"""The line in front of a system: no place too many, none lost, who waits for an answer first, the rate held."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.guard.line import PASSED_OVER, Line, Refused
from adapters.guard.options import GuardOptions
from gateway.sources.units import PerTime
from tests.support.swift_loop import swiftly

TIMES = st.sampled_from([0.0, 0.1, 0.3, 1.0, 2.5])


@dataclass(frozen=True)
class Client:
    """Comes at a time, takes a place for a while, and may give up at any moment."""

    comes: float
    urgent: bool
    holds: float
    gives_up: float | None


CLIENTS = st.lists(st.builds(Client, TIMES, st.booleans(), TIMES, st.none() | TIMES), max_size=25)
RATES = st.none() | st.just(PerTime(3, 1.0))


def options(**said: object) -> GuardOptions:
    return GuardOptions().model_copy(update={"calls_at_once": 3, "deferred_calls": 2, "longest_wait": 2.0, **said})


@settings(max_examples=150, deadline=None)
@given(CLIENTS, RATES)
def test_no_place_is_taken_twice_or_lost_whoever_gives_up(clients: list[Client], rate: PerTime | None) -> None:
    begun: list[float] = []

    async def crowd() -> Line:
        loop = asyncio.get_running_loop()
        line = Line(options(rate=rate, waiting=5), loop.time)

        async def one(client: Client) -> None:
            await asyncio.sleep(client.comes)
            try:
                await line.enter(urgent=client.urgent, seconds=2.0 if client.urgent else None)
            except Refused:
                return
            try:
                begun.append(loop.time())
                assert line.busy <= 3
                assert line.busy_deferred <= 2
                await asyncio.sleep(client.holds)
            finally:
                line.leave(urgent=client.urgent)

        async def patient(client: Client) -> None:
            try:
                async with asyncio.timeout(None if client.gives_up is None else client.comes + client.gives_up):
                    await one(client)
            except TimeoutError:
                return

        async with asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(patient(client))
        return line

    line = swiftly(crowd)

    assert (line.busy, line.busy_deferred, line.waiting) == (0, 0, (0, 0))
    if rate is not None:
        for first, later in zip(begun, begun[rate.calls :], strict=False):
            assert later - first >= rate.seconds - 1e-9


def test_who_waits_for_an_answer_comes_before_deferred_work() -> None:
    async def crowd() -> list[str]:
        line, order = Line(options(calls_at_once=1), asyncio.get_running_loop().time), []

        async def one(name: str, urgent: bool) -> None:
            await line.enter(urgent=urgent, seconds=None)
            order.append(name)
            await asyncio.sleep(0.1)
            line.leave(urgent=urgent)

        async with asyncio.TaskGroup() as group:
            for name, urgent in (("first", False), ("deferred", False), ("urgent 1", True), ("urgent 2", True)):
                group.create_task(one(name, urgent))
                await asyncio.sleep(0)
        return order

    assert swiftly(crowd) == ["first", "urgent 1", "urgent 2", "deferred"]


def test_deferred_work_leaves_places_for_who_waits() -> None:
    async def crowd() -> None:
        line = Line(options(), asyncio.get_running_loop().time)
        now = asyncio.get_running_loop().time()
        assert [line.enter_now(now, urgent=False) for _ in range(3)] == [True, True, False]
        assert line.enter_now(now, urgent=True)

    swiftly(crowd)


def test_behind_too_many_and_after_too_long_a_call_is_refused() -> None:
    async def crowd() -> tuple[float, str]:
        loop = asyncio.get_running_loop()
        line = Line(options(calls_at_once=1, waiting=1), loop.time)
        assert line.enter_now(loop.time(), urgent=True)
        began = loop.time()
        waiting = loop.create_task(line.enter(urgent=True, seconds=2.0))
        await asyncio.sleep(0.5)
        with pytest.raises(Refused, match="1 calls wait"):
            await line.enter(urgent=True, seconds=2.0)
        assert loop.time() - began == 0.5
        with pytest.raises(Refused) as refused:
            await waiting
        return loop.time() - began, str(refused.value)

    seconds, said = swiftly(crowd)
    assert seconds == pytest.approx(2.0)
    assert said == "its turn did not come within 2 s"


def test_a_turn_that_comes_while_its_owner_gives_up_goes_to_the_next() -> None:
    async def crowd() -> None:
        loop = asyncio.get_running_loop()
        line = Line(options(calls_at_once=1), loop.time)
        assert line.enter_now(loop.time(), urgent=True)
        gone = loop.create_task(line.enter(urgent=True, seconds=None))
        next_one = loop.create_task(line.enter(urgent=False, seconds=None))
        await asyncio.sleep(0)
        line.leave(urgent=True)  # gives the place to the first, who is cancelled before it runs
        gone.cancel()
        await next_one
        assert gone.cancelled()
        assert (line.busy, line.busy_deferred) == (1, 1)

    swiftly(crowd)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 6),
    st.sampled_from([0.1, 1.0]),
    st.none() | st.just(PerTime(2, 1.0)),
)
def test_on_the_busiest_system_deferred_work_has_its_share_and_no_more(
    places: int, deferred_calls: int, deferred: int, holds: float, rate: PerTime | None
) -> None:
    """More want an answer than ever get a place, and there is deferred work all the time."""

    async def crowd() -> list[bool]:
        loop, begun = asyncio.get_running_loop(), list[bool]()
        said = options(calls_at_once=places, deferred_calls=deferred_calls, waiting=1000, rate=rate)
        line = Line(said, loop.time)

        async def one(urgent: bool) -> None:
            while len(begun) < 200:
                await line.enter(urgent=urgent, seconds=None)
                begun.append(urgent)
                await asyncio.sleep(holds)
                line.leave(urgent=urgent)

        async with asyncio.TaskGroup() as group:
            for urgent in [True] * (places + 5) + [False] * (deferred + deferred_calls):
                group.create_task(one(urgent))
        return begun

    begun = swiftly(crowd)[places:200]
    share = PASSED_OVER + 1
    for first in range(len(begun) - share - places):
        assert begun[first : first + share + places].count(False) >= 1
    assert begun.count(False) <= len(begun) / share + places


def test_nobody_is_held_back_for_deferred_work_that_has_all_its_places() -> None:
    async def crowd() -> None:
        line = Line(options(calls_at_once=100, deferred_calls=1), asyncio.get_running_loop().time)
        assert line.enter_now(0.0, urgent=False)
        waiting = asyncio.get_running_loop().create_task(line.enter(urgent=False, seconds=None))
        await asyncio.sleep(0)
        for _ in range(5 * PASSED_OVER):
            assert line.enter_now(0.0, urgent=True)
        waiting.cancel()
        await asyncio.wait([waiting])

    swiftly(crowd)
