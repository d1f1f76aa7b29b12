"""Where the demo's Buyer is told of state changes: its side of the notification API, on loopback.

Knows nothing of the gateway but what a notification says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from aiohttp import web
from pydantic import Field, TypeAdapter, ValidationError

from gateway.demo.loopback import Loopback
from gateway.lso.identifiers import Interface
from gateway.lso.models.events import PoqItemStateChangeEvent, PoqStateChangeEvent
from gateway.lso.operations import Side, base_path

StateChange = PoqStateChangeEvent | PoqItemStateChangeEvent

_EVENT: TypeAdapter[StateChange] = TypeAdapter(Annotated[StateChange, Field(discriminator="event_type")])


@dataclass(frozen=True)
class Notice:
    """An event that has come. `at`: when, in seconds of the listener's clock."""

    at: float
    event: StateChange

    @property
    def item(self) -> str | None:
        """The item that it is about; None for the POQ itself."""
        return self.event.event.poq_item_id if isinstance(self.event, PoqItemStateChangeEvent) else None


class Listener(Loopback):
    """An async context manager: inside it, `url` is a callback to register, and `next` gives what arrives.

    `monotonic` gives seconds. An event is delivered at least once; here it counts once.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        application = web.Application()
        path = f"{base_path(Side.BUYER, Interface.SONATA)}/listener/{{eventType}}"
        application.router.add_post(path, self._take)
        super().__init__(application)
        self._monotonic = monotonic
        self._arrived: asyncio.Queue[Notice] = asyncio.Queue()
        self._known: set[str] = set()

    async def next(self) -> Notice:
        """The next event in the order of arrival; waits for it."""
        return await self._arrived.get()

    async def _take(self, request: web.Request) -> web.Response:
        try:
            event = _EVENT.validate_json(await request.read())
        except ValidationError:
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        if event.event_id not in self._known:
            self._known.add(event.event_id)
            self._arrived.put_nowait(Notice(self._monotonic(), event))
        return web.Response(status=HTTPStatus.NO_CONTENT)
