"""What is kept of replies, for whom and how long; and that nobody asks twice what is being asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Cause, Contract, NoAnswer, Reply, SystemFault
from adapters.guard import Asked, Asking, Guard, GuardOptions
from gateway.lso.identifiers import ItemId
from gateway.mapping.loading import load_mapping_text
from gateway.mapping.outcomes import Answered, Call
from gateway.qualification.caching import Patience, ReplyCache, key_of
from gateway.qualification.legacy import Asker, Legacy, PreparedMapping, PreparedStep
from gateway.qualification.observing import ItemNotes, Silent
from tests.support.scripted import KINDS, Scripted
from tests.support.swift_loop import swiftly

SOON = Patience(urgent=True)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def cache(clock: Callable[[], float], *, entries: int = 100, size: int = 100_000) -> ReplyCache:
    return ReplyCache(clock, entries=entries, size=size)


def always(asked: Asked) -> Callable[[], Awaitable[Asked]]:
    async def ask() -> Asked:
        return asked

    return ask


async def get(kept: ReplyCache, key: str, asked: Asked, seconds: float = 60.0) -> tuple[Asked, float | None]:
    return await kept.reply(key, seconds, always(asked), within=SOON, is_usable=lambda value: True)


def reply(value: Any) -> Asked:
    return Asked(Reply(value, "as received"))


async def test_a_reply_is_given_again_with_its_age_until_it_is_too_old() -> None:
    clock = Clock()
    kept = cache(clock)
    assert await get(kept, "a", reply({"n": 1})) == (reply({"n": 1}), None)
    clock.now += 59.9
    found, age = await get(kept, "a", reply({"n": 2}))
    assert (found.outcome, found.tries, age) == (Reply({"n": 1}, "as received"), 0, pytest.approx(59.9))
    clock.now += 0.1
    assert await get(kept, "a", reply({"n": 2})) == (reply({"n": 2}), None)


async def test_each_reader_says_how_old_a_reply_may_be() -> None:
    clock = Clock()
    kept = cache(clock)
    await get(kept, "a", reply(1), seconds=3600)
    clock.now += 30
    assert (await get(kept, "a", reply(2), seconds=3600))[1] == 30
    assert (await get(kept, "a", reply(2), seconds=10))[0] == reply(2)


@pytest.mark.parametrize("bad", [SystemFault(["X"], ""), NoAnswer(Cause.TIMEOUT, "")], ids=["a fault", "no answer"])
async def test_nothing_but_replies_is_kept(bad: Exception) -> None:
    kept = cache(Clock())
    await get(kept, "a", Asked(bad))  # type: ignore[arg-type]
    assert len(kept) == 0
    assert await get(kept, "a", reply(1)) == (reply(1), None)


async def test_what_somebody_does_to_a_reply_changes_it_for_nobody_else() -> None:
    kept = cache(Clock())
    first, _ = await get(kept, "a", reply({"list": [1]}))
    assert isinstance(first.outcome, Reply)
    first.outcome.value["list"].append(2)
    second, _ = await get(kept, "a", reply(None))
    assert second.outcome == Reply({"list": [1]}, "as received")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 400), st.sampled_from([0.0, 5.0])), max_size=60))
def test_there_is_never_more_kept_than_there_is_room(asked: list[tuple[str, int, float]]) -> None:
    async def steps() -> None:
        clock = Clock()
        kept = cache(clock, entries=5, size=1024)
        sizes = 0
        for key, length, passes in asked:
            clock.now += passes
            await get(kept, key, reply("x" * length))
            sizes = max(sizes, len(kept))
            assert kept.bytes <= 1024
            assert kept.bytes >= 0
            assert (kept.bytes == 0) == (len(kept) == 0)
        assert sizes <= 5

    asyncio.run(steps())


def test_what_is_being_asked_is_not_asked_again() -> None:
    async def steps() -> None:
        loop = asyncio.get_running_loop()
        kept, asked = cache(loop.time), 0

        async def slowly() -> Asked:
            nonlocal asked
            asked += 1
            await asyncio.sleep(2)
            return reply({"n": asked})

        def one(urgent: bool) -> Awaitable[tuple[Asked, float | None]]:
            return kept.reply("a", 60, slowly, within=Patience(urgent), is_usable=lambda value: True)

        found = await asyncio.gather(*(one(True) for _ in range(10)))
        assert asked == 1
        assert [answer.outcome for answer, _ in found] == [Reply({"n": 1}, "as received")] * 10
        assert [age for _, age in found] == [None, *[0.0] * 9]

    swiftly(steps)


def test_who_waits_for_an_answer_does_not_wait_for_deferred_work() -> None:
    async def steps() -> None:
        loop = asyncio.get_running_loop()
        kept = cache(loop.time)

        async def never() -> Asked:
            await asyncio.sleep(1000)
            return reply("late")

        deferred = loop.create_task(_one(kept, never, urgent=False))
        await asyncio.sleep(1)
        assert (await _one(kept, always(reply("soon")), urgent=True))[0] == reply("soon")
        assert loop.time() < 1010
        deferred.cancel()

    swiftly(steps)


def test_where_who_asked_gives_up_the_next_one_asks() -> None:
    async def steps() -> None:
        loop = asyncio.get_running_loop()
        kept, asked = cache(loop.time), 0

        async def slowly() -> Asked:
            nonlocal asked
            asked += 1
            await asyncio.sleep(2)
            return reply(asked)

        tasks = [loop.create_task(_one(kept, slowly, urgent=True)) for _ in range(3)]
        await asyncio.sleep(1)
        tasks[0].cancel()
        tasks[1].cancel()
        assert (await tasks[2])[0] == reply(2)
        assert asked == 2

    swiftly(steps)


def test_those_who_wait_share_a_failure_and_the_next_one_asks_anew() -> None:
    async def steps() -> None:
        loop = asyncio.get_running_loop()
        kept = cache(loop.time)
        failure = NoAnswer(Cause.BROKEN, "down")

        async def fail() -> Asked:
            await asyncio.sleep(2)
            return Asked(failure, 3)

        found = await asyncio.gather(*(_one(kept, fail, urgent=True) for _ in range(3)))
        assert [answer.outcome for answer, _ in found] == [failure] * 3
        assert (await _one(kept, always(reply(1)), urgent=True))[0] == reply(1)

    swiftly(steps)


class Slow:
    """An operation that takes some seconds; counts."""

    contract = Contract()

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.began: list[float] = []

    def render(self, arguments: Mapping[str, Any]) -> str:
        return ""

    async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109 - the port's
        self.began.append(asyncio.get_running_loop().time())
        await asyncio.sleep(min(self.seconds, timeout))
        if self.seconds > timeout:
            raise NoAnswer(Cause.TIMEOUT, "slow")
        return Reply(self.seconds)


def guarded(operation: Slow, *callers: tuple[float | None, float], **options: Any) -> list[tuple[Any, float]]:
    """Each caller's outcome and seconds: it has so many seconds (or all), and its call may take so many."""

    async def steps() -> list[tuple[Any, float]]:
        loop = asyncio.get_running_loop()
        kept, guard = cache(loop.time), Guard("db", GuardOptions.model_validate({"tries": 1, **options}), loop.time)

        async def one(left: float | None, timeout: float) -> tuple[Any, float]:  # noqa: ASYNC109
            began = loop.time()
            deadline = None if left is None else began + left
            within = Patience(True, deadline, timeout)
            ask = partial(guard.call, operation, {}, Asking(timeout, deadline))
            found, _ = await kept.reply("a", 60, ask, within=within, is_usable=lambda value: True)
            return found.outcome, loop.time() - began

        return await asyncio.gather(*(one(*caller) for caller in callers))

    return swiftly(steps)


