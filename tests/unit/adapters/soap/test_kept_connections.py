"""Old servers close idle connections without a word: the next call must not pay for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from adapters.base import Cause, NoAnswer
from adapters.soap import ADAPTER
from adapters.soap.options import SoapOptions, SoapStep
from tests.support.soap_server import QUESTION, WSDL_FOLDER, envelope, feasible

BODY = envelope(feasible()).encode()
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)

Answers = Callable[[int, int], bool]
"""Whether the n-th request (from 1) of the n-th connection is answered; else the connection is closed."""


@asynccontextmanager
async def legacy_server(answers: Answers) -> AsyncIterator[tuple[str, list[int]]]:
    """A server that reads a request before it answers or hangs up; gives its URL and the requests per connection."""
    served: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(served)
        served.append(0)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
                await reader.readexactly(int(length.split(b":")[1]))
                served[number] += 1
                if not answers(number + 1, served[number]):
                    break
                writer.write(REPLY)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", served


async def test_a_call_on_a_connection_that_was_dropped_is_made_again_on_a_new_one() -> None:
    async with legacy_server(lambda connection, request: request == 1) as (url, served):
        system = ADAPTER.build(
            "nimbus", SoapOptions(wsdl=WSDL_FOLDER / "feasibility.wsdl", endpoint=url), calls_at_once=10
        )
        operation = system.operation(SoapStep(operation="CheckFeasibility"))
        await system.open()
        try:
            first = await operation.call(QUESTION, timeout=5)
            second = await operation.call(QUESTION, timeout=5)
        finally:
            await system.close()

    assert first.value == second.value
    assert served == [2, 1]


async def test_a_server_that_hangs_up_on_a_new_connection_is_not_asked_again() -> None:
    async with legacy_server(lambda connection, request: False) as (url, served):
        system = ADAPTER.build(
            "nimbus", SoapOptions(wsdl=WSDL_FOLDER / "feasibility.wsdl", endpoint=url), calls_at_once=10
        )
        operation = system.operation(SoapStep(operation="CheckFeasibility"))
        await system.open()
        try:
            with pytest.raises(NoAnswer) as raised:
                await operation.call(QUESTION, timeout=5)
        finally:
            await system.close()

    assert raised.value.cause is Cause.UNREACHABLE
    assert served == [1]


async def test_a_call_that_changes_something_never_goes_out_on_a_kept_connection() -> None:
    async with legacy_server(lambda connection, request: request == 1) as (url, served):
        system = ADAPTER.build(
            "nimbus", SoapOptions(wsdl=WSDL_FOLDER / "feasibility.wsdl", endpoint=url), calls_at_once=10
        )
        reading = system.operation(SoapStep(operation="CheckFeasibility"))
        writing = system.operation(SoapStep(operation="CheckFeasibility", write=True))
        await system.open()
        try:
            await reading.call(QUESTION, timeout=5)
            await writing.call(QUESTION, timeout=5)
        finally:
            await system.close()

    assert served == [1, 1]
