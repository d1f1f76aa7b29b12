"""What one sender, one Buyer and all together may ask for: over real sockets, each limit by itself."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from gateway.api.admission import TooManyRequests
from gateway.api.connections import Connections
from gateway.api.rates import Rates
from tests.support.client import POQS, Client, FakeQualifications, read_answer, serving, settings
from tests.support.errors import Answer, assert_standard_error

JSON = {"Content-Type": "application/json"}


async def connect(client: Client) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    assert client.port is not None
    return await asyncio.open_connection(client.host, client.port)


async def until_the_end(reader: asyncio.StreamReader) -> Answer:
    """The answer, after which the connection has ended."""
    answer = await read_answer(reader)
    with suppress(ConnectionError):
        assert await reader.read() == b""
    return answer


# --- headers that come slowly ---


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(b"G", id="one-byte"),
        pytest.param(f"GET {POQS}/x HTTP/1.1\r\n".encode(), id="the-request-line"),
        pytest.param(f"GET {POQS}/x HTTP/1.1\r\nHost: x\r\nX-A: ".encode(), id="half-a-header"),
    ],
)
async def test_headers_that_do_not_end_in_time_end_the_connection(beginning: bytes) -> None:
    async with serving(settings(header_seconds=0.2), FakeQualifications()) as client:
        reader, writer = await connect(client)
        writer.write(beginning)
        await assert_standard_error(await until_the_end(reader), 408)
        writer.close()


async def test_bytes_that_trickle_do_not_move_the_deadline() -> None:
    async with serving(settings(header_seconds=0.3), FakeQualifications()) as client:
        reader, writer = await connect(client)
        writer.write(f"GET {POQS}/x HTTP/1.1\r\nX-A: ".encode())

        async def trickle() -> None:
            with suppress(ConnectionError):
                while True:
                    writer.write(b"a")
                    await writer.drain()
                    await asyncio.sleep(0.02)

        trickling = asyncio.ensure_future(trickle())
        async with asyncio.timeout(10):
            await assert_standard_error(await read_answer(reader), 408)
        trickling.cancel()
        writer.close()


async def test_the_second_request_of_a_connection_has_a_deadline_of_its_own_and_rests_between_cost_nothing() -> None:
    async with serving(settings(header_seconds=0.2), FakeQualifications()) as client:
        reader, writer = await connect(client)
        for _ in range(2):
            writer.write(f"GET {POQS}/x HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            await assert_standard_error(await read_answer(reader), 404)
            await asyncio.sleep(0.4)
        writer.write(b"GET ")
        await assert_standard_error(await until_the_end(reader), 408)
        writer.close()


async def test_work_that_takes_long_is_no_slow_header() -> None:
    qualifications = FakeQualifications()
    qualifications.hold = asyncio.Event()
    async with serving(settings(header_seconds=0.1), qualifications) as client:
        asking = asyncio.ensure_future(client.post(POQS, data=b"{}", headers=JSON))
        await qualifications.started.acquire()
        await asyncio.sleep(0.3)
        qualifications.hold.set()
        assert (await asking).status == 201


# --- connections ---


@pytest.mark.parametrize("limits", [{"connections": 3}, {"connections_each": 3}], ids=["in-all", "from-one-address"])
async def test_one_connection_too_many_is_told_so_and_the_others_go_on(limits: dict[str, int]) -> None:
    async with serving(settings(**limits), FakeQualifications()) as client:
        held = [await connect(client) for _ in range(3)]
        reader, writer = await connect(client)
        answer = await until_the_end(reader)
        await assert_standard_error(answer, 503)
        assert answer.headers["Retry-After"]
        writer.close()

        for reader, writer in held:
            writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await read_answer(reader)).status == 200
        held[0][1].close()
        await held[0][1].wait_closed()
        async with asyncio.timeout(5):
            while True:  # the server learns of it a moment later
                reader, writer = await connect(client)
                writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                status = (await read_answer(reader)).status
                writer.close()
                if status == 200:
                    break
                await asyncio.sleep(0.01)
        for _, writer in held:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


def test_a_proxy_is_not_one_sender() -> None:
    connections = Connections(most=5, most_each=1, is_proxy=lambda address: address == "proxy")

    assert [connections.opened("proxy") for _ in range(3)] == [True, True, True]
    assert [connections.opened("other") for _ in range(2)] == [True, False]
    connections.closed("other")
    assert [connections.opened("other"), connections.opened("proxy"), connections.opened("proxy")] == [
        True,
        True,
        False,
    ]


# --- requests a second ---


async def test_a_buyer_that_asks_too_fast_is_told_when_to_come_again() -> None:
    api = settings(("buyer-1", "buyer-2"), rate=0.5, burst=3)
    async with serving(api, FakeQualifications()) as client:

        async def ask(buyer: str) -> Answer:
            return await Answer.of(await client.get(f"{POQS}/x?buyerId={buyer}"))

        assert [(await ask("buyer-1")).status for _ in range(3)] == [404, 404, 404]
        refused = await ask("buyer-1")
        await assert_standard_error(refused, 429)
        assert refused.headers["Retry-After"] in ("1", "2")
        assert (await ask("buyer-2")).status == 404
        for _ in range(5):
            assert (await client.get("/health")).status == 200


async def test_what_names_no_buyer_counts_for_the_client_itself() -> None:
    async with serving(settings(("buyer-1", "buyer-2"), rate=0.1, burst=2), FakeQualifications()) as client:
        answers = [await Answer.of(await client.get(f"{POQS}/x?buyerId={name}")) for name in ("a", "b", "c")]
        assert [answer.status for answer in answers] == [403, 403, 429]
        assert (await client.get(f"{POQS}/x?buyerId=buyer-1")).status == 404


def test_a_bucket_fills_again_steadily_up_to_its_size() -> None:
    clock = [0.0]
    rates = Rates(2.0, 4, lambda: clock[0])

    def taken() -> int:
        for number in range(100):
            try:
                rates.take("b")
            except TooManyRequests:
                return number
        raise AssertionError

    assert taken() == 4
    clock[0] = 1.0
    assert taken() == 2
    clock[0] = 1000.0
    assert taken() == 4


# --- all together ---


async def test_overload_turns_posts_away_before_their_bodies_and_keeps_reading_and_health_alive() -> None:
    qualifications = FakeQualifications()
    qualifications.hold = asyncio.Event()
    async with serving(settings(posts=2), qualifications) as client:
        working = [asyncio.ensure_future(client.post(POQS, data=b"{}", headers=JSON)) for _ in range(2)]
        for _ in working:
            await qualifications.started.acquire()

        reader, writer = await connect(client)
        head = f"POST {POQS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
        writer.write(head.encode())  # and never the body
        async with asyncio.timeout(2):
            answer = await read_answer(reader)
        await assert_standard_error(answer, 503)
        assert answer.headers["Retry-After"] == "5"
        writer.close()
        assert (await client.get(f"{POQS}/x")).status == 404
        assert (await client.get("/health")).status == 200

        qualifications.hold.set()
        assert [(await one).status for one in working] == [201, 201]
        assert (await client.post(POQS, data=b"{}", headers=JSON)).status == 201


# --- what a body may have ---


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param('{"a":"%s"}' % ("x" * 100), 201, id="as-long-as-allowed"),
        pytest.param('{"a":"%s"}' % ("x" * 101), 400, id="a-text"),
        pytest.param('{"a":"%s"}' % ("é" * 51), 400, id="a-text-by-its-bytes"),
        pytest.param('{"%s":1}' % ("x" * 101), 400, id="a-name"),
        pytest.param('{"a":[[{"b":["%s"]}]]}' % ("x" * 101), 400, id="deep-inside"),
    ],
)
async def test_a_single_text_has_a_limit(body: str, status: int) -> None:
    async with serving(settings(text_bytes=100), FakeQualifications()) as client:
        response = await client.post(POQS, data=body.encode(), headers=JSON)
        if status == 201:
            assert response.status == 201
        else:
            await assert_standard_error(response, 400, "invalidBody")


@pytest.mark.parametrize(
    "number",
    ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 5000, "0" * 20, "1" + "0" * 400, "0x1", "1.", "+1"],
)
@pytest.mark.requirement("C18")
async def test_what_is_no_number_or_none_that_can_be_kept_is_no_body(number: str) -> None:
    async with serving(settings(), FakeQualifications()) as client:
        response = await client.post(POQS, data=f'{{"a": {number}}}'.encode(), headers=JSON)
        await assert_standard_error(response, 400, "invalidBody")
