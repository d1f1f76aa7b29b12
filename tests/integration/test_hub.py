"""The hub over HTTP, on a store of its own; and events from the commit to the Buyer's listener."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import Connection

from gateway.api.server import build_application
from gateway.lso.documents import check_event, check_event_subscription
from gateway.lso.identifiers import BuyerId, Interface, ItemId, PoqId, SellerId
from gateway.lso.models.events import PoqEventType
from gateway.lso.models.states import MEFPOQItemTaskStateType, MEFPOQTaskStateType
from gateway.notify.courier import HttpCourier
from gateway.notify.dispatcher import Addressing, Dispatcher, Pace
from gateway.notify.events import item_event, poq_event
from gateway.notify.hub import HubService, HubTerms
from gateway.notify.names import Names
from gateway.notify.policy import Address, CallbackPolicy
from gateway.notify.schedule import Pauses
from gateway.store import deliveries
from gateway.store.notifications import DeliveryStore, SubscriptionStore
from gateway.store.queries import insert_qualification
from gateway.store.records import JsonText, NewEvent, StoredQualification
from gateway.store.sqlite import SqliteDatabase
from tests.support.client import CANTATA, SONATA, ApiServer, Client, FakeQualifications, dealing, settings
from tests.support.errors import assert_standard_error
from tests.support.listener import listening
from tests.support.sqlite_tables import with_tables

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
BUYERS = ("buyer-1", "buyer-2", "without")
HUB = f"{SONATA}/hub"
FIRST, SECOND = {"buyerId": "buyer-1"}, {"buyerId": "buyer-2"}
CALLBACK = "https://buyer.example/mef"
LOOPBACK = CallbackPolicy.of(["http", "https"], ["127.0.0.1"])
VERSIONS = {Interface.SONATA: "v8", Interface.CANTATA: "v8"}


@dataclass(frozen=True)
class Served:
    """The hub behind HTTP, and what lies behind the hub."""

    client: Client
    database: SqliteDatabase
    dispatcher: Dispatcher

    async def register(self, callback: str = CALLBACK, **more: Any) -> dict[str, Any]:
        response = await self.client.post(HUB, json={"callback": callback, **more}, params=FIRST)
        assert response.status == 201, await response.text()
        return dict(await response.json())


async def resolve(host: str) -> Sequence[Address]:
    """What names mean in these tests: the last label tells."""
    known = {"example": "8.8.8.8", "internal": "10.0.0.1"}
    try:
        return [ip_address(known[host.rpartition(".")[2]])]
    except KeyError:
        raise OSError("unknown") from None


async def is_ready() -> bool:
    return True


@asynccontextmanager
async def serving_hub(folder: Path, *, buyers: tuple[str, ...] = BUYERS, most: int = 3) -> AsyncIterator[Served]:
    ids = itertools.count(1)
    new_id = lambda: f"id-{next(ids)}"  # noqa: E731
    database, names = SqliteDatabase(with_tables(folder / "poq.db")), Names(timeout=5)
    await database.open()
    terms = {dealing(buyer): HubTerms(LOOPBACK, most=most, offered=buyer != "without") for buyer in buyers}
    async with HttpCourier(names, timeout=5) as courier:
        dispatcher = Dispatcher(
            DeliveryStore(database),
            courier,
            Addressing(VERSIONS, {whose: one.policy for whose, one in terms.items()}),
            Pace(Pauses(timedelta(milliseconds=1), timedelta(milliseconds=1)), poll=0.01, grace=0),
            now=lambda: datetime.now(UTC),
            chance=lambda: 0.5,
            sole_use=True,
        )
        store = SubscriptionStore(database)
        hub = HubService(store, terms, resolve, now=lambda: NOW, new_id=new_id, ended=dispatcher.forget)
        api = settings(buyers, body_bytes=1000)
        application = build_application(
            api,
            FakeQualifications(),
            openapi={},
            ready=is_ready,
            new_id=lambda: "request",
            monotonic=time.monotonic,
            hub=hub,
        )
        async with TestClient(ApiServer(application, api.limits, lambda: "request")) as client:
            yield Served(client, database, dispatcher)
    await database.close()
    await names.close()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving_hub(tmp_path) as served:
        yield served


@pytest.mark.requirement("87.1-R67", "87.1-R68", "79.1-R7")
@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"callback": CALLBACK}, id="callback-only"),
        pytest.param({"callback": CALLBACK + "/", "query": ""}, id="empty-query"),
        pytest.param({"callback": CALLBACK, "query": "eventType = poqStateChangeEvent"}, id="query-as-spelled"),
        pytest.param({"callback": "http://127.0.0.1:1/%41", "query": "eventType%3DpoqStateChangeEvent"}, id="allowed"),
    ],
)
async def test_a_registration_is_answered_with_an_id_and_all_as_it_was_sent(served: Served, body: Any) -> None:
    created = await served.client.post(HUB, json=body, params=FIRST)
    registration = await created.json()

    assert created.status == 201
    assert created.headers["Content-Type"] == "application/json;charset=utf-8"
    assert check_event_subscription(registration) == []
    assert registration == {**body, "id": registration["id"]}
    read = await served.client.get(f"{HUB}/{registration['id']}", params=FIRST)
    assert (read.status, await read.json()) == (200, registration)


@pytest.mark.requirement("H8")
async def test_the_same_registration_again_is_another_one(served: Served) -> None:
    first, second = await served.register(), await served.register()

    assert first["id"] != second["id"]


@pytest.mark.requirement("H9")
async def test_a_buyer_has_no_more_registrations_than_agreed(served: Served) -> None:
    kept = [await served.register() for _ in range(3)]

    refused = await served.client.post(HUB, json={"callback": CALLBACK}, params=FIRST)
    [entry] = await assert_standard_error(refused, 422, "otherIssue")
    assert entry["propertyPath"] == "/callback"
    assert (await served.client.post(HUB, json={"callback": CALLBACK}, params=SECOND)).status == 201
    assert (await served.client.delete(f"{HUB}/{kept[0]['id']}", params=FIRST)).status == 204
    await served.register()


@pytest.mark.requirement("H2", "H3", "H4", "H5", "H6", "H7", "87.1-R67", "87.1-R68", "87.1-R22")
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({}, [("missingProperty", "/callback")], id="no-callback"),
        pytest.param({"callback": None}, [("invalidFormat", "/callback")], id="null"),
        pytest.param({"callback": 1}, [("invalidFormat", "/callback")], id="number"),
        pytest.param({"callback": ""}, [("invalidFormat", "/callback")], id="empty"),
        pytest.param({"callback": "buyer.example"}, [("invalidFormat", "/callback")], id="no-uri"),
        pytest.param({"callback": CALLBACK + "?a=1"}, [("invalidValue", "/callback")], id="with-a-query"),
        pytest.param({"callback": "https://x.internal/"}, [("invalidValue", "/callback")], id="private"),
        pytest.param({"callback": "https://x.unknown/"}, [("invalidValue", "/callback")], id="unknown-name"),
        pytest.param({"callback": "https://[::1]/"}, [("invalidValue", "/callback")], id="loopback"),
        pytest.param({"callback": CALLBACK, "query": None}, [("invalidFormat", "/query")], id="query-null"),
        pytest.param({"callback": CALLBACK, "query": ["x"]}, [("invalidFormat", "/query")], id="query-list"),
        pytest.param({"callback": CALLBACK, "query": "state=done"}, [("invalidValue", "/query")], id="other-query"),
        pytest.param(
            {"callback": CALLBACK, "query": "eventType=poqCreateEvent"}, [("invalidValue", "/query")], id="old-event"
        ),
        pytest.param({"callback": CALLBACK, "id": "x"}, [("unexpectedProperty", "/id")], id="id"),
        pytest.param(
            {"id": "x", "query": "y", "callback": "z", "a/b": 1},
            [
                ("unexpectedProperty", "/id"),
                ("invalidValue", "/query"),
                ("invalidFormat", "/callback"),
                ("unexpectedProperty", "/a~1b"),
            ],
            id="everything-at-once-in-the-order-of-the-body",
        ),
    ],
)
async def test_a_registration_that_cannot_be_kept_is_refused_with_all_problems(
    served: Served, body: Any, expected: list[tuple[str, str]]
) -> None:
    response = await served.client.post(HUB, json=body, params=FIRST)

    entries = await assert_standard_error(response, 422)
    assert [(entry["code"], entry["propertyPath"]) for entry in entries] == expected
    assert not any("internal" in entry["reason"] for entry in entries)


@pytest.mark.requirement("87.1-R70", "87.1-R71", "J2", "J3")
async def test_the_end_of_a_registration_is_204_without_body_and_type_and_then_404(served: Served) -> None:
    registration = await served.register()
    target = f"{HUB}/{registration['id']}"

    ended = await served.client.delete(target, params=FIRST, data=b"not looked at")

    assert (ended.status, await ended.read()) == (204, b"")
    assert "Content-Type" not in ended.headers
    assert ended.headers["X-Request-Id"] == "request"
    for again in (served.client.delete, served.client.get):
        await assert_standard_error(await again(target, params=FIRST), 404, "notFound")


@pytest.mark.requirement("J2", "C14", "C22", "87.1-R70")
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_another_buyers_registration_is_not_there(served: Served, method: str) -> None:
    id = (await served.register())["id"]
    elsewhere = [(f"{HUB}/{id}", SECOND), (f"{CANTATA}/hub/{id}", FIRST), (f"{HUB}/x%2F", FIRST), (f"{HUB}/x", FIRST)]

    for target, parties in elsewhere:
        await assert_standard_error(await served.client.request(method, target, params=parties), 404, "notFound")

    assert (await served.client.get(f"{HUB}/{id}", params=FIRST)).status == 200


@pytest.mark.requirement("H1", "J1", "87.1-R69")
@pytest.mark.parametrize(("method", "path"), [("POST", HUB), ("GET", f"{HUB}/x"), ("DELETE", f"{HUB}/x")])
async def test_a_buyer_without_notifications_is_told_so_before_the_body_is_read(
    served: Served, method: str, path: str
) -> None:
    parties = {"buyerId": "without"}

    answer = await served.client.request(method, path, params=parties, data=b"x" * 5000)
    await assert_standard_error(answer, 501, "notImplemented")
    faulty = await served.client.request(method, path, params={**parties, "nonsense": "1"})
    await assert_standard_error(faulty, 400, "invalidQuery")


@pytest.mark.requirement("87.1-R5", "C6", "C9", "C12")
@pytest.mark.parametrize(
    ("method", "target", "parties", "status"),
    [
        pytest.param("POST", HUB, {}, 400, id="no-buyer"),
        pytest.param("POST", HUB, {"buyerId": "buyer-9"}, 403, id="foreign-buyer"),
        pytest.param("DELETE", f"{HUB}/x", {"buyerId": "buyer-9"}, 403, id="foreign-buyer-ends"),
        pytest.param("POST", HUB, {**FIRST, "callback": "x"}, 400, id="undefined-parameter"),
    ],
)
async def test_the_hub_checks_who_asks_like_any_operation(
    served: Served, method: str, target: str, parties: dict[str, str], status: int
) -> None:
    await assert_standard_error(await served.client.request(method, target, params=parties), status)


async def test_a_hub_whose_store_is_away_says_so(served: Served) -> None:
    id = (await served.register())["id"]
    await served.database.close()

    for method, target in (("POST", HUB), ("GET", f"{HUB}/{id}"), ("DELETE", f"{HUB}/{id}")):
        answer = await served.client.request(method, target, params=FIRST, json={"callback": CALLBACK})
        await assert_standard_error(answer, 503)
        assert answer.headers["Retry-After"]


def change(events: Sequence[NewEvent], poq_id: str, ids: Sequence[str], connection: Connection) -> None:
    """A new POQ of buyer-1 whose state changes make these events."""
    head = (PoqId(poq_id), Interface.SONATA, BuyerId("buyer-1"), SellerId("seller-1"))
    insert_qualification(connection, StoredQualification(*head, "done", NOW, JsonText("{}"), JsonText("[]"), ()))
    rest = iter(ids)
    deliveries.enqueue(
        connection,
        poq_id=head[0],
        interface=head[1],
        buyer=head[2],
        seller=head[3],
        first_number=1,
        events=events,
        expires=NOW + timedelta(days=36500),
        new_id=lambda: next(rest),
    )


def events_of(poq_id: str) -> list[NewEvent]:
    """The life of a POQ with one item."""
    items, poqs = MEFPOQItemTaskStateType, MEFPOQTaskStateType
    item = partial(item_event, time=NOW, poq_id=PoqId(poq_id), item_id=ItemId("item-1"))
    poq = partial(poq_event, time=NOW, poq_id=PoqId(poq_id))
    return [
        item(event_id=f"{poq_id}-1", state=items.IN_PROGRESS),
        poq(event_id=f"{poq_id}-2", state=poqs.IN_PROGRESS),
        item(event_id=f"{poq_id}-3", state=items.DONE),
        poq(event_id=f"{poq_id}-4", state=poqs.DONE),
    ]


@pytest.mark.requirement("87.1-R72", "87.1-R74", "87.1-R76", "87.1-R77", "87.1-R78", "87.1-R79", "79.1-R90", "79.1-R92")
async def test_events_reach_every_listener_that_wants_them_in_order_and_repeats_keep_their_id(served: Served) -> None:
    async with listening([503, 204, 500]) as everything, listening() as poqs_only:
        await served.register(everything.url)
        await served.register(f"{poqs_only.url}/base/", query="eventType=poqStateChangeEvent")
        await served.database.write(partial(change, events_of("poq-1"), "poq-1", [str(n) for n in range(6)]))
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            tasks.create_task(served.dispatcher.run())
            calls = await everything.wait_for(6)
            fewer = await poqs_only.wait_for(2)
            served.dispatcher.stop()

    assert [call.event_id for call in calls] == [f"poq-1-{number}" for number in (1, 1, 2, 2, 3, 4)]
    assert [call.event_id for call in fewer] == ["poq-1-2", "poq-1-4"]
    listener = "/mefApi/sonata/productOfferingQualificationNotification/v8/listener"
    assert calls[0].target == f"{listener}/poqItemStateChangeEvent?buyerId=buyer-1"
    assert fewer[0].target == f"/base{listener}/poqStateChangeEvent?buyerId=buyer-1"
    assert [check_event(PoqEventType(call.body["eventType"]), call.body) for call in calls] == [[]] * 6
    assert calls[-1].body["event"] == {"id": "poq-1", "state": "done"}


@pytest.mark.requirement("87.1-R71", "87.1-R73", "79.1-R6")
async def test_nothing_is_sent_to_a_registration_that_has_ended(served: Served) -> None:
    async with listening([500] * 10) as ended, listening() as stays:
        registration = await served.register(ended.url)
        await served.register(stays.url)
        await served.database.write(partial(change, events_of("poq-1"), "poq-1", [str(n) for n in range(8)]))
        for claimed in (await served.dispatcher.turn()).claimed:
            await served.dispatcher.deliver(claimed)
        before = len(ended.calls)

        assert (await served.client.delete(f"{HUB}/{registration['id']}", params=FIRST)).status == 204
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            tasks.create_task(served.dispatcher.run())
            await stays.wait_for(4)
            served.dispatcher.stop()

    assert (before, len(ended.calls)) == (1, 1)


async def test_without_several_buyers_the_listener_is_called_without_parameters(tmp_path: Path) -> None:
    async with serving_hub(tmp_path, buyers=("buyer-1",)) as served, listening() as listener:
        response = await served.client.post(HUB, data=json.dumps({"callback": listener.url}), headers=JSON)
        assert response.status == 201
        await served.database.write(partial(change, events_of("poq-1")[:1], "poq-1", ["1"]))
        [claimed] = (await served.dispatcher.turn()).claimed
        await served.dispatcher.deliver(claimed)

    assert [call.target.rpartition("/")[2] for call in listener.calls] == ["poqItemStateChangeEvent"]


JSON = {"Content-Type": "application/json"}
