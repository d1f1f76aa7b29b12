"""A small server on this machine, for what the demo stands in for: reached from here alone, ended with its context."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from aiohttp import web

HOST = "127.0.0.1"


class Loopback:
    """An async context manager: inside it, the application answers at `url`, and nobody is waited for at its end.

    `port` 0 takes any free one. Entering raises OSError where the port is taken. Requests that nobody waits for any
    more are cancelled.
    """

    def __init__(self, application: web.Application, *, port: int = 0) -> None:
        self._application = application
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        runner = web.AppRunner(self._application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        runner, self._runner = self._runner, None
        if runner:
            await runner.cleanup()

    @property
    def url(self) -> str:
        """Inside the context only, without a path."""
        assert self._runner is not None, "it answers inside its context only"
        return f"http://{HOST}:{self._runner.addresses[0][1]}"
