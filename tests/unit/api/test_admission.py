"""Who waits for whom: work is counted by client, bodies on their way by the address that sends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.support.client import POQS, Client, FakeQualifications, read_answer, serving, settings
from tests.support.errors import Answer, assert_standard_error

HEAD = (
    f"POST {POQS} HTTP/1.1\r\nHost: poq\r\nContent-Type: application/json\r\n"
    "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
).encode()
INVITED = b"HTTP/1.1 100 Continue\r\n\r\n"
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"


@pytest.fixture
def qualifications() -> FakeQualifications:
    return FakeQualifications()


@dataclass(frozen=True)
class Sender:
    """A client that sends the head of a POST, and the body when it is told to."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def is_invited(self) -> bool:
        return await self.reader.readexactly(len(INVITED)) == INVITED

    async def answer(self) -> Answer:
        return await read_answer(self.reader)

    def finish(self) -> None:
        self.writer.write(b"{}")


@asynccontextmanager
async def sender(client: Client, address: str = HERE) -> AsyncIterator[Sender]:
    reader, writer = await asyncio.open_connection(client.host, client.port, local_addr=(address, 0))
    writer.write(HEAD)
    yield Sender(reader, writer)
    writer.close()


async def assert_told_to_wait(answer: Answer) -> None:
    await assert_standard_error(answer, 429)
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.requirement("C19")
async def test_slow_senders_use_up_their_own_address_and_nobody_elses(qualifications: FakeQualifications) -> None:
    async with (
        serving(settings(in_flight=1, arriving=2), qualifications) as client,
        sender(client) as first,
        sender(client) as second,
    ):
        assert await first.is_invited()
        assert await second.is_invited()
        async with sender(client) as third, sender(client, ELSEWHERE) as other:
            await assert_told_to_wait(await third.answer())
            assert await other.is_invited()
            other.finish()
            assert (await other.answer()).status == 201
        assert (await client.get(f"{POQS}/unknown")).status == 404
        for slow in (first, second):
            slow.finish()
            assert (await slow.answer()).status == 201
        async with sender(client) as later:
            assert await later.is_invited()


async def test_a_sender_that_goes_away_gives_its_place_back(qualifications: FakeQualifications) -> None:
    async with serving(settings(arriving=1, body_seconds=0.2, linger_seconds=0.05), qualifications) as client:
        async with sender(client) as slow:
            assert await slow.is_invited()
            assert (await slow.answer()).status == 408
        async with sender(client) as other:
            assert await other.is_invited()


@pytest.mark.requirement("C19")
async def test_a_body_is_not_asked_for_while_its_client_may_not_have_more_work(
    qualifications: FakeQualifications,
) -> None:
    qualifications.hold = asyncio.Event()
    async with (
        serving(settings(in_flight=1), qualifications) as client,
        sender(client) as working,
        sender(client) as waiting,
    ):
        assert await working.is_invited()
        assert await waiting.is_invited()
        working.finish()
        await qualifications.started.acquire()
        async with sender(client) as late:
            await assert_told_to_wait(await late.answer())
        waiting.finish()
        await assert_told_to_wait(await waiting.answer())
        qualifications.hold.set()
        assert (await working.answer()).status == 201
    assert len(qualifications.created) == 1
