"""What goes out as one text is what the library would have sent; what depends on more is left to it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from gateway.api import replies
from gateway.lso.document import write_document
from tests.support.client import POQS, Client, FakeQualifications, caller, serving, settings
from tests.support.requests import valid_request


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    qualifications = FakeQualifications()
    qualifications.stored[(caller(), "poq-1")] = b'{"id":"poq-1","text":"' + b"x" * 100_000 + b'"}'
    async with serving(settings(body_bytes=5000), qualifications) as client:
        yield client


async def sent(client: Client, message: bytes) -> list[str]:
    """All that comes back until the connection ends or nothing more comes, line by line, but for id and time."""
    reader, writer = await asyncio.open_connection(client.host, client.port, limit=2**20)
    writer.write(message)
    await writer.drain()
    received = bytearray()
    try:
        async with asyncio.timeout(0.3):
            while piece := await reader.read(2**20):
                received += piece
        received += b"(the end)"
    except TimeoutError:
        pass
    writer.close()
    return [re.sub("^(X-Request-Id|Date): .*", r"\1", line) for line in received.decode().split("\r\n")]


def get(path: str, *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/{version}", "Host: x", *headers, "", "")).encode()


def post(body: bytes, *headers: str) -> bytes:
    length = f"Content-Length: {len(body)}"
    return get(POQS, "Content-Type: application/json", length, *headers, method="POST") + body


POQ = write_document(valid_request())

WHOLE = {
    "created": post(POQ),
    "created, the connection ends": post(POQ, "Connection: close"),
    "two on one connection": post(POQ) * 2,
    "read": get(f"{POQS}/poq-1"),
    "not found": get(f"{POQS}/poq-2"),
    "not found, the connection ends": get("/nothing", "Connection: close"),
    "no document": post(b"[]"),
    "the connection is to end": get(
        POQS, "Content-Type: application/json", "Transfer-Encoding: gzip, chunked", method="POST"
    )
    + b"2\r\n{}\r\n0\r\n\r\n",
    "too large": post(b"x" * 6000),
    "a page of the operator's": get("/openapi.json"),
}
OTHERS = {
    "head": get(f"{POQS}/poq-1", method="HEAD"),
    "head of nothing": get("/nothing", method="HEAD"),
    "of an older version": get(f"{POQS}/poq-1", version="1.0"),
    "of an older version, kept alive": get(f"{POQS}/poq-1", "Connection: keep-alive", version="1.0"),
    "no such method": get(POQS, method="PUT"),
    "with headers of its own": get("/health", method="POST"),
}


@pytest.mark.parametrize("message", [*WHOLE.values(), *OTHERS.values()], ids=[*WHOLE, *OTHERS])
async def test_what_goes_out_whole_is_what_the_library_sends(
    client: Client, monkeypatch: pytest.MonkeyPatch, message: bytes
) -> None:
    whole = await sent(client, message)
    monkeypatch.setattr(replies, "_is_plain", lambda reply, request: False)

    assert whole == await sent(client, message)
    assert whole[0].startswith("HTTP/1.")


@pytest.mark.parametrize(
    ("message", "expected"),
    [*((message, True) for message in list(WHOLE.values())[:7]), *((message, False) for message in OTHERS.values())],
    ids=[*list(WHOLE)[:7], *OTHERS],
)
async def test_only_what_depends_on_nothing_else_goes_out_whole(
    client: Client, monkeypatch: pytest.MonkeyPatch, message: bytes, expected: bool
) -> None:
    made: list[bool] = []
    is_plain = replies._is_plain
    monkeypatch.setattr(replies, "_is_plain", lambda *given: made.append(is_plain(*given)) or made[-1])

    await sent(client, message)

    assert set(made) == {expected}
