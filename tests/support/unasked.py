"""A system that says something that nobody asked for, on a connection that is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from unittest.mock import patch

from aiohttp.client_proto import ResponseHandler


def reply(text: str) -> bytes:
    """A whole reply."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n"
    return f"{head}{text}".encode()


@asynccontextmanager
async def chatty_server(unasked: bytes) -> AsyncIterator[tuple[str, Callable[[], Awaitable[None]]]]:
    """A server that answers each request with its target; gives its URL, and what makes it say `unasked` on its first
    connection, and waits until that has come.
    """
    first, arrived = asyncio.Future[asyncio.StreamWriter](), asyncio.Event()
    received = ResponseHandler.data_received

    def noted(self: ResponseHandler, data: bytes) -> None:
        received(self, data)
        if data == unasked:
            arrived.set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not first.done():
            first.set_result(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                writer.write(reply(head.split(b" ")[1].decode()))
        writer.close()

    async def say_more() -> None:
        (await first).write(unasked)
        await arrived.wait()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        with patch.object(ResponseHandler, "data_received", noted):
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", say_more
