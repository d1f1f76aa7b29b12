"""A system over HTTP for tests: answers what it is told, with TLS if need be, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Asked:
    """One request. `target`: path and query as they came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class HttpServer:
    """`answer` decides every reply; `asked` has the requests; `most_at_once` the busiest moment."""

    url: str = ""
    answer: Handler | None = None
    asked: list[Asked] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def says(self, content: str | bytes = b"", *, status: int = 200, **headers: str) -> None:
        """Answer every request with these bytes, as JSON where nothing else is said; a header's `_` stands for `-`."""
        self.answer = saying(content, status=status, **headers)

    def says_in_turn(self, *answers: Handler) -> None:
        """One after the other; the last one stays."""
        left = list(answers)

        async def answer(request: web.Request) -> web.StreamResponse:
            return await (left.pop(0) if len(left) > 1 else left[0])(request)

        self.answer = answer

    def waits_for(self, event: asyncio.Event) -> None:
        """Answer as before, but only after the event."""
        before = self.answer
        assert before is not None

        async def answer(request: web.Request) -> web.StreamResponse:
            await event.wait()
            return await before(request)

        self.answer = answer

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            body, connection = await request.read(), id(request.transport)
            self.asked.append(Asked(request.method, request.raw_path, dict(request.headers), body, connection))
            assert self.answer is not None, "the test says nothing about the answer"
            return await self.answer(request)
        finally:
            self.at_once -= 1


def saying(content: str | bytes = b"", *, status: int = 200, **headers: str) -> Handler:
    """A handler that always says the same."""
    body = content.encode() if isinstance(content, str) else content
    said = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, headers={name: value for name, value in said.items() if value})

    return answer


@asynccontextmanager
async def http_server(
    *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[HttpServer]:
    """A server on a port of this machine; requests that nobody waits for any more are cancelled."""
    server = HttpServer()
    application = web.Application(client_max_size=64 * 1024 * 1024)
    application.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, host, port, ssl_context=tls).start()
    server.url = f"http{'s' if tls else ''}://{host}:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
