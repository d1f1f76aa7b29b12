"""An answer as plain data, and the one place where it becomes an HTTP response.

Most answers go out as one text that is made here (`_Whole`): the library, which makes the others, looks up every header
of an answer several times, for cases that these are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from http import HTTPStatus

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.helpers import rfc822_formatted_time

from gateway.lso.operations import MEDIA_TYPE
from gateway.values import value

SERVER = "poq-gateway"


@value(frozen=True)
class Reply:
    """`close`: end the connection afterwards, because what still comes in cannot be told from a next request."""

    status: HTTPStatus
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    close: bool = False


def as_bytes(reply: Reply, request_id: str) -> bytes:
    """A whole message, for who gets an answer without having been a request; the connection ends with it."""
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(len(reply.body)),
        **reply.headers,
        "X-Request-Id": request_id,
        "Server": SERVER,
        "Connection": "close",
    }
    lines = (
        f"HTTP/1.1 {reply.status.value} {reply.status.phrase}",
        *(f"{name}: {text}" for name, text in headers.items()),
    )
    return "\r\n".join((*lines, "", "")).encode() + reply.body


def respond(reply: Reply, request_id: str, request: web.BaseRequest) -> web.StreamResponse:
    """The response of a reply to a request. `request_id` lets a Buyer and the operator speak of the same request."""
    if _is_plain(reply, request):
        return _Whole(reply, request_id, request)
    return to_response(reply, request_id)


def _is_plain(reply: Reply, request: web.BaseRequest) -> bool:
    """Whether all that the answer's head depends on is its status, its length and whether the connection stays."""
    is_usual = request.version == HttpVersion11 and request.method in _WITH_BODY
    return is_usual and not reply.headers and reply.status is not _BODILESS


_WITH_BODY = ("POST", "GET")
_BODILESS = HTTPStatus.NO_CONTENT  # read once: a member of an enumeration costs as much as a call
_STATUS_LINES = {status: f"HTTP/1.1 {status.value} {status.phrase}" for status in HTTPStatus}


class _Whole(web.StreamResponse):
    """Head and body in one piece."""

    def __init__(self, reply: Reply, request_id: str, request: web.BaseRequest) -> None:
        super().__init__(status=reply.status, reason=reply.status.phrase)
        self._keep_alive = request.keep_alive and not reply.close
        self._writer = request.writer
        head = (
            f"{_STATUS_LINES[reply.status]}\r\nX-Request-Id: {request_id}\r\nServer: {SERVER}\r\n"
            f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(reply.body)}\r\nDate: {rfc822_formatted_time()}\r\n"
        )
        self._message = (head if self._keep_alive else f"{head}Connection: close\r\n").encode() + b"\r\n" + reply.body

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """There is nothing to send before the body."""
        return self._writer

    async def write_eof(self, data: bytes = b"") -> None:
        """Send it all. Raises ConnectionError where nobody is there any more."""
        await self._writer.write_eof(self._message)


def to_response(reply: Reply, request_id: str) -> web.Response:
    """The same by the library's own means, whatever was asked and however, or if it cannot be told."""
    # Server would otherwise name the library and its version
    headers = {**reply.headers, "X-Request-Id": request_id, "Server": SERVER}
    if reply.status is _BODILESS:  # neither body nor type (87.1-R71)
        response = web.Response(status=reply.status, headers=headers)
    else:
        response = web.Response(status=reply.status, body=reply.body, headers={**headers, "Content-Type": MEDIA_TYPE})
    if reply.close:
        response.force_close()
    return response
