"""Steps that change something, through a whole gateway: made once, whatever happens to the process and the answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gateway.app import ADAPTERS, operator_store
from gateway.cli import main
from gateway.lso.identifiers import PoqId
from gateway.settings import load_settings
from gateway.store.intents import IntentRecord, IntentState
from gateway.store.store import Store
from tests.faults.process import GatewayProcess, free_port
from tests.support.databases import postgres_database
from tests.support.deferring import acknowledged, asking, is_final, seen, states
from tests.support.gateways import Running, running, write_configuration
from tests.support.histories import ITEMS
from tests.support.legacy import Nimbus, nimbus, seller
from tests.support.requests import valid_item, valid_request

STEP = """\
    soap: nimbus
    operation: CheckFeasibility
    with:
      Reference: %s
      Circuit: {ProductCode: AEL-P, BandwidthKbps: 1000, Site: [a]}
"""
RESERVE, FIND, AFTER = (STEP % f"=join(['{name}', item.id], '-')" for name in ("reserve", "find", "after"))
MAPPING = f"""
mapping: line
version: 4
for: {{product: any}}
steps:
  reserve:
    write: true
{RESERVE}
    on:
      fault FULL: {{red: Nothing left}}
      any fault: fail
      unknown: %s
%s
answer:
  - when: reserve.FeasCode == 'A'
    serviceabilityConfidence: green
    installationInterval: {{amount: =reserve.LeadDays, units: businessDays}}
    deliveryType: onNetWithoutBuild
  - when: reserve.FeasCode == 'N' and reserve.LeadDays == None
    red: Not feasible
  - otherwise: {{red: Not feasible}}
