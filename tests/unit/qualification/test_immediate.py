"""All items of one POQ at once: who waits for whom, what wins when they end differently, and the time budget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Any

import pytest

from adapters.base import BadArguments, Cause, NoAnswer, SystemFault
from gateway.lso.problems import ProblemCode
from gateway.qualification.items import ItemJob
from gateway.qualification.port import QualificationFailed, Refused, Unavailable
from tests.support.requests import PRODUCT_TYPE, deferred_request, valid_item, valid_product, valid_request
from tests.support.scripted import Bench, Next, bench
from tests.support.swift_loop import swiftly

OVC = "urn:example:spec:ovc:v1"

CHECK = f"""
mapping: line
version: 1
for: {{product: "{PRODUCT_TYPE}"}}
steps:
  check:
    service: oss
    ask: check
    with: {{id: =item.id}}
    on:
      fault UNKNOWN:
        refuse: referenceNotFound
        at: =pointer(place(item, 'INSTALL_LOCATION').place, 'id')
        reason: Unknown
      fault BUSY: retry
      fault LATER: {{wait: 30 s}}
      any fault: fail
answer:
  - when: check.ok
    serviceabilityConfidence: green
    installationInterval: {{amount: =check.days, units: businessDays}}
    deliveryType: onNetWithoutBuild
  - otherwise: {{red: Not here}}
"""

READS = f"""
mapping: ovc
version: 1
for: {{product: "{OVC}"}}
answer:
  - when: related('UNI').answer.serviceabilityConfidence == 'red'
    red: The UNI cannot be delivered
  - otherwise: {{red: The UNI can be delivered}}
