"""A REST system over a scripted server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.base import Reply
from adapters.rest import RestOptions, RestStep, RestSystem
from adapters.rest.system import RestOperation
from tests.support.http_server import HttpServer, http_server

OPENAPI = Path(__file__).parents[3] / "support" / "openapi" / "planning.yaml"
AVAILABILITY = {"path": {"site": "S-1"}, "query": {"mbps": 10}}


class Service:
    """A scripted server and the operation that asks it."""

    def __init__(self, server: HttpServer, operation: RestOperation) -> None:
        self.server = server
        self.operation = operation

    async def ask(self, arguments: Mapping[str, Any] | None = None) -> Reply:
        return await self.operation.call(AVAILABILITY if arguments is None else arguments, timeout=10)


def system(**options: Any) -> RestSystem:
    return RestSystem("planning", RestOptions.model_validate(options))


def prepared(step: Mapping[str, Any], **options: Any) -> RestOperation:
    """An operation that nobody answers."""
    return system(**({"endpoint": "http://x/base"} | options)).operation(RestStep.model_validate(step))


@asynccontextmanager
async def service(step: Mapping[str, Any] | None = None, **options: Any) -> AsyncIterator[Service]:
    """Without a step: availability, by the OpenAPI file."""
    said = step if step is not None else {"operation": "checkAvailability"}
    described = {} if step is not None else {"openapi": OPENAPI}
    async with http_server() as server:
        made = system(**({"endpoint": server.url} | described | options))
        await made.open()
        try:
            yield Service(server, made.operation(RestStep.model_validate(said)))
        finally:
            await made.close()
