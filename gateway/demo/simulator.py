"""Nimbus as an aiohttp application: the SOAP service of 2008, with the habits that make it hard to live with.

GET ?wsdl gives the WSDL, POST answers. Some places misbehave on purpose (`Behaviour`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

from aiohttp import web

from gateway.demo.envelopes import Envelopes
from gateway.demo.network import Behaviour, Network
from gateway.demo.planning import PlanningFault, Values, answer, behaviour_of, site_of

SERVICE_PATH = "/services/NimbusPlanning"
_ERROR_PAGE = (
    "<html><head><title>502</title></head><body><h1>Bad Gateway</h1>The planning proxy is unwell.</body></html>"
)


def nimbus_application(network: Network, wsdl: Path) -> web.Application:
    """The service for a network. Reads the WSDL once. Raises OSError."""
    service = _Service(network, Envelopes(wsdl))
    application = web.Application(client_max_size=1024**2)
    application.router.add_get(SERVICE_PATH, service.describe, allow_head=False)
    application.router.add_post(SERVICE_PATH, service.call)
    return application


class _Service:
    def __init__(self, network: Network, envelopes: Envelopes) -> None:
        self._network = network
        self._envelopes = envelopes
        self._calls: Counter[str] = Counter()

    async def describe(self, request: web.Request) -> web.Response:
        if "wsdl" not in {name.lower() for name in request.query}:
            raise web.HTTPNotFound(text="Nimbus speaks SOAP; ask for ?wsdl")
        return _xml(self._envelopes.wsdl)

    async def call(self, request: web.Request) -> web.StreamResponse:
        try:
            operation, values = self._envelopes.read(await request.read())
            behaviour = behaviour_of(self._network, operation, values)
            if behaviour is Behaviour.BUSY or (behaviour is Behaviour.CROWDED and self._turned_away(operation, values)):
                raise PlanningFault("BUSY", "too many planners at work, try again")
            if behaviour is Behaviour.SLOW:
                await asyncio.sleep(self._network.slow_seconds)
            reply = self._envelopes.reply(operation, answer(self._network, operation, values))
        except PlanningFault as fault:
            return _xml(self._envelopes.fault(fault), status=500)
        return _misshapen(reply, behaviour)

    def _turned_away(self, operation: str, values: Values) -> bool:
        """Whether this call of a crowded site is one of those that come too many."""
        site = site_of(operation, values)
        self._calls[site] += 1
        return self._calls[site] % self._network.crowded_calls != 0


def _misshapen(reply: bytes, behaviour: Behaviour | None) -> web.Response:
    """The reply, or what a proxy in bad health makes of it."""
    if behaviour is Behaviour.HTML:
        return web.Response(text=_ERROR_PAGE, content_type="text/html")  # with status 200, as such proxies do
    return _xml(reply[: len(reply) // 2] if behaviour is Behaviour.TRUNCATED else reply)


def _xml(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type="text/xml", charset="utf-8")