"""

GREEN = {"ok": True, "days": 3}


def ovc(item_id: str, uni: str) -> dict[str, Any]:
    product = valid_product(productConfiguration={"@type": OVC})
    related = [{"id": uni, "relationshipType": "UNI"}]
    return valid_item(id=item_id, product=product, qualificationItemRelationship=related)


def request(*items: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return valid_request(productOfferingQualificationItem=list(items), **changes)


def service(reply: Any) -> Bench:
    return bench(CHECK, READS, oss={"check": reply})


@pytest.mark.requirement("87.1-R51", "87.1-R53", "79.1-R43", "79.1-R44")
async def test_each_item_gets_the_answer_of_its_own_mapping() -> None:
    async def reply(arguments: Mapping[str, Any]) -> Any:
        return {"ok": arguments["id"] == "a", "days": 3}

    answers = await service(reply).answers(request(valid_item(id="a"), valid_item(id="b")))

    assert {item: answer.members["serviceabilityConfidence"] for item, answer in answers.items()} == {
        "a": "green",
        "b": "red",
    }
    assert answers["a"].members["installationInterval"] == {"amount": 3, "units": "businessDays"}


async def test_items_are_worked_at_the_same_time() -> None:
    both = asyncio.Barrier(2)

    async def reply(arguments: Mapping[str, Any]) -> Any:
        await both.wait()
        return GREEN

    answers = await service(reply).answers(request(valid_item(id="a"), valid_item(id="b")))

    assert set(answers) == {"a", "b"}


@pytest.mark.parametrize(("ok", "reason"), [(True, "The UNI can be delivered"), (False, "The UNI cannot be delivered")])
async def test_an_item_reads_the_answer_of_an_item_that_stands_after_it(ok: bool, reason: str) -> None:
    answers = await service({"ok": ok, "days": 1}).answers(request(ovc("ovc", "uni"), valid_item(id="uni")))

    assert answers["ovc"].members["serviceabilityConfidenceReason"] == reason


async def test_items_that_read_each_others_answers_are_refused_at_each_relation_of_the_circle() -> None:
    with pytest.raises(Refused) as refused:
        await service(GREEN).answers(request(ovc("a", "b"), ovc("b", "a"), ovc("c", "a"), valid_item(id="d")))

    assert [(problem.code, problem.pointer) for problem in refused.value.problems] == [
        ("invalidValue", f"/productOfferingQualificationItem/{item}/qualificationItemRelationship/0/id")
        for item in (0, 1, 2)
    ]


@pytest.mark.requirement("P44")
async def test_refusals_of_all_items_come_together_at_the_place_that_the_mapping_names() -> None:
    items = [valid_item(id=name) for name in ("a", "b", "c")]

    async def reply(arguments: Mapping[str, Any]) -> Any:
        return SystemFault(["UNKNOWN"], "secret text") if arguments["id"] != "b" else GREEN

    with pytest.raises(Refused) as refused:
        await service(reply).answers(request(*items))

    assert [(problem.code, problem.pointer, problem.reason) for problem in refused.value.problems] == [
        ("referenceNotFound", f"/productOfferingQualificationItem/{item}/product/place/0/place/id", "Unknown")
        for item in (0, 2)
    ]


@pytest.mark.requirement("P44")
async def test_a_refusal_is_told_though_another_item_failed() -> None:
    async def reply(arguments: Mapping[str, Any]) -> Any:
        return SystemFault(["UNKNOWN"], "") if arguments["id"] == "a" else NoAnswer(Cause.TIMEOUT, "")

    with pytest.raises(Refused) as refused:
        await service(reply).answers(request(valid_item(id="a"), valid_item(id="b")))

    assert [problem.code for problem in refused.value.problems] == [ProblemCode.REFERENCE_NOT_FOUND]


@pytest.mark.requirement("P45")
@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(SystemFault(["ANY"], "ORA-00942"), id="a fault that the mapping does not name"),
        pytest.param(NoAnswer(Cause.UNREACHABLE, "10.0.0.1 refused"), id="no connection"),
        pytest.param(NoAnswer(Cause.TIMEOUT, "8 s"), id="a timeout"),
        pytest.param(NoAnswer(Cause.UNREADABLE, "<html>"), id="an unreadable reply"),
        pytest.param(BadArguments("id is too long"), id="arguments that do not fit"),
        pytest.param({"days": 3}, id="a reply without what is needed"),
        pytest.param({"ok": None, "days": 3}, id="null where a truth value is needed"),
        pytest.param({"ok": "Y", "days": 3}, id="a text where a truth value is needed"),
        pytest.param({"ok": True, "days": None}, id="no interval for a green answer"),
        pytest.param({"ok": True, "days": "soon"}, id="a text as the interval"),
        pytest.param({"ok": True, "days": -1}, id="a negative interval"),
        pytest.param({"ok": True, "days": 2.5}, id="a fraction as the interval"),
    ],
)
async def test_what_is_missing_late_or_broken_fails_the_poq(reply: Any) -> None:
    with pytest.raises(QualificationFailed):
        await service(reply).answers(request(valid_item()))


async def test_an_item_whose_related_item_failed_has_no_answer_either() -> None:
    with pytest.raises(QualificationFailed, match="whose answer is read"):
        await service(NoAnswer(Cause.TIMEOUT, "")).answers(request(ovc("ovc", "uni"), valid_item(id="uni")))


async def test_retry_asks_again_and_takes_the_answer() -> None:
    replies = [Next(SystemFault(["BUSY"], "")), Next(SystemFault(["BUSY"], "")), Next(GREEN)]
    busy = service(replies)

    answers = await busy.answers(request(valid_item(id="a")))

    assert answers["a"].members["serviceabilityConfidence"] == "green"
    assert [call.attempt for call in busy.watcher.calls] == [1, 2, 3]


async def test_retry_ends_in_failure_when_the_tries_are_used_up() -> None:
    busy = service(SystemFault(["BUSY"], ""))

    with pytest.raises(QualificationFailed):
        await busy.answers(request(valid_item()))

    assert len(busy.systems["oss"].asked) == 3


@pytest.mark.requirement("P43")
async def test_no_answer_within_the_budget_points_at_the_flag_and_cancels_the_call() -> None:
    cancelled = asyncio.Event()

    async def reply(arguments: Mapping[str, Any]) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(Refused) as refused:
        await service(reply).answers(request(valid_item()), budget=0.01)

    assert [(problem.code, problem.pointer) for problem in refused.value.problems] == [
        ("otherIssue", "/instantSyncQualification")
    ]
    assert cancelled.is_set()


@pytest.mark.requirement("P43")
@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        pytest.param(9.999, Refused, id="the-call-a-moment-before"),
        pytest.param(10.001, Refused, id="the-budget-a-moment-before"),
        pytest.param(9.9, QualificationFailed, id="the-call-while-there-is-time"),
    ],
)
def test_a_call_that_ends_with_the_budget_is_too_late_whichever_is_noticed_first(
    seconds: float, told: type[Exception]
) -> None:
    """A call has as much time as is left of the budget: two timers ring at the same moment."""

    async def reply(arguments: Mapping[str, Any]) -> Any:
        await asyncio.sleep(seconds)
        return NoAnswer(Cause.TIMEOUT, "in time")

    async def steps() -> None:
        with pytest.raises(told):
            await service(reply).answers(request(valid_item()), budget=10.0)

    swiftly(steps)


@pytest.mark.requirement("P43")
async def test_a_call_is_too_late_that_began_late_in_a_long_turn_of_the_event_loop() -> None:
    """The loop's clock stands still for a turn: a call ends before the budget by as much as the turn was old."""
    budget = 0.3
    await asyncio.sleep(0.001)
    end = asyncio.get_running_loop().time() + budget

    async def reply(arguments: Mapping[str, Any]) -> Any:
        time.sleep(0.02)  # noqa: ASYNC251 (others' work in the same turn)
        with suppress(TimeoutError):
            async with asyncio.timeout(end - time.monotonic()):
                await asyncio.Event().wait()
        return NoAnswer(Cause.TIMEOUT, "in time")

    with pytest.raises(Refused):
        await service(reply).answers(request(valid_item()), budget=budget)


