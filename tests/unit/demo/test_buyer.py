"""The demo's Buyer: what its listener takes, and how it learns that a POQ is at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from itertools import count

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.demo.buyer import Buyer, DemoFailed
from gateway.demo.listener import Listener, Notice
from gateway.lso.identifiers import Interface, ItemId, PoqId
from gateway.lso.models.states import MEFPOQItemTaskStateType as ItemState
from gateway.lso.models.states import MEFPOQTaskStateType as PoqState
from gateway.lso.operations import Side, base_path
from gateway.notify.events import item_event, poq_event
from gateway.store.records import NewEvent

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def ticks() -> Iterator[int]:
    return count(1)


@pytest.fixture
async def listener(ticks: Iterator[int]) -> AsyncIterator[Listener]:
    async with Listener(lambda: next(ticks)) as started:
        yield started


def of_poq(state: PoqState, *, poq: str = "poq-1", event: str = "") -> NewEvent:
    return poq_event(event_id=event or f"{poq} {state}", time=NOON, poq_id=PoqId(poq), state=state)


def of_item(state: ItemState, *, item: str = "item-1") -> NewEvent:
    event_id = f"{item} {state}"
    return item_event(event_id=event_id, time=NOON, poq_id=PoqId("poq-1"), item_id=ItemId(item), state=state)


async def deliver(listener: Listener, *events: NewEvent) -> None:
    """In turn, to where the gateway sends them."""
    for event in events:
        assert await post(listener, event.type, event.body.encode()) == 204


async def post(listener: Listener, event_type: str, body: bytes) -> int:
    url = f"{listener.url}{base_path(Side.BUYER, Interface.SONATA)}/listener/{event_type}"
    async with aiohttp.ClientSession() as session, session.post(url, data=body) as response:
        return response.status


async def heard(buyer: Buyer) -> list[Notice]:
    notices: list[Notice] = []
    await buyer.hear_the_end("poq-1", notices.append)
    return notices


async def test_notices_come_in_the_order_of_arrival_with_their_time(listener: Listener) -> None:
    await deliver(listener, of_item(ItemState.DONE), of_poq(PoqState.DONE))

    item, poq = await listener.next(), await listener.next()

    assert (item.at, item.item, item.event.event.state) == (1, "item-1", "done")
    assert (poq.at, poq.item, poq.event.event.state) == (2, None, "done")


async def test_an_event_that_comes_again_is_heard_once(listener: Listener) -> None:
    buyer = Buyer("http://nowhere.example", listener, lambda: 0.0)
    begun, done = of_poq(PoqState.IN_PROGRESS), of_poq(PoqState.DONE)

    await deliver(listener, begun, begun, done)

    assert [notice.event.event_id for notice in await heard(buyer)] == [begun.id, done.id]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{}", id="no event"),
        pytest.param(of_poq(PoqState.DONE).body.replace("poqStateChangeEvent", "else").encode(), id="another type"),
    ],
)
async def test_what_is_no_event_is_refused(listener: Listener, body: bytes) -> None:
    assert await post(listener, "poqStateChangeEvent", body) == 400

    await deliver(listener, of_poq(PoqState.DONE))
    assert (await listener.next()).at == 1, "the first that was taken"


@pytest.mark.parametrize("end", [PoqState.DONE, PoqState.REJECTED, PoqState.TERMINATED_WITH_ERROR])
async def test_a_poq_is_heard_up_to_its_own_end(listener: Listener, end: PoqState) -> None:
    buyer = Buyer("http://nowhere.example", listener, lambda: 0.0)
    begun, done, ended = of_poq(PoqState.IN_PROGRESS), of_item(ItemState.DONE), of_poq(end)

    await deliver(listener, begun, of_poq(PoqState.DONE, poq="another"), done, ended, of_item(ItemState.REJECTED))

    assert [notice.event.event_id for notice in await heard(buyer)] == [begun.id, done.id, ended.id]


async def test_a_poq_that_never_ends_is_a_failure(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.demo.buyer.LONGEST_WAIT", 0.05)
    buyer = Buyer("http://nowhere.example", listener, lambda: 0.0)
    await deliver(listener, of_poq(PoqState.IN_PROGRESS))

    with pytest.raises(DemoFailed, match="poq-1 was not at its end"):
        await heard(buyer)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        pytest.param(422, [{"code": "invalidValue"}], "answered 422: .*invalidValue", id="refused"),
        pytest.param(201, {"id": "poq-1", "state": "done"}, "answered in state done", id="answered at once"),
    ],
)
async def test_a_deferred_poq_that_is_not_acknowledged_is_a_failure(
    listener: Listener, status: int, body: object, expected: str
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    application = web.Application()
    application.router.add_post("/productOfferingQualification", answer)
    async with TestServer(application) as server:
        buyer = Buyer(str(server.make_url("")).rstrip("/"), listener, lambda: 0.0)
        with pytest.raises(DemoFailed, match=expected):
            await buyer.ask_for_later({})
