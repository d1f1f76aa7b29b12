"""The adapters that the fault campaign is run against: each before a real server, with the proxy in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from adapters import rest, soap, sql
from adapters.base import Operation, System
from tests.support.databases import ENDLESS, mariadb_inventory, postgres_inventory
from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.http_server import http_server
from tests.support.soap_server import QUESTION, WSDL_FOLDER, envelope, feasible, soap_server

SQL = "SELECT metro, free_mbps FROM enni_port WHERE port_ref = :ref"
MILLION = "SELECT a.port_ref AS ref FROM " + ", ".join(f"enni_port {name}" for name in "abcdefghijklm")
"""3^13 rows: more than a million and a half."""

REPLY = '{"free": 10}'
ENVELOPE = envelope(feasible())


@dataclass
class Victim:
    """A system behind the proxy: `operation` works while nothing is wrong."""

    system: System
    operation: Operation
    arguments: Mapping[str, Any]
    proxy: FaultProxy
    million: Operation | None = None
    slow: Operation | None = None


@asynccontextmanager
async def victim(name: str, *, calls_at_once: int = 10, tls: bool = False) -> AsyncIterator[Victim]:
    """`soap`, `rest`, `postgresql` or `mariadb`. `tls`: it is asked by https."""
    async with AsyncExitStack() as stack:
        make = {"soap": _soap, "rest": _rest}.get(name)
        if make is not None:
            found = await make(stack, "https" if tls else "http", calls_at_once)
        else:
            found = await _sql(stack, name, calls_at_once)
        await found.system.open()
        try:
            yield found
        finally:
            await found.system.close()


async def _soap(stack: AsyncExitStack, scheme: str, calls_at_once: int) -> Victim:
    server = await stack.enter_async_context(soap_server())
    server.says(ENVELOPE)
    proxy = await _before(stack, server.url)
    options = soap.SoapOptions(wsdl=WSDL_FOLDER / "feasibility.wsdl", endpoint=_at(proxy, server.url, scheme))
    system = soap.ADAPTER.build("nimbus", options, calls_at_once=calls_at_once)
    operation = system.operation(soap.SoapStep(operation="CheckFeasibility"))
    arguments: dict[str, Any] = dict(QUESTION)
    return Victim(system, operation, arguments, proxy)


async def _rest(stack: AsyncExitStack, scheme: str, calls_at_once: int) -> Victim:
    server = await stack.enter_async_context(http_server())
    server.says(REPLY)
    proxy = await _before(stack, server.url)
    options = rest.RestOptions.model_validate({"endpoint": _at(proxy, server.url, scheme)})
    system = rest.ADAPTER.build("planning", options, calls_at_once=calls_at_once)
    reply = {"type": "object", "properties": {"free": {"type": "integer"}}, "required": ["free"]}
    operation = system.operation(rest.RestStep.model_validate({"method": "GET", "path": "/free", "reply": reply}))
    return Victim(system, operation, {}, proxy)


async def _sql(stack: AsyncExitStack, name: str, calls_at_once: int) -> Victim:
    inventory = postgres_inventory() if name == "postgresql" else mariadb_inventory()
    url = await stack.enter_async_context(inventory)
    proxy = await _before(stack, url)
    options = sql.SqlOptions.model_validate({"url": _at(proxy, url, urlsplit(url).scheme), "timeout": "2 s"})
    system = sql.ADAPTER.build("inventory", options, calls_at_once=calls_at_once)
    return Victim(
        system,
        system.operation(sql.SqlStep(query=SQL)),
        {"ref": "P-1"},
        proxy,
        system.operation(sql.SqlStep(query=MILLION)),
        system.operation(sql.SqlStep(query=ENDLESS)),
    )


async def _before(stack: AsyncExitStack, url: str) -> FaultProxy:
    there = urlsplit(url)
    assert there.hostname is not None
    default = {"postgresql": 5432, "mysql": 3306}.get(there.scheme, 80)
    return await stack.enter_async_context(fault_proxy(there.hostname, there.port or default))


def _at(proxy: FaultProxy, url: str, scheme: str) -> str:
    """The URL with the proxy in the server's place."""
    there = urlsplit(url)
    user = there.netloc.rpartition("@")[0]
    netloc = f"{user}@127.0.0.1:{proxy.port}" if user else f"127.0.0.1:{proxy.port}"
    return there._replace(scheme=scheme, netloc=netloc).geturl()