def causes(found: list[tuple[Any, float]]) -> list[Any]:
    return [outcome.cause if isinstance(outcome, NoAnswer) else "answered" for outcome, _ in found]


def test_who_has_time_asks_again_where_who_asked_had_none() -> None:
    slow = Slow(3.0)
    found = guarded(slow, (1.0, 5.0), (20.0, 5.0), (None, 5.0))
    assert causes(found) == [Cause.TIMEOUT, "answered", "answered"]
    assert [seconds for _, seconds in found] == pytest.approx([1.0, 4.0, 4.0])
    assert len(slow.began) == 2


def test_nobody_waits_for_another_past_its_own_deadline() -> None:
    slow = Slow(4.0)
    found = guarded(slow, (20.0, 5.0), (1.0, 5.0))
    assert causes(found) == ["answered", Cause.TIMEOUT]
    assert found[1][1] == pytest.approx(1.0)
    assert len(slow.began) == 1


def test_who_lets_a_call_take_longer_does_not_share_one_that_may_not() -> None:
    assert causes(guarded(Slow(3.0), (None, 1.0), (None, 5.0))) == [Cause.TIMEOUT, "answered"]


def test_a_slow_system_is_asked_once_at_a_time_whatever_time_the_callers_have() -> None:
    slow = Slow(60.0)
    callers = [(1.0 + number / 10, 5.0) for number in range(40)]
    found = guarded(slow, *callers)
    assert set(causes(found)) == {Cause.TIMEOUT}
    for (_, seconds), (left, _) in zip(found, callers, strict=True):
        assert seconds <= left + 0.001
    assert all(later - first >= 0.09 for first, later in pairwise(slow.began))


