"""What happens below and around the requests: malformed HTTP, slow and vanishing clients, too many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.client import POQS, Client, FakeQualifications, read_answer, send_raw, serving, settings
from tests.support.errors import assert_standard_error

JSON = {"Content-Type": "application/json"}
HEAD_OF_A_POST = f"POST {POQS} HTTP/1.1\r\nHost: poq\r\nContent-Type: application/json\r\n".encode()
READ, VERSION = f"GET {POQS}".encode(), b" HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def qualifications() -> FakeQualifications:
    return FakeQualifications()


@pytest.fixture
async def client(qualifications: FakeQualifications) -> AsyncIterator[Client]:
    api = settings(body_bytes=1000, body_seconds=0.5, in_flight=2, linger_seconds=0.05)
    async with serving(api, qualifications) as client:
        yield client


@pytest.mark.requirement("87.1-R22", "C18")
@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        pytest.param(b"nonsense\r\n\r\n", 400, "invalidBody", id="no-http"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400, "invalidBody", id="tls"),
        pytest.param(b"BREW /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404, "notFound", id="unknown-method-and-path"),
        pytest.param(b"BREW coffee HTTP/1.1\r\nHost: x\r\n\r\n", 404, "notFound", id="unknown-method-without-path"),
        pytest.param(b"BREW /health\r\n\r\n", 400, "invalidBody", id="unknown-method-without-version"),
        pytest.param(READ + "/\u00fc".encode() + VERSION, 404, "notFound", id="raw-utf-8-in-the-path"),
        pytest.param(READ + b"/\xff?x=\xff" + VERSION, 404, "notFound", id="raw-bytes-in-the-path"),
        pytest.param(READ + "/1?buyerId=\u00fc".encode() + VERSION, 400, "invalidQuery", id="raw-utf-8-in-the-query"),
        pytest.param(READ + b"/1?buyerId=\xff" + VERSION, 400, "invalidQuery", id="raw-bytes-in-the-query"),
        pytest.param(b"GET /nothing?x=\xff" + VERSION, 404, "notFound", id="raw-bytes-in-the-query-of-nothing"),
        pytest.param(b"GET /health HTTP/9.9\r\nHost: x\r\n\r\n", 400, "invalidBody", id="unknown-version"),
        pytest.param(b"GET /health HTTP/1.1\r\nHost x\r\n\r\n", 400, "invalidBody", id="header-without-colon"),
        pytest.param(HEAD_OF_A_POST + b"Content-Length: two\r\n\r\n{}", 400, "invalidBody", id="length-no-number"),
        pytest.param(
            HEAD_OF_A_POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
            400,
            "invalidBody",
            id="two-framings",
        ),
        pytest.param(HEAD_OF_A_POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "invalidBody", id="bad-chunk"),
        pytest.param(
            HEAD_OF_A_POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            400,
            "invalidBody",
            id="compressed-on-its-way",
        ),
        pytest.param(b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431, None, id="long-target"),
        pytest.param(b"GET /health HTTP/1.1\r\nX: " + b"x" * 9000 + b"\r\n\r\n", 431, None, id="long-header"),
        pytest.param(b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 404, "notFound", id="asterisk"),
        pytest.param(b"GET http://x/nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404, "notFound", id="absolute-target"),
        pytest.param(b"GET /%0a/%00 HTTP/1.1\r\nHost: x\r\n\r\n", 404, "notFound", id="escaped-line-break"),
        pytest.param(b"GET /nothing HTTP/1.1\r\nHost: x\r\nExpect: more\r\n\r\n", 404, "notFound", id="expect-on-404"),
        pytest.param(
            b"OPTIONS * HTTP/1.1\r\nHost: x\r\nExpect: more\r\n\r\n", 404, "notFound", id="expect-without-a-path"
        ),
        pytest.param(
            HEAD_OF_A_POST + b"Expect: more\r\nContent-Length: 2\r\n\r\n{}", 417, None, id="unknown-expectation"
        ),
        pytest.param(
            HEAD_OF_A_POST + b"Expect: 100-continue\r\nExpect: more\r\nContent-Length: 2\r\n\r\n{}",
            417,
            None,
            id="unknown-second-expectation",
        ),
        pytest.param(HEAD_OF_A_POST + b"Content-Length: 2000\r\n\r\n", 413, None, id="announced-too-large"),
        pytest.param(HEAD_OF_A_POST + b"Content-Length: 2\r\n\r\n{", 408, None, id="body-that-does-not-come"),
    ],
)
async def test_what_the_server_itself_refuses_has_the_standards_shape(
    client: Client, qualifications: FakeQualifications, message: bytes, status: int, code: str | None
) -> None:
    await assert_standard_error(await send_raw(client, message), status, code)
    assert qualifications.created == []


async def test_too_many_headers_are_refused_in_the_standards_shape(client: Client) -> None:
    headers = b"".join(b"X-%d: x\r\n" % n for n in range(100))
    answer = await send_raw(client, b"GET /health HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")
    [error] = await assert_standard_error(answer, 431)
    assert "too many headers" in error["reason"]


@pytest.mark.requirement("C2")
@pytest.mark.parametrize("method", ["BREW", "post", "Get", "POSTS", "G"])
@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        pytest.param(POQS, "GET, POST", id="list"),
        pytest.param(f"{POQS}/1?buyerId=b#x", "GET", id="one"),
        pytest.param(f"http://poq{POQS}", "GET, POST", id="absolute"),
    ],
)
async def test_methods_that_http_does_not_define_are_refused_with_the_allowed_ones(
    client: Client, method: str, target: str, allowed: str
) -> None:
    answer = await send_raw(client, f"{method} {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await assert_standard_error(answer, 405)
    assert answer.headers["Allow"] == allowed


async def test_a_transfer_coding_is_named_in_any_case(client: Client) -> None:
    body = b"Transfer-Encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    assert (await send_raw(client, HEAD_OF_A_POST + body)).status == 201


async def test_a_body_is_invited_when_the_rest_is_in_order(client: Client, qualifications: FakeQualifications) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(HEAD_OF_A_POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"{}")
    assert (await read_answer(reader)).status == 201
    writer.close()


async def test_a_body_is_not_invited_when_something_is_wrong_before_it(client: Client) -> None:
    head = HEAD_OF_A_POST.replace(b"application/json", b"text/plain")
    answer = await send_raw(client, head + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    await assert_standard_error(answer, 415)


async def test_a_client_that_disconnects_cancels_its_request(
    client: Client, qualifications: FakeQualifications
) -> None:
    qualifications.hold = asyncio.Event()
    _, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(HEAD_OF_A_POST + b"Content-Length: 2\r\n\r\n{}")
    await qualifications.started.acquire()
    writer.close()
    await qualifications.cancelled.wait()
    assert qualifications.created == []


@pytest.mark.requirement("C19")
async def test_more_requests_at_once_than_the_limit_are_told_to_wait(
    client: Client, qualifications: FakeQualifications
) -> None:
    qualifications.hold = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        held = [tasks.create_task(client.post(POQS, data=b"{}", headers=JSON)) for _ in range(2)]
        for _ in held:
            await qualifications.started.acquire()
        refused = await client.post(POQS, data=b"{}", headers=JSON)
        await assert_standard_error(refused, 429)
        assert refused.headers["Retry-After"] == "5"
        qualifications.hold.set()
    assert [task.result().status for task in held] == [201, 201]
    assert (await client.post(POQS, data=b"{}", headers=JSON)).status == 201
