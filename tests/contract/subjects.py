"""The adapters under the one contract: for each, a working system and the handles to disturb it with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from adapters.base import Operation, System
from adapters.memory import MemoryOptions, MemoryStep, MemorySystem, Scripted
from adapters.rest import RestOptions, RestStep, RestSystem
from adapters.soap import SoapOptions, SoapStep, SoapSystem
from adapters.sql import SqlOptions, SqlStep, SqlSystem
from tests.support.databases import ENDLESS, mariadb_inventory, postgres_inventory, sqlite_inventory
from tests.support.http_server import http_server
from tests.support.line_protocol import example, line_server
from tests.support.soap_server import QUESTION, SOAP_11, SOAP_12, WSDL_FOLDER, envelope, feasible, soap_server


class Foreign(BaseModel):
    """A step of no adapter."""


@dataclass
class Subject:
    """One adapter at work. `slow` never answers by itself; `sent` counts what reached the system, where it can be seen.

    `down` is a system of the same kind that nobody answers for.
    """

    system: System
    working: Operation
    slow: Operation
    arguments: dict[str, Any]
    slow_arguments: dict[str, Any]
    value: Any
    unknown: BaseModel
    foreign: BaseModel
    down: System
    down_step: BaseModel
    missing: dict[str, Any]
    extra: dict[str, Any]
    sent: Callable[[], int] | None
    before_slow: Callable[[], None] = lambda: None
    after_slow: Callable[[], None] = lambda: None


@asynccontextmanager
async def memory_subject(folder: Path) -> AsyncIterator[Subject]:

    options = MemoryOptions(
        replies={"Check": (Scripted(value={"code": "A"}),), "Slow": (Scripted(value={}),)},
        arguments={"Check": ("ref",)},
    )
    system = MemorySystem("twin", options, calls_at_once=1)
    system.hold("Slow")
    yield Subject(
        system=system,
        working=system.operation(MemoryStep(operation="Check")),
        slow=system.operation(MemoryStep(operation="Slow")),
        arguments={"ref": "P-1"},
        slow_arguments={},
        value={"code": "A"},
        unknown=MemoryStep(operation="Nope"),
        foreign=Foreign(),
        down=MemorySystem("down", options),
        down_step=MemoryStep(operation="Check"),
        missing={},
        extra={"ref": "P-1", "more": 1},
        sent=lambda: len(system.calls),
    )


def _sql_subject(url: str, down_url: str) -> Subject:

    def system(at: str) -> SqlSystem:
        return SqlSystem("inventory", SqlOptions(url=at), calls_at_once=1)  # type: ignore[arg-type]

    working, step = system(url), SqlStep(query="SELECT metro, free_mbps FROM enni_port WHERE port_ref = :ref")
    return Subject(
        system=working,
        working=working.operation(step),
        slow=working.operation(SqlStep(query=ENDLESS)),
        arguments={"ref": "P-1"},
        slow_arguments={},
        value=[{"metro": "NYC", "free_mbps": 4000}],
        unknown=SqlStep(query="SELECT nope() AS a"),
        foreign=Foreign(),
        down=system(down_url),
        down_step=step,
        missing={},
        extra={"ref": "P-1", "more": 1},
        sent=None,
    )


@asynccontextmanager
async def sqlite_subject(folder: Path) -> AsyncIterator[Subject]:
    yield _sql_subject(sqlite_inventory(folder), f"sqlite:///{folder / 'absent.db'}")


@asynccontextmanager
async def postgres_subject(folder: Path) -> AsyncIterator[Subject]:
    async with postgres_inventory() as url:
        yield _sql_subject(url, "postgresql://nobody:hidden@127.0.0.1:9/none")


@asynccontextmanager
async def mariadb_subject(folder: Path) -> AsyncIterator[Subject]:
    async with mariadb_inventory() as url:
        yield _sql_subject(url, "mysql://nobody:hidden@127.0.0.1:9/none")


@asynccontextmanager
async def _soap_subject(wsdl: str, namespace: str) -> AsyncIterator[Subject]:

    async with soap_server() as server:
        media_type = "text/xml" if namespace == SOAP_11 else "application/soap+xml"
        server.says(envelope(feasible(), soap=namespace), Content_Type=f"{media_type}; charset=utf-8")
        quick = server.answer
        never = asyncio.Event()

        def slowly() -> None:
            server.waits_for(never)

        def quickly() -> None:
            server.answer = quick

        def system(at: str) -> SoapSystem:
            return SoapSystem("nimbus", SoapOptions(wsdl=WSDL_FOLDER / wsdl, endpoint=at), calls_at_once=1)

        working, step = system(server.url), SoapStep(operation="CheckFeasibility")
        operation = working.operation(step)
        absent = dict.fromkeys(
            ["Price", "Load", "Valid", "Checked", "Near", "Remark", "Options", "Root", "Fibre", "Copper", "version"]
        )
        yield Subject(
            system=working,
            working=operation,
            slow=operation,
            arguments=QUESTION,
            slow_arguments=QUESTION,
            value={"FeasCode": "A", "LeadDays": 10, **absent},
            unknown=SoapStep(operation="Nope"),
            foreign=Foreign(),
            down=system("http://127.0.0.1:9/"),
            down_step=step,
            missing={"Reference": "poq-1"},
            extra=QUESTION | {"More": 1},
            sent=lambda: len(server.asked),
            before_slow=slowly,
            after_slow=quickly,
        )


def soap_11_subject(folder: Path) -> Any:
    return _soap_subject("feasibility.wsdl", SOAP_11)


def soap_12_subject(folder: Path) -> Any:
    return _soap_subject("feasibility12.wsdl", SOAP_12)


@asynccontextmanager
async def rest_subject(folder: Path) -> AsyncIterator[Subject]:

    async with http_server() as server:
        server.says('{"code": "A"}')
        quick = server.answer
        never = asyncio.Event()

        def slowly() -> None:
            server.waits_for(never)

        def quickly() -> None:
            server.answer = quick

        def system(at: str) -> RestSystem:
            return RestSystem("planning", RestOptions(endpoint=at), calls_at_once=1)

        step = RestStep(path="/sites/{site}")
        working = system(server.url)
        operation = working.operation(step)
        yield Subject(
            system=working,
            working=operation,
            slow=operation,
            arguments={"path": {"site": "S-1"}},
            slow_arguments={"path": {"site": "S-1"}},
            value={"code": "A"},
            unknown=RestStep(operation="nope"),
            foreign=Foreign(),
            down=system("http://127.0.0.1:9"),
            down_step=step,
            missing={},
            extra={"path": {"site": "S-1"}, "more": 1},
            sent=lambda: len(server.asked),
            before_slow=slowly,
            after_slow=quickly,
        )


@asynccontextmanager
async def installed_subject(folder: Path) -> AsyncIterator[Subject]:
    """The adapter that docs/adapters/writing-an-adapter.md shows."""
    module: dict[str, Any] = {"__name__": "line_protocol"}
    exec(compile(example(), "line_protocol.py", "exec", dont_inherit=True), module)
    adapter, step = module["ADAPTER"], module["Step"](command="CHECK")
    async with line_server() as server:

        def system(port: int) -> System:
            options = adapter.options(host="127.0.0.1", tcp_port=port)
            made: System = adapter.build("provisioning", options, calls_at_once=1)
            return made

        working = system(server.port)
        operation = working.operation(step)
        yield Subject(
            system=working,
            working=operation,
            slow=operation,
            arguments={"key": "S-1"},
            slow_arguments={"key": "S-1"},
            value={"code": "A", "days": 10},
            unknown=Foreign(),
            foreign=Foreign(),
            down=system(9),
            down_step=step,
            missing={},
            extra={"key": "S-1", "more": 1},
            sent=lambda: len(server.asked),
            before_slow=server.released.clear,
            after_slow=server.released.set,
        )
