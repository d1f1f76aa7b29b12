"""An HTTP response, read to its end and no further than allowed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy

from adapters.base import RECEIVED_LIMIT, Cause, NoAnswer
from adapters.http.errors import LOST

MOST_COMPRESSED: Final = 100
"""A reply may be so many times as large as what came over the wire."""

_COMPRESSION_COUNTS_FROM = 1024 * 1024  # bytes; below, a high ratio costs nothing
_XML_TYPES = frozenset({"text/xml", "application/xml", "application/soap+xml"})


@dataclass(frozen=True)
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


async def read_answer(response: aiohttp.ClientResponse, system: str, most: int) -> HttpAnswer:
    """Read at most `most` bytes, counted as they are decompressed. Raises NoAnswer(TOO_LARGE or UNREACHABLE)."""
    content = bytearray()
    connection = None if _says_where_it_ends(response) else response.connection
    protocol = connection.protocol if connection is not None else None
    async for part in response.content.iter_any():
        content += part
        if len(content) > most:
            raise NoAnswer(Cause.TOO_LARGE, f"{system} sent more than {most} bytes")
        _check_compression(response, len(content), system)
    if protocol is not None and isinstance(protocol.exception(), OSError):
        raise NoAnswer(Cause.UNREACHABLE, f"{system}: {LOST}")
    media_type = response.content_type if "Content-Type" in response.headers else None
    return HttpAnswer(response.status, media_type, response.charset, bytes(content), response.headers)


def _says_where_it_ends(response: aiohttp.ClientResponse) -> bool:
    """Else its end is that of the connection, and the library takes a reset for one."""
    return "Content-Length" in response.headers or "Transfer-Encoding" in response.headers


def _check_compression(response: aiohttp.ClientResponse, size: int, system: str) -> None:
    """A small message must not cost more than its share: what grows so much is no reply but a bomb."""
    packed = response.content.total_compressed_bytes
    if packed is not None and size > _COMPRESSION_COUNTS_FROM and size > MOST_COMPRESSED * packed:
        raise NoAnswer(Cause.TOO_LARGE, f"{system} sent a reply that grows more than {MOST_COMPRESSED}-fold")
