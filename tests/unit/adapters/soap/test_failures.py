"""Every way in which a SOAP service can fail to answer: none of them becomes a reply."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable

import pytest
from aiohttp import web

from adapters.base import Cause, NoAnswer
from tests.support.soap_server import SOAP_12, SoapServer, envelope, feasible
from tests.unit.adapters.soap.services import service

GOOD = envelope(feasible())
HTML = "<html><body>Sign in</body></html>"
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
LATIN = GOOD.replace("</s:Body>", "</s:Body><!-- é -->").encode("latin-1")

ENCODING = "the reply's content encoding cannot be read"

Script = Callable[[SoapServer], None]


def says(content: str | bytes, status: int = 200, **headers: str) -> Script:
    return lambda server: server.says(content, status=status, **headers)


def bomb() -> Script:
    packed = gzip.compress(b" " * 60_000_000)
    return says(packed, Content_Encoding="gzip")


FAILURES = [
    pytest.param(says(HTML, Content_Type="text/html"), Cause.UNREADABLE, "an HTML page", id="html-with-200"),
    pytest.param(says(HTML), Cause.UNREADABLE, "envelope", id="html-that-says-xml"),
    pytest.param(says(HTML, 500, Content_Type="text/html"), Cause.BROKEN, "HTTP 500", id="http-500-with-html"),
    pytest.param(says("", 500), Cause.BROKEN, "HTTP 500", id="http-500-without-fault"),
    pytest.param(says(GOOD, 500), Cause.BROKEN, "HTTP 500", id="http-500-with-a-good-reply"),
    pytest.param(says("no", 404, Content_Type="text/plain"), Cause.BROKEN, "HTTP 404", id="http-404"),
    pytest.param(says("", 503), Cause.OVERLOADED, "HTTP 503", id="http-503"),
    pytest.param(says("", 429), Cause.OVERLOADED, "HTTP 429", id="http-429"),
    pytest.param(says("", 302, Location="/service"), Cause.BROKEN, "not followed", id="redirect"),
    pytest.param(says(""), Cause.UNREADABLE, "empty", id="empty-body"),
    pytest.param(says("", 202), Cause.BROKEN, "HTTP 202", id="accepted-without-a-reply"),
    pytest.param(says(GOOD[:-20]), Cause.UNREADABLE, "well-formed", id="truncated-xml"),
    pytest.param(says(GOOD + "<more/>"), Cause.UNREADABLE, "well-formed", id="two-documents"),
    pytest.param(says(LATIN), Cause.UNREADABLE, "well-formed", id="bytes-of-another-charset"),
    pytest.param(
        says(GOOD, Content_Type="text/xml; charset=martian"), Cause.UNREADABLE, "none that is", id="unknown-charset"
    ),
    pytest.param(says(ENTITIES + GOOD), Cause.UNREADABLE, "DOCTYPE", id="dtd-with-entities"),
    pytest.param(
        says('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + GOOD), Cause.UNREADABLE, "DOCTYPE", id="external-dtd"
    ),
    pytest.param(says(envelope(feasible(), soap=SOAP_12)), Cause.UNREADABLE, "SOAP 1.1", id="envelope-of-soap-1.2"),
    pytest.param(says(envelope(feasible(), soap="urn:else")), Cause.UNREADABLE, "SOAP 1.1", id="wrong-namespace"),
    pytest.param(says(GOOD.replace("s:Body", "s:Bodies")), Cause.UNREADABLE, "no body", id="no-body"),
    pytest.param(says(envelope("")), Cause.UNREADABLE, "nothing", id="empty-envelope"),
    pytest.param(says(envelope("<f:Pong>hi</f:Pong>")), Cause.UNREADABLE, "Pong", id="another-message"),
    pytest.param(
        says(GOOD.replace("urn:test:feasibility", "urn:test:v2")), Cause.UNREADABLE, "urn:test:v2", id="message-of-v2"
    ),
    pytest.param(says(envelope(feasible() * 2)), Cause.UNREADABLE, "expected was", id="two-messages"),
    pytest.param(says("x" * 70_000), Cause.TOO_LARGE, "65536", id="too-large"),
    pytest.param(says("x" * 70_000, 500), Cause.TOO_LARGE, "65536", id="too-large-with-500"),
    pytest.param(bomb(), Cause.TOO_LARGE, "65536", id="gzip-bomb"),
    pytest.param(says(b"no gzip", Content_Encoding="gzip"), Cause.UNREADABLE, ENCODING, id="not-gzip-after-all"),
    pytest.param(says(b"no br", Content_Encoding="br"), Cause.UNREADABLE, ENCODING, id="encoding-not-asked-for"),
]


@pytest.mark.parametrize(("script", "cause", "word"), FAILURES)
async def test_what_is_no_readable_reply_is_no_answer(script: Script, cause: Cause, word: str) -> None:
    async with service(max_reply="64 KiB") as asked:
        script(asked.server)
        with pytest.raises(NoAnswer) as raised:
            await asked.ask()

    assert raised.value.cause is cause
    assert word in raised.value.text
    assert len(asked.server.asked) == 1, "nothing is asked twice, and no redirect is followed"


async def test_ten_megabytes_are_too_large_by_default() -> None:
    async with service() as asked:
        asked.server.says(b" " * 10_000_000)
        with pytest.raises(NoAnswer) as raised:
            await asked.ask()

    assert raised.value.cause is Cause.TOO_LARGE


async def test_a_body_that_never_ends_is_a_timeout() -> None:
    async with service() as asked:

        async def begin_only(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "text/xml"})
            await response.prepare(request)
            await response.write(GOOD.encode())
            await asyncio.Event().wait()
            return response

        asked.server.answer = begin_only
        with pytest.raises(NoAnswer) as raised:
            await asked.ask(seconds=0.2)

    assert raised.value.cause is Cause.TIMEOUT


async def test_the_systems_own_limit_ends_a_call_that_was_given_longer() -> None:
    async with service(timeout="100 ms") as asked:
        asked.server.says(GOOD)
        asked.server.waits_for(asyncio.Event())
        with pytest.raises(NoAnswer) as raised:
            await asked.ask(seconds=100)

    assert raised.value.cause is Cause.TIMEOUT


async def test_a_connection_cut_in_the_reply_is_lost() -> None:
    async with service() as asked:

        async def cut(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "text/xml", "Content-Length": "5000"})
            await response.prepare(request)
            await response.write(GOOD.encode()[:50])
            assert request.transport is not None
            request.transport.close()
            return response

        asked.server.answer = cut
        with pytest.raises(NoAnswer) as raised:
            await asked.ask()

    assert raised.value.cause is Cause.UNREACHABLE


async def test_a_refused_connection_is_unreachable() -> None:
    async with service(endpoint="http://127.0.0.1:9/") as asked:
        with pytest.raises(NoAnswer) as raised:
            await asked.ask()

    assert raised.value.cause is Cause.UNREACHABLE


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"hidden \x00 bytes\r\n\r\n", id="no-http"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: hidden\r\n\r\n", id="wrong-length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhidden\r\nx", id="wrong-chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nhidden header\r\n\r\n", id="wrong-header"),
    ],
)
async def test_what_is_no_http_is_unreadable_and_its_bytes_are_not_quoted(sent: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with service(endpoint=f"http://127.0.0.1:{port}/") as asked:
            with pytest.raises(NoAnswer) as raised:
                await asked.ask()

    assert raised.value.cause is Cause.UNREADABLE
    assert "the reply is no readable HTTP" in raised.value.text
    assert "hidden" not in str(raised.value)


async def test_what_came_is_kept_for_the_operator_and_cut() -> None:
    async with service() as asked:
        asked.server.says("<html>" + "x" * 100_000)
        with pytest.raises(NoAnswer) as raised:
            await asked.ask()

    assert raised.value.received.startswith("<html>")
    assert len(raised.value.received) == 16_384
