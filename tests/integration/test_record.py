"""`poq-gateway mapping record` and `poq trace`: what the demo's gateway answered becomes tests that give the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from gateway.app import ADAPTERS, Gateway, load_catalog
from gateway.authoring.recording import CannotRecord
from gateway.catalog import Catalog
from gateway.cli.mapping_record import Recorded, record
from gateway.cli.poq_trace import plain, read_traced
from gateway.demo.buyer import take_token
from gateway.demo.estate import LegacyEstate
from gateway.demo.files import demo_files
from gateway.demo.issuer import CLIENT, SECRET
from gateway.demo.run import demo_config, demo_issuer, demo_settings
from gateway.settings import Settings, load_settings
from tests.support.commands import command
from tests.support.deferring import acknowledged, asking, is_final, seen
from tests.support.gateways import Running, running
from tests.support.legacy import MAPPING, Nimbus, nimbus, seller
from tests.support.requests import valid_item, valid_request

REQUESTS = sorted(path.name for path in (demo_files() / "requests").glob("*.json"))


class Demo:
    """The demo's gateway, with a Buyer's session."""

    def __init__(self, settings: Settings, catalog: Catalog, gateway: Running) -> None:
        self.settings = settings
        self.catalog = catalog
        self.gateway = gateway

    async def recorded(self, poq_id: str, item: str) -> Recorded:
        traced = await read_traced(self.settings, poq_id)
        assert traced is not None
        return await asyncio.to_thread(record, self.settings, self.catalog, traced, item)


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    async with LegacyEstate(tmp_path) as estate, demo_issuer(load_settings(demo_config(), ADAPTERS)) as issuer:
        settings = demo_settings(estate, issuer, tmp_path, 0)
        catalog = load_catalog(settings)
        token = await take_token(issuer.url, CLIENT, SECRET)
        bearer = {"Authorization": f"Bearer {token}"}
        async with Gateway(settings, catalog) as gateway, aiohttp.ClientSession(headers=bearer) as session:
            yield Demo(settings, catalog, Running(gateway.url, session))


def request(name: str) -> dict[str, Any]:
    return dict(json.loads((demo_files() / "requests" / name).read_text(encoding="utf-8")))


async def test_each_answer_of_the_demo_becomes_a_test_that_gives_it_again(demo: Demo) -> None:
    answered = 0
    for name in REQUESTS:
        status, shown = await demo.gateway.post(request(name))
        for item in shown["productOfferingQualificationItem"] if status == 201 else ():
            recorded = await demo.recorded(shown["id"], item["id"])
            (case,) = yaml.safe_load(recorded.text)
            told = case["expect"]["serviceabilityConfidence"]
            assert told == item["serviceabilityConfidence"], name
            assert recorded.result.passed, (name, recorded.text, recorded.result)
            assert recorded.remarks == ()
            answered += 1
    assert answered > 10


@pytest.fixture
async def legacy() -> AsyncIterator[Nimbus]:
    async with nimbus() as started:
        yield started


async def trace_of(folder: Path, poq_id: str, holds: Callable[[dict[str, Any]], bool] = bool) -> dict[str, Any]:
    """The trace of a POQ's only item, once it is there and this holds of it."""
    async with asyncio.timeout(10):
        while True:
            traced = await read_traced(load_settings(folder / "gateway.yaml", ADAPTERS), poq_id)
            assert traced is not None
            assert len(traced.record.items) == 1
            told = plain(traced, 0)
            if "outcome" in told and holds(told):
                return told


async def recorded_from(folder: Path, poq_id: str, item: str) -> Recorded:
    settings = load_settings(folder / "gateway.yaml", ADAPTERS)
    traced = await read_traced(settings, poq_id)
    assert traced is not None
    return await asyncio.to_thread(record, settings, load_catalog(settings), traced, item)


async def test_the_commands_show_a_trace_and_write_a_test_file_that_passes(tmp_path: Path, legacy: Nimbus) -> None:
    mapping = MAPPING.replace("fault WAIT: {wait: 20 ms}", "fault BUSY: retry")
    legacy.replies = {"a": ["BUSY"], "b": ["LOC-404"]}
    config, tests = tmp_path / "gateway.yaml", tmp_path / "mappings" / "line.test.yaml"
    async with running(tmp_path, seller(legacy), {"line": mapping}) as gateway:
        _, done = await gateway.post(valid_request(productOfferingQualificationItem=[valid_item(id="a")]))
        rejected = await seen(gateway, await acknowledged(gateway, asking("b")), is_final)

        told = await command("poq", "trace", done["id"], "-c", config)
        for poq, item in ((done, "a"), (rejected, "b")):
            wrote = await command("mapping", "record", poq["id"], item, "-c", config, "-o", tests)
            assert (wrote.code, wrote.out, wrote.err) == (0, "", "")

    assert "1. feasibility (soap nimbus): fault BUSY" in told.out
    assert "2. feasibility (soap nimbus, try 2): answered" in told.out
    assert "line.yaml:20:5: green" in told.out
    passed = await command("mapping", "test", tmp_path / "mappings")
    assert (passed.code, passed.out) == (0, "2 case(s) of 1 mapping(s), 0 failed\n")
    first, second = yaml.safe_load(tests.read_text(encoding="utf-8"))
    assert [one["fault"] for one in first["legacy"]["feasibility"]["in turn"] if "fault" in one] == ["BUSY"]
    assert second["expect"] == {"refuse": "referenceNotFound", "reason": "The address is not known"}


