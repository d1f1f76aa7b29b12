"""One exchange on a connection of the HTTP library, without what the library's sessions do around it.

The library finds, makes and keeps the connections, and takes replies apart. What a session adds to each exchange (an
object for the request and one for the response, a task that writes, timers, cookies, redirects, tracing) a message that
is ready does not need, and it costs more than all the rest. Through a session goes what does need it: a proxy, or an
authentication that answers challenges.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import aiohttp
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError, RawResponseMessage
from aiohttp.streams import StreamReader
from yarl import URL

from adapters.http.connector import Connector
from adapters.http.options import HttpOptions
from adapters.http.reading import HttpAnswer, read_answer
from gateway.values import value

LONGEST_HEADER = 8190  # bytes
MOST_HEADERS = 128
_READ_AHEAD = 64 * 1024  # bytes of a reply that are taken in before they are read
_SWITCHING_PROTOCOLS = 101
_KEPT_HEADS = 64  # of requests: those of SOAP are always the same

Tls = ssl.SSLContext | None


@dataclass(slots=True)
class Attempt:
    """Whether a call had a connection made for it: one that is lost on a kept one may not have been read at all."""

    is_new: bool = False


ATTEMPT: ContextVar[Attempt] = ContextVar("ATTEMPT")
"""Of the call under way."""


def made_wire(system: str, options: HttpOptions, *, is_kept: bool) -> Wire:
    """A way with connections of its own, which are kept after an exchange or not. Connects to nothing yet."""
    session = aiohttp.ClientSession(
        connector=Connector(
            limit=0,  # the client counts the places
            force_close=not is_kept,
            socket_factory=_socket,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "gzip, deflate", "User-Agent": "poq-gateway"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=options.connect_timeout),
        trust_env=False,
        max_line_size=LONGEST_HEADER,
        max_field_size=LONGEST_HEADER,
        max_headers=MOST_HEADERS,
    )
    return Wire(session, system, options.max_reply)


def _socket(info: tuple[Any, ...]) -> socket.socket:
    """A socket for a new connection, which the library connects at once; noted for the call that it is made for."""
    family, kind, proto, *_ = info
    ATTEMPT.get().is_new = True
    return socket.socket(family, kind, proto)


@value(frozen=True)
class _Head:
    """What goes before the content of a request, but for the content's length where that is said."""

    lines: bytes
    says_length: bool
    origin: str

    def before(self, content: bytes) -> bytes:
        """The whole request."""
        length = b"Content-Length: %d\r\n" % len(content) if self.says_length else b""
        return b"".join((self.lines, length, b"\r\n", content))


class Wire:
    """Sends over the connections of one session. `most`: bytes of a reply; `system` is named in what is raised."""

    def __init__(self, session: aiohttp.ClientSession, system: str, most: int) -> None:
        assert session.connector is not None
        self.session, self._connector = session, session.connector
        self._system, self._most = system, most
        self._own = dict(session.headers) | ({"Connection": "close"} if session.connector.force_close else {})
        """Headers that go out where nothing else is said."""
        self._asking: dict[tuple[str, Tls], ClientRequest] = {}
        """By where a connection goes, what the library wants to know to make one."""
        self._timeout = session.timeout
        self._head = lru_cache(maxsize=_KEPT_HEADS)(self._made_head)

    async def exchange(
        self, method: str, url: URL, headers: Mapping[str, str], content: bytes | None, tls: Tls
    ) -> HttpAnswer:
        """Send, and read the reply to its end. Raises the library's errors, as a session does, and NoAnswer."""
        head_of_request = self._head(method, url, tuple(headers.items()), content is not None)
        asked = self._asked(head_of_request.origin, tls)
        message = head_of_request.before(content or b"")
        try:
            connection = await self._connector.connect(asked, [], self._timeout)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError(f"Connection timeout to host {asked.url}") from error
        try:
            head, body = await _head_of_reply(connection, asked, message, has_body=method != "HEAD")
            protocol = connection.protocol
            answer = await read_answer(head.code, head.headers, body, protocol, self._system, self._most)
        except BaseException as error:
            connection.close()
            if isinstance(error, OSError) and not isinstance(error, aiohttp.ClientError | TimeoutError):
                raise aiohttp.ClientOSError(*error.args) from error
            raise
        connection.release()
        return answer

    def _made_head(self, method: str, url: URL, headers: tuple[tuple[str, str], ...], has_content: bool) -> _Head:
        """Of requests that differ in their content alone. Raises ValueError for a header that would be several."""
        own = {"Host": str(url.host_port_subcomponent), "Accept": "*/*", **self._own}
        if has_content:
            own["Content-Type"] = "application/octet-stream"
        given = {name.lower() for name, _ in headers}
        lines = [f"{method} {url.raw_path_qs} HTTP/1.1"]
        lines += [f"{name}: {said}" for name, said in own.items() if name.lower() not in given]
        lines += [f"{name}: {said}" for name, said in headers]
        head = "\r\n".join(lines)
        if head.count("\n") + 1 != len(lines) or head.count("\r") + 1 != len(lines) or "\0" in head:
            raise ValueError("a header has a line break in it")
        says_length = (has_content or method not in ("GET", "HEAD")) and "content-length" not in given
        return _Head(head.encode() + b"\r\n", says_length, str(url.origin()))

    def _asked(self, origin: str, tls: Tls) -> ClientRequest:
        asked = self._asking.get((origin, tls))
        if asked is None:
            self._asking = {old: one for old, one in self._asking.items() if old[1] is tls}  # certificates were renewed
            loop, known = asyncio.get_running_loop(), True if tls is None else tls
            asked = ClientRequest("GET", URL(origin), loop=loop, session=self.session, ssl=known)
            self._asking[origin, tls] = asked
        return asked


async def _head_of_reply(
    connection: Connection, asked: ClientRequest, message: bytes, *, has_body: bool
) -> tuple[RawResponseMessage, StreamReader]:
    """Send, and wait for the head of the reply; its body may still be on the way."""
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None or transport.is_closing():
        raise aiohttp.ClientConnectionResetError("Cannot write to closing transport")
    protocol.set_response_params(
        skip_payload=not has_body,
        read_until_eof=True,
        auto_decompress=True,
        read_bufsize=_READ_AHEAD,
        max_line_size=LONGEST_HEADER,
        max_field_size=LONGEST_HEADER,
        max_headers=MOST_HEADERS,
    )
    transport.write(message)
    try:
        head, body = await protocol.read()
        while 100 <= head.code < 200 and head.code != _SWITCHING_PROTOCOLS:
            head, body = await protocol.read()
    except HttpProcessingError as error:
        raise aiohttp.ClientResponseError(
            asked.request_info, (), status=error.code, message=error.message, headers=error.headers
        ) from error
    return head, body
