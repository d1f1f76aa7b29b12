"""What stands before every call: when one is made, made again, or not made at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.base import BadArguments, Cause, Contract, NoAnswer, Reply, SystemFault
from adapters.guard import Asked, Asking, Guard, GuardOptions, State
from adapters.guard.budget import PER_SECOND
from adapters.guard.options import AGAIN
from tests.support.swift_loop import swiftly

OK = Reply({"code": "A"})
NO = {cause: NoAnswer(cause, "scripted") for cause in Cause}
BUSY = SystemFault(["BUSY"], "later")


@dataclass
class Scripted:
    """An operation: says in turn what it is told (the last one stays), each after `seconds`."""

    says: list[Reply | Exception]
    seconds: float = 0.1
    given: list[float] = field(default_factory=list)
    contract: Contract = field(default_factory=Contract)

    def render(self, arguments: Mapping[str, Any]) -> str:
        return ""

    async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109
        self.given.append(timeout)
        await asyncio.sleep(min(self.seconds, timeout))
        if self.seconds > timeout:
            raise NO[Cause.TIMEOUT]
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, Reply):
            return said
        raise said


def guard(**said: Any) -> Guard:
    options = GuardOptions.model_validate({"first_pause": "1 s", **said})
    return Guard("nimbus", options, asyncio.get_running_loop().time, lambda: 0.5)


def run(steps: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return swiftly(steps)


def asked(operation: Scripted, asking: Asking = Asking(5.0), **said: Any) -> tuple[Asked, float]:  # noqa: B008
    """What came of one call, and how long it took."""

    async def steps() -> tuple[Asked, float]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        found = await guard(**said).call(operation, {}, asking)
        return found, loop.time() - began

    return swiftly(steps)


@pytest.mark.parametrize("said", [OK, BUSY, BadArguments("no")], ids=["a reply", "a fault", "nothing to send"])
def test_what_a_system_says_is_handed_on_and_not_asked_for_again(said: Reply | Exception) -> None:
    operation = Scripted([said])
    found, _ = asked(operation)
    assert found == Asked(said, 1)  # type: ignore[arg-type]
    assert operation.given == [5.0]


@pytest.mark.parametrize("cause", Cause)
def test_no_answer_is_asked_for_again_where_a_moment_may_help(cause: Cause) -> None:
    operation = Scripted([NO[cause], OK])
    found, seconds = asked(operation)
    if cause in AGAIN:
        assert found == Asked(OK, 2)
        assert seconds == pytest.approx(0.1 + 1.0 + 0.1)
    else:
        assert found == Asked(NO[cause], 1)


def test_the_tries_are_counted_and_the_pauses_grow() -> None:
    operation = Scripted([NO[Cause.UNREACHABLE]])
    found, seconds = asked(operation, tries=4)
    assert found == Asked(NO[Cause.UNREACHABLE], 4)
    assert seconds == pytest.approx(4 * 0.1 + 1 + 2 + 4)


def test_a_fault_that_the_mapping_asks_again_for_counts_among_the_tries_and_waits() -> None:
    operation = Scripted([NO[Cause.BROKEN]])
    found, seconds = asked(operation, Asking(5.0, attempt=3))
    assert found == Asked(NO[Cause.BROKEN], 1)
    assert seconds == pytest.approx(2.1)


@pytest.mark.parametrize("cause", Cause)
def test_what_changes_something_is_never_sent_twice(cause: Cause) -> None:
    operation = Scripted([NO[cause], OK])
    found, _ = asked(operation, Asking(5.0, write=True), try_again=list(Cause))
    assert found == Asked(NO[cause], 1)
    assert len(operation.given) == 1


def test_no_call_is_begun_that_cannot_end_in_time() -> None:
    async def steps() -> None:
        loop, nimbus, operation = asyncio.get_running_loop(), guard(), Scripted([OK], seconds=2.0)
        await nimbus.call(operation, {}, Asking(5.0))
        for left, made in ((9.0, True), (3.0, True), (1.9, False), (0.0, False), (-1.0, False)):
            operation.given.clear()
            found = await nimbus.call(operation, {}, Asking(5.0, deadline=loop.time() + left))
            assert operation.given == ([min(left, 5.0)] if made else [])
            assert isinstance(found.outcome, Reply) is made
            if not made:
                assert isinstance(found.outcome, NoAnswer)
                assert not found.outcome.is_sent
                assert (found.outcome.cause, found.tries) == (Cause.TIMEOUT, 0)

    run(steps)


def test_no_retry_is_begun_that_would_come_too_late() -> None:
    async def steps() -> None:
        loop, operation = asyncio.get_running_loop(), Scripted([NO[Cause.BROKEN], OK])
        deadline = loop.time() + 1.05
        assert await guard().call(operation, {}, Asking(5.0, deadline=deadline)) == Asked(NO[Cause.BROKEN], 1)
        assert loop.time() < deadline

    run(steps)


FAILURES = [Cause.TIMEOUT, Cause.UNREACHABLE, Cause.BROKEN, Cause.OVERLOADED]


@pytest.mark.parametrize("cause", FAILURES)
def test_a_system_that_fails_too_often_is_not_asked_until_a_probe_is_answered(cause: Cause) -> None:
    async def steps() -> None:
        nimbus, operation = guard(tries=1, breaker={"least_calls": 5}), Scripted([NO[cause]])
        with capture_logs() as logs:
            for _ in range(5):
                await nimbus.call(operation, {}, Asking(5.0))
            refused = await nimbus.call(operation, {}, Asking(5.0))
            assert isinstance(refused.outcome, NoAnswer)
            assert not refused.outcome.is_sent
            assert refused.outcome.cause is Cause.OVERLOADED
            assert len(operation.given) == 5
            assert nimbus.snapshot().breaker is State.OPEN
            await asyncio.sleep(5.0)
            operation.says = [OK]
            assert await nimbus.call(operation, {}, Asking(5.0)) == Asked(OK, 1)
            assert nimbus.snapshot().breaker is State.CLOSED
        assert [(one["event"], one["breaker"], one["system"]) for one in logs] == [
            ("system is not asked", "open", "nimbus"),
            ("system is asked again", "half-open", "nimbus"),
            ("system is asked again", "closed", "nimbus"),
        ]

    run(steps)


@pytest.mark.parametrize(
    "said", [BUSY, NO[Cause.UNREADABLE], NO[Cause.TOO_LARGE], BadArguments("no")], ids=["fault", "html", "big", "bad"]
)
def test_what_may_be_the_fault_of_a_question_does_not_speak_against_the_system(said: Exception) -> None:
    async def steps() -> None:
        nimbus = guard(tries=1, breaker={"least_calls": 1})
        for _ in range(20):
            await nimbus.call(Scripted([said]), {}, Asking(5.0))
        assert nimbus.snapshot().breaker is State.CLOSED

    run(steps)


def test_a_caller_without_time_does_not_speak_against_the_system() -> None:
    async def steps() -> None:
        loop, nimbus = asyncio.get_running_loop(), guard(tries=1, breaker={"least_calls": 1})
        for left in (0.5, 2.0):
            await nimbus.call(Scripted([OK], seconds=60), {}, Asking(5.0, deadline=loop.time() + left))
        assert nimbus.snapshot().breaker is State.CLOSED
        await nimbus.call(Scripted([OK], seconds=60), {}, Asking(5.0, deadline=loop.time() + 4))
        assert nimbus.snapshot().breaker is State.OPEN, "it had most of its time"

    run(steps)


def test_a_deadline_that_cuts_a_call_short_counts_where_the_system_had_its_time() -> None:
    async def steps() -> State:
        loop, nimbus = asyncio.get_running_loop(), guard(tries=1, breaker={"least_calls": 1})
        deadline = loop.time() + 25.0
        with pytest.raises(TimeoutError):
            async with asyncio.timeout_at(deadline):
                await nimbus.call(Scripted([OK], seconds=60), {}, Asking(30.0, deadline=deadline))
        return nimbus.snapshot().breaker

    assert run(steps) is State.OPEN


def test_who_disconnects_does_not_speak_against_the_system() -> None:
    async def steps() -> State:
        nimbus = guard(tries=1, breaker={"least_calls": 1})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(4.0):
                await nimbus.call(Scripted([OK], seconds=60), {}, Asking(5.0))
        return nimbus.snapshot().breaker

    assert run(steps) is State.CLOSED


def test_retries_are_a_share_of_the_calls() -> None:
    async def steps() -> None:
        loop = asyncio.get_running_loop()
        nimbus = guard(tries=2, calls_at_once=100, breaker={"least_calls": 100_000})
        operation, began = Scripted([NO[Cause.OVERLOADED]]), loop.time()
        for _ in range(200):
            await nimbus.call(operation, {}, Asking(5.0))
        state = nimbus.snapshot()
        assert len(operation.given) == 200 + state.retried
        assert 40 <= state.retried <= 10 + 0.2 * 200 + PER_SECOND * (loop.time() - began)

    run(steps)


def test_after_a_burst_a_retry_comes_with_time_and_needs_no_other_calls() -> None:
    async def steps() -> None:
        nimbus = guard(tries=2, calls_at_once=100, breaker={"least_calls": 100_000})
        down, loop = Scripted([NO[Cause.OVERLOADED]], seconds=0.0), asyncio.get_running_loop()
        await asyncio.gather(*(nimbus.call(down, {}, Asking(5.0)) for _ in range(100)))
        asked = len(down.given)
        await nimbus.call(down, {}, Asking(5.0, urgent=False))
        assert len(down.given) == asked + 1, "nothing is left of the budget"
        await asyncio.sleep(1 / PER_SECOND)
        began = loop.time()
        assert await nimbus.call(Scripted([NO[Cause.OVERLOADED], OK]), {}, Asking(5.0)) == Asked(OK, 2)
        assert loop.time() - began == pytest.approx(0.1 + 1.0 + 0.1)

    run(steps)


def test_an_operation_that_ignores_its_limit_is_cut_off_and_its_place_freed() -> None:
    @dataclass
    class Endless(Scripted):
        async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109
            await asyncio.get_running_loop().create_future()
            raise AssertionError

    async def steps() -> None:
        loop, nimbus = asyncio.get_running_loop(), guard(tries=1, calls_at_once=1)
        began = loop.time()
        found = await nimbus.call(Endless([OK]), {}, Asking(5.0))
        assert isinstance(found.outcome, NoAnswer)
        assert found.outcome.cause is Cause.TIMEOUT
        assert 5.0 <= loop.time() - began <= 7.0
        assert await nimbus.call(Scripted([OK]), {}, Asking(5.0)) == Asked(OK, 1)

    run(steps)


def test_a_full_system_refuses_at_once_who_could_not_be_answered() -> None:
    async def steps() -> None:
        nimbus = guard(calls_at_once=1, waiting=1, longest_wait="2 s")
        slow = Scripted([OK], seconds=4.0)
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(nimbus.call(slow, {}, Asking(5.0))) for _ in range(3)]
        await asyncio.wait(tasks)
        found = [task.result() for task in tasks]
        assert [isinstance(one.outcome, Reply) for one in found] == [True, False, False]
        for one in found[1:]:
            assert isinstance(one.outcome, NoAnswer)
            assert not one.outcome.is_sent
            assert one.outcome.cause is Cause.OVERLOADED
        assert nimbus.snapshot().refused == 2

    run(steps)


SAID = st.sampled_from(
    [OK, BUSY, *NO.values(), NoAnswer(Cause.UNREACHABLE, "refused", is_sent=False), BadArguments("no")]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(SAID, min_size=1, max_size=3), st.booleans(), st.none() | st.floats(0.01, 9)), max_size=9
    ),
    st.sampled_from([0.1, 2.0, 20.0]),
)
def test_whatever_happens_and_whoever_gives_up_no_place_and_no_probe_is_lost(
    callers: list[tuple[list[Reply | Exception], bool, float | None]], seconds: float
) -> None:
    async def steps() -> None:
        nimbus = guard(calls_at_once=2, deferred_calls=1, waiting=3, breaker={"least_calls": 2, "pause": "1 s"})

        async def one(says: list[Reply | Exception], urgent: bool, gives_up: float | None) -> None:
            try:
                async with asyncio.timeout(gives_up):
                    await nimbus.call(Scripted([*says], seconds), {}, Asking(5.0, urgent=urgent))
            except TimeoutError:
                return

        async with asyncio.TaskGroup() as group:
            for caller in callers:
                group.create_task(one(*caller))
        state = nimbus.snapshot()
        assert (state.busy, state.busy_deferred, state.waiting, state.waiting_deferred) == (0, 0, 0, 0)
        await asyncio.sleep(300)
        assert await nimbus.call(Scripted([OK]), {}, Asking(5.0)) == Asked(OK, 1)

    run(steps)


@pytest.mark.parametrize("rounds", range(12))
def test_a_call_may_be_cancelled_at_any_of_its_awaits(rounds: int) -> None:
    """One place, taken by another: the call waits for its turn, asks, fails, pauses and asks again."""

    async def steps() -> None:
        loop, nimbus = asyncio.get_running_loop(), guard(calls_at_once=1)
        other = loop.create_task(nimbus.call(Scripted([OK], 0.3), {}, Asking(5.0)))
        await asyncio.sleep(0)
        task = loop.create_task(nimbus.call(Scripted([NO[Cause.BROKEN], OK], 0.3), {}, Asking(5.0)))
        await asyncio.sleep(0.15 * rounds)
        task.cancel()
        await asyncio.wait([task, other])
        assert task.cancelled() or task.done()
        assert nimbus.snapshot().busy == 0

    run(steps)


@pytest.mark.timeout(10)
def test_causes_that_go_round_end_like_any_other() -> None:
    lost, told = OSError("the file is gone"), NoAnswer(Cause.UNREACHABLE, "gone")
    told.__cause__, lost.__context__ = lost, told

    came, _ = asked(Scripted([told]), tries=1)

    assert came.outcome is told
