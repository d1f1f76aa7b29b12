"""Pages beside the standard's base paths: the OpenAPI document, and two answers for whoever runs the gateway."""

from __future__ import annotations

from http import HTTPStatus

from gateway.api.context import RequestContext
from gateway.api.replies import Reply


async def _openapi(context: RequestContext) -> Reply:
    return Reply(HTTPStatus.OK, context.parts.openapi)


async def _health(context: RequestContext) -> Reply:
    """The process answers; whether it can work is `/ready`."""
    return Reply(HTTPStatus.OK, b'{"status":"alive"}')


async def _ready(context: RequestContext) -> Reply:
    if await context.parts.ready():
        return Reply(HTTPStatus.OK, b'{"status":"ready"}')
    return Reply(HTTPStatus.SERVICE_UNAVAILABLE, b'{"status":"not ready"}')


PAGES = {"openapi": _openapi, "health": _health, "ready": _ready}
