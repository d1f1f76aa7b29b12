"""Mappings replaced under a running gateway: whole, or not at all, and never under what has begun."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog

from gateway.app import ADAPTERS, Gateway, load_catalog, operator_store
from gateway.cli import main, mapping_reload
from gateway.settings import load_settings
from gateway.store.store import Store
from tests.support.commands import command
from tests.support.deferring import acknowledged, asking, is_final, seen
from tests.support.gateways import Running, write_configuration
from tests.support.histories import ITEMS
from tests.support.legacy import MAPPING, Nimbus, nimbus, seller
from tests.support.requests import valid_item, valid_request
from tests.support.sqlite_tables import with_tables

TEST = """
- test: a line is green
  item:
    product:
      productConfiguration: {"@type": "urn:example:line:v1"}
      productOffering: {id: o-1}
  legacy:
    feasibility: {FeasCode: A, LeadDays: 10}
  expect: {serviceabilityConfidence: %s}
"""


def version(number: int) -> str:
    """The mapping in this version, which says it in its answer."""
    return MAPPING.replace("version: 4", f"version: {number}").replace(
        "serviceabilityConfidence: green",
        f"serviceabilityConfidence: green\n    serviceabilityConfidenceReason: v{number}",
    )


@dataclass(frozen=True)
class Reloadable(Running):
    """A running gateway with the folder of its files."""

    gateway: Gateway
    folder: Path

    def write(self, text: str, name: str = "line.yaml") -> None:
        (self.folder / "mappings" / name).write_text(text, encoding="utf-8")

    async def asked(self, item: str = "a") -> str:
        """By which version an item is answered now."""
        status, shown = await self.post(valid_request(**{ITEMS: [valid_item(id=item)]}))
        assert status == 201, shown
        return str(shown[ITEMS][0]["serviceabilityConfidenceReason"])


@pytest.fixture
async def legacy() -> AsyncIterator[Nimbus]:
    async with nimbus() as started:
        yield started


@asynccontextmanager
async def serving(folder: Path, legacy: Nimbus, text: str, **changes: Any) -> AsyncIterator[Reloadable]:
    config = write_configuration(folder, seller(legacy, **changes), {"line": text})
    settings = load_settings(config, ADAPTERS)
    with_tables(settings.store.path)
    async with Gateway(settings, load_catalog(settings)) as gateway, aiohttp.ClientSession() as session:
        yield Reloadable(gateway.url, session, gateway, folder)


@pytest.fixture
async def gateway(tmp_path: Path, legacy: Nimbus) -> AsyncIterator[Reloadable]:
    async with serving(tmp_path, legacy, version(1)) as started:
        yield started


async def test_after_a_reload_the_new_mapping_answers(gateway: Reloadable) -> None:
    assert await gateway.asked() == "v1"
    gateway.write(version(2))
    gateway.write(TEST % "green", "line.test.yaml")

    outcome = await gateway.gateway.reload()

    assert (outcome.is_done, outcome.mappings, outcome.cases, outcome.unversioned) == (True, 1, 1, ())
    assert await gateway.asked() == "v2"


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        pytest.param("line.yaml", version(2).replace("rows", "x") + "\nwhat: 1", "line.yaml:", id="a finding"),
        pytest.param("line.yaml", "mapping: [", "YAML-003", id="no YAML"),
        pytest.param("other.yaml", version(2), "other.yaml:2:", id="two of one name"),
        pytest.param("line.yaml", version(2).replace("nimbus", "gone"), "no system 'gone'", id="no such system"),
        pytest.param("line.test.yaml", TEST % "red", "expected red, found green", id="a test that fails"),
        pytest.param("line.test.yaml", "- test: x", "line.test.yaml:1:", id="a test that is none"),
    ],
)
async def test_a_set_with_a_mistake_changes_nothing_and_says_why(
    gateway: Reloadable, file: str, text: str, reason: str
) -> None:
    gateway.write(version(2))
    gateway.write(text, file)

    outcome = await gateway.gateway.reload()

    assert not outcome.is_done
    assert reason in "\n".join(outcome.reasons)
    assert await gateway.asked() == "v1"


async def test_a_mapping_that_changed_without_a_new_version_is_told(gateway: Reloadable) -> None:
    gateway.write(version(1).replace("Not feasible", "Not here"))

    assert (await gateway.gateway.reload()).unversioned == ("line 1",)


async def test_a_request_under_way_ends_on_the_mapping_it_began_with(gateway: Reloadable, legacy: Nimbus) -> None:
    gate = legacy.hold("a")
    async with asyncio.TaskGroup() as group:
        under_way = group.create_task(gateway.asked("a"))
        await legacy.wait_for(1)
        gateway.write(version(2))
        assert (await gateway.gateway.reload()).is_done
        assert await gateway.asked("b") == "v2"
        gate.set()
    assert under_way.result() == "v1"


async def test_deferred_poqs_end_on_the_mapping_they_were_accepted_by(gateway: Reloadable, legacy: Nimbus) -> None:
    legacy.replies = {"later": ["WAIT"] * 5}
    gate = legacy.hold("now")
    poq = await acknowledged(gateway, asking("now", "later"))
    await legacy.wait_for(1)
    for number in (2, 3):
        gateway.write(version(number))
        outcome = await gateway.gateway.reload()
        assert (outcome.is_done, outcome.staying) == (True, 1)
    newer = await acknowledged(gateway, asking("newer"))
    gate.set()

    shown, other = await seen(gateway, poq, is_final), await seen(gateway, newer, is_final)

    assert [item["serviceabilityConfidenceReason"] for item in shown[ITEMS]] == ["v1", "v1"]
    assert other[ITEMS][0]["serviceabilityConfidenceReason"] == "v3"
    gateway.write(version(4))
    assert (await gateway.gateway.reload()).staying == 0


async def test_after_a_restart_the_present_version_is_used_and_the_log_says_so(tmp_path: Path, legacy: Nimbus) -> None:
    legacy.replies = {"a": ["BROKEN"] * 1000}
    async with serving(tmp_path, legacy, version(1)) as gateway:
        poq = await acknowledged(gateway, asking("a"))
        await legacy.wait_for(1)
    with structlog.testing.capture_logs() as logs:
        async with serving(tmp_path, legacy, version(2)) as gateway:
            legacy.replies = {}
            shown = await seen(gateway, poq, is_final)

    assert shown[ITEMS][0]["serviceabilityConfidenceReason"] == "v2"
    told = [log for log in logs if log["event"] == "item goes on with the present version of its mapping"]
    assert [(log["begun_with"], log["goes_on_with"]) for log in told] == [("line 1", "line 2")]
    settings = load_settings(tmp_path / "gateway.yaml", ADAPTERS)
    async with operator_store(settings) as database:
        kept = await Store(database, keep_events=timedelta(0), new_id=str).operator_find(poq["id"])
    assert kept is not None
    assert kept.items[0].mapping_version == 2


async def test_files_that_changed_are_reloaded_when_they_are_watched(tmp_path: Path, legacy: Nimbus) -> None:
    mappings = {"folders": ["mappings"], "watch": "20 ms"}
    async with serving(tmp_path, legacy, version(1), mappings=mappings) as gateway, asyncio.timeout(20):
        gateway.write("mapping: [")
        gateway.write(version(2))
        answered = [await gateway.asked()]
        while answered[-1] != "v2":
            answered.append(await gateway.asked())
        after = [await gateway.asked() for _ in range(3)]

    assert set(answered[:-1]) <= {"v1"}, "until then the one before, whatever stood in the file"
    assert after == ["v2"] * 3


async def test_a_volume_of_kubernetes_is_reloaded_when_it_is_swapped(tmp_path: Path, legacy: Nimbus) -> None:
    mappings = {"folders": ["mappings"], "watch": "20 ms"}
    async with serving(tmp_path, legacy, version(1), mappings=mappings) as gateway, asyncio.timeout(20):
        folder = tmp_path / "mappings"
        for number in (2, 3):
            (folder / f"..{number}").mkdir()
            (folder / f"..{number}" / "line.yaml").write_text(version(number), encoding="utf-8")
            (folder / "..new").symlink_to(f"..{number}")
            (folder / "..new").replace(folder / "..data")
            (folder / "new").symlink_to("..data/line.yaml")
            (folder / "new").replace(folder / "line.yaml")
            while await gateway.asked() != f"v{number}":
                continue


async def test_what_mappings_take_from_other_folders_is_watched_too(tmp_path: Path, legacy: Nimbus) -> None:
    library = tmp_path / "library.yaml"
    library.write_text("library: codes\nlet: {told: v1}\n", encoding="utf-8")
    text = MAPPING.replace("steps:", "include: {../library.yaml: [told]}\nsteps:").replace(
        "serviceabilityConfidence: green",
        "serviceabilityConfidence: green\n    serviceabilityConfidenceReason: =told",
    )
    mappings = {"folders": ["mappings"], "watch": "20 ms"}
    async with serving(tmp_path, legacy, text, mappings=mappings) as gateway, asyncio.timeout(20):
        assert await gateway.asked() == "v1"
        library.write_text("library: codes\nlet: {told: v2}\n", encoding="utf-8")
        while await gateway.asked() != "v2":
            continue


async def test_a_mapping_in_a_folder_that_is_not_named_is_told(gateway: Reloadable) -> None:
    (gateway.folder / "mappings" / "new").mkdir()
    gateway.write(version(2).replace("mapping: ", "mapping: other-"), "new/line.yaml")
    gateway.write("a: 1\n", "new/reply.yaml")
    with structlog.testing.capture_logs() as logs:
        assert (await gateway.gateway.reload()).mappings == 1

    told = {(Path(log["file"]).parts[-3:], log["help"]) for log in logs if log["event"] == "a mapping file is not read"}
    assert told == {(("mappings", "new", "line.yaml"), "name new there too, or move the file")}


async def test_the_command_tells_what_came_of_it(gateway: Reloadable) -> None:
    gateway.write(version(2))
    done = await command("mapping", "reload", "-c", gateway.folder / "gateway.yaml")
    assert (done.code, done.out) == (0, "reloaded: 1 mapping(s), 0 test(s) passed\n")
    assert await gateway.asked() == "v2"

    gateway.write(version(3).replace("Not feasible", "=feasability.Remark"))
    failed = await command("mapping", "reload", "-c", gateway.folder / "gateway.yaml")
    assert failed.code == 1
    assert "did you mean 'feasibility'?" in failed.err
    assert await gateway.asked() == "v2"


def test_without_a_gateway_the_command_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapping_reload, "TAKEN", 0.0)
    config = write_configuration(tmp_path, {**_bare(), "mappings": {"folders": ["mappings"]}}, {})

    assert main(["mapping", "reload", "-c", str(config)]) == 1

    assert "no gateway" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if "reload" in path.name] == []


def _bare() -> dict[str, Any]:
    contact = {"name": "Seller", "number": "+1", "email_address": "poq@seller.example"}
    return {"sellers": [{"id": "s", "contact": contact}], "buyers": [{"id": "b"}], "store": {"path": "poq.db"}}


async def test_sighup_reloads_and_its_tests_are_not_in_the_log(tmp_path: Path, legacy: Nimbus) -> None:
    config = write_configuration(tmp_path, seller(legacy), {"line": version(1)})
    (tmp_path / "mappings" / "line.test.yaml").write_text(TEST % "green", encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "serve", "-c", str(config)), stderr=subprocess.PIPE
    )
    try:
        async with asyncio.timeout(40):
            await _until(process, "serving")
            os.kill(process.pid, signal.SIGHUP)
            told = await _until(process, "mappings reloaded")
    finally:
        process.terminate()
        await process.wait()
    assert told[-1]["cases"] == 1
    assert [line["event"] for line in told] == ["mappings reloaded"]


async def _until(process: asyncio.subprocess.Process, event: str) -> list[dict[str, Any]]:
    """The lines of the log up to this one."""
    assert process.stderr is not None
    lines: list[dict[str, Any]] = []
    while not lines or lines[-1]["event"] != event:
        line = await process.stderr.readline()
        assert line, lines
        lines.append(json.loads(line))
    return lines
