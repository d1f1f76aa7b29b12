"""A legacy system for deferred work: a SOAP service that answers each item as a test says, when the test says so."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.support.gateways import configuration
from tests.support.soap_server import WSDL_FOLDER, SoapServer, envelope, feasible, soap_server

MAPPING = """
mapping: line
version: 4
for: {product: any}
estimate: 2 h
steps:
  feasibility:
    soap: nimbus
    operation: CheckFeasibility
    with:
      Reference: =item.id
      Circuit: {ProductCode: AEL-P, BandwidthKbps: 1000, Site: [a]}
    on:
      fault LOC-404: {refuse: referenceNotFound, reason: The address is not known}
      fault WAIT: {wait: 20 ms}
      fault LONG: {wait: 1 h}
      fault PERSON: {ask an operator: Somebody has to look at the map}
      any fault: fail
answer:
  - when: feasibility.FeasCode == 'A'
    serviceabilityConfidence: green
    installationInterval: {amount: =feasibility.LeadDays, units: businessDays}
    deliveryType: onNetWithoutBuild
    guaranteedUntilDate: =now + days(30)
  - when: feasibility.FeasCode == 'N' and feasibility.LeadDays == None
    red: Not feasible
  - otherwise: {red: Not feasible}
"""

_ITEM = re.compile(rb"Reference>([^<]*)<")


def fault(code: str) -> str:
    """A fault of the service, by its code."""
    detail = f"<detail><c:AddressFault><c:FaultCode>{code}</c:FaultCode></c:AddressFault></detail>"
    return envelope(f"<s:Fault><faultcode>s:Server</faultcode><faultstring>no</faultstring>{detail}</s:Fault>")


@dataclass
class Nimbus:
    """`replies`: by item id, a list of fault codes to give first; green then. `held`: items answered only when set."""

    server: SoapServer
    replies: dict[str, list[str]] = field(default_factory=dict)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def wait_for(self, calls: int) -> None:
        """Until so many calls have reached the system in all."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: self.asked.total() >= calls)

    def hold(self, *items: str) -> asyncio.Event:
        """Answer these items only after the event that is given back."""
        event = asyncio.Event()
        self.held |= dict.fromkeys(items, event)
        return event

    async def answer(self, request: web.Request) -> web.StreamResponse:
        found = _ITEM.search(await request.read())
        assert found is not None
        item = found[1].decode()
        self.asked[item] += 1
        self.reached.set()
        async with self._arrived:
            self._arrived.notify_all()
        if item in self.held:
            await self.held[item].wait()
        faults = self.replies.get(item, [])
        status, text = (500, fault(faults.pop(0))) if faults else (200, envelope(feasible()))
        return web.Response(text=text, status=status, content_type="text/xml", charset="utf-8")


@asynccontextmanager
async def nimbus() -> AsyncIterator[Nimbus]:
    async with soap_server() as server:
        legacy = Nimbus(server)
        server.answer = legacy.answer
        yield legacy


def seller(legacy: Nimbus, **changes: Any) -> dict[str, Any]:
    """The configuration of a Seller with this system; pauses between tries are short."""
    soap = {"wsdl": str(WSDL_FOLDER / "feasibility.wsdl"), "endpoint": legacy.server.url}
    return configuration(
        **{
            "products": {"unknown_types": "accept"},
            "systems": {"nimbus": {"soap": soap}},
            "work": {"first_pause": "10 ms", "longest_pause": "50 ms"},
            **changes,
        }
    )
