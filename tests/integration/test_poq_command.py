"""`poq-gateway poq`, beside a running gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.cli import main
from tests.support.commands import command
from tests.support.deferring import acknowledged, asking, is_final, seen
from tests.support.gateways import Running, configuration, running, write_configuration
from tests.support.legacy import MAPPING, Nimbus, nimbus, seller


@pytest.fixture
async def legacy() -> AsyncIterator[Nimbus]:
    async with nimbus() as started:
        yield started


@pytest.fixture
async def gateway(tmp_path: Path, legacy: Nimbus) -> AsyncIterator[Running]:
    pauses = {"first_pause": "1 h", "longest_pause": "1 h"}
    async with running(tmp_path, seller(legacy, work=pauses), {"line": MAPPING}) as started:
        yield started


async def test_an_operator_sees_which_items_wait_and_why(gateway: Running, legacy: Nimbus, tmp_path: Path) -> None:
    legacy.replies = {"broken": ["BROKEN"], "late": ["LONG"], "hard": ["PERSON"]}
    done = await acknowledged(gateway, asking("good"))
    await seen(gateway, done, is_final)
    poq = await acknowledged(gateway, asking("broken", "late", "hard"))

    words = ["poq", "waiting", "-c", str(tmp_path / "gateway.yaml")]
    async with asyncio.timeout(10):
        while len(told := json.loads(await _output([*words, "--json"]))) < 3:
            continue
    by_item = {one["item"]: one for one in told}
    assert {one["poq"] for one in told} == {poq["id"]}
    assert by_item["broken"]["attempts"] == 1
    assert "line.yaml:18:" in by_item["broken"]["note"]
    assert "due" in by_item["late"]
    assert by_item["late"]["attempts"] == 0
    assert "due" not in by_item["hard"]
    assert "Somebody has to look at the map" in by_item["hard"]["note"]

    table = await _output(words)
    assert "by an operator" in table
    assert "3 item(s) wait" in table


async def _output(words: list[str]) -> str:
    done = await command(*words)
    assert (done.code, done.err) == (0, "")
    return done.out


def test_without_a_store_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_configuration(tmp_path, configuration(), {})
    assert main(["poq", "waiting", "-c", str(config)]) == 1
    assert "poq.db" in capsys.readouterr().err
    assert not (tmp_path / "poq.db").exists()
