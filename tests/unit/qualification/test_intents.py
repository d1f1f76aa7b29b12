"""A step that changes something: an intent is kept before the call, and nothing is done twice by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from adapters.base import BadArguments, Cause, NoAnswer, SystemFault
from gateway.lso.identifiers import ItemId
from gateway.lso.request import read_request
from gateway.mapping.outcomes import Answered, Failure
from gateway.qualification.answering import ItemAnswer
from gateway.qualification.intents import (
    Begun,
    Ending,
    Found,
    IntentNotKept,
    Intents,
    MemoryIntents,
    NoIntents,
    Unknown,
    WriteIntent,
)
from gateway.qualification.items import ItemOutcome
from tests.support.requests import valid_request
from tests.support.scripted import Bench, Next, bench

MAPPING = """\
mapping: line
version: 1
for: {product: any}
steps:
  reserve:
    write: true
    service: net
    ask: reserve
    with: {Ref: =item.id, At: =now}
    on:
      fault BUSY: retry
      fault FULL: {red: Nothing left}
      any fault: fail
      unknown: %s
%s
answer:
  - when: reserve.state == 'held'
    serviceabilityConfidence: green
    installationInterval: {amount: 3, units: businessDays}
    deliveryType: onNetWithoutBuild
  - otherwise: {red: Not held}
"""
FAIL = MAPPING % ("fail", "")
FIND = MAPPING % ("{lookup: find}", "  find: {service: net, ask: find, with: {Ref: =item.id}, on: {any fault: fail}}")
HELD = {"state": "held"}
LATE = NoAnswer(Cause.TIMEOUT, "late")


async def qualified(about: Bench, intents: Intents | None) -> ItemOutcome:
    """The first item of a request, worked on once."""
    (job, *_) = about.jobs(read_request(valid_request()))
    job = replace(job, intents=intents) if intents is not None else job
    return await about.qualifier().qualify(job)


def asked(about: Bench) -> list[str]:
    return [ask for ask, _ in about.systems["net"].asked]


def color(outcome: ItemOutcome) -> str:
    assert isinstance(outcome, ItemAnswer), outcome
    return str(outcome.members["serviceabilityConfidence"])


@dataclass
class Watched(MemoryIntents):
    """Notes what was kept at the moment of each call."""

    kept: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()


async def test_the_intent_is_kept_before_the_call() -> None:
    intents = Watched()

    async def reserve(_: Mapping[str, Any]) -> Any:
        intents.kept.append(len(intents.begun))
        return HELD

    about = bench(FAIL, net={"reserve": reserve})
    assert color(await qualified(about, intents)) == "green"
    assert intents.kept == [1]
    (intent,) = intents.begun.values()
    assert (intent.item, intent.step, intent.mapping) == (ItemId("item-1"), "reserve", "line")
    assert intent.arguments["Ref"] == "item-1"


async def test_what_was_begun_is_not_done_again_but_looked_up() -> None:
    intents = MemoryIntents()
    about = bench(FIND, net={"reserve": LATE, "find": [Next(LATE), Next(HELD)]})
    assert isinstance(await qualified(about, intents), Failure)
    assert list(intents.endings.values()) == [Unknown("no answer: timeout: late")]
    assert color(await qualified(about, intents)) == "green"
    assert asked(about) == ["reserve", "find", "find"]
    assert list(intents.endings.values()) == [Found()]


async def test_a_reply_that_was_kept_is_the_reply_of_every_later_try() -> None:
    intents = MemoryIntents()
    about = bench(FIND, net={"reserve": HELD, "find": LATE})
    assert color(await qualified(about, intents)) == "green"
    assert color(await qualified(about, intents)) == "green"
    assert asked(about) == ["reserve"]


async def test_what_was_never_sent_is_tried_again_later() -> None:
    intents = MemoryIntents()
    about = bench(FAIL, net={"reserve": [Next(NoAnswer(Cause.UNREACHABLE, "down", is_sent=False)), Next(HELD)]})
    outcome = await qualified(about, intents)
    assert isinstance(outcome, Failure)
    assert "down" in outcome.reason
    assert not intents.begun
    assert color(await qualified(about, intents)) == "green"


async def test_what_nobody_knows_stays_begun_and_gives_no_answer() -> None:
    intents = MemoryIntents()
    about = bench(FAIL, net={"reserve": LATE})
    for _ in range(2):
        assert isinstance(await qualified(about, intents), Failure)
    assert asked(about) == ["reserve"]


@pytest.mark.parametrize(
    ("reply", "stays"),
    [
        pytest.param(SystemFault(["FULL"], "no"), False, id="a refusal that the mapping names"),
        pytest.param(SystemFault(["INTERNAL"], "no"), True, id="a fault that nobody thought of"),
        pytest.param(LATE, True, id="silence"),
        pytest.param(BadArguments("no"), False, id="never sent"),
        pytest.param(HELD, True, id="done"),
    ],
)
async def test_an_intent_is_forgotten_only_where_nothing_was_changed(reply: Any, stays: bool) -> None:
    intents = MemoryIntents()
    await qualified(bench(FAIL, net={"reserve": reply}), intents)
    assert bool(intents.begun) is stays


async def test_a_refusal_may_be_tried_again_at_once() -> None:
    about = bench(FAIL, net={"reserve": [Next(SystemFault(["BUSY"], "b")), Next(HELD)]})
    assert color(await qualified(about, MemoryIntents())) == "green"
    assert asked(about) == ["reserve", "reserve"]


class Unkept(NoIntents):
    """The store is gone when an intent is to be kept, or to be forgotten."""

    def __init__(self, *, begins: bool) -> None:
        self.begins = begins

    async def begin(self, intent: WriteIntent) -> Begun | Answered:
        return Begun.NEW if self.begins else await super().begin(intent)

    async def settle(self, intent: WriteIntent, ending: Ending) -> None:
        raise IntentNotKept("the store is gone")


@pytest.mark.parametrize("intents", [None, NoIntents(), Unkept(begins=False)], ids=["left out", "none", "no store"])
async def test_an_intent_that_cannot_be_kept_makes_no_call(intents: Intents | None) -> None:
    about = bench(FAIL, net={"reserve": HELD})
    outcome = await qualified(about, intents)
    assert isinstance(outcome, Failure)
    assert "no intents are kept" in outcome.reason
    assert asked(about) == []


async def test_an_intent_that_cannot_be_forgotten_changes_no_answer() -> None:
    about = bench(FAIL, net={"reserve": SystemFault(["FULL"], "no")})
    assert color(await qualified(about, Unkept(begins=True))) == "red"


async def test_a_call_that_was_cut_off_stays_begun() -> None:
    intents, reached = MemoryIntents(), asyncio.Event()

    async def hang(_: Mapping[str, Any]) -> Any:
        reached.set()
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        work = group.create_task(qualified(bench(FAIL, net={"reserve": hang}), intents))
        await reached.wait()
        work.cancel()
    assert len(intents.begun) == 1


def test_an_intent_is_the_same_whatever_it_sends() -> None:
    one = WriteIntent(ItemId("item-001"), "line", "reserve", None, {"At": 1})
    assert one == replace(one, arguments={"At": 2})
    assert one.key != replace(one, offering="o-1").key
