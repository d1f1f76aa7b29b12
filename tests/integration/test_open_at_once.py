"""How many deferred POQs of one Buyer may be open: of each by itself, and again when one has ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.deferring import acknowledged, asking, is_final, seen
from tests.support.errors import assert_standard_error
from tests.support.gateways import CANTATA, POQ, SONATA, Running, running
from tests.support.legacy import MAPPING, Nimbus, nimbus, seller
from tests.support.requests import valid_request


@pytest.fixture
async def legacy() -> AsyncIterator[Nimbus]:
    async with nimbus() as started:
        yield started


@pytest.fixture
async def gateway(tmp_path: Path, legacy: Nimbus) -> AsyncIterator[Running]:
    settings = seller(legacy, responses={"open_at_once": 2}, buyers=[{"id": "one"}, {"id": "two"}])
    async with running(tmp_path, settings, {"line": MAPPING}) as started:
        yield started


async def test_a_buyer_with_as_many_open_poqs_as_agreed_is_told_to_come_later(gateway: Running, legacy: Nimbus) -> None:
    event = legacy.hold("a")
    first = await acknowledged(gateway, asking("a"), buyer="one")
    await acknowledged(gateway, asking("a"), buyer="one", base=CANTATA)

    for base in (SONATA, CANTATA):
        url = f"{gateway.url}{base}{POQ}?buyerId=one"
        async with gateway.session.post(url, json=asking("a")) as response:
            await assert_standard_error(response, 429)
            assert response.headers["Retry-After"] == "5"
    assert (await gateway.post(valid_request(), buyer="one"))[0] == 201
    await acknowledged(gateway, asking("a"), buyer="two")

    event.set()
    await seen(gateway, first, is_final, buyer="one")
    await acknowledged(gateway, asking("b"), buyer="one")
