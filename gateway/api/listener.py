"""What lies below the application: the connection with its timeouts, and errors found before there is a request.

The library answers malformed HTTP in plain text; here it becomes the standard's error body (87.1-R22). Not covered,
since the library has no setting for it: a client that sends its request line or headers endlessly slowly holds one
connection, until the client or a proxy in front ends it. A method that HTTP does not define is 405 (C2) where its
request line arrives in one piece, as short ones do; otherwise the parser has forgotten what it read, and it is 400.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

import structlog
from aiohttp import web

from gateway.api.errors import ApiError, unusable_message
from gateway.api.replies import to_response
from gateway.api.routes import ROUTES, Routes
from gateway.api.settings import ApiLimits
from gateway.api.unreadable import answer_to_unreadable

HANDSHAKE_SECONDS = 10.0

_log = structlog.get_logger()


class ApiRunner(web.AppRunner):
    """Runs the application of `server.build_application` with its limits; use it as any `web.AppRunner`."""

    def __init__(self, application: web.Application, *, limits: ApiLimits, new_id: Callable[[], str]) -> None:
        super().__init__(application, shutdown_timeout=limits.shutdown_seconds)
        self._limits = limits
        self._new_id = new_id

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(made, self._limits, self._new_id, self.app[ROUTES])


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


class _Server(web.Server):
    def __init__(self, made: web.Server, limits: ApiLimits, new_id: Callable[[], str], routes: Routes) -> None:
        super().__init__(made.request_handler, request_factory=made.request_factory, handler_cancellation=True)
        self._limits = limits
        self._new_id = new_id
        self._routes = routes

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, self._limits, self._new_id, self._routes)


class _Connection(web.RequestHandler):
    def __init__(self, server: web.Server, limits: ApiLimits, new_id: Callable[[], str], routes: Routes) -> None:
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
        self._new_id = new_id
        self._routes = routes

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
        return self._answer(answer_to_unreadable(exc, self._routes), exc)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        # raised by the library itself, before the application's middleware
        if isinstance(resp, web.HTTPException):
            resp = self._answer(unusable_message(HTTPStatus(resp.status), resp.reason), resp)
        return await super().finish_response(request, resp, start_time)

    def _answer(self, error: ApiError, cause: BaseException | None) -> web.Response:
        request_id = self._new_id()
        _log.info(
            "request unreadable", request_id=request_id, status=int(error.reply.status), cause=type(cause).__name__
        )
        return to_response(replace(error.reply, close=True), request_id)
