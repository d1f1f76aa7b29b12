"""A proxy on a socket between an adapter and a real server: hands bytes on until it is told to do harm with them.

A fault is a coroutine that is given one connection and does what it likes with it; None hands everything on. Bodies are
made while they are sent: nothing of their size is kept.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_BLOCK = 64 * 1024
_GIB = 1024**3


@dataclass
class Connection:
    """One client. `server` connects to the real server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]

    def reset(self) -> None:
        """End it by RST, as a machine does that lost its power."""
        sock = self.writer.get_extra_info("socket")
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Fault = Callable[[Connection], Awaitable[None]]


@dataclass
class FaultProxy:
    """`fault` is what the next connections meet; `port` stays the same while it is down and up again."""

    host: str
    target: int
    port: int = 0
    fault: Fault | None = None
    connections: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever a client has sent something."""
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def up(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections, and end those that are there."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            self.cut()
            await asyncio.gather(*self._tasks)
            await server.wait_closed()

    def cut(self) -> None:
        """End every connection now, whatever is under way on it."""
        for writer in [*self._open]:
            writer.transport.abort()
        for task in [*self._tasks]:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        connection = Connection(reader, writer, self._connected)
        try:
            await (self.fault or self._through)(connection)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has gone, or the server, or it was cut
        finally:
            self._open.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.host, self.target)

    async def _through(self, connection: Connection) -> None:
        reader, writer = await connection.server()
        self._open.add(writer)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pipe(connection.reader, writer, seen=self.asked))
                group.create_task(self._pipe(reader, connection.writer))
        except* OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _pipe(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, seen: asyncio.Event | None = None
    ) -> None:
        while content := await reader.read(_BLOCK):
            writer.write(content)
            await writer.drain()
            if seen is not None:
                seen.set()
        writer.close()


@asynccontextmanager
async def fault_proxy(host: str, port: int) -> AsyncIterator[FaultProxy]:
    """A proxy before a server, that hands everything on until a fault is set."""
    proxy = FaultProxy(host, port)
    await proxy.up()
    try:
        yield proxy
    finally:
        await proxy.down()


# what may happen on any connection


async def hang(connection: Connection) -> None:
    """Take what comes and say nothing: a server that is stuck, or a handshake that never ends."""
    while await connection.reader.read(_BLOCK):
        pass


async def hang_up(connection: Connection) -> None:
    """End the connection once something was asked; a client that waits for a greeting is not waited for."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await connection.reader.read(_BLOCK)


def garbage(content: bytes = b"\x00\xff garbage \r\n" * 100) -> Fault:
    """Answer in no protocol at all."""

    async def fault(connection: Connection) -> None:
        await connection.reader.read(_BLOCK)
        connection.writer.write(content)
        await connection.writer.drain()

    return fault


def slowly(bytes_at_once: int = 1, seconds: float = 1.0) -> Fault:
    """The real answer, one byte a second."""

    async def fault(connection: Connection) -> None:
        reader, writer = await connection.server()
        try:
            writer.write(await connection.reader.read(_BLOCK))
            while content := await reader.read(bytes_at_once):
                connection.writer.write(content)
                await connection.writer.drain()
                await asyncio.sleep(seconds)
        finally:
            writer.close()

    return fault


# what a server over HTTP may answer


async def _asked(connection: Connection) -> None:
    """One whole request."""
    head = await connection.reader.readuntil(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    await connection.reader.readexactly(length)


def answering(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> Fault:
    """These bytes, whatever is asked; with a `length` that they do not have, the connection is reset in mid-body."""

    async def fault(connection: Connection) -> None:
        await _asked(connection)
        said = "".join(f"{header}\r\n" for header in headers)
        head = f"HTTP/1.1 {status}\r\n{said}Content-Length: {len(body) if length is None else length}\r\n\r\n"
        connection.writer.write(head.encode() + body)
        await connection.writer.drain()
        if length is not None:
            await asyncio.sleep(0.02)  # so that the beginning arrives before the reset takes it away
            connection.reset()

    return fault


def streaming(blocks: Callable[[], Iterable[bytes]], *headers: str) -> Fault:
    """A body that is made while it is sent, until nobody reads it any more."""

    async def fault(connection: Connection) -> None:
        await _asked(connection)
        said = "".join(f"{header}\r\n" for header in headers)
        connection.writer.write(f"HTTP/1.1 200 OK\r\n{said}Connection: close\r\n\r\n".encode())
        for block in blocks():
            connection.writer.write(block)
            await connection.writer.drain()

    return fault


def plain_gib(head: bytes) -> Iterable[bytes]:
    """1 GiB of text after a beginning that promises well."""
    yield head
    block = b"x" * _BLOCK
    for _ in range(_GIB // _BLOCK):
        yield block


def gzip_gib(head: bytes) -> Iterable[bytes]:
    """1 GiB of text in about 1 MiB: each block is compressed once and sent again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    mib = packer.compress(b"x" * 1024**2) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(1024):
        yield mib


def dtd_bomb(levels: int = 30) -> bytes:
    """A billion laughs, and more."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><x>&e{levels - 1};</x>'.encode()
