"""Where the demo's Buyer is told of state changes: its side of the notification API, on loopback.

Knows nothing of the gateway but what a notification says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from pydantic import ValidationError

from gateway.lso.document import write_document
from gateway.lso.identifiers import Interface
from gateway.lso.models.events import Event
from gateway.lso.operations import Side, base_path

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Notice:
    """One event. `at`: when it arrived, in seconds of the listener's clock; `item` is None for one of the whole POQ."""

    at: float
    event: Event

    @property
    def poq(self) -> str:
        return str(self.event.event.get("id"))

    @property
    def item(self) -> str | None:
        return self.event.event.get("poqItemId")

    @property
    def state(self) -> str:
        return str(self.event.event.get("state"))


class Listener:
    """An async context manager: inside it, `url` is a callback to register, and `next` gives what arrives.

    `monotonic` gives seconds. An event that comes twice (87.1-R74 allows for it) is given once.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._arrived: asyncio.Queue[Notice] = asyncio.Queue()
        self._known: set[str] = set()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        application = web.Application()
        path = f"{base_path(Side.BUYER, Interface.SONATA)}/listener/{{type}}"
        application.router.add_post(path, self._take)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, HOST, 0).start()
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
        """Inside the context only."""
        assert self._runner is not None, "the listener runs inside its context only"
        _, port = self._runner.addresses[0][:2]
        return f"http://{HOST}:{port}"

    async def next(self) -> Notice:
        """The next event, in the order of arrival; waits for it."""
        return await self._arrived.get()

    async def _take(self, request: web.Request) -> web.Response:
        try:
            event = Event.model_validate_json(await request.read())
        except ValidationError:
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        if event.event_id not in self._known:
            self._known.add(event.event_id)
            self._arrived.put_nowait(Notice(self._monotonic(), event))
        return web.Response(status=HTTPStatus.NO_CONTENT)


def plain(event: Event) -> dict[str, Any]:
    """The event as it was sent."""
    return dict(event.wire())
