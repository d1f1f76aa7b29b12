"""Deferred work in trouble: slow siblings, a store that is locked, interfaces switched off, two gateways on one POQ."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from gateway.app import ADAPTERS, Gateway, load_catalog
from gateway.settings import load_settings
from tests.support.databases import postgres_database
from tests.support.deferring import acknowledged, asking, is_final, seen, states
from tests.support.gateways import CANTATA, Running, running, write_configuration
from tests.support.histories import ITEMS
from tests.support.legacy import MAPPING, Nimbus, nimbus, seller
from tests.support.listener import listening
from tests.support.requests import valid_item

READER = MAPPING.replace(
    "  - when: feasibility.FeasCode == 'A'",
    "  - when: related('NEEDS') != None and related('NEEDS').answer.serviceabilityConfidence != 'green'\n"
    "    red: What it needs is not green\n"
    "  - when: feasibility.FeasCode == 'A'",
).replace("fault LOC-404: {refuse: referenceNotFound, reason: The address is not known}", "fault RED: {red: Not there}")
NEEDS = [{"id": "needed", "relationshipType": "NEEDS"}]


@pytest.fixture
async def legacy() -> AsyncIterator[Nimbus]:
    async with nimbus() as started:
        yield started


async def test_what_waits_does_not_wait_for_a_slow_sibling(tmp_path: Path, legacy: Nimbus) -> None:
    legacy.replies["a"] = ["WAIT"]
    slow = legacy.hold("b")
    async with running(tmp_path, seller(legacy), {"line": MAPPING}) as gateway:
        poq = await acknowledged(gateway, asking("a", "b"))
        await seen(gateway, poq, lambda shown: states(shown) == ["done", "inProgress"])
        slow.set()
        await seen(gateway, poq, is_final)
    assert legacy.asked == {"a": 2, "b": 1}


async def test_a_result_waits_for_the_store_and_is_not_asked_for_again(tmp_path: Path, legacy: Nimbus) -> None:
    event = legacy.hold("a")
    async with running(tmp_path, seller(legacy), {"line": MAPPING}) as gateway:
        poq = await acknowledged(gateway, asking("a"))
        await legacy.wait_for(1)
        await seen(gateway, poq, lambda shown: states(shown) == ["inProgress"])
        with closing(sqlite3.connect(tmp_path / "poq.db", isolation_level=None)) as another, capture_logs() as logs:
            another.execute("BEGIN IMMEDIATE")
            event.set()
            async with asyncio.timeout(30):  # as long as the store waits for a lock
                while "results wait for the store" not in [log["event"] for log in logs]:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            another.execute("ROLLBACK")
        await seen(gateway, poq, is_final)
    assert legacy.asked == {"a": 1}


async def test_an_interface_that_was_switched_off_keeps_nobody_from_ending(tmp_path: Path, legacy: Nimbus) -> None:
    legacy.hold("left")
    async with running(tmp_path, seller(legacy), {"line": MAPPING}) as gateway:
        soon = asking("left", within=timedelta(seconds=1))  # from now, however long the start took
        await acknowledged(gateway, soon, base=CANTATA)
    wanted = datetime.fromisoformat(soon["requestedPOQCompletionDate"])
    await asyncio.sleep(max((wanted - datetime.now(UTC)).total_seconds(), 0))

    sonata_only = seller(legacy, interfaces={"sonata": {}})
    async with running(tmp_path, sonata_only, {"line": MAPPING}) as gateway:
        poq = await acknowledged(gateway, asking("a"))
        await seen(gateway, poq, is_final)
    with closing(sqlite3.connect(tmp_path / "poq.db")) as store:
        ended = store.execute("SELECT state FROM poq WHERE interface = 'cantata'").fetchall()
    assert ended == [("terminatedWithError",)]


async def test_a_buyer_whose_notifications_were_switched_off_is_told_nothing_more(
    tmp_path: Path, legacy: Nimbus
) -> None:
    async with listening() as listener:
        callbacks = {"schemes": ["http"], "allow": ["127.0.0.1"]}
        async with running(tmp_path, seller(legacy, notifications=callbacks), {"line": MAPPING}) as gateway:
            await gateway.register(listener.url)
        silent = seller(legacy, notifications={**callbacks, "offered": False})
        async with running(tmp_path, silent, {"line": MAPPING}) as gateway:
            poq = await acknowledged(gateway, asking("a"))
            await seen(gateway, poq, is_final)
        with closing(sqlite3.connect(tmp_path / "poq.db")) as store:
            assert store.execute("SELECT count(*) FROM delivery").fetchone() == (0,)
    assert listener.calls == []


@pytest.mark.requirement("87.1-R48")
async def test_without_knowing_any_offering_nothing_is_called_unavailable(tmp_path: Path, legacy: Nimbus) -> None:
    product = {
        "productSpecification": {"id": "spec-1"},
        "productConfiguration": {"@type": "urn:example:spec:line:v1"},
        "place": valid_item()["product"]["place"],
    }
    request = asking(**{ITEMS: [valid_item(product=product)]}, provideAlternative=True)
    async with running(tmp_path, seller(legacy), {"line": MAPPING}) as gateway:
        poq = await acknowledged(gateway, request)
        shown = await seen(gateway, poq, lambda shown: states(shown) == ["inProgress"])
        status, error = await gateway.post({**request, "instantSyncQualification": True})
    assert "serviceabilityConfidence" not in shown[ITEMS][0]
    assert (status, error["code"]) == (500, "internalError")


@pytest.mark.server
async def test_no_item_is_answered_by_an_answer_that_the_buyer_never_reads(tmp_path: Path, legacy: Nimbus) -> None:
    """Two gateways on one POQ, because the clock of one is ahead: what the other knows is not what stands there."""
    items = [valid_item(id="reader", qualificationItemRelationship=NEEDS), valid_item(id="needed")]
    late = legacy.hold("needed")
    async with postgres_database() as url:
        settings = seller(legacy, store={"url": url})
        async with running(tmp_path, settings, {"line": READER}) as first:
            poq = await acknowledged(first, asking(**{ITEMS: items}))
            await legacy.wait_for(1)
            del legacy.held["needed"]
            legacy.replies["needed"] = ["RED"]
            async with _ahead(tmp_path, settings, READER) as second:
                reader = legacy.hold("reader")
                await seen(second, poq, lambda shown: shown[ITEMS][1]["state"] == "done")
                await legacy.wait_for(3)  # the second one asks about the reader and waits
                del legacy.held["reader"]
                late.set()
                with suppress(TimeoutError):  # the first one has no reason to ask about it
                    async with asyncio.timeout(1):
                        await legacy.wait_for(4)
                reader.set()
                shown = await seen(second, poq, is_final)

    assert [item["serviceabilityConfidence"] for item in shown[ITEMS]] == ["red", "red"]


def _ahead(folder: Path, settings: dict[str, Any], mapping: str) -> _Ahead:
    return _Ahead(folder, settings, mapping)


class _Ahead:
    """A gateway whose clock is a minute ahead."""

    def __init__(self, folder: Path, settings: dict[str, Any], mapping: str) -> None:
        loaded = load_settings(write_configuration(folder, settings, {"line": mapping}), ADAPTERS)
        clock = timedelta(minutes=1)
        self._gateway = Gateway(loaded, load_catalog(loaded), now=lambda: datetime.now(UTC) + clock)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Running:
        gateway = await self._gateway.__aenter__()
        self._session = aiohttp.ClientSession()
        return Running(gateway.url, self._session)

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        await self._session.close()
        await self._gateway.__aexit__()
