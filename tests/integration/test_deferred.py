"""A deferred POQ over HTTP through a whole gateway: acknowledged at once, worked on later, ended as it should be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.deferring import acknowledged, asking, history, is_final, seen, states
from tests.support.gateways import Running, running
from tests.support.histories import ITEMS, check_lawful
from tests.support.legacy import MAPPING, Nimbus, nimbus, seller
from tests.support.requests import valid_item, valid_product, valid_request


@pytest.fixture
async def legacy() -> AsyncIterator[Nimbus]:
    async with nimbus() as started:
        yield started


Start = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
def start(tmp_path: Path, legacy: Nimbus) -> Start:
    """Starts the gateway on the same store again and again; what is given changes its configuration."""

    def started(mapping: str = MAPPING, **changes: Any) -> AbstractAsyncContextManager[Running]:
        return running(tmp_path, seller(legacy, **changes), {"line": mapping})

    return started


@pytest.mark.requirement(
    *("87.1-R50", "79.1-R27", "79.1-R30", "79.1-R31", "87.1-R43", "79.1-R54", "79.1-R55", "79.1-R56", "79.1-R57"),
    *("79.1-R59", "79.1-R60"),
)
@pytest.mark.parametrize("action", ["add", "modify"])
async def test_a_deferred_request_is_acknowledged_before_anything_is_asked(
    start: Start, legacy: Nimbus, action: str
) -> None:
    legacy.hold("item-1", "item-2")
    product = valid_product(id="product-1") if action == "modify" else valid_product()
    items = [valid_item(id=item, action=action, product=product) for item in ("item-1", "item-2")]
    async with start() as gateway:
        shown = await acknowledged(gateway, asking(**{ITEMS: items}))

        check_lawful(shown)
        assert states(shown) == ["acknowledged"] * 2
        assert history(shown) == ["acknowledged"]
        assert [item["product"] for item in shown[ITEMS]] == [product, product]
        assert shown["relatedContactInformation"][-1]["role"] == "sellerContactInformation"


@pytest.mark.requirement("87.1-R9", "87.1-R16", "87.1-R14", "79.1-R95", "79.1-R98", "79.1-R101", "87.1-O3")
async def test_items_are_worked_on_one_by_one_until_the_last_is_done(start: Start, legacy: Nimbus) -> None:
    last = legacy.hold("b")
    async with start() as gateway:
        poq = await acknowledged(gateway, asking("a", "b"))
        half = await seen(gateway, poq, lambda shown: states(shown) == ["done", "inProgress"])
        last.set()
        whole = await seen(gateway, half, is_final)

    assert half["state"] == "inProgress"
    assert half[ITEMS][0]["serviceabilityConfidence"] == "green"
    assert (whole["state"], history(whole)) == ("done", ["acknowledged", "inProgress", "done"])
    assert [item["serviceabilityConfidence"] for item in whole[ITEMS]] == ["green", "green"]
    assert legacy.asked == {"a": 1, "b": 1}


@pytest.mark.requirement("87.1-R66", "87.1-R12", "87.1-R13", "79.1-R89")
async def test_a_business_refusal_rejects_the_item_and_abandons_the_open_ones(start: Start, legacy: Nimbus) -> None:
    legacy.replies["b"] = ["LOC-404"]
    legacy.hold("c")
    refusal = legacy.hold("b")
    async with start() as gateway:
        poq = await acknowledged(gateway, asking("a", "b", "c"))
        await seen(gateway, poq, lambda shown: states(shown) == ["done", "inProgress", "inProgress"])
        refusal.set()
        shown = await seen(gateway, poq, is_final)

    assert (shown["state"], states(shown)) == ("rejected", ["done", "rejected", "done.abandoned"])
    assert shown["stateChange"][-1]["changeReason"] == "The address is not known"
    assert shown[ITEMS][1]["stateChange"][-1]["changeReason"] == "The address is not known"
    sent = valid_item(id="b")
    assert {name: value for name, value in shown[ITEMS][1].items() if name not in ("state", "stateChange")} == sent


@pytest.mark.requirement("P46")
async def test_what_fails_is_tried_again_until_it_is_answered(start: Start, legacy: Nimbus) -> None:
    legacy.replies["a"] = ["BROKEN"] * 3
    async with start() as gateway:
        poq = await acknowledged(gateway, asking("a"))
        shown = await seen(gateway, poq, is_final)

    assert (shown["state"], legacy.asked["a"]) == ("done", 4)
    assert history(shown) == ["acknowledged", "inProgress", "done"]


async def test_a_step_that_waits_is_asked_again_when_its_time_has_come(start: Start, legacy: Nimbus) -> None:
    legacy.replies["a"] = ["WAIT", "WAIT"]
    async with start(work={"items_at_once": 1}) as gateway:
        poq = await acknowledged(gateway, asking("a", "b"))
        shown = await seen(gateway, poq, is_final)

    assert (shown["state"], legacy.asked) == ("done", {"a": 3, "b": 1})


async def test_what_waits_long_holds_no_place_for_others(start: Start, legacy: Nimbus) -> None:
    legacy.replies["a"] = ["LONG"]
    legacy.replies["b"] = ["PERSON"]
    async with start(work={"items_at_once": 1}) as gateway:
        await acknowledged(gateway, asking("a"))
        await acknowledged(gateway, asking("b"))
        other = await acknowledged(gateway, asking("c"))
        await seen(gateway, other, is_final)

    async with start() as again:
        other = await acknowledged(again, asking("d"))
        await seen(again, other, is_final)
    assert legacy.asked == {"a": 1, "b": 1, "c": 1, "d": 1}, "a restart does not make what waits due"


@pytest.mark.requirement("87.1-R11", "87.1-R13", "79.1-R102")
async def test_the_deadline_ends_what_is_open_and_keeps_what_is_done(start: Start, legacy: Nimbus) -> None:
    legacy.hold("b")
    legacy.replies["c"] = ["LONG"]
    async with start() as gateway:
        poq = await acknowledged(gateway, asking("a", "b", "c", within=timedelta(seconds=1)))
        wanted = datetime.fromisoformat(poq["requestedPOQCompletionDate"])
        shown = await seen(gateway, poq, is_final)

    assert (shown["state"], states(shown)) == ("terminatedWithError", ["done", *["terminatedWithError"] * 2])
    assert shown[ITEMS][1]["terminationError"] == [
        {
            "code": "otherIssue",
            "propertyPath": "/requestedPOQCompletionDate",
            "value": "The answer was not complete by the requested date",
        }
    ]
    ended = datetime.fromisoformat(shown["stateChange"][-1]["changeDate"])
    assert timedelta(0) <= ended - wanted < timedelta(seconds=2)


async def test_the_deadline_of_a_poq_nobody_could_begin_ends_it_lawfully(start: Start, legacy: Nimbus) -> None:
    legacy.hold("a")
    async with start(work={"items_at_once": 1}) as gateway:
        await acknowledged(gateway, asking("a"))
        await legacy.reached.wait()
        poq = await acknowledged(gateway, asking("b", "c", within=timedelta(seconds=0.3)))
        shown = await seen(gateway, poq, is_final)

    assert history(shown) == ["acknowledged", "inProgress", "terminatedWithError"]
    assert states(shown) == ["terminatedWithError"] * 2
    assert legacy.asked == {"a": 1}


async def test_a_deadline_that_passed_while_the_gateway_was_down_acts_when_it_is_back(
    start: Start, legacy: Nimbus
) -> None:
    legacy.hold("a")
    async with start() as gateway:
        poq = await acknowledged(gateway, asking("a", within=timedelta(seconds=0.5)))
        await legacy.reached.wait()
    wanted = datetime.fromisoformat(poq["requestedPOQCompletionDate"])
    await asyncio.sleep((wanted - datetime.now(UTC)).total_seconds())

    async with start() as again:
        shown = await seen(again, poq, is_final, within=2.0)
    assert shown["state"] == "terminatedWithError"


async def test_work_goes_on_after_a_restart(start: Start, legacy: Nimbus) -> None:
    event = legacy.hold("a", "b")
    async with start() as gateway:
        poq = await acknowledged(gateway, asking("a", "b"))
        half = await seen(gateway, poq, lambda shown: states(shown) == ["inProgress"] * 2)
    event.set()

    async with start() as again:
        shown = await seen(again, half, is_final)
    assert (shown["state"], history(shown)) == ("done", ["acknowledged", "inProgress", "done"])


async def test_an_overdue_poq_may_be_carried_on(start: Start, legacy: Nimbus) -> None:
    event = legacy.hold("a")
    async with start(responses={"overdue": "carry on"}) as gateway:
        poq = await acknowledged(gateway, asking("a", within=timedelta(seconds=0.2)))
        wanted = datetime.fromisoformat(poq["requestedPOQCompletionDate"])
        await seen(gateway, poq, lambda _: datetime.now(UTC) > wanted + timedelta(seconds=1.2))
        event.set()
        shown = await seen(gateway, poq, is_final)
    assert shown["state"] == "done"


@pytest.mark.requirement("87.1-O3", "79.1-O5")
async def test_who_would_wait_may_be_answered_at_once(start: Start, legacy: Nimbus) -> None:
    legacy.replies["broken"] = ["BROKEN"]
    legacy.hold("slow")
    at_once = {"deferred_at_once": True, "immediate_budget": "1 s"}
    async with start(responses=at_once, work={"first_pause": "1 h", "longest_pause": "1 h"}) as gateway:
        status, shown = await gateway.post(asking("a"))
        broken = await acknowledged(gateway, asking("broken"))
        slow = await acknowledged(gateway, asking("slow"))

    assert (status, shown["state"], history(shown)) == (201, "done", ["done"])
    for poq in (broken, slow):
        assert states(poq) == ["acknowledged"], "what fails or takes too long is answered later instead"


async def test_a_refusal_known_at_once_is_no_poq(start: Start, legacy: Nimbus) -> None:
    legacy.replies["a"] = ["LOC-404"]
    async with start(responses={"deferred_at_once": True}) as gateway:
        status, problems = await gateway.post(asking("a"))
    assert (status, [problem["code"] for problem in problems]) == (422, ["referenceNotFound"])


@pytest.mark.requirement("P16", "87.1-R2")
async def test_a_seller_that_answers_later_only_says_so(start: Start) -> None:
    async with start(responses={"types": ["deferred"]}) as gateway:
        status, problems = await gateway.post(valid_request())
        poq = await acknowledged(gateway, asking("a"))

        assert (status, [(one["code"], one["propertyPath"]) for one in problems]) == (
            422,
            [("invalidValue", "/instantSyncQualification")],
        )
        await seen(gateway, poq, is_final)


@pytest.mark.requirement("87.1-O3", "79.1-O5")
async def test_a_seller_that_answers_at_once_only_does_so_for_who_would_wait(start: Start) -> None:
    async with start(responses={"types": ["immediate"]}) as gateway:
        status, shown = await gateway.post(asking("a"))
    assert (status, shown["state"], shown["instantSyncQualification"]) == (201, "done", False)


async def test_what_holds_for_one_buyer_holds_for_that_buyer_only(start: Start) -> None:
    buyers = [{"id": "one", "responses": {"types": ["deferred"]}}, {"id": "two"}]
    async with start(buyers=buyers) as gateway:
        answers = [await gateway.post(valid_request(), buyer=buyer) for buyer in ("one", "two")]
    assert [status for status, _ in answers] == [422, 201]


@pytest.mark.requirement("P15")
async def test_a_date_that_is_past_ends_the_poq_where_such_dates_are_accepted(start: Start) -> None:
    async with start(agreement={"past_completion_dates": "accept"}) as gateway:
        poq = await acknowledged(gateway, asking("a", within=timedelta(days=-1)))
        shown = await seen(gateway, poq, is_final)
    assert shown["state"] == "terminatedWithError"


async def test_the_estimate_is_shown_while_there_is_something_to_expect(start: Start, legacy: Nimbus) -> None:
    event = legacy.hold("a")
    async with start() as gateway:
        poq = await acknowledged(gateway, asking("a"))
        expected = datetime.fromisoformat(poq["expectedPOQCompletionDate"])
        event.set()
        shown = await seen(gateway, poq, is_final)

    assert expected - datetime.fromisoformat(poq["creationDate"]) == timedelta(hours=2)
    assert "expectedPOQCompletionDate" not in shown


async def test_items_of_one_poq_are_worked_on_at_the_same_time_within_the_limit(start: Start, legacy: Nimbus) -> None:
    names = [f"item-{number}" for number in range(12)]
    event = legacy.hold(*names)
    async with start(work={"items_at_once": 20}) as gateway:
        poq = await acknowledged(gateway, asking(*names))
        busy = await seen(gateway, poq, lambda shown: states(shown).count("inProgress") == 5)
        assert states(busy).count("acknowledged") == 7
        await legacy.wait_for(5)
        event.set()
        await seen(gateway, poq, is_final)
    assert legacy.server.most_at_once == 5


async def test_an_item_waits_for_the_answer_it_reads(start: Start, legacy: Nimbus) -> None:
    reading = MAPPING.replace("Reference: =item.id", "Reference: =item.id").replace(
        "  - when: feasibility.FeasCode == 'A'",
        "  - when: related('NEEDS') != None and related('NEEDS').answer.serviceabilityConfidence != 'green'\n"
        "    red: What it needs is not green\n"
        "  - when: feasibility.FeasCode == 'A'",
    )
    event = legacy.hold("needed")
    legacy.replies["needed"] = ["WAIT"]
    relation = [{"id": "needed", "relationshipType": "NEEDS"}]
    items = [valid_item(id="reader", qualificationItemRelationship=relation), valid_item(id="needed")]
    async with start(reading) as gateway:
        poq = await acknowledged(gateway, asking(**{ITEMS: items}))
        half = await seen(gateway, poq, lambda shown: states(shown) == ["acknowledged", "inProgress"])
        event.set()
        shown = await seen(gateway, half, is_final)
    assert [item["serviceabilityConfidence"] for item in shown[ITEMS]] == ["green", "green"]
