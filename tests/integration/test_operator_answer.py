"""`poq-gateway poq answer`, beside a running gateway: the item ends as the operator said, or nothing changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.app import ADAPTERS, operator_store
from gateway.cli import main, parser
from gateway.cli.poq_answer import answered, said_in
from gateway.qualification.operating import NotAnswered
from gateway.settings import Settings, load_settings
from gateway.store.store import Store
from tests.support.commands import Output, command
from tests.support.deferring import acknowledged, asking, history, is_final, seen, states
from tests.support.gateways import Running, running
from tests.support.histories import ITEMS
from tests.support.legacy import MAPPING, Nimbus, nimbus, seller
from tests.support.listener import listening
from tests.support.requests import valid_item

GREEN = ("--green", "--interval", "5 businessDays", "--delivery", "onNetWithBuild")
CHAINED = MAPPING.replace(
    "  - when: feasibility.FeasCode == 'A'\n",
    "  - when: related('NEEDS') != None and related('NEEDS').answer.serviceabilityConfidence == 'red'\n"
    "    red: What it needs cannot be delivered\n"
    "  - when: feasibility.FeasCode == 'A'\n",
)


@pytest.fixture
async def legacy() -> AsyncIterator[Nimbus]:
    async with nimbus() as started:
        yield started


@pytest.fixture
async def gateway(tmp_path: Path, legacy: Nimbus) -> AsyncIterator[Running]:
    async with running(tmp_path, seller(legacy), {"line": CHAINED}) as started:
        yield started


async def waiting(tmp_path: Path, poq: dict[str, Any], item: str) -> None:
    """Until this item waits for an operator."""
    async with operator_store(settings_in(tmp_path)) as database, asyncio.timeout(20):
        store = Store(database, keep_events=timedelta(0), new_id=str)
        while True:
            found = await store.operator_waiting(most=10)
            if any((one.poq.id, one.item_id, one.due) == (poq["id"], item, None) for one in found):
                return
            await asyncio.sleep(0.005)


async def answer(tmp_path: Path, poq: dict[str, Any], item: str, *words: str) -> str:
    """What the command would do with these words. Raises NotAnswered."""
    said = said_in(parser().parse_args(["poq", "answer", poq["id"], item, *words]))
    assert said is not None
    return await answered(settings_in(tmp_path), poq["id"], item, said)


def settings_in(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "gateway.yaml", ADAPTERS)


async def test_an_answer_ends_the_item_with_all_that_the_standard_wants(
    gateway: Running, legacy: Nimbus, tmp_path: Path
) -> None:
    legacy.replies = {"hard": ["PERSON"]}
    poq = await acknowledged(gateway, asking("hard"))
    await waiting(tmp_path, poq, "hard")

    words = (*GREEN, "--reason", "We dig", "--guaranteed-until", "2027-01-31")
    said = await command("poq", "answer", poq["id"], "hard", *words, "-c", tmp_path / "gateway.yaml")

    assert said == Output(0, "the item hard has its answer; the POQ is done\n", "")
    shown = await seen(gateway, poq, is_final)
    assert history(shown) == ["acknowledged", "inProgress", "done"]
    assert {
        "serviceabilityConfidence": "green",
        "serviceabilityConfidenceReason": "We dig",
        "installationInterval": {"amount": 5, "units": "businessDays"},
        "deliveryType": "onNetWithBuild",
        "guaranteedUntilDate": "2027-01-31T23:59:59.000Z",
    }.items() <= shown[ITEMS][0].items()
    assert legacy.asked == {"hard": 1}

    trace = json.loads((await command("poq", "trace", poq["id"], "-c", tmp_path / "gateway.yaml", "--json")).out)
    assert trace[0]["outcome"] == "postponed: Somebody has to look at the map"
    assert trace[0]["operator"]["answer"]["deliveryType"] == "onNetWithBuild"


async def test_items_that_need_the_answer_go_on_with_it(gateway: Running, legacy: Nimbus, tmp_path: Path) -> None:
    legacy.replies = {"hard": ["PERSON"]}
    needs = [{"id": "hard", "relationshipType": "NEEDS"}]
    items = [valid_item(id="hard"), valid_item(id="after", qualificationItemRelationship=needs)]
    poq = await acknowledged(gateway, asking(**{ITEMS: items}))
    await waiting(tmp_path, poq, "hard")
    assert "after" not in legacy.asked

    await answer(tmp_path, poq, "hard", "--red", "No ducts left")

    shown = await seen(gateway, poq, is_final)
    assert states(shown) == ["done", "done"]
    assert [item["serviceabilityConfidenceReason"] for item in shown[ITEMS]] == [
        "No ducts left",
        "What it needs cannot be delivered",
    ]


@pytest.mark.requirement("87.1-R12", "87.1-R13", "87.1-R66")
async def test_a_refusal_rejects_the_item_and_abandons_the_others(
    gateway: Running, legacy: Nimbus, tmp_path: Path
) -> None:
    legacy.replies = {"hard": ["PERSON"], "late": ["LONG"]}
    poq = await acknowledged(gateway, asking("hard", "late"))
    await waiting(tmp_path, poq, "hard")

    await answer(tmp_path, poq, "hard", "--refuse", "Not our street")

    shown = await seen(gateway, poq, is_final)
    assert (shown["state"], states(shown)) == ("rejected", ["rejected", "done.abandoned"])
    assert shown[ITEMS][0]["stateChange"][-1]["changeReason"] == "Not our street"


@pytest.mark.requirement("87.1-R72", "87.1-R75")
async def test_the_buyer_is_told_by_the_running_gateway(tmp_path: Path, legacy: Nimbus) -> None:
    legacy.replies = {"hard": ["PERSON"]}
    changed = seller(legacy, notifications={"schemes": ["http"], "allow": ["127.0.0.0/8"]})
    async with listening() as listener, running(tmp_path, changed, {"line": MAPPING}) as gateway:
        await gateway.register(listener.url)
        poq = await acknowledged(gateway, asking("hard"))
        await waiting(tmp_path, poq, "hard")
        await answer(tmp_path, poq, "hard", "--red", "No")
        async with asyncio.timeout(10):
            calls = await listener.wait_for(4)
    assert [(call.body["eventType"], call.body["event"]["state"]) for call in calls][2:] == [
        ("poqItemStateChangeEvent", "done"),
        ("poqStateChangeEvent", "done"),
    ]


@pytest.mark.requirement("87.1-R53", "87.1-R65")
@pytest.mark.parametrize(
    ("words", "missing"),
    [
        pytest.param(("--green",), "installationInterval", id="a promise without an interval"),
        pytest.param(("--yellow", "--interval", "5 businessDays"), "deliveryType", id="a promise without a delivery"),
        pytest.param(
            ("--green", "--interval", "5 moons", "--delivery", "onNetWithBuild"), "units", id="a unit of no use"
        ),
        pytest.param(
            ("--green", "--interval", "5 days", "--delivery", "soon"), "deliveryType", id="no type of delivery"
        ),
        pytest.param((*GREEN, "--offering", "o-1"), "productOffering", id="an offering where one was asked for"),
        pytest.param(("--refuse", " "), "reason", id="a refusal without a word"),
    ],
)
async def test_a_wrong_answer_changes_nothing_and_says_what_is_missing(
    gateway: Running, legacy: Nimbus, tmp_path: Path, words: tuple[str, ...], missing: str
) -> None:
    legacy.replies = {"hard": ["PERSON"]}
    poq = await acknowledged(gateway, asking("hard"))
    await waiting(tmp_path, poq, "hard")

    with pytest.raises(NotAnswered, match=missing):
        await answer(tmp_path, poq, "hard", *words)

    assert (await gateway.get(poq["id"]))[1]["state"] == "inProgress"


async def test_what_cannot_be_answered_says_why(gateway: Running, legacy: Nimbus, tmp_path: Path) -> None:
    legacy.replies = {"hard": ["PERSON"]}
    held = legacy.hold("busy")
    poq = await acknowledged(gateway, asking("hard", "busy"))
    await waiting(tmp_path, poq, "hard")

    with pytest.raises(NotAnswered, match="works on it"):
        await answer(tmp_path, poq, "busy", "--red", "No")
    with pytest.raises(NotAnswered, match="no item other"):
        await answer(tmp_path, poq, "other", "--red", "No")
    with pytest.raises(NotAnswered, match="no POQ nowhere"):
        await answer(tmp_path, {"id": "nowhere"}, "hard", "--red", "No")
    await answer(tmp_path, poq, "hard", "--red", "No")
    with pytest.raises(NotAnswered, match="has ended already"):
        await answer(tmp_path, poq, "hard", *GREEN)
    held.set()
    shown = await seen(gateway, poq, is_final)
    assert [item["serviceabilityConfidence"] for item in shown[ITEMS]] == ["red", "green"]


async def test_of_the_operator_and_a_system_that_answers_at_last_the_first_is_heard(
    gateway: Running, legacy: Nimbus, tmp_path: Path
) -> None:
    legacy.replies = {"a": ["BROKEN"] * 1000}
    other = legacy.hold("b")
    poq = await acknowledged(gateway, asking("a", "b"))
    async with asyncio.timeout(10):
        await legacy.wait_for(3)  # its first try has failed, and that is kept
        gate = legacy.hold("a")
        await legacy.wait_for(legacy.asked.total() + 1)  # this one is held
    await answer(tmp_path, poq, "a", "--red", "Nobody answers")
    legacy.replies = {}
    gate.set()
    other.set()

    shown = await seen(gateway, poq, is_final)

    assert [item["serviceabilityConfidence"] for item in shown[ITEMS]] == ["red", "green"]
    assert shown[ITEMS][0]["serviceabilityConfidenceReason"] == "Nobody answers"


async def test_after_the_deadline_it_is_too_late(gateway: Running, legacy: Nimbus, tmp_path: Path) -> None:
    legacy.replies = {"hard": ["PERSON"]}
    poq = await acknowledged(gateway, asking("hard", within=timedelta(seconds=1)))
    await seen(gateway, poq, is_final)

    with pytest.raises(NotAnswered, match="terminatedWithError"):
        await answer(tmp_path, poq, "hard", *GREEN)


def test_what_belongs_to_a_promise_goes_with_a_promise_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["poq", "answer", "p", "i", "--red", "No", "--delivery", "onNetWithBuild"]) == 2
    assert "--green" in capsys.readouterr().err
