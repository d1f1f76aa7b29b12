"""Two gateways on one PostgreSQL store: each POQ is answered once, by whichever, and one may go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.databases import postgres_database
from tests.support.deferring import acknowledged, asking, is_final, seen, states
from tests.support.gateways import Running, running
from tests.support.legacy import MAPPING, Nimbus, nimbus, seller
from tests.support.listener import listening

pytestmark = pytest.mark.server

TOLD = ["inProgress", "inProgress", "done", "done"]


@pytest.fixture
async def legacy() -> AsyncIterator[Nimbus]:
    async with nimbus() as started:
        yield started


class Replicas:
    """Gateways on one store, started and stopped one by one."""

    def __init__(self, folder: Path, legacy: Nimbus, url: str) -> None:
        self._folder = folder
        callbacks = {"schemes": ["http"], "allow": ["127.0.0.1"]}
        self._settings = seller(legacy, store={"url": url}, notifications=callbacks)
        self._stacks: list[AsyncExitStack] = []

    async def start(self) -> Running:
        stack = AsyncExitStack()
        self._stacks.append(stack)
        return await stack.enter_async_context(running(self._folder, self._settings, {"line": MAPPING}))

    async def stop(self, number: int) -> None:
        await self._stacks[number].aclose()


@pytest.fixture
async def replicas(tmp_path: Path, legacy: Nimbus) -> AsyncIterator[Replicas]:
    async with postgres_database() as url:
        made = Replicas(tmp_path, legacy, url)
        yield made
        for number in range(len(made._stacks)):
            await made.stop(number)


async def test_each_poq_is_worked_on_once_and_can_be_read_anywhere(replicas: Replicas, legacy: Nimbus) -> None:
    gateways = [await replicas.start(), await replicas.start()]
    async with listening() as listener:
        await gateways[0].register(listener.url)
        poqs = [await acknowledged(gateways[n % 2], asking(f"item-{n}")) for n in range(20)]
        for number, poq in enumerate(poqs):
            shown = await seen(gateways[(number + 1) % 2], poq, is_final)
            assert shown["state"] == "done"
        calls = await listener.wait_for(4 * len(poqs))

    assert legacy.asked == {f"item-{n}": 1 for n in range(20)}
    by_poq: dict[str, list[str]] = {}
    for call in calls:
        by_poq.setdefault(call.body["event"]["id"], []).append(call.body["event"]["state"])
    assert by_poq == {poq["id"]: TOLD for poq in poqs}


async def test_what_one_had_begun_another_ends(replicas: Replicas, legacy: Nimbus) -> None:
    first = await replicas.start()
    event = legacy.hold("a")
    poq = await acknowledged(first, asking("a", "b"))
    await seen(first, poq, lambda shown: states(shown) == ["inProgress", "done"])
    second = await replicas.start()
    await replicas.stop(0)
    event.set()

    shown = await seen(second, poq, is_final)
    assert (shown["state"], legacy.asked) == ("done", {"a": 2, "b": 1})


async def test_the_deadline_acts_whoever_works_on_the_poq(replicas: Replicas, legacy: Nimbus) -> None:
    gateways = [await replicas.start(), await replicas.start()]
    legacy.hold("a")
    poq = await acknowledged(gateways[0], asking("a", within=timedelta(seconds=0.5)))
    shown = await seen(gateways[1], poq, is_final)

    assert shown["state"] == "terminatedWithError"
    late = datetime.fromisoformat(shown["stateChange"][-1]["changeDate"])
    assert late - datetime.fromisoformat(poq["requestedPOQCompletionDate"]) < timedelta(seconds=2)
    assert late <= datetime.now(UTC)
