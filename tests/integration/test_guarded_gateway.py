"""A whole gateway before a system in trouble: it asks again, leaves it alone, comes back; it keeps what it may."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from adapters.base import Cause
from adapters.guard import Guard, GuardOptions
from gateway.cli import main
from gateway.lso.identifiers import ItemId
from gateway.mapping.outcomes import Call, Intent, Unanswered
from gateway.qualification.intents import Refused, ending_of
from gateway.qualification.legacy import Asker, Legacy, PreparedMapping, PreparedStep
from gateway.qualification.observing import Silent
from tests.support.gateways import configuration, running
from tests.support.legacy import MAPPING, Nimbus, nimbus
from tests.support.requests import valid_item, valid_request
from tests.support.soap_server import WSDL_FOLDER
from tests.unit.qualification.test_caching import Seen

CONFIDENCE = "serviceabilityConfidence"


def seller(legacy: Nimbus, **guard: Any) -> dict[str, Any]:
    soap = {"wsdl": str(WSDL_FOLDER / "feasibility.wsdl"), "endpoint": legacy.server.url}
    system = {"soap": soap, "first_pause": "1 ms", **guard}
    return configuration(products={"unknown_types": "accept"}, systems={"nimbus": system})


def failing(legacy: Nimbus, times: int) -> list[int]:
    """Let the next calls be answered by a broken server; gives a list with the calls that are left to fail."""
    left, answer = [times], legacy.answer

    async def broken(request: web.Request) -> web.StreamResponse:
        if left[0] > 0:
            left[0] -= 1
            return web.Response(status=502, text="<html>Bad gateway</html>", content_type="text/html")
        return await answer(request)

    legacy.server.answer = broken
    return left


def confidence(answered: Mapping[str, Any]) -> str:
    return str(answered["productOfferingQualificationItem"][0][CONFIDENCE])


async def test_a_system_that_fails_for_a_moment_is_asked_again_and_the_buyer_sees_nothing_of_it(tmp_path: Path) -> None:
    async with nimbus() as legacy, running(tmp_path, seller(legacy), {"line": MAPPING}) as gateway:
        failing(legacy, 2)
        status, answered = await gateway.post(valid_request())
    assert (status, confidence(answered)) == (201, "green")
    assert len(legacy.server.asked) == 3


async def test_a_system_that_is_down_is_left_alone_and_asked_again_later(tmp_path: Path) -> None:
    breaker = {"least_calls": 4, "pause": "200 ms", "longest_pause": "200 ms"}
    async with nimbus() as legacy, running(tmp_path, seller(legacy, breaker=breaker), {"line": MAPPING}) as gateway:
        left = failing(legacy, 1000)
        for _ in range(4):
            assert (await gateway.post(valid_request()))[0] == 500
        asked = len(legacy.server.asked)
        assert (await gateway.post(valid_request()))[0] == 500
        assert asked <= len(legacy.server.asked) <= asked + 1, "at most a probe"
        left[0] = 0
        await asyncio.sleep(0.25)
        status, answered = await gateway.post(valid_request())
    assert (status, confidence(answered)) == (201, "green")


async def test_a_step_that_says_cache_is_asked_once_and_its_trace_tells_the_age(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = MAPPING.replace("    operation: CheckFeasibility\n", "    operation: CheckFeasibility\n    cache: 10 min\n")
    async with nimbus() as legacy, running(tmp_path, seller(legacy), {"line": kept}) as gateway:
        body = valid_request(productOfferingQualificationItem=[valid_item(id="one")])
        first, second = [await gateway.post(body) for _ in range(2)]
        assert (first[0], confidence(first[1])) == (second[0], confidence(second[1])) == (201, "green")
        assert legacy.asked["one"] == 1
        config = ["-c", str(tmp_path / "gateway.yaml")]
        for _, answered in (first, second):
            assert await asyncio.to_thread(main, ["poq", "trace", answered["id"], *config]) == 0
    shown = capsys.readouterr().out
    assert shown.count("kept for") == 1
    assert ", kept for 0" in shown


async def test_a_write_that_the_guard_refuses_was_surely_not_sent_and_leaves_no_intent() -> None:
    seen = Seen("timeout: 5 s", "optional")
    step = replace(seen.prepared.mapping.step("port"), write=True)
    guard = Guard("db", GuardOptions.model_validate({"calls_at_once": 1, "waiting": 0}))
    legacy = Legacy(Silent(), seen.clock, {"db": guard})
    held = asyncio.Event()

    async def wait(arguments: Mapping[str, Any]) -> list[Any]:
        await held.wait()
        return []

    seen.system.replies["look"] = wait
    prepared = PreparedMapping(
        seen.prepared.mapping, {"port": PreparedStep(step, seen.system.operation(step.definition), 5.0, 3)}
    )
    asker, call = Asker(ItemId("1"), ("b", "s"), prepared), Call("port", {"ref": "a"}, 1, None, intent=Intent.COMMIT)
    taken = asyncio.get_running_loop().create_task(legacy.ask(asker, call))
    await asyncio.sleep(0)

    refused = await legacy.ask(asker, call)

    assert isinstance(refused, Unanswered)
    assert refused.cause.startswith(Cause.OVERLOADED)
    assert ending_of(step, refused) == Refused()
    held.set()
    await taken
    assert len(seen.system.asked) == 1
