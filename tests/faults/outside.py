"""The world around the gateway, which does not die with it: the legacy service, and the Buyer's listener."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, assert_never

from aiohttp import web

from tests.faults.moments import Moments, Seen
from tests.faults.plans import End, ItemPlan, PoqPlan, Stall, by_item
from tests.support.legacy import fault
from tests.support.soap_server import SoapServer, envelope, feasible, soap_server

WRONG_DAYS = 999_999
"""In half a reply: who believes it shows it."""

_REFERENCE = re.compile(rb"Reference>([^<]*)<")


class Legacy:
    """Answers as the plans say, which are looked up while they grow. `kills`: how many there have been."""

    def __init__(self, plans: Mapping[str, PoqPlan], moments: Moments) -> None:
        self.plans = plans
        self._moments = moments
        self._asked: Counter[str] = Counter()
        self.kills = 0
        self.hurried: set[str] = set()
        """POQs, by name, of which no item is stalled any more."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        found = _REFERENCE.search(await request.read())
        assert found is not None
        plan = by_item(self.plans, found[1].decode())
        before = self._asked[plan.id]
        self._asked[plan.id] += 1
        self._moments.saw(Seen.ASKED)
        stall = self._stall(plan, before)
        if stall is not None:
            return await _stalled(stall, request)
        return _said(plan)

    def _stall(self, plan: ItemPlan, before: int) -> Stall | None:
        speaks = plan.end is not End.NEVER
        if speaks and plan.poq in self.hurried:
            return None
        if before < len(plan.stalls):
            return plan.stalls[before]
        if speaks and self.kills >= plan.opened:
            return None
        return Stall.BUSY if before % 3 else Stall.BROKEN


@asynccontextmanager
async def legacy_service(legacy: Legacy) -> AsyncIterator[SoapServer]:
    async with soap_server() as server:
        server.answer = legacy.answer
        yield server


async def _stalled(stall: Stall, request: web.Request) -> web.StreamResponse:
    match stall:
        case Stall.SOON | Stall.BUSY | Stall.BROKEN:
            return _xml(fault(stall.name), 500)
        case Stall.SLOW:
            await asyncio.sleep(0.2)
            return _xml(fault(Stall.SOON.name), 500)
        case Stall.HALF:
            text = envelope(_answer("A", WRONG_DAYS))
            return _xml(text[: text.index("</f:CheckFeasibilityResponse>")])
        case Stall.DROPPED:
            return drop(request)
        case Stall.SILENT:
            return await asyncio.Event().wait()  # type: ignore[return-value]  # until nobody waits for it any more
        case _:
            assert_never(stall)


def _said(plan: ItemPlan) -> web.Response:
    match plan.end:
        case End.GREEN:
            return _xml(envelope(_answer("A", plan.lead_days)))
        case End.RED:
            return _xml(envelope(_answer("N", plan.lead_days)))
        case End.REFUSED:
            return _xml(fault("LOC-404"), 500)
        case End.NEVER:
            raise AssertionError("this item never has an end")
        case _:
            assert_never(plan.end)


def _answer(code: str, days: int) -> str:
    return feasible(f"<f:FeasCode>{code}</f:FeasCode><f:LeadDays>{days}</f:LeadDays>")


def _xml(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/xml", charset="utf-8")


def drop(request: web.Request) -> web.Response:
    """No answer: the connection is closed under it."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@dataclass
class Arrival:
    """One call of the listener. `registration`: the first part of its path; `accepted`: it was answered with 204."""

    registration: str
    target: str
    body: Mapping[str, Any]
    accepted: bool = False

    @property
    def poq_id(self) -> str:
        return str(self.body["event"]["id"])


class Listener:
    """Remembers every call, in order of arrival, and does not always thank for it."""

    def __init__(self, random: Random, moments: Moments) -> None:
        self._random = random
        self._moments = moments
        self.arrivals: list[Arrival] = []
        self.of_poq: dict[str, list[Arrival]] = {}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        _, registration, target = request.raw_path.split("/", 2)
        arrival = Arrival(registration, f"/{target}", body)
        self.arrivals.append(arrival)
        self.of_poq.setdefault(arrival.poq_id, []).append(arrival)
        self._moments.saw(Seen.TOLD)
        chance = self._random.random()
        if chance < 0.05:
            return web.Response(status=500)
        if chance < 0.08:
            return drop(request)
        if chance < 0.09:
            await asyncio.Event().wait()
        if chance < 0.14:
            await asyncio.sleep(0.1)
        arrival.accepted = True
        return web.Response(status=204)


@asynccontextmanager
async def listening(listener: Listener) -> AsyncIterator[str]:
    """The listener on loopback; gives what registrations put their names behind."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", listener.answer)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
