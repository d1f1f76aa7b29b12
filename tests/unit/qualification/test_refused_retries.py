"""Where a system may not be asked again, what it said last is told, and not the refusal: by steps behind a guard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from adapters.base import Cause, Contract, NoAnswer, Reply, SystemFault
from adapters.guard import Asking, Guard, GuardOptions
from gateway.qualification.answering import ItemAnswer
from gateway.qualification.port import QualificationFailed
from tests.support.requests import PRODUCT_TYPE, valid_item, valid_request
from tests.support.scripted import Bench, Next, bench

MAPPING = f"""
mapping: line
version: 1
for: {{product: "{PRODUCT_TYPE}"}}
steps:
  check:
    service: oss
    ask: check
    with: {{id: =item.id}}
    on:
      fault BUSY: retry
      any fault: fail
      no answer: {{red: Nobody answers}}
answer:
  - otherwise: {{red: Not here}}
"""
BUSY = SystemFault(["BUSY"], "later")


def behind_a_guard(replies: Any, **options: Any) -> Bench:
    made = bench(MAPPING, oss={"check": replies})
    made.guards["oss"] = Guard("oss", GuardOptions.model_validate({"first_pause": "1 ms", **options}))
    return made


async def answered(made: Bench) -> Mapping[str, Any]:
    found = await made.answers(valid_request(productOfferingQualificationItem=[valid_item(id="a")]))
    answer = found["a"]
    assert isinstance(answer, ItemAnswer)
    return answer.members


class Down:
    """An operation without an answer."""

    contract = Contract()

    def render(self, arguments: Mapping[str, Any]) -> str:
        return ""

    async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109 - the port's
        raise NoAnswer(Cause.BROKEN, "down")


OPEN = {"least_calls": 1, "pause": "1 h", "longest_pause": "1 h"}


@pytest.mark.parametrize(
    ("options", "remark"),
    [
        pytest.param({"retries": "0 %"}, "too much is asked of oss again already", id="no budget"),
        pytest.param({"first_pause": "1 h"}, "no time is left to ask again", id="no time"),
    ],
)
async def test_a_retry_that_is_refused_leaves_the_fault_it_was_for(options: dict[str, Any], remark: str) -> None:
    made = behind_a_guard(BUSY, **options)

    with pytest.raises(QualificationFailed):
        await answered(made)

    assert len(made.systems["oss"].asked) == 1
    told = f"fault BUSY; not asked again: {remark}"
    assert [(call.attempt, call.tries) for call in made.watcher.calls] == [(1, 1), (2, 0)]
    assert made.watcher.calls[1].result == told
    assert made.watcher.decisions[0].outcome == f"failed: 'check': {told}"


async def test_a_breaker_that_opens_before_the_retry_leaves_the_fault_too() -> None:
    replies = [Next(BUSY)]
    made = behind_a_guard(replies, breaker=OPEN)

    async def trip(_: Mapping[str, Any]) -> Any:
        """Another call fails while this one is under way."""
        await made.guards["oss"].call(Down(), {}, Asking(1.0, write=True))
        raise BUSY

    replies[0] = Next(trip)
    with pytest.raises(QualificationFailed):
        await answered(made)

    assert made.watcher.decisions[0].outcome.startswith(
        "failed: 'check': fault BUSY; not asked again: oss is not asked"
    )


async def test_no_answer_to_the_retry_itself_is_told_as_such() -> None:
    made = behind_a_guard([Next(BUSY), Next(NoAnswer(Cause.UNREADABLE, "HTML"))])

    assert (await answered(made))["serviceabilityConfidenceReason"] == "Nobody answers"


async def test_why_the_system_gave_no_answer_is_told_where_it_may_not_be_asked_again() -> None:
    made = behind_a_guard(NoAnswer(Cause.UNREACHABLE, "refused"), breaker=OPEN)

    await answered(made)

    assert made.watcher.calls[0].tries == 1
    assert made.watcher.calls[0].result.startswith("no answer: unreachable: refused; not asked again: oss is not asked")