@pytest.mark.parametrize(
    ("faults", "outcome", "expect"),
    [
        pytest.param(["BROKEN"], "failed: ", "fail", id="a failure"),
        pytest.param(["LONG"], "postponed: ", {"wait": "3600 s"}, id="one that waits"),
        pytest.param(
            ["PERSON"], "postponed: ", {"ask an operator": "Somebody has to look at the map"}, id="one for an operator"
        ),
    ],
)
async def test_an_item_without_an_answer_has_a_trace_of_its_last_try(
    tmp_path: Path, legacy: Nimbus, faults: list[str], outcome: str, expect: Any
) -> None:
    legacy.replies = {"a": faults}
    work = {"first_pause": "1 h", "longest_pause": "1 h"}
    async with running(tmp_path, seller(legacy, work=work), {"line": MAPPING}) as gateway:
        poq = await acknowledged(gateway, asking("a"))
        told = await trace_of(tmp_path, poq["id"])
        recorded = await recorded_from(tmp_path, poq["id"], "a")

    assert told["outcome"].startswith(outcome)
    assert (told["mapping"], told["version"]) == ("line", 4)
    assert [(call["step"], call["attempt"]) for call in told["calls"]] == [("feasibility", 1)]
    (case,) = yaml.safe_load(recorded.text)
    assert case["expect"] == expect
    assert recorded.result.passed


async def test_a_retry_that_the_gateway_refused_is_no_reply_of_its_own(tmp_path: Path, legacy: Nimbus) -> None:
    """In a test nobody refuses: the fault comes again until the tries are used up."""
    mapping = MAPPING.replace("fault WAIT: {wait: 20 ms}", "fault BUSY: retry")
    legacy.replies = {"a": ["BUSY"]}
    settings = seller(legacy, work={"first_pause": "1 h", "longest_pause": "1 h"})
    settings["systems"]["nimbus"]["retries"] = "0 %"
    async with running(tmp_path, settings, {"line": mapping}) as gateway:
        poq = await acknowledged(gateway, asking("a"))
        told = await trace_of(tmp_path, poq["id"])
        recorded = await recorded_from(tmp_path, poq["id"], "a")

    assert [call["fault"]["codes"][0] for call in told["calls"]] == ["BUSY", "BUSY"]
    assert "not asked again: too much is asked" in told["calls"][1]["result"]
    assert legacy.asked["a"] == 1
    assert recorded.result.passed


async def test_an_answer_replaces_the_trace_of_the_failure_before_it(tmp_path: Path, legacy: Nimbus) -> None:
    legacy.replies = {"a": ["BROKEN"]}
    async with running(tmp_path, seller(legacy), {"line": MAPPING}) as gateway:
        poq = await seen(gateway, await acknowledged(gateway, asking("a")), is_final)
        told = await trace_of(tmp_path, poq["id"])

    assert told["outcome"] == "green"
    assert told["ended"]["deliveryType"] == "onNetWithoutBuild"


@pytest.mark.parametrize("keep", ["shape", "off"])
async def test_values_are_not_kept_where_that_is_not_wanted(tmp_path: Path, legacy: Nimbus, keep: str) -> None:
    async with running(tmp_path, seller(legacy, traces={"keep": keep}), {"line": MAPPING}) as gateway:
        _, done = await gateway.post(valid_request(productOfferingQualificationItem=[valid_item(id="a")]))
        traced = await read_traced(load_settings(tmp_path / "gateway.yaml", ADAPTERS), done["id"])
        assert traced is not None
        with pytest.raises(CannotRecord, match="values"):
            await recorded_from(tmp_path, done["id"], "a")

    told = plain(traced, 0)
    assert told["version"] == 4
    if keep == "shape":
        assert told["calls"][0]["arguments"]["Circuit"]["BandwidthKbps"] == "number"
    else:
        assert "calls" not in told


async def test_a_mapping_that_answers_otherwise_by_now_is_told(tmp_path: Path, legacy: Nimbus) -> None:
    async with running(tmp_path, seller(legacy), {"line": MAPPING}) as gateway:
        _, done = await gateway.post(valid_request(productOfferingQualificationItem=[valid_item(id="a")]))
    changed = MAPPING.replace("version: 4", "version: 5").replace("onNetWithoutBuild", "onNetWithBuild")
    (tmp_path / "mappings" / "line.yaml").write_text(changed, encoding="utf-8")

    recorded = await recorded_from(tmp_path, done["id"], "a")

    assert recorded.remarks == ("recorded with version 4 of line; now it has version 5",)
    assert [one.pointer for one in recorded.result.differences] == ["/deliveryType"]