@pytest.mark.requirement("P43")
@pytest.mark.parametrize("deaf", ["a", "b"])
def test_the_budget_ends_all_items_whatever_one_of_them_makes_of_its_cancellation(deaf: str) -> None:
    async def reply(arguments: Mapping[str, Any]) -> Any:
        try:
            await asyncio.sleep(60.0)
        except asyncio.CancelledError:
            if arguments["id"] != deaf:
                raise
        return GREEN

    async def steps() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(Refused):
            await service(reply).answers(request(valid_item(id="a"), valid_item(id="b")), budget=1.0)
        return loop.time() - began

    assert swiftly(steps) == pytest.approx(1.0, abs=0.01)


async def test_items_without_relations_end_together_when_one_of_them_breaks() -> None:
    cancelled = asyncio.Event()

    async def reply(arguments: Mapping[str, Any]) -> Any:
        if arguments["id"] == "broken":
            raise ZeroDivisionError
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    for items in (("broken", "a"), ("a", "broken")):
        cancelled.clear()
        with pytest.raises(ExceptionGroup):
            await service(reply).answers(request(*(valid_item(id=name) for name in items)))
        assert cancelled.is_set() or items[0] == "broken"


async def test_who_would_have_waited_is_told_to_come_again() -> None:
    async def never(arguments: Mapping[str, Any]) -> Any:
        await asyncio.Event().wait()

    with pytest.raises(Unavailable):
        await service(never).answers(deferred_request(), budget=0.01)
    with pytest.raises(Unavailable):
        await service(SystemFault(["LATER"], "")).answers(deferred_request())


@pytest.mark.requirement("P43")
async def test_what_has_to_wait_is_no_immediate_answer() -> None:
    with pytest.raises(Refused) as refused:
        await service(SystemFault(["LATER"], "")).answers(request(valid_item()))

    assert [(problem.code, problem.pointer) for problem in refused.value.problems] == [
        ("otherIssue", "/instantSyncQualification")
    ]


async def test_an_operator_sees_each_call_and_the_rule_that_decided() -> None:
    seen = service(GREEN)

    await seen.answers(request(valid_item(id="a")))

    call, decision = seen.watcher.calls[0], seen.watcher.decisions[0]
    assert (call.item, call.mapping, call.step, call.system, call.result) == ("a", "line", "check", "oss", "answered")
    assert call.sent == "check {'id': 'a'}"
    assert (decision.mapping, decision.version, decision.outcome) == ("line", 1, "green")
    assert decision.rule == "mapping-0.yaml:19:5"


def test_a_job_of_use_until_a_deadline_is_otherwise_the_same() -> None:
    whole: Any = {one.name: object() for one in fields(ItemJob)}
    until = ItemJob(**whole).within(5.0)
    assert {name: getattr(until, name) for name in whole} == {**whole, "deadline": 5.0}
