"""An HTTP response, read to its end and no further than allowed."""

from __future__ import annotations

from dataclasses import field
from typing import Final

from aiohttp.client_proto import ResponseHandler
from aiohttp.helpers import parse_content_type
from aiohttp.streams import StreamReader
from multidict import CIMultiDict, CIMultiDictProxy

from adapters.base import RECEIVED_LIMIT, Cause, NoAnswer
from adapters.http.errors import LOST
from gateway.values import value

MOST_COMPRESSED: Final = 100
"""A reply may be so many times as large as what came over the wire."""

_COMPRESSION_COUNTS_FROM = 1024 * 1024  # bytes; below, a high ratio costs nothing
_XML_TYPES = frozenset({"text/xml", "application/xml", "application/soap+xml"})


@value(frozen=True)
class HttpAnswer:
    """What came back. `media_type` is None where the header is missing."""

    status: int
    media_type: str | None
    charset: str | None
    content: bytes
    headers: CIMultiDictProxy[str] = field(default_factory=lambda: CIMultiDictProxy(CIMultiDict()), repr=False)

    @property
    def is_xml(self) -> bool:
        return self.media_type is None or self.media_type in _XML_TYPES

    @property
    def text(self) -> str:
        """The beginning of the content, for the operator."""
        return self.content[:RECEIVED_LIMIT].decode(errors="replace")


async def read_answer(
    status: int,
    headers: CIMultiDictProxy[str],
    body: StreamReader,
    protocol: ResponseHandler | None,
    system: str,
    most: int,
) -> HttpAnswer:
    """Read at most `most` bytes, counted as they are decompressed. Raises NoAnswer(TOO_LARGE or UNREACHABLE).

    `protocol`: of the connection that the body comes from, None where that is done with.
    """
    content = b""
    if part := await body.readany():
        _check_size(body, len(part), system, most)
        content = part if body.at_eof() else await _rest(part, body, system, most)
    if protocol is not None and isinstance(protocol.exception(), OSError) and not _says_where_it_ends(headers):
        raise NoAnswer(Cause.UNREACHABLE, f"{system}: {LOST}")
    said = headers.get("Content-Type")
    if said is None:
        return HttpAnswer(status, None, None, content, headers)
    media_type, parameters = parse_content_type(said)
    return HttpAnswer(status, media_type, parameters.get("charset"), content, headers)


async def _rest(beginning: bytes, body: StreamReader, system: str, most: int) -> bytes:
    """All of a body that did not come in one piece."""
    whole = bytearray(beginning)
    while part := await body.readany():
        whole += part
        _check_size(body, len(whole), system, most)
    return bytes(whole)


def _says_where_it_ends(headers: CIMultiDictProxy[str]) -> bool:
    """Else its end is that of the connection, and the library takes a reset for one."""
    return "Content-Length" in headers or "Transfer-Encoding" in headers


def _check_size(body: StreamReader, size: int, system: str, most: int) -> None:
    """A small message must not cost more than its share: what grows so much is no reply but a bomb."""
    if size > most:
        raise NoAnswer(Cause.TOO_LARGE, f"{system} sent more than {most} bytes")
    packed = body.total_compressed_bytes
    if packed is not None and size > _COMPRESSION_COUNTS_FROM and size > MOST_COMPRESSED * packed:
        raise NoAnswer(Cause.TOO_LARGE, f"{system} sent a reply that grows more than {MOST_COMPRESSED}-fold")
