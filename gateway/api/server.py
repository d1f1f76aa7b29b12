"""The application: every request goes through the pipeline, none through the library's own router or error pages.

A client that disconnects cancels its request (see listener.py): what has not been committed never will be. A commit
under way is finished, so a POQ may exist whose answer nobody read, as when an answer is lost on the network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from gateway.api import pipeline
from gateway.api.admission import Admission
from gateway.api.context import Parts, RequestContext
from gateway.api.hub import HUB_HANDLERS
from gateway.api.listing import LIST_HANDLERS
from gateway.api.rates import Rates
from gateway.api.replies import respond
from gateway.api.routes import Routes
from gateway.api.settings import ApiSettings
from gateway.authentication.authenticator import Anybody
from gateway.authentication.port import Authenticating
from gateway.log_fields import REQUEST_ID
from gateway.loggers import logger
from gateway.notify.port import Hub
from gateway.qualification.port import Listing, Qualifications
from gateway.upkeep.audit_trail import Denied

_log = logger()


@dataclass(frozen=True)
class Application:
    """What answers each request; and the routes, for what is answered before there is a request."""

    answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
    routes: Routes


def build_application(
    settings: ApiSettings,
    qualifications: Qualifications,
    *,
    openapi: Mapping[str, Any],
    ready: Callable[[], Awaitable[bool]],
    new_id: Callable[[], str],
    monotonic: Callable[[], float],
    listing: Listing | None = None,
    hub: Hub | None = None,
    authenticating: Authenticating | None = None,
    switched_off: Set[str] = frozenset(),
    denied: Callable[[Denied], None] = lambda kind: None,
) -> Application:
    """The HTTP side as one application; run it with `listener.ApiRunner`.

    `openapi` is what /openapi.json shows; `ready` may not raise; `new_id` makes request ids; `monotonic` gives seconds.
    `switched_off` names operations that no Buyer is offered; without `listing` the list is one of them, without `hub`
    those of the hub are. Without `authenticating` whoever asks may act for every Buyer. `denied` is told
    of each request that is not let in.
    """
    limits = settings.limits
    parts = Parts(
        settings=settings,
        routes=Routes(settings.interfaces),
        authenticating=authenticating or Anybody(settings.parties.anonymous),
        base_hrefs={served.interface: settings.base_href(served) for served in settings.interfaces},
        admission=Admission(in_flight=limits.in_flight, arriving=limits.arriving, posts=limits.posts),
        rates=Rates(limits.rate, limits.burst, monotonic),
        qualifications=qualifications,
        listing=listing,
        hub=hub,
        switched_off=switched_off
        | (set() if listing else LIST_HANDLERS.keys())
        | (set() if hub else HUB_HANDLERS.keys()),
        openapi=orjson.dumps(openapi),
        ready=ready,
        new_id=new_id,
        monotonic=monotonic,
        denied=denied,
    )

    def answer(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        return _answer(request, parts)

    return Application(answer, parts.routes)


async def _answer(request: web.BaseRequest, parts: Parts) -> web.StreamResponse:
    """Runs in a task of its own, whose log lines all bear the request's id."""
    started = parts.monotonic()
    context = RequestContext(request, parts, parts.new_id())
    REQUEST_ID.set(context.request_id)
    try:
        reply = await pipeline.run(context)
    except asyncio.CancelledError:
        _log.info("request abandoned", **_fields(context, started))
        raise
    finally:
        for place in context.held:
            place.leave()
    _log.info("request answered", status=int(reply.status), **_fields(context, started))
    return respond(reply, context.request_id, request)


def _fields(context: RequestContext, started: float) -> dict[str, Any]:
    """What a log line may say: no path, query or body, which may hold what a Buyer did not mean for a log."""
    endpoint = getattr(context, "endpoint", None)
    identity = getattr(context, "identity", None)
    caller = getattr(context, "caller", None)
    return {
        "request_id": context.request_id,
        "operation": endpoint.name if endpoint else None,
        "client": identity.client.name if identity else None,
        "buyer_id": caller.buyer if caller else None,
        "seller_id": caller.seller if caller else None,
        "ms": round((context.parts.monotonic() - started) * 1000, 1),
    }
