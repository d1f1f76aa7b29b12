"""What lies below the application: the connection with its timeouts, and errors found before there is a request.

The library answers malformed HTTP in plain text; here it becomes the standard's error body (87.1-R22). It has no limit
of its own for a request line or headers that come slowly, nor for connections: both are counted here. A method that
HTTP does not define is 405 (C2) where its request line arrives in one piece, as short ones do; otherwise the parser has
forgotten what it read, and it is 400.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import cast

from aiohttp import web

from gateway.api.connections import Connections
from gateway.api.errors import ApiError, later, unusable_message
from gateway.api.replies import as_bytes, to_response
from gateway.api.routes import Routes
from gateway.api.server import Application
from gateway.api.settings import ApiLimits
from gateway.api.unreadable import answer_to_unreadable
from gateway.loggers import logger

HANDSHAKE_SECONDS = 10.0

_log = logger()


class ApiRunner(web.BaseRunner):
    """Runs the application of `server.build_application` with its limits; use it as any `web.BaseRunner`."""

    def __init__(
        self,
        application: Application,
        *,
        limits: ApiLimits,
        new_id: Callable[[], str],
        is_proxy: Callable[[str], bool] = lambda address: False,
    ) -> None:
        """`is_proxy`: whether an address is that of a proxy in front, which is not counted as one sender."""
        super().__init__(shutdown_timeout=limits.shutdown_seconds)
        self._application = application
        self._connections = Connections(most=limits.connections, most_each=limits.connections_each, is_proxy=is_proxy)
        self._limits = limits
        self._new_id = new_id

    async def _make_server(self) -> web.Server:
        shared = _Shared(self._limits, self._new_id, self._application.routes, self._connections)
        return _Server(self._application.answer, shared)

    async def shutdown(self) -> None:
        """There is nothing to end but the connections."""

    async def _cleanup_server(self) -> None:
        """Nor is anything left behind."""


class ApiSite(web.SockSite):
    """Serves a runner on a bound socket, with TLS or without; who does not come to terms on TLS soon is let go."""

    def __init__(self, runner: ApiRunner, bound: socket.socket, tls: ssl.SSLContext | None) -> None:
        super().__init__(runner, bound, ssl_context=tls)

    async def start(self) -> None:
        """Listen."""
        await web.BaseSite.start(self)
        server = self._runner.server
        assert server is not None, "the runner was set up"
        self._server = await asyncio.get_running_loop().create_server(
            server,
            sock=self._sock,
            ssl=self._ssl_context,
            backlog=self._backlog,
            ssl_handshake_timeout=HANDSHAKE_SECONDS if self._ssl_context else None,
        )


@dataclass(frozen=True)
class _Shared:
    """What all connections of a server have in common."""

    limits: ApiLimits
    new_id: Callable[[], str]
    routes: Routes
    connections: Connections


class _Server(web.Server):
    def __init__(self, answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], shared: _Shared) -> None:
        super().__init__(answer, handler_cancellation=True)
        self._shared = shared

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, self._shared)


class _Connection(web.RequestHandler):
    def __init__(self, server: web.Server, shared: _Shared) -> None:
        limits = shared.limits
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # the library's own way to switch it off
            auto_decompress=False,
            keepalive_timeout=limits.keep_alive_seconds,
            lingering_time=limits.linger_seconds,
            max_line_size=limits.request_line_bytes,
            max_field_size=limits.header_bytes,
            max_headers=limits.header_count,
        )
        self._shared = shared
        self._counted: str | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """One too many is told so at once and let go; the library never hears of it."""
        made = cast(asyncio.Transport, transport)  # not every event loop's is one by its class
        peer = made.get_extra_info("peername")
        address = str(peer[0]) if isinstance(peer, tuple) else ""
        if not self._shared.connections.opened(address):
            reason = "There are too many connections"
            self._say(made, later(HTTPStatus.SERVICE_UNAVAILABLE, reason, self._shared.limits.retry_after_seconds))
            return
        self._counted = address
        super().connection_made(made)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_waiting()
        if self._counted is None:
            return
        self._shared.connections.closed(self._counted)
        self._counted = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """From the first byte of a request to the end of its headers there is only so much time."""
        if self._counted is None:
            return
        super().data_received(data)
        if self._has_request():
            self._stop_waiting()
        elif self._deadline is None:
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(self._shared.limits.header_seconds, self._too_slow)

    def _has_request(self) -> bool:
        """Whether a request is in work, or its headers have come."""
        return bool(self._messages) or self._current_request is not None

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if self.transport is not None and not self._has_request():
            reason = f"The headers did not arrive within {self._shared.limits.header_seconds:g} seconds"
            self._say(self.transport, unusable_message(HTTPStatus.REQUEST_TIMEOUT, reason))
            self.force_close()

    def _say(self, transport: asyncio.Transport, error: ApiError) -> None:
        """An answer without a request, then the end."""
        request_id = self._shared.new_id()
        _log.info("connection refused", request_id=request_id, status=int(error.reply.status))
        transport.write(as_bytes(error.reply, request_id))
        transport.close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what never became a request, or failed outside the pipeline; the connection ends with it."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is already on its way")
        return self._answer(answer_to_unreadable(exc, self._shared.routes), exc)

    def _answer(self, error: ApiError, cause: BaseException | None) -> web.Response:
        request_id = self._shared.new_id()
        _log.info(
            "request unreadable", request_id=request_id, status=int(error.reply.status), cause=type(cause).__name__
        )
        return to_response(replace(error.reply, close=True), request_id)
