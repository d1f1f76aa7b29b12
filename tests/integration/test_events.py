"""What a Buyer is told of its deferred POQs, through a whole gateway: which events, to whom, in which order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.lso.documents import check_event
from gateway.lso.models.events import PoqEventType
from tests.support.deferring import acknowledged, asking, is_final, seen, states
from tests.support.gateways import CANTATA, SONATA, Running, running
from tests.support.histories import ITEMS
from tests.support.legacy import MAPPING, Nimbus, nimbus, seller
from tests.support.listener import Call, Listener, listening
from tests.support.requests import valid_request

LOOPBACK = {"schemes": ["http"], "allow": ["127.0.0.1"]}
LISTENER = "/mefApi/sonata/productOfferingQualificationNotification/v8/listener/"


@pytest.fixture
async def legacy() -> AsyncIterator[Nimbus]:
    async with nimbus() as started:
        yield started


@pytest.fixture
async def gateway(tmp_path: Path, legacy: Nimbus) -> AsyncIterator[Running]:
    settings = seller(legacy, notifications=LOOPBACK, buyers=[{"id": "one"}, {"id": "two"}])
    async with running(tmp_path, settings, {"line": MAPPING}) as started:
        yield started


@pytest.fixture
async def listeners() -> AsyncIterator[list[Listener]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(listening()) for _ in range(4)]


def told(calls: Sequence[Call]) -> list[tuple[str, str]]:
    """Of each event: the item (or `POQ`) and the state it has reached."""
    return [(call.body["event"].get("poqItemId", "POQ"), call.body["event"]["state"]) for call in calls]


def reached(shown: dict[str, Any]) -> int:
    """How many states POQ and items have reached since the POQ was made."""
    return sum(len(one["stateChange"]) - 1 for one in (shown, *shown[ITEMS]))


@pytest.mark.requirement(
    *("87.1-R4", "87.1-R72", "87.1-R77", "87.1-R78", "87.1-R79", "79.1-R4", "79.1-R5", "79.1-R91", "79.1-R92"),
    *("79.1-R93",),
)
async def test_every_change_of_a_poq_and_its_items_is_told_in_the_order_of_the_changes(
    gateway: Running, legacy: Nimbus, listeners: list[Listener]
) -> None:
    await gateway.register(listeners[0].url, buyer="one")
    event = legacy.hold("b")
    poq = await acknowledged(gateway, asking("a", "b"), buyer="one")
    await seen(gateway, poq, lambda shown: states(shown) == ["done", "inProgress"], buyer="one")
    event.set()
    shown = await seen(gateway, poq, is_final, buyer="one")

    calls = await listeners[0].wait_for(reached(shown))
    assert sorted(told(calls)[:3]) == [("POQ", "inProgress"), ("a", "inProgress"), ("b", "inProgress")]
    assert told(calls)[3:] == [("a", "done"), ("b", "done"), ("POQ", "done")]
    for call in calls:
        kind = PoqEventType(call.body["eventType"])
        assert check_event(kind, call.body) == []
        assert call.target == f"{LISTENER}{kind}?buyerId=one"
        assert (call.body["event"]["id"], call.body["event"]["href"]) == (poq["id"], poq["href"])
    assert len({call.event_id for call in calls}) == len(calls)


@pytest.mark.requirement("87.1-R68", "87.1-R74", "87.1-R76", "79.1-R90")
async def test_each_listener_hears_what_it_has_registered_for(gateway: Running, listeners: list[Listener]) -> None:
    queries = [None, "", "eventType = poqStateChangeEvent", "eventType=poqItemStateChangeEvent"]
    for listener, query in zip(listeners, queries, strict=True):
        await gateway.register(listener.url, query, buyer="one")

    poq = await acknowledged(gateway, asking("a"), buyer="one")
    await seen(gateway, poq, is_final, buyer="one")

    everything = [("a", "inProgress"), ("POQ", "inProgress"), ("a", "done"), ("POQ", "done")]
    of_items = [pair for pair in everything if pair[0] != "POQ"]
    of_poqs = [pair for pair in everything if pair[0] == "POQ"]
    for listener, expected in zip(listeners, [everything, everything, of_poqs, of_items], strict=True):
        assert told(await listener.wait_for(len(expected))) == expected


@pytest.mark.requirement("87.1-R12", "87.1-R13", "79.1-R102")
@pytest.mark.parametrize(
    ("reply", "state"), [("LOC-404", "rejected"), ("LONG", "terminatedWithError")], ids=["rejected", "too late"]
)
async def test_the_items_that_a_bad_end_abandons_are_told_too(
    gateway: Running, legacy: Nimbus, listeners: list[Listener], reply: str, state: str
) -> None:
    await gateway.register(listeners[0].url, buyer="one")
    legacy.replies["b"] = [reply]
    legacy.hold("a")
    poq = await acknowledged(gateway, asking("a", "b", within=timedelta(seconds=1)), buyer="one")
    shown = await seen(gateway, poq, is_final, buyer="one")

    calls = await listeners[0].wait_for(reached(shown))
    ends = [(item["id"], item["state"]) for item in shown[ITEMS]]
    assert told(calls)[-3:] == [*ends, ("POQ", state)]


@pytest.mark.requirement("87.1-R75", "87.1-R73", "79.1-R6", "87.1-R70", "87.1-R71", "79.1-R7", "79.1-R8")
async def test_nothing_else_is_told_to_anybody(gateway: Running, listeners: list[Listener]) -> None:
    mine, others, gone, cantata = listeners
    await gateway.register(mine.url, buyer="one")
    await gateway.register(others.url, buyer="two")
    await gateway.register(cantata.url, base=CANTATA, buyer="one")
    ended = await gateway.register(gone.url, buyer="one")
    async with gateway.session.delete(f"{gateway.url}{SONATA}/hub/{ended}", params={"buyerId": "one"}) as response:
        assert (response.status, await response.read()) == (204, b"")

    status, immediate = await gateway.post(valid_request(), buyer="one")
    poq = await acknowledged(gateway, asking("a"), buyer="one")
    await mine.wait_for(4)
    # whatever else there was to tell of the first two POQs was told before this third one's
    last = await acknowledged(gateway, asking("z"), base=CANTATA, buyer="one")
    await cantata.wait_for(4)

    assert (status, immediate["state"]) == (201, "done")
    assert {call.body["event"]["id"] for call in mine.calls} == {poq["id"]}
    assert {call.body["event"]["id"] for call in cantata.calls} == {last["id"]}
    assert len(mine.calls) == 4
    assert others.calls == gone.calls == []


async def test_a_listener_that_was_away_is_told_after_a_restart(tmp_path: Path, legacy: Nimbus) -> None:
    pauses = {"first_pause": "1 s", "longest_pause": "1 s"}
    settings = seller(legacy, notifications=LOOPBACK, delivery=pauses)
    async with listening([503] * 2) as listener:
        async with running(tmp_path, settings, {"line": MAPPING}) as gateway:
            await gateway.register(listener.url)
            poq = await acknowledged(gateway, asking("a"))
            await seen(gateway, poq, is_final)
            await listener.wait_for(1)
        async with running(tmp_path, settings, {"line": MAPPING}):
            calls = await listener.wait_for(6)

    ids = [call.event_id for call in calls]
    assert ids[:3] == [ids[0]] * 3, "what was refused is repeated under the same id, and nothing overtakes it"
    assert told(calls)[2:] == [("a", "inProgress"), ("POQ", "inProgress"), ("a", "done"), ("POQ", "done")]
