"""A SOAP service for tests: answers what it is told, byte by byte if need be, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from gateway.demo.loopback import Loopback

WSDL_FOLDER = Path(__file__).parent / "wsdl"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class SoapServer:
    """`answer` decides every reply; `asked` has the headers and bodies received; `most_at_once` the busiest moment."""

    url: str = ""
    answer: Handler | None = None
    asked: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def says(self, content: str | bytes, *, status: int = 200, **headers: str) -> None:
        """Answer every request with these bytes; a header's `_` stands for `-`."""
        body = content.encode() if isinstance(content, str) else content
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Content-Type": "text/xml; charset=utf-8"} | said

        async def answer(_: web.Request) -> web.StreamResponse:
            return web.Response(
                body=body, status=status, headers={name: value for name, value in sent.items() if value}
            )

        self.answer = answer

    def waits_for(self, event: asyncio.Event) -> None:
        """Answer as before, but only after the event."""
        before = self.answer
        assert before is not None

        async def answer(request: web.Request) -> web.StreamResponse:
            await event.wait()
            return await before(request)

        self.answer = answer

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.asked.append((dict(request.headers), await request.read()))
            assert self.answer is not None, "the test says nothing about the answer"
            return await self.answer(request)
        finally:
            self.at_once -= 1


@asynccontextmanager
async def soap_server() -> AsyncIterator[SoapServer]:
    """A server on a free port of this machine; requests that nobody waits for any more are cancelled."""
    server = SoapServer()
    application = web.Application()
    application.router.add_route("*", "/service", server.handle)
    async with Loopback(application) as served:
        server.url = f"{served.url}/service"
        yield server


def envelope(body: str, *, soap: str = SOAP_11) -> str:
    """An envelope with this body, the test services' namespaces declared on top of it."""
    return (
        f'<s:Envelope xmlns:s="{soap}" xmlns:f="urn:test:feasibility" xmlns:c="urn:test:common" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><s:Body>{body}</s:Body></s:Envelope>'
    )


def feasible(inner: str = "<f:FeasCode>A</f:FeasCode><f:LeadDays>10</f:LeadDays>", attributes: str = "") -> str:
    """The body of a reply of CheckFeasibility."""
    return f"<f:CheckFeasibilityResponse{attributes}>{inner}</f:CheckFeasibilityResponse>"


QUESTION = {"Reference": "poq-1", "Circuit": {"ProductCode": "AEL-P", "BandwidthKbps": 10_000, "Site": ["a"]}}
