"""The HTTP side on a real server: with its own runner, so that errors below the application are seen too."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestClient

from gateway.api.listener import ApiRunner
from gateway.api.server import Application, build_application
from gateway.api.settings import ApiLimits, ApiSettings
from gateway.authentication.parties import Parties
from gateway.authentication.port import Authenticating
from gateway.lso.document import ReceivedDocument
from gateway.lso.identifiers import BuyerId, Dealing, SellerId
from gateway.qualification.port import Caller, Qualifications
from tests.support.errors import Answer

SONATA = "/mefApi/sonata/productOfferingQualification/v8"
CANTATA = "/mefApi/cantata/productOfferingQualification/v8"
POQS = f"{SONATA}/productOfferingQualification"

Client = TestClient[web.BaseRequest, None]


class ApiServer(BaseTestServer):
    """A test server that runs the application as production does."""

    __test__ = False

    def __init__(self, application: Application, limits: ApiLimits, new_id: Callable[[], str]) -> None:
        super().__init__()
        self._application = application
        self._limits = limits
        self._new_id = new_id

    async def _make_runner(self, **_: Any) -> ApiRunner:
        return ApiRunner(self._application, limits=self._limits, new_id=self._new_id)


class FakeQualifications:
    """Remembers who asked what; `fails` is raised instead of an answer, `hold` makes `create` wait for it.

    `started` can be acquired once for each `create` that has begun.
    """

    def __init__(self) -> None:
        self.stored: dict[tuple[Caller, str], bytes] = {}
        self.created: list[tuple[Caller, ReceivedDocument]] = []
        self.fails: Exception | None = None
        self.hold: asyncio.Event | None = None
        self.started = asyncio.Semaphore(0)
        self.cancelled = asyncio.Event()

    async def create(self, caller: Caller, body: ReceivedDocument, key: str | None = None) -> bytes:
        self.started.release()
        try:
            if self.hold:
                await self.hold.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        if self.fails:
            raise self.fails
        self.created.append((caller, body))
        return b'{"id":"new"}'

    async def read(self, caller: Caller, poq_id: str) -> bytes | None:
        if self.fails:
            raise self.fails
        return self.stored.get((caller, poq_id))


def settings(
    buyers: tuple[str, ...] = ("buyer-1",), sellers: tuple[str, ...] = ("seller-1",), **limits: Any
) -> ApiSettings:
    parties = Parties(tuple(dealing(buyer, seller) for buyer in buyers for seller in sellers))
    return ApiSettings("https://poq.example.com", parties, limits=ApiLimits(**limits))


def dealing(buyer: str = "buyer-1", seller: str = "seller-1") -> Dealing:
    """A Buyer and a Seller who deal with each other."""
    return Dealing(BuyerId(buyer), SellerId(seller))


def caller(buyer: str = "buyer-1", seller: str = "seller-1") -> Caller:
    """Whom a request on SONATA runs for."""
    served = settings().interfaces[0]
    return Caller(BuyerId(buyer), SellerId(seller), served.interface, settings().base_href(served))


@asynccontextmanager
async def serving(
    api: ApiSettings,
    qualifications: Qualifications,
    *,
    openapi: Mapping[str, Any] | None = None,
    ready: bool = True,
    authenticating: Authenticating | None = None,
) -> AsyncIterator[Client]:
    """The HTTP side with these settings on a local port."""
    ids: Iterator[int] = itertools.count(1)

    async def is_ready() -> bool:
        return ready

    def new_id() -> str:
        return f"request-{next(ids)}"

    application = build_application(
        api,
        qualifications,
        openapi=openapi or {},
        ready=is_ready,
        new_id=new_id,
        monotonic=time.monotonic,
        authenticating=authenticating,
    )
    async with TestClient(ApiServer(application, api.limits, new_id)) as client:
        yield client


async def send_raw(client: Client, message: bytes) -> Answer:
    """Send bytes as they are on a connection of their own and read one answer."""
    assert client.port is not None
    reader, writer = await asyncio.open_connection(client.host, client.port, limit=2**20)
    try:
        writer.write(message)
        await writer.drain()
        return await read_answer(reader)
    finally:
        writer.close()


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers.get("Content-Length", 0)))
    return Answer(int(head[0].split(" ")[1]), headers, body)
