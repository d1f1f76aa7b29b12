"""A Buyer's side of notifications: a listener that remembers its calls, and a server that answers in raw bytes."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True)
class Call:
    """One call of the listener. `target` is path and query as they came."""

    target: str
    headers: Mapping[str, str]
    body: Any

    @property
    def event_id(self) -> str:
        return str(self.body["eventId"])


class Listener:
    """Answers with the given statuses in turn, then 204. `hold`, once set to an event, keeps every call waiting."""

    def __init__(self, statuses: Iterable[int] = ()) -> None:
        self._statuses = iter(statuses)
        self._arrived = asyncio.Condition()
        self.calls: list[Call] = []
        self.at_once = 0
        self.most_at_once = 0
        self.hold: asyncio.Event | None = None
        self.url = ""

    async def wait_for(self, number: int) -> list[Call]:
        """The calls, once there are so many."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.calls) >= number)
        return self.calls

    async def answer(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            async with self._arrived:
                self.calls.append(Call(request.raw_path, request.headers, body))
                self._arrived.notify_all()
            if self.hold:
                await self.hold.wait()
        finally:
            self.at_once -= 1
        return web.Response(status=next(self._statuses, 204))


@asynccontextmanager
async def listening(statuses: Iterable[int] = ()) -> AsyncIterator[Listener]:
    """A listener on loopback; its `url` is what a Buyer would register."""
    listener = Listener(statuses)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", listener.answer)
    async with TestServer(application) as server:
        listener.url = f"http://127.0.0.1:{server.port}"
        yield listener


Script = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Answers one connection; the first argument is the request that came."""


@asynccontextmanager
async def raw_server(
    script: Script, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[int]:
    """A server that reads one request per connection and then does what the script says; gives its port."""
    connections: set[asyncio.Task[Any]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await script(await read_request(reader), reader, writer)
        writer.close()

    server = await asyncio.start_server(connected, host, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Head and body of a request with a Content-Length."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
    return head + await reader.readexactly(length)
