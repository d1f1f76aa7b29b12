"""Two Buyers and two Sellers in one gateway: on every route each sees its own and nothing else (C9, C14).

The routes are those that the gateway has. One that no check here is for fails the first test: write its check.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from gateway.api.routes import Routes
from gateway.api.settings import BOTH_INTERFACES
from gateway.authentication.client_keys import hash_of, new_key
from tests.support.databases import postgres_database
from tests.support.errors import Answer, assert_standard_error
from tests.support.gateways import CANTATA, CONTACT, POQ, SONATA, configuration, running
from tests.support.listener import Listener, listening
from tests.support.requests import deferred_request, valid_request

MAPPING = """
mapping: generic
version: 1
for: {product: any}
answer:
  - otherwise: {red: "=buyer.id + ' asked ' + seller.id"}
"""

DEALINGS = [(buyer, seller) for buyer in ("buyer-1", "buyer-2") for seller in ("seller-1", "seller-2")]
POQS_EACH = 2


@dataclass
class Party:
    """A Buyer with a Seller: its own client, its POQs and its registration."""

    buyer: str
    seller: str
    url: str
    session: aiohttp.ClientSession
    listener: Listener
    poqs: list[str] = field(default_factory=list)
    hub: str = ""

    async def call(self, method: str, path: str, *, base: str = SONATA, **more: Any) -> Answer:
        async with self.session.request(method, self.url + base + path, **more) as response:
            return await Answer.of(response)


@dataclass
class World:
    parties: list[Party]
    log: list[Any]

    def others(self, one: Party) -> list[Party]:
        return [other for other in self.parties if other is not one]


@asynccontextmanager
async def world(folder: Path, store: dict[str, Any]) -> AsyncIterator[World]:
    keys = {dealing: new_key() for dealing in DEALINGS}
    settings = configuration(
        sellers=[{"id": seller, "contact": dict(CONTACT)} for seller in ("seller-1", "seller-2")],
        buyers=[{"id": buyer} for buyer in ("buyer-1", "buyer-2")],
        clients=[
            {"id": f"{buyer} at {seller}", "buyers": [buyer], "sellers": [seller], "keys": [hash_of(key)]}
            for (buyer, seller), key in keys.items()
        ],
        products={"unknown_types": "accept"},
        notifications={"schemes": ["http"], "allow": ["127.0.0.1"]},
        store=store,
    )
    with capture_logs() as log:
        async with AsyncExitStack() as opened:
            gateway = await opened.enter_async_context(running(folder, settings, {"generic": MAPPING}))
            parties = []
            for (buyer, seller), key in keys.items():
                session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"})
                await opened.enter_async_context(session)
                listener = await opened.enter_async_context(listening())
                parties.append(Party(buyer, seller, gateway.url, session, listener))
            for party in parties:
                await _settle_in(party)
            yield World(parties, log)


async def _settle_in(party: Party) -> None:
    """A registration, one POQ answered at once and one later, with the same external id for everybody."""
    hub = await party.call("POST", "/hub", json={"callback": party.listener.url})
    party.hub = hub.json["id"]
    for make in (valid_request, deferred_request):
        created = await party.call("POST", POQ, json=make(externalId="the-same"))
        assert created.status == 201, created.body
        party.poqs.append(created.json["id"])


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
async def two_of_each(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as opened:
        store = {"path": "poq.db"}
        if request.param == "postgresql":
            store = {"url": await opened.enter_async_context(postgres_database())}
        yield await opened.enter_async_context(world(tmp_path, store))


# --- one check for each route: by the name of its endpoint ---


async def creating(world: World) -> None:
    """A POQ is answered for who asked, whomever the query names."""
    for party in world.parties:
        for poq in party.poqs:
            shown = (await party.call("GET", f"{POQ}/{poq}")).json
            reasons = [item.get("serviceabilityConfidenceReason") for item in shown["productOfferingQualificationItem"]]
            assert set(reasons) <= {f"{party.buyer} asked {party.seller}", None}
        for other in world.others(party):
            query = {"buyerId": other.buyer, "sellerId": other.seller}
            foreign = await party.call("POST", POQ, json=valid_request(), params=query)
            await assert_standard_error(
                foreign, 403, "forbiddenRequester" if other.buyer != party.buyer else "accessDenied"
            )


async def reading(world: World) -> None:
    for party in world.parties:
        for other in world.others(party):
            for poq in other.poqs:
                foreign = await party.call("GET", f"{POQ}/{poq}")
                unknown = await party.call("GET", f"{POQ}/00000000-0000-0000-0000-000000000000")
                await assert_standard_error(foreign, 404, "notFound")
                assert foreign.body == unknown.body
        for poq in party.poqs:  # nor on the other interface
            await assert_standard_error(await party.call("GET", f"{POQ}/{poq}", base=CANTATA), 404, "notFound")


async def listing(world: World) -> None:
    for party in world.parties:
        for query in ({}, {"externalId": "the-same"}, {"limit": "1"}, {"offset": "1"}):
            page = await party.call("GET", POQ, params=query)
            assert {entry["id"] for entry in page.json} <= set(party.poqs)
            assert page.headers["X-Total-Count"] == str(POQS_EACH)
        everything = await party.call("GET", POQ)
        assert {entry["id"] for entry in everything.json} == set(party.poqs)


async def registering(world: World) -> None:
    """Who has registered as often as it may leaves the others their own places."""
    first, *others = world.parties
    for _ in range(19):
        assert (await first.call("POST", "/hub", json={"callback": first.listener.url})).status == 201
    full = await first.call("POST", "/hub", json={"callback": first.listener.url})
    await assert_standard_error(full, 422, "otherIssue")
    for other in others:
        assert (await other.call("POST", "/hub", json={"callback": other.listener.url})).status == 201


async def reading_a_registration(world: World) -> None:
    for party in world.parties:
        assert (await party.call("GET", f"/hub/{party.hub}")).status == 200
        for other in world.others(party):
            await assert_standard_error(await party.call("GET", f"/hub/{other.hub}"), 404, "notFound")


async def ending_a_registration(world: World) -> None:
    for party in world.parties:
        for other in world.others(party):
            await assert_standard_error(await party.call("DELETE", f"/hub/{other.hub}"), 404, "notFound")
    for party in world.parties:
        assert (await party.call("DELETE", f"/hub/{party.hub}")).status == 204


async def a_page_for_operators(world: World) -> None:
    """It names no Buyer, no Seller and no POQ."""
    for page in ("/openapi.json", "/health", "/ready"):
        shown = (await world.parties[0].call("GET", page, base="")).body.decode()
        names = [name for party in world.parties for name in (party.buyer, party.seller, party.hub, *party.poqs)]
        assert [name for name in names if name in shown] == []


Check = Callable[[World], Awaitable[None]]

CHECKS: dict[str, Check] = {
    "createProductOfferingQualification": creating,
    "retrieveProductOfferingQualification": reading,
    "listProductOfferingQualification": listing,
    "registerListener": registering,
    "retrieveHub": reading_a_registration,
    "unregisterListener": ending_a_registration,
    "openapi": a_page_for_operators,
    "health": a_page_for_operators,
    "ready": a_page_for_operators,
}


def test_each_route_has_a_check() -> None:
    routes = Routes(BOTH_INTERFACES)

    endpoints = {endpoint.name for resource in routes.resources for endpoint in resource.endpoints.values()}

    assert endpoints == CHECKS.keys()


@pytest.mark.requirement("C14", "87.1-R5", "87.1-R6")
async def test_on_every_route_each_sees_its_own_only(two_of_each: World) -> None:
    for check in dict.fromkeys(CHECKS.values()):
        await check(two_of_each)


@pytest.mark.requirement("87.1-R73", "87.1-R76")
async def test_events_reach_the_registrations_of_their_own_dealing_only(two_of_each: World) -> None:
    async with asyncio.timeout(20):
        for party in two_of_each.parties:
            calls = await party.listener.wait_for(4)
            assert {call.body["event"]["id"] for call in calls} == {party.poqs[1]}


async def test_lines_of_the_log_name_who_asked_and_nobody_else(two_of_each: World) -> None:
    lines = [line for line in two_of_each.log if line["event"] == "poq created"]
    asked = [line for line in two_of_each.log if line["event"] == "request answered"]

    assert sorted(line["buyer_id"] for line in lines) == sorted([buyer for buyer, _ in DEALINGS] * POQS_EACH)
    assert {(line["client"], line["buyer_id"], line["seller_id"]) for line in asked} == {
        (f"{buyer} at {seller}", buyer, seller) for buyer, seller in DEALINGS
    }


async def test_the_same_idempotency_key_of_another_is_another_key(two_of_each: World) -> None:
    made = set()
    for party in two_of_each.parties:
        headers = {"Idempotency-Key": "the-same"}
        created = await party.call("POST", POQ, json=valid_request(), headers=headers)
        again = await party.call("POST", POQ, json=valid_request(), headers=headers)
        assert created.status == again.status == 201
        assert created.json["id"] == again.json["id"]
        made.add(created.json["id"])
    assert len(made) == len(DEALINGS)
