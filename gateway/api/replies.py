"""An answer as plain data, and the one place where it becomes an HTTP response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from http import HTTPStatus

from aiohttp import web

from gateway.lso.operations import MEDIA_TYPE
from gateway.values import value


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
        "Server": "poq-gateway",
        "Connection": "close",
    }
    lines = (
        f"HTTP/1.1 {reply.status.value} {reply.status.phrase}",
        *(f"{name}: {text}" for name, text in headers.items()),
    )
    return "\r\n".join((*lines, "", "")).encode() + reply.body


def to_response(reply: Reply, request_id: str) -> web.Response:
    """The response of a reply. `request_id` lets a Buyer and the operator speak of the same request."""
    # Server would otherwise name the library and its version
    headers = {**reply.headers, "X-Request-Id": request_id, "Server": "poq-gateway"}
    if reply.status is HTTPStatus.NO_CONTENT:  # neither body nor type (87.1-R71)
        response = web.Response(status=reply.status, headers=headers)
    else:
        response = web.Response(status=reply.status, body=reply.body, headers={**headers, "Content-Type": MEDIA_TYPE})
    if reply.close:
        response.force_close()
    return response
