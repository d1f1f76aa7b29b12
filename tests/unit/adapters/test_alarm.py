"""Time limits of many tasks with one timer: they end what `asyncio.timeout` ends, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from adapters.alarm import EARLY, Alarm, Limit
from tests.support.swift_loop import swiftly


async def ended(limit: float, seconds: float, alarm: Alarm) -> tuple[str, float]:
    """How something ends that takes so many seconds, and when."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        with Limit(alarm, began + limit):
            await asyncio.sleep(seconds)
    except TimeoutError:
        return "late", loop.time() - began
    return "done", loop.time() - began


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20)), max_size=12))
def test_each_of_many_ends_at_its_own_time(all_of_them: list[tuple[int, int, int]]) -> None:
    async def one(alarm: Alarm, begins: int, limit: int, seconds: int) -> None:
        await asyncio.sleep(begins)
        how, took = await ended(limit, seconds + 0.5, alarm)
        assert how == ("done" if seconds + 0.5 < limit else "late")
        assert took == pytest.approx(min(limit, seconds + 0.5), abs=2 * EARLY)

    async def steps() -> None:
        alarm = Alarm()
        async with asyncio.TaskGroup() as group:
            for begins, limit, seconds in all_of_them:
                group.create_task(one(alarm, begins, limit, seconds))
        assert not alarm.limits

    swiftly(steps)


def test_a_task_goes_on_after_its_limit_as_if_it_had_never_been_cancelled() -> None:
    async def steps() -> None:
        assert (await ended(1.0, 5.0, Alarm()))[0] == "late"
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        await asyncio.sleep(1.0)

    swiftly(steps)


@pytest.mark.parametrize("outer", [1.0, 3.0], ids=["the-outer-first", "the-inner-first"])
def test_limits_stand_in_each_other(outer: float) -> None:
    async def steps() -> list[str]:
        alarm, loop, told = Alarm(), asyncio.get_running_loop(), []
        began = loop.time()
        try:
            with Limit(alarm, began + outer):
                told.append((await ended(2.0, 5.0, alarm))[0])
                await asyncio.sleep(5.0)
        except TimeoutError:
            told.append(f"after {loop.time() - began:.0f} s")
        return told

    assert swiftly(steps) == (["after 1 s"] if outer == 1.0 else ["late", "after 3 s"])


def test_two_limits_of_one_moment_end_at_the_outer_one() -> None:
    async def steps() -> str:
        alarm, at = Alarm(), asyncio.get_running_loop().time() + 1.0
        try:
            with Limit(alarm, at):
                try:
                    with Limit(Alarm(), at):
                        await asyncio.sleep(5.0)
                except TimeoutError:
                    return "the inner one"
        except TimeoutError:
            return "the outer one"
        return "none"

    assert swiftly(steps) == "the outer one"


def test_who_is_cancelled_by_somebody_else_is_cancelled() -> None:
    async def steps() -> None:
        task = asyncio.get_running_loop().create_task(ended(1.0, 5.0, Alarm()))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    swiftly(steps)


def test_what_fails_in_time_fails_as_it_is() -> None:
    async def steps() -> None:
        alarm = Alarm()
        with pytest.raises(ValueError, match="why"), Limit(alarm, asyncio.get_running_loop().time() + 1.0):
            raise ValueError("why")
        assert not alarm.limits
        await asyncio.sleep(2.0)

    swiftly(steps)


def test_an_alarm_serves_the_next_event_loop_too() -> None:
    alarm = Alarm()

    async def long() -> None:
        with Limit(alarm, asyncio.get_running_loop().time() + 0.5):
            pass

    async def steps() -> str:
        return (await ended(1.0, 5.0, alarm))[0]

    swiftly(long)
    assert swiftly(steps) == "late"


@pytest.mark.parametrize("loop_of", [asyncio.SelectorEventLoop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_what_an_event_loop_has_left_behind_ends_no_limit_of_the_next(
    loop_of: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """One that ends with tasks under way: to cancel them later fails, and must not keep others from being ended."""
    alarm, left, loop = Alarm(), [], loop_of()
    for _ in range(10):
        left.append(loop.create_task(ended(0.02, 5.0, alarm)))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()

    with asyncio.Runner(loop_factory=loop_of) as runner:
        assert runner.run(ended(0.04, 0.5, alarm))[0] == "late"
    for task in left:
        task._log_destroy_pending = False  # type: ignore[attr-defined]


def test_a_limit_that_is_over_when_it_begins_holds_up_no_other() -> None:
    async def steps() -> str:
        alarm, loop = Alarm(), asyncio.get_running_loop()
        began = loop.time()
        other = loop.create_task(ended(1.0, 1.0, alarm))
        await asyncio.sleep(0)
        loop._clock.now += 2.0  # type: ignore[attr-defined]  # a long turn
        await asyncio.sleep(0)
        with suppress(TimeoutError), Limit(alarm, began + 0.5):
            await asyncio.sleep(5.0)
        return (await other)[0]

    assert swiftly(steps) == "late"