async def _one(kept: ReplyCache, ask: Callable[[], Awaitable[Asked]], *, urgent: bool) -> tuple[Asked, float | None]:
    return await kept.reply("a", 60, ask, within=Patience(urgent), is_usable=lambda value: True)


VALUES = [1, 1.0, True, "1", None, Decimal(1), date(2026, 1, 1), "2026-01-01", [1], ["1"], {"a": 1}, {"a": "1"}, [], {}]


def test_what_would_be_sent_differently_has_another_key() -> None:
    assert len({key_of(value) for value in VALUES}) == len(VALUES)
    assert key_of({"a": 1, "b": [2]}) == key_of({"b": [2], "a": 1})


MAPPING = """
mapping: kept
version: 1
for: {{product: any}}
steps:
  port:
    table: db
    ask: look
    with: {{ref: =item.id}}
    rows: {rows}
    {said}
    on: {{{no_rows}many rows: fail}}
answer:
  - otherwise: {{red: Nothing}}
"""


class Seen:
    """A step of a mapping that is asked by several Buyers, over a system that counts."""

    def __init__(self, said: str, rows: str = "one", answer: Any = ({"a": 1},)) -> None:
        no_rows = "no rows: fail, " if rows == "one" else ""
        mapping = load_mapping_text(MAPPING.format(said=said, rows=rows, no_rows=no_rows), "kept.yaml", KINDS)
        self.system = Scripted("db", {"look": list(answer)})
        step = mapping.step("port")
        operation = self.system.operation(step.definition)
        self.prepared = PreparedMapping(mapping, {"port": PreparedStep(step, operation, 5.0, 3)})
        self.clock = Clock()
        self.legacy = Legacy(Silent(), self.clock, cache=cache(self.clock))
        self.notes = ItemNotes()

    async def ask(self, buyer: str, arguments: Mapping[str, Any] = {"ref": "a"}, seller: str = "s") -> Any:
        asker = Asker(ItemId("1"), (buyer, seller), self.prepared)
        return await self.legacy.ask(asker, Call("port", arguments, 1, None), self.notes)


async def test_a_step_keeps_nothing_unless_it_says_so() -> None:
    seen = Seen("timeout: 1 s")
    for _ in range(2):
        await seen.ask("one")
    assert len(seen.system.asked) == 2
    assert [note.age for note in seen.notes.calls] == [None, None]


async def test_a_reply_is_kept_for_the_buyer_and_the_seller_that_it_was_asked_for() -> None:
    seen = Seen("cache: 10 min")
    for buyer, seller in (("one", "s"), ("one", "s"), ("two", "s"), ("one", "t")):
        assert await seen.ask(buyer, seller=seller) == Answered([{"a": 1}])
    assert len(seen.system.asked) == 3
    seen.clock.now += 12
    await seen.ask("one")
    assert (seen.notes.calls[-1].age, seen.notes.calls[-1].tries) == (12, 0)
    await seen.ask("one", {"ref": "b"})
    assert len(seen.system.asked) == 4


async def test_what_is_shared_is_kept_for_all() -> None:
    seen = Seen("cache: 10 min\n    shared: true")
    for buyer in ("one", "two"):
        await seen.ask(buyer)
    assert len(seen.system.asked) == 1


@pytest.mark.parametrize(
    ("rows", "answer", "asked"),
    [("one", [], 2), ("one", [{}, {}], 2), ("optional", [], 1), ("optional", [{}, {}], 2), ("many", [{}, {}], 1)],
)
async def test_a_reply_that_is_not_what_is_meant_is_not_kept(rows: str, answer: list[Any], asked: int) -> None:
    seen = Seen("cache: 10 min", rows, answer)
    for _ in range(2):
        await seen.ask("one")
    assert len(seen.system.asked) == asked
