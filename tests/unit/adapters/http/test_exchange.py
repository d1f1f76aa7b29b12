"""One exchange: what goes out, what is read, and when a request is made again by itself."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web
from pydantic import ValidationError

from adapters.base import AdapterConfigurationError, Cause, CheckOutcome, NoAnswer
from adapters.http.client import HttpClient, HttpRequest
from adapters.http.options import HttpOptions
from tests.support.http_server import http_server
from tests.unit.adapters.http.clients import ENOUGH, client, get, write


async def refused(asked: HttpClient, request: HttpRequest | None = None, seconds: float = ENOUGH) -> NoAnswer:
    with pytest.raises(NoAnswer) as raised:
        await asked.send(request or HttpRequest("GET", "/x"), seconds)
    return raised.value


async def test_a_target_goes_out_as_it_is() -> None:
    async with http_server() as server, client(f"{server.url}/base/") as asked:
        server.says("{}")
        await get(asked, "/a%2Fb/%C3%A9?q=1%2B1&r=%20")

    assert server.asked[0].target == "/base/a%2Fb/%C3%A9?q=1%2B1&r=%20"


async def test_environment_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    async with http_server() as server, client(server.url) as asked:
        server.says("{}")

        assert (await get(asked)).status == 200


async def test_a_proxy_that_is_named_is_used() -> None:
    async with http_server() as proxy, client("http://planning.example/api", proxy=proxy.url) as asked:
        proxy.says('{"a": 1}')

        assert (await get(asked)).content == b'{"a": 1}'
    assert proxy.asked[0].headers["Host"] == "planning.example"


async def test_cookies_are_not_kept_and_redirects_not_followed() -> None:
    async with http_server() as server, client(server.url) as asked:
        server.says("", status=302, Location="/y", Set_Cookie="a=b")
        answers = [await get(asked), await get(asked)]

    assert [answer.status for answer in answers] == [302, 302]
    assert [(one.target, "Cookie" in one.headers) for one in server.asked] == [("/x", False), ("/x", False)]


async def test_connections_are_kept() -> None:
    async with http_server() as server, client(server.url) as asked:
        server.says("{}")
        for _ in range(5):
            await get(asked)

    assert len({one.connection for one in server.asked}) == 1


async def test_what_changes_something_gets_a_connection_of_its_own() -> None:
    async with http_server() as server, client(server.url) as asked:
        server.says("{}")
        await get(asked)
        await write(asked)

    assert server.asked[1].connection != server.asked[0].connection
    assert server.asked[1].headers["Connection"] == "close"


def _packed(kind: str, size: int) -> bytes:
    content = b" " * size
    return gzip.compress(content) if kind == "gzip" else zlib.compress(content)


@pytest.mark.parametrize("kind", ["gzip", "deflate"])
async def test_a_bomb_costs_no_more_than_the_largest_reply(kind: str) -> None:
    packed = _packed(kind, 100_000_000)
    async with http_server() as server, client(server.url, max_reply="64 MiB") as asked:
        server.says(packed, Content_Encoding=kind)
        tracemalloc.start()
        try:
            raised = await refused(asked)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert raised.cause is Cause.TOO_LARGE
    assert "100-fold" in raised.text
    assert most < 24_000_000, "it is recognised by how it grows, long before 64 MiB are there"


async def test_bombs_in_a_bomb_are_not_opened() -> None:
    packed = gzip.compress(gzip.compress(b" " * 50_000_000))
    async with http_server() as server, client(server.url) as asked:
        server.says(packed, Content_Encoding="gzip, gzip")
        outcome = await asyncio.gather(get(asked), return_exceptions=True)

    assert isinstance(outcome[0], NoAnswer) or outcome[0].content == packed  # type: ignore[union-attr]


async def test_a_reply_that_compresses_well_is_read() -> None:
    content = b"".join(b'{"line": "%06d", "free": true}' % number for number in range(60_000))
    packed = gzip.compress(content)
    assert len(content) > 1_500_000
    async with http_server() as server, client(server.url) as asked:
        server.says(packed, Content_Encoding="gzip")

        assert (await get(asked)).content == content


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"X-Long: " + b"a" * 9000 + b"\r\n", id="a long header"),
        pytest.param(b"".join(b"X-%d: a\r\n" % number for number in range(200)), id="many headers"),
    ],
)
async def test_headers_without_end_are_unreadable(head: bytes) -> None:
    def answer(_: int, __: int) -> bytes:
        return b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: 0\r\n\r\n"

    async with raw_server(answer) as (url, _), client(url) as asked:
        assert (await refused(asked)).cause is Cause.UNREADABLE


async def test_an_informational_reply_is_not_the_answer() -> None:
    def answer(_: int, __: int) -> bytes:
        return b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    async with raw_server(answer) as (url, _), client(url) as asked:
        assert (await get(asked)).status == 200


async def test_a_header_takes_the_place_of_our_own_of_that_name() -> None:
    async with http_server() as server, client(server.url, headers={"user-agent": "seller"}) as asked:
        server.says("{}")
        await get(asked, headers={"accept": "text/xml"})

    assert {name.lower(): value for name, value in server.asked[0].headers.items()} == {
        "host": server.url.removeprefix("http://"),
        "accept-encoding": "gzip, deflate",
        "user-agent": "seller",
        "accept": "text/xml",
    }


async def test_nothing_is_sent_with_a_line_break_in_a_header() -> None:
    async with http_server() as server, client(server.url) as asked:
        server.says("{}")
        raised = await refused(asked, HttpRequest("GET", "/x", {"X-Reference": "1\r\nX-More: 2"}))

    assert raised.cause is Cause.BROKEN
    assert server.asked == []


async def test_a_body_in_many_pieces_is_read_whole() -> None:
    async with http_server() as server, client(server.url) as asked:

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            for number in range(20):
                await response.write(b"%02d" % number * 5_000)
            return response

        server.answer = answer
        assert (await get(asked)).content == b"".join(b"%02d" % number * 5_000 for number in range(20))


Answers = Callable[[int, int], bytes | None]
"""What is said to the n-th request (from 1) of the n-th connection; None: hang up."""
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@asynccontextmanager
async def raw_server(answers: Answers) -> AsyncIterator[tuple[str, list[int]]]:
    """A server that says bytes; gives its URL and how many requests each connection brought."""
    served: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(served)
        served.append(0)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if b"content-length: " in head.lower():
                    await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
                served[number] += 1
                said = answers(number + 1, served[number])
                if said is None:
                    break
                writer.write(said)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", served


async def test_a_kept_connection_that_was_dropped_costs_nothing() -> None:
    async with raw_server(lambda _, request: OK if request == 1 else None) as (url, served), client(url) as asked:
        await get(asked)
        await get(asked)

    assert served == [2, 1]


async def test_many_dropped_connections_cost_nothing_either() -> None:
    together = asyncio.Barrier(3)

    def answers(connection: int, request: int) -> bytes | None:
        return OK if request == 1 or connection > 3 else None

    async def one(asked: HttpClient) -> None:
        await together.wait()
        await get(asked)

    async with raw_server(answers) as (url, served), client(url) as asked:
        await asyncio.gather(one(asked), one(asked), one(asked))
        await get(asked)

    assert served == [2, 2, 2, 1]


async def test_a_new_connection_without_an_answer_is_not_asked_again() -> None:
    async with raw_server(lambda *_: None) as (url, served), client(url) as asked:
        assert (await refused(asked)).cause is Cause.UNREACHABLE

    assert served == [1]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
async def test_what_changes_something_is_never_sent_twice(method: str) -> None:
    async with raw_server(lambda *_: None) as (url, served), client(url) as asked:
        with pytest.raises(NoAnswer):
            await write(asked, method)

    assert served == [1]


async def test_the_wait_for_a_place_is_part_of_the_time() -> None:
    async with http_server() as server, client(server.url, calls_at_once=1) as asked:
        server.says("{}")
        server.waits_for(asyncio.Event())
        first, second = await asyncio.gather(refused(asked, seconds=0.4), refused(asked, seconds=0.2))

    assert (first.cause, second.cause) == (Cause.TIMEOUT, Cause.TIMEOUT)
    assert len(server.asked) == 1


async def test_no_more_calls_than_allowed_are_under_way_whatever_they_do() -> None:
    async with http_server() as server, client(server.url, calls_at_once=2) as asked:
        pair = asyncio.Barrier(2)

        async def in_pairs(_: web.Request) -> web.StreamResponse:
            await pair.wait()
            return web.json_response({})

        server.answer = in_pairs
        await asyncio.gather(*(get(asked) for _ in range(5)), *(write(asked) for _ in range(5)))

    assert server.most_at_once == 2


async def test_a_check_connects_and_asks_nothing() -> None:
    async with http_server() as server, client(server.url) as asked:
        (connection,) = await asked.check(5)

    assert (connection.subject, connection.outcome) == ("connection", CheckOutcome.OK)
    assert server.asked == []


async def test_a_check_of_several_endpoints_has_a_line_for_each(unused_tcp_port: int) -> None:
    async with http_server() as server:
        down = f"http://127.0.0.1:{unused_tcp_port}"
        async with client("", endpoints=[down, server.url]) as asked:
            lines = await asked.check(5)

    assert [line.outcome for line in lines] == [CheckOutcome.OK, CheckOutcome.FAILED, CheckOutcome.OK]
    assert lines[1].subject == f"endpoint 127.0.0.1:{unused_tcp_port}"


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"endpoint": "ftp://x"}, id="no http"),
        pytest.param({"endpoint": "http://user:secret@x"}, id="a user in the address"),
        pytest.param({"endpoint": "http://x?y"}, id="a query in the address"),
        pytest.param({"endpoint": "http://x", "endpoints": ["http://y"]}, id="both"),
        pytest.param({"endpoints": ["http://x", "http://x"]}, id="twice"),
        pytest.param({"proxy": "proxy:3128"}, id="a proxy that is no URL"),
        pytest.param({"authentication": {}}, id="no way of authentication"),
        pytest.param(
            {"authentication": {"bearer": {"token": "a"}, "basic": {"username": "a", "password": "b"}}}, id="two ways"
        ),
        pytest.param({"authentication": {"bearer": {}}}, id="a token from nowhere"),
        pytest.param({"authentication": {"api_key": {"key": "a"}}}, id="a key for nowhere"),
        pytest.param({"authentication": {"basic": {"username": "a:b", "password": "b"}}}, id="a colon in the user"),
        pytest.param({"tls": {"key": "a.pem"}}, id="a key of no certificate"),
        pytest.param({"headers": {"a b": "c"}}, id="a header that is none"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        HttpOptions.model_validate(options)


def test_a_system_is_somewhere() -> None:
    with pytest.raises(AdapterConfigurationError, match="say where it is"):
        HttpClient("nimbus", HttpOptions())


def test_options_show_no_secret() -> None:
    said = HttpOptions.model_validate(
        {"headers": {"X": "hidden"}, "proxy": "http://a:hidden@b", "authentication": {"bearer": {"token": "hidden"}}}
    )

    assert "hidden" not in repr(said)


@asynccontextmanager
async def half_said(head: bytes, body: bytes, *, reset: bool) -> AsyncIterator[str]:
    """A server that begins one answer, and then ends the connection: properly, or as a machine that lost its power."""
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + head + b"\r\n\r\n", body):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.02)  # so that it arrives before the reset takes it away
        if reset:
            lingering = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        ended.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await ended.wait()


LENGTH, CHUNKED = b"Content-Length: 100", b"Transfer-Encoding: chunked"
PACKED = b"Content-Encoding: gzip\r\nContent-Length: 71"


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize(
    ("head", "body"),
    [
        pytest.param(LENGTH, b'{"free": 1', id="shorter than told"),
        pytest.param(CHUNKED, b'5\r\n{"f', id="in a chunk"),
        pytest.param(CHUNKED, b'3\r\n{"f\r\n', id="between chunks"),
        pytest.param(PACKED, gzip.compress(b"hello world" * 1000)[:40], id="packed"),
    ],
)
async def test_a_connection_that_ends_in_mid_body_is_lost(head: bytes, body: bytes, reset: bool) -> None:
    async with half_said(head, body, reset=reset) as url, client(url) as asked:
        raised = await refused(asked)

    assert raised.cause is Cause.UNREACHABLE
    assert raised.text == "nimbus: the connection was lost in mid-reply"
    assert raised.is_sent


async def test_a_reset_does_not_end_a_reply_that_lasts_as_long_as_its_connection() -> None:
    async with half_said(b"Server: old", b'{"free": 1', reset=True) as url, client(url) as asked:
        raised = await refused(asked)

    assert raised.cause is Cause.UNREACHABLE


async def test_what_cannot_be_unpacked_is_unreadable_whatever_becomes_of_the_connection() -> None:
    head = b"Content-Encoding: gzip\r\nContent-Length: 5"
    async with half_said(head, b"abcde", reset=True) as url, client(url) as asked:
        raised = await refused(asked)

    assert raised.cause is Cause.UNREADABLE
