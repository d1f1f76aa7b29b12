"""A SOAP system over the test WSDL and a scripted server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from adapters.base import Reply
from adapters.soap import SoapOptions, SoapStep, SoapSystem
from adapters.soap.system import SoapOperation
from tests.support.soap_server import QUESTION, WSDL_FOLDER, SoapServer, soap_server


class Service:
    """A scripted server and the operation that asks it."""

    def __init__(self, server: SoapServer, system: SoapSystem) -> None:
        self.server = server
        self.system = system
        self.operation: SoapOperation = system.operation(SoapStep(operation="CheckFeasibility"))

    async def ask(self, seconds: float = 10.0) -> Reply:
        return await self.operation.call(QUESTION, timeout=seconds)


@asynccontextmanager
async def service(wsdl: str = "feasibility.wsdl", *, calls_at_once: int = 10, **options: Any) -> AsyncIterator[Service]:
    async with soap_server() as server:
        said = SoapOptions(wsdl=WSDL_FOLDER / wsdl, **({"endpoint": server.url} | options))
        system = SoapSystem("nimbus", said, calls_at_once=calls_at_once)
        await system.open()
        try:
            yield Service(server, system)
        finally:
            await system.close()