"""
BY_LOOKUP = MAPPING % ("{lookup: find}", f"  find:\n{FIND}    on: {{any fault: fail}}")
BY_HAND = MAPPING % ("fail", "")
FOLLOWED = BY_HAND.replace(
    "answer:", f"  after:\n{AFTER}    when: reserve.FeasCode == 'A'\n    on: {{any fault: fail}}\nanswer:"
)


@pytest.fixture
async def legacy() -> AsyncIterator[Nimbus]:
    async with nimbus() as started:
        yield started


def green(shown: dict[str, Any]) -> list[str]:
    return [item["serviceabilityConfidence"] for item in shown[ITEMS]]


async def writes(folder: Path, poq_id: str | None = None) -> Sequence[IntentRecord]:
    """What the store has of writes: of a POQ, or those that need a look."""
    async with operator_store(load_settings(folder / "gateway.yaml", ADAPTERS)) as database:
        store = Store(database, keep_events=timedelta(0), new_id=str)
        return await store.operator_writes(poq_id=PoqId(poq_id) if poq_id else None, is_open=poq_id is None, most=10)


@pytest.mark.parametrize("is_instant", [True, False], ids=["immediate", "deferred"])
async def test_a_write_is_made_and_noted(tmp_path: Path, legacy: Nimbus, is_instant: bool) -> None:
    async with running(tmp_path, seller(legacy), {"line": BY_LOOKUP}) as gateway:
        if is_instant:
            status, poq = await gateway.post(valid_request(**{ITEMS: [valid_item(id="a")]}))
            assert status == 201
        else:
            poq = await seen(gateway, await acknowledged(gateway, asking("a")), is_final)
        [write] = await writes(tmp_path, poq["id"])
        assert await writes(tmp_path) == []

    assert green(poq) == ["green"]
    assert legacy.asked == {"reserve-a": 1}
    assert (write.step, write.item_id, write.state) == ("reserve", "a", IntentState.DONE)
    assert write.arguments is not None
    assert "reserve-a" in write.arguments


async def test_what_fails_after_a_write_does_not_make_it_again(tmp_path: Path, legacy: Nimbus) -> None:
    legacy.replies["after-a"] = ["BROKEN", "BROKEN"]
    async with running(tmp_path, seller(legacy), {"line": FOLLOWED}) as gateway:
        poq = await seen(gateway, await acknowledged(gateway, asking("a")), is_final)
    assert green(poq) == ["green"]
    assert legacy.asked == {"reserve-a": 1, "after-a": 3}


async def test_an_answer_that_came_too_late_at_once_is_not_written_again_later(tmp_path: Path, legacy: Nimbus) -> None:
    """The Buyer would have taken an immediate answer; the work goes on in the background, with the same writes."""
    legacy.replies["after-a"] = ["BROKEN"]
    async with running(tmp_path, seller(legacy, responses={"deferred_at_once": True}), {"line": FOLLOWED}) as gateway:
        poq = await seen(gateway, await acknowledged(gateway, asking("a")), is_final)
    assert green(poq) == ["green"]
    assert legacy.asked == {"reserve-a": 1, "after-a": 2}


async def test_what_nobody_knows_waits_for_a_person_who_may_forget_it(
    tmp_path: Path, legacy: Nimbus, capsys: pytest.CaptureFixture[str]
) -> None:
    async def told(*arguments: str) -> str:
        capsys.readouterr()
        assert await asyncio.to_thread(main, ["poq", *arguments, "-c", str(tmp_path / "gateway.yaml")]) == 0
        return capsys.readouterr().out

    legacy.replies["reserve-a"] = ["STRANGE"]
    async with running(tmp_path, seller(legacy), {"line": BY_HAND}) as gateway:
        poq = await acknowledged(gateway, asking("a"))
        await legacy.wait_for(1)
        await seen(gateway, poq, lambda shown: states(shown) == ["inProgress"])
    [write] = json.loads(await told("writes", "--json"))
    assert (write["known"], write["step"], write["item"]) == ("unknown", "reserve", "a")
    assert "STRANGE" in write["note"]
    assert "1 write(s) need a look" in await told("writes")
    assert f"write {write['write']}" in await told("trace", poq["id"])
    assert "is forgotten" in await told("writes", "--forget", write["write"])
    assert await asyncio.to_thread(main, ["poq", "writes", "--forget", "x", "-c", str(tmp_path / "gateway.yaml")]) == 1
    assert legacy.asked == {"reserve-a": 1}

    async with running(tmp_path, seller(legacy), {"line": BY_HAND}) as gateway:
        shown = await seen(gateway, poq, is_final)
    assert green(shown) == ["green"]
    assert legacy.asked == {"reserve-a": 2}
    assert await writes(tmp_path) == []


async def test_an_immediate_request_that_fails_leaves_its_write_for_the_operator(
    tmp_path: Path, legacy: Nimbus
) -> None:
    legacy.replies["after-a"] = ["BROKEN"]
    async with running(tmp_path, seller(legacy), {"line": FOLLOWED}) as gateway:
        status, _ = await gateway.post(valid_request(**{ITEMS: [valid_item(id="a")]}))
        assert status == 500
        [write] = await writes(tmp_path)
    assert (write.state, write.poq_state) == (IntentState.DONE, None)


async def test_a_connection_that_breaks_during_a_write_is_not_tried_on_another(tmp_path: Path, legacy: Nimbus) -> None:
    """A kept connection that is closed without a word: a question is asked again, a write is not."""
    answered = legacy.answer

    async def answer(request: web.Request) -> web.StreamResponse:
        response = await answered(request)
        if b"reserve-a" in await request.read():
            assert request.transport is not None
            request.transport.close()
        return response

    legacy.server.answer = answer
    async with running(tmp_path, seller(legacy), {"line": BY_LOOKUP}) as gateway:
        poq = await seen(gateway, await acknowledged(gateway, asking("b", "a")), is_final)
    assert green(poq) == ["green", "green"]
    assert legacy.asked == {"reserve-a": 1, "reserve-b": 1, "find-a": 1}


class Killed:
    """A gateway in a process of its own, and what the legacy system has seen of it."""

    def __init__(self, folder: Path, legacy: Nimbus) -> None:
        self.process = GatewayProcess(folder, free_port())
        settings = seller(legacy, listen={"port": self.process.port})
        write_configuration(folder, settings, {"line": BY_LOOKUP})


@pytest.mark.parametrize("moment", ["during the call", "after the call"])
@pytest.mark.timeout(240)
async def test_kill_9_never_makes_a_write_twice(tmp_path: Path, legacy: Nimbus, moment: str) -> None:
    """Killed while the system works on the write, and after it has answered but before anybody has heard of it."""
    killed = Killed(tmp_path, legacy)
    event = legacy.hold("reserve-a") if moment == "during the call" else legacy.hold("find-a")
    async with aiohttp.ClientSession() as session:
        await killed.process.start()
        await killed.process.until_ready(session)
        gateway = Running(killed.process.url, session)
        if moment == "after the call":
            legacy.replies["reserve-a"] = ["STRANGE"]
        poq = await acknowledged(gateway, asking("a"))
        await legacy.wait_for(1 if moment == "during the call" else 2)
        await killed.process.kill()
        event.set()
        legacy.held.clear()
        await killed.process.start()
        await killed.process.until_ready(session)
        shown = await seen(gateway, poq, is_final, within=60)
        await killed.process.stop()
    assert green(shown) == ["green"]
    assert legacy.asked["reserve-a"] == 1


@pytest.mark.server
async def test_of_two_gateways_on_one_store_one_writes(tmp_path: Path, legacy: Nimbus) -> None:
    async with postgres_database() as url, AsyncExitStack() as stack:
        settings = seller(legacy, store={"url": url})
        start = lambda: stack.enter_async_context(running(tmp_path, settings, {"line": BY_LOOKUP}))  # noqa: E731
        gateways = [await start(), await start()]
        poqs = [await acknowledged(gateways[n % 2], asking(f"item-{n}", f"also-{n}")) for n in range(10)]
        for number, poq in enumerate(poqs):
            shown = await seen(gateways[(number + 1) % 2], poq, is_final)
            assert green(shown) == ["green", "green"]
    assert {name: number for name, number in legacy.asked.items() if name.startswith("reserve")} == {
        f"reserve-{word}-{n}": 1 for n in range(10) for word in ("item", "also")
    }
