"""Kept connections that answer nobody else's question.

The library takes whatever has come on a kept connection for the reply to the next request, and each reply after it for
that to the one before: one late reply, or one sent twice, and a Buyer would have the answer to another's question.
"""

from __future__ import annotations

import asyncio
import select
from typing import Any
from weakref import WeakSet

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.tracing import Trace


class Connector(aiohttp.TCPConnector):
    """Makes and keeps connections, and ends a kept one on which something came that nobody asked for."""

    def __init__(self, **options: Any) -> None:
        """`options`: the library's own."""
        super().__init__(**options)
        self._used: WeakSet[ResponseHandler] = WeakSet()

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 (the library's)
    ) -> Connection:
        """A connection that is new, or on which nothing has been said since its last exchange."""
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = connection.protocol
            if protocol is None or protocol not in self._used:
                break
            if not (protocol.should_close or _has_more(connection.transport)):
                return connection
            connection.close()
        if protocol is not None:
            self._used.add(protocol)
        return connection


def _has_more(transport: asyncio.Transport | None) -> bool:
    """Whether something has come, an end too, that the event loop has not read yet."""
    found = transport.get_extra_info("socket") if transport is not None else None
    if found is None:
        return False
    poller = select.poll()
    poller.register(found, select.POLLIN)
    return bool(poller.poll(0))
