"""The fault campaign: each fault many times against each adapter to which it may happen, behind its guard.

Whatever is done to a connection, no answer comes of it but the right cause; every place is free afterwards, the system
works again as soon as the fault is over, and a breaker opens and closes. `POQ_FAULTS_TIMES` says how often (20).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.base import Cause, NoAnswer, Operation, Reply
from adapters.guard import Asked, Asking, Guard, GuardOptions, State
from tests.faults.harm import HARM, LONG, Harm
from tests.faults.victims import Victim, victim

TIMES = int(os.environ.get("POQ_FAULTS_TIMES", "20"))
AT_ONCE = 10
MEMORY = 50 * 1024 * 1024
COUNTED = {Cause.TIMEOUT, Cause.UNREACHABLE, Cause.BROKEN, Cause.OVERLOADED}


def _cases() -> Iterator[Any]:
    for name, harms in HARM.items():
        marks = [pytest.mark.server] if name in ("postgresql", "mariadb") else []
        for fault, harm in harms.items():
            yield pytest.param(name, harm, id=f"{name}: {fault}", marks=marks)


def guarded(**breaker: Any) -> Guard:
    options = {"tries": 1, "calls_at_once": AT_ONCE, "longest_wait": "60 s", "breaker": breaker}
    return Guard("victim", GuardOptions.model_validate(options))


async def ask(guard: Guard, one: Victim, seconds: float, operation: Operation | None = None) -> Asked:
    arguments = one.arguments if operation is None else {}
    return await guard.call(operation or one.operation, arguments, Asking(seconds))


async def many(guard: Guard, one: Victim, seconds: float, operation: Operation | None = None) -> list[Asked]:
    return await asyncio.gather(*(ask(guard, one, seconds, operation) for _ in range(TIMES)))


def causes(found: list[Asked]) -> set[Cause | str]:
    """Why there is no answer; an answer is told as one."""
    return {one.outcome.cause if isinstance(one.outcome, NoAnswer) else repr(one.outcome) for one in found}


async def works(guard: Guard, one: Victim) -> None:
    found = await ask(guard, one, LONG)
    assert isinstance(found.outcome, Reply), found
    assert (guard.snapshot().busy, guard.snapshot().waiting) == (0, 0)


@pytest.mark.parametrize(("name", "harm"), list(_cases()))
async def test_no_fault_is_taken_for_an_answer_and_none_keeps_a_place(name: str, harm: Harm) -> None:
    patient = guarded(least_calls=100_000)
    async with victim(name, calls_at_once=AT_ONCE, tls=harm.tls) as one:
        if not harm.tls:
            await works(patient, one)
        await harm.begin(one)
        first = await ask(patient, one, harm.seconds)  # its connection was kept, and is cut now
        assert causes([first]) <= harm.causes | {Cause.UNREACHABLE}
        found = await many(patient, one, harm.seconds)
        assert causes(found) <= harm.causes
        assert patient.snapshot().busy == 0
        if harm.tls:  # the real server speaks none
            return
        if harm.causes <= COUNTED:
            await _opens(one, harm)
        else:
            await harm.end(one)
        await works(patient, one)


async def _opens(one: Victim, harm: Harm) -> None:
    """The breaker opens, the system is left alone, and it closes once a probe is answered."""
    guard = guarded(least_calls=3, pause="50 ms", longest_pause="50 ms")
    for _ in range(3):
        await ask(guard, one, harm.seconds)
    assert guard.snapshot().breaker is State.OPEN
    before = one.proxy.connections
    refused = await ask(guard, one, LONG)
    assert causes([refused]) == {Cause.OVERLOADED}
    assert refused.tries == 0
    assert one.proxy.connections == before
    await harm.end(one)
    await asyncio.sleep(guard.snapshot().pause + 0.01)  # timers may be a millisecond early
    await works(guard, one)
    assert guard.snapshot().breaker is State.CLOSED


SQL = [pytest.param(name, marks=pytest.mark.server) for name in ("postgresql", "mariadb")]


@pytest.mark.parametrize("name", SQL)
async def test_a_connection_that_drops_in_mid_query_is_unreachable(name: str) -> None:
    guard = guarded(least_calls=100_000)
    async with victim(name, calls_at_once=AT_ONCE) as one:
        for _ in range(max(TIMES // AT_ONCE, 1)):
            await works(guard, one)
            one.proxy.asked.clear()
            loop = asyncio.get_running_loop()
            asked = [loop.create_task(ask(guard, one, LONG, one.slow)) for _ in range(AT_ONCE)]
            await one.proxy.asked.wait()
            await asyncio.sleep(0.2)
            one.proxy.cut()
            await asyncio.wait(asked)
            assert causes([task.result() for task in asked]) <= {Cause.UNREACHABLE}
            assert guard.snapshot().busy == 0
        await works(guard, one)


@pytest.mark.parametrize("name", SQL)
async def test_a_million_rows_are_too_many(name: str) -> None:
    guard = guarded(least_calls=100_000)
    async with victim(name, calls_at_once=AT_ONCE) as one:
        assert one.million is not None
        assert causes(await many(guard, one, LONG, one.million)) == {Cause.TOO_LARGE}
        await works(guard, one)


@pytest.mark.parametrize("name", SQL)
async def test_where_all_connections_are_taken_a_call_is_refused_and_not_sent(name: str) -> None:
    options = {"tries": 1, "calls_at_once": 2, "longest_wait": "100 ms", "breaker": {"least_calls": 100_000}}
    guard = Guard("victim", GuardOptions.model_validate(options))
    async with victim(name, calls_at_once=2) as one:
        loop = asyncio.get_running_loop()
        taken = [loop.create_task(ask(guard, one, 1.0, one.slow)) for _ in range(2)]
        await asyncio.sleep(0)
        found = await many(guard, one, LONG)
        assert causes(found) == {Cause.OVERLOADED}
        assert {asked.tries for asked in found} == {0}
        await asyncio.wait(taken)
        assert causes([task.result() for task in taken]) == {Cause.TIMEOUT}
        await works(guard, one)


@pytest.mark.parametrize("name", ["soap", "rest"])
async def test_what_is_too_large_costs_little_memory(name: str) -> None:
    """In a process of its own, by its peak of resident memory (VmHWM), two calls at the same time."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.memory", name, str(TIMES)), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    grown = json.loads(out)
    assert set(grown) == {fault for fault, harm in HARM[name].items() if harm.heavy}
    assert {fault: size for fault, size in grown.items() if size > MEMORY} == {}
