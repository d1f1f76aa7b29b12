"""One HTTP call of a listener, bounded in every way: whom it may reach, how long it takes, how much it reads.

The socket is made only for an address that the Buyer's policy allows, and the address looked at is the one that is
connected to, whatever the name meant at registration. No redirects, proxies, cookies or decompression.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from contextvars import ContextVar
from ipaddress import ip_address
from types import SimpleNamespace, TracebackType
from typing import Any, Protocol, Self

import aiohttp
from yarl import URL

from adapters.base import NoAnswer
from adapters.http.authenticating import UNAUTHORIZED, Authenticator, Credentials
from adapters.http.client import whole_url
from adapters.http.connector import Connector
from gateway.lso.operations import MEDIA_TYPE
from gateway.notify.letters import Letter
from gateway.notify.names import Names
from gateway.notify.outcomes import Delivered, Failed, Gone, Outcome
from gateway.notify.policy import Address, CallbackPolicy

MOST_READ = 16 * 1024
"""Bytes of an answer that are read; a longer one costs its connection."""

_LONGEST_REASON = 200
_HEADERS = {
    "Content-Type": MEDIA_TYPE,
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "poq-gateway",
}


class Courier(Protocol):
    """Makes one call."""

    async def send(self, letter: Letter) -> Outcome:
        """What came of it. Raises nothing but cancellation."""
        ...


class HttpCourier:
    """A `Courier` over aiohttp, for use as an async context manager. Each policy has connections of its own."""

    def __init__(
        self,
        names: Names,
        *,
        timeout: float,
        tls: ssl.SSLContext | bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`timeout`: seconds for one call, from the name to the end of the answer. `tls` verifies by default.

        `clock` gives seconds since 1970, for signatures.
        """
        self._names = names
        self._timeout = timeout
        self._tls = tls
        self._clock = clock
        self._authenticators: set[Authenticator] = set()
        self._sessions: dict[CallbackPolicy, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions.values():
            await session.close()
        for authenticator in self._authenticators:
            await authenticator.close()
        self._sessions.clear()
        self._authenticators.clear()

    async def send(self, letter: Letter) -> Outcome:
        url = URL(letter.url, encoded=True)
        if url.scheme not in letter.policy.schemes:
            return Failed(f"callbacks with {url.scheme} are not allowed")
        _allowed.set(_Allowed(letter.policy, url.raw_host or ""))
        self._authenticators.add(letter.proof.authenticator)
        tls = letter.proof.tls.current() if letter.proof.tls is not None else self._tls
        call = _Call(self._session(letter.policy), letter, tls, self._clock)
        try:
            async with asyncio.timeout(self._timeout):
                await call.make()
        except TimeoutError:
            return call.answer or Failed(f"no answer within {self._timeout:g} s")
        except NoAnswer as error:  # no credentials
            return Failed(error.text[:_LONGEST_REASON])
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return call.answer or Failed(_reason(error))
        return call.answer or Failed("no answer")

    def _session(self, policy: CallbackPolicy) -> aiohttp.ClientSession:
        if policy not in self._sessions:
            self._sessions[policy] = aiohttp.ClientSession(
                connector=Connector(
                    resolver=_Borrowed(self._names),
                    socket_factory=_socket,
                    ssl=self._tls,
                    limit=0,  # the dispatcher counts; a limit here would let one listener wait for another
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                auto_decompress=False,
                trust_env=False,
                read_bufsize=MOST_READ,
                trace_configs=[_noticing_reuse()],
            )
        return self._sessions[policy]


class _Call:
    """One event to one listener. `answer` is known as soon as the status is, whatever becomes of the body."""

    def __init__(
        self, session: aiohttp.ClientSession, letter: Letter, tls: ssl.SSLContext | bool, clock: Callable[[], float]
    ) -> None:
        self._session = session
        self._letter = letter
        self._tls = tls
        self._clock = clock
        self.answer: Outcome | None = None

    async def make(self) -> None:
        """With credentials, and once more with new ones where the listener refused those. Raises NoAnswer too."""
        authenticator = self._letter.proof.authenticator
        credentials = await authenticator.credentials()
        if await self._on_a_live_connection(credentials) == UNAUTHORIZED and authenticator.renews(credentials):
            self.answer = None
            await self._on_a_live_connection(await authenticator.credentials())

    async def _on_a_live_connection(self, credentials: Credentials) -> int:
        """Again if a kept connection turns out to be dropped: a new one may do, and an event may arrive twice."""
        while True:
            notes = SimpleNamespace(reused=False)
            try:
                return await self._post(credentials, notes)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                if self.answer or not notes.reused:
                    raise

    async def _post(self, credentials: Credentials, notes: SimpleNamespace) -> int:
        letter = self._letter
        signed = (
            letter.proof.signer.headers(letter.event_id, int(self._clock()), letter.body) if letter.proof.signer else {}
        )
        async with self._session.post(
            whole_url(letter.url, "", credentials.query),
            data=letter.body,
            headers={**_HEADERS, **signed, **credentials.headers},
            allow_redirects=False,
            ssl=self._tls,
            middlewares=tuple(letter.proof.authenticator.middlewares),
            trace_request_ctx=notes,
        ) as response:
            self.answer = _outcome(response)
            await _read_some(response)
            return response.status


class _Allowed:
    """Whom the call of this task may reach."""

    def __init__(self, policy: CallbackPolicy, host: str) -> None:
        self._policy = policy
        self._host = host

    def check(self, address: Address) -> None:
        if not self._policy.allows(self._host, address):
            raise OSError(f"the address {address} is not allowed")


_allowed: ContextVar[_Allowed] = ContextVar("_allowed")


class _Borrowed(aiohttp.abc.AbstractResolver):
    """Names that outlive the connector."""

    def __init__(self, names: Names) -> None:
        self._names = names

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[aiohttp.abc.ResolveResult]:
        return await self._names.resolve(host, port, family)

    async def close(self) -> None:
        """They are somebody else's."""


def _socket(info: tuple[Any, ...]) -> socket.socket:
    """A socket for this address, which the library connects at once. Raises OSError if it may not be called."""
    family, kind, proto, _, where = info
    _allowed.get().check(ip_address(where[0]))
    return socket.socket(family, kind, proto)


def _noticing_reuse() -> aiohttp.TraceConfig:
    async def reused(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
        context.trace_request_ctx.reused = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(reused)
    return trace


def _outcome(response: aiohttp.ClientResponse) -> Outcome:
    if 200 <= response.status < 300:
        return Delivered()
    if response.status == 410:
        return Gone()
    if 300 <= response.status < 400:
        return Failed(f"HTTP {response.status}: redirects are not followed")
    return Failed(f"HTTP {response.status}", response.headers.get("Retry-After"))


async def _read_some(response: aiohttp.ClientResponse) -> None:
    """To the end, so that the connection can be kept, or as far as the limit goes: the library then closes it."""
    left = MOST_READ
    while left > 0 and (part := await response.content.read(left)):
        left -= len(part)


def _reason(error: Exception) -> str:
    """The system's words where it has some: the library's own text leaves them out."""
    if isinstance(error, aiohttp.InvalidURL):
        return "the callback is no usable URL"
    if isinstance(error, aiohttp.ClientResponseError):  # its own text has the URL, which may hold a secret
        lines = error.message.splitlines()
        return f"no usable answer: {lines[0] if lines else type(error).__name__}"[:_LONGEST_REASON]
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return (str(cause) or type(cause).__name__)[:_LONGEST_REASON]
