"""One system over HTTP: its connections, one exchange at a time, bounded in time and size, at the endpoint that works.

Redirects are not followed, cookies not kept, no proxy is guessed. A request is made again by itself only where nothing
of it was sent, or where it only reads and the connection was lost before an answer began.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import aiohttp
from aiohttp.client_middlewares import ClientHandlerType
from yarl import URL

from adapters.alarm import Alarm, Limit
from adapters.base import CALLS_AT_ONCE, AdapterConfigurationError, Cause, Checked, CheckOutcome, NoAnswer
from adapters.http.authenticating import (
    UNAUTHORIZED,
    Authenticator,
    Constant,
    Credentials,
    DigestAuthenticator,
    api_key,
    basic,
    bearer,
)
from adapters.http.checking import Connecting, check_connections
from adapters.http.endpoints import Endpoints
from adapters.http.errors import HUNG_UP, NOT_CONNECTED, no_answer
from adapters.http.options import Authentication, HttpOptions, OAuth2, Tls
from adapters.http.reading import HttpAnswer, read_answer
from adapters.http.tls import TlsContext
from adapters.http.wire import ATTEMPT, Attempt, Wire, made_wire
from adapters.limits import ALMOST, WHOLE, had_its_time
from gateway.values import value

if TYPE_CHECKING:
    from adapters.http.oauth2 import ClientCredentials


@value(frozen=True)
class HttpRequest:
    """What goes out. `target` is added to the endpoint, as it is: percent-encoded, with its query.

    `content` may depend on the endpoint that it goes to; it is then asked for whenever it is sent.
    `only_reads`: making it twice does no harm.
    """

    method: str
    target: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | Callable[[str], bytes] | None = None
    only_reads: bool = True


@value(frozen=True)
class _Sending:
    """A request on its way, until `until` on the event loop's clock.

    `whole`: the seconds that it would have if its caller had enough of them.
    """

    wire: Wire
    request: HttpRequest
    until: float
    whole: float

    def had_its_time(self, began: float) -> bool:
        """Of a try that was cancelled: whether its endpoint took too long; else its caller has left."""
        now = _now()
        if now < self.until - ALMOST:
            return False
        return had_its_time(now - began, self.until - began, self.whole)


class HttpClient:
    """The connections to one system."""

    def __init__(
        self, system: str, options: HttpOptions, addresses: Sequence[str] = (), *, calls_at_once: int = CALLS_AT_ONCE
    ) -> None:
        """`addresses`: where calls go if the options do not say. Raises AdapterConfigurationError; opens nothing."""
        self.addresses = options.addresses or tuple(addresses)
        if not self.addresses:
            raise AdapterConfigurationError(f"{system}: say where it is: endpoint, or endpoints")
        self._system = system
        self._options = options
        self._calls_at_once = calls_at_once
        try:
            needs_tls = options.tls != Tls() or any(one.startswith("https:") for one in self.addresses)
            self._tls = TlsContext(options.tls) if needs_tls else None
            self._authenticator = authenticator_of(system, options.authentication)
        except AdapterConfigurationError as error:
            raise AdapterConfigurationError(f"{system}: {error}") from error
        constant = self._authenticator if isinstance(self._authenticator, Constant) else None
        self._lasting = constant.lasting if constant is not None else None
        self._middlewares = tuple(self._authenticator.middlewares)
        self._headers = {name: value.get_secret_value() for name, value in options.headers.items()}
        self._proxy = options.proxy.get_secret_value() if options.proxy else None
        self._endpoints = Endpoints(self.addresses, pause=options.endpoint_pause, monotonic=time.monotonic)
        self._urls = {address: whole_url(address, "", {}) for address in self.addresses}
        self._slots = asyncio.Semaphore(calls_at_once)
        self._alarm = Alarm()
        self._most = options.timeout
        self._reading: Wire | None = None
        self._writing: Wire | None = None

    @property
    def paused(self) -> tuple[str, ...]:
        """The endpoints that are passed over because they failed, for the operator."""
        return self._endpoints.paused

    async def open(self) -> None:
        """Make the sessions; the first call connects."""
        if self._reading is None:
            self._reading = made_wire(self._system, self._options, is_kept=True)
            # A kept connection may be one that the system has just dropped, and then nobody knows whether a request on
            # it was carried out. What changes something goes out on a connection of its own.
            self._writing = made_wire(self._system, self._options, is_kept=False)

    async def close(self) -> None:
        wires, self._reading, self._writing = (self._reading, self._writing), None, None
        for wire in wires:
            if wire is not None:
                await wire.session.close()
        await self._authenticator.close()

    async def check(self, seconds: float) -> list[Checked]:
        """Whether it can be connected to, within `seconds` for each endpoint. Sends no request to it."""
        if self._reading is None:
            return [Checked("connection", CheckOutcome.FAILED, f"{self._system} is not open")]
        way = Connecting(self._system, self.addresses, self._tls, self._proxy, self._authenticator)
        return await check_connections(way, min(seconds, self._options.connect_timeout))

    async def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Send, and read everything, within `seconds`, the wait for a place included. Raises NoAnswer."""
        wire = self._reading if request.only_reads else self._writing
        if wire is None:
            raise NoAnswer(Cause.UNREACHABLE, f"{self._system} is not open", is_sent=False)
        most = self._most
        sending = _Sending(wire, request, _now() + min(seconds, most), min(WHOLE.get() or seconds, most))
        try:
            with Limit(self._alarm, sending.until):
                async with self._slots:
                    return await self._authenticated(sending)
        except NoAnswer:
            raise
        except TimeoutError as error:
            raise NoAnswer(Cause.TIMEOUT, f"{self._system} gave no complete answer in time") from error
        except Exception as error:
            raise no_answer(error, self._system) from error

    def _authenticated(self, sending: _Sending) -> Coroutine[Any, Any, HttpAnswer]:
        """With credentials. Those that last are never renewed."""
        return self._anywhere(sending, self._lasting) if self._lasting is not None else self._renewed(sending)

    async def _renewed(self, sending: _Sending) -> HttpAnswer:
        """With credentials, and once more with new ones where the system refused those: it has then done nothing."""
        credentials = await self._credentials()
        answer = await self._anywhere(sending, credentials)
        if answer.status == UNAUTHORIZED and self._authenticator.renews(credentials):
            answer = await self._anywhere(sending, await self._credentials())
        return answer

    async def _credentials(self) -> Credentials:
        try:
            return await self._authenticator.credentials()
        except NoAnswer as error:
            raise NoAnswer(error.cause, f"{self._system}: {error.text}", is_sent=False) from error.__cause__

    def _anywhere(self, sending: _Sending, credentials: Credentials) -> Coroutine[Any, Any, HttpAnswer]:
        """At one of the endpoints; mostly there is but one."""
        addresses = self._endpoints.in_turn()
        if len(addresses) == 1:
            return self._at(addresses[0], sending, credentials)
        return self._at_first(addresses, sending, credentials)

    async def _at_first(self, addresses: Sequence[str], sending: _Sending, credentials: Credentials) -> HttpAnswer:
        """At the first endpoint that can be connected to; a request that only reads also goes on after a lost one."""
        for address in addresses[:-1]:
            try:
                return await self._at(address, sending, credentials)
            except NOT_CONNECTED:
                continue
            except HUNG_UP:
                if not sending.request.only_reads:
                    raise
        return await self._at(addresses[-1], sending, credentials)

    async def _at(self, address: str, sending: _Sending, credentials: Credentials) -> HttpAnswer:
        """At one endpoint, and note how it did. Who gives up on it says nothing about it."""
        began = _now()
        try:
            answer = await self._unless_dropped(address, sending, credentials)
        except NOT_CONNECTED:
            self._endpoints.unreachable(address)
            raise
        except asyncio.CancelledError:
            if sending.had_its_time(began):
                self._endpoints.failed(address)
            raise
        except Exception:
            self._endpoints.failed(address)
            raise
        if answer.status >= 500:
            self._endpoints.failed(address)
        else:
            self._endpoints.answered(address)
        return answer

    async def _unless_dropped(self, address: str, sending: _Sending, credentials: Credentials) -> HttpAnswer:
        """Again where a kept connection turns out to be dropped: old systems do that after a few idle seconds."""
        request = sending.request
        for _ in range(self._calls_at_once + 1):
            attempt = Attempt()
            ATTEMPT.set(attempt)
            try:
                return await self._exchange(sending.wire, address, request, credentials)
            except HUNG_UP as error:
                if attempt.is_new or not request.only_reads or isinstance(error, NOT_CONNECTED):
                    raise
            except _Dropped as dropped:
                if attempt.is_new or not request.only_reads:
                    raise dropped.error from dropped.error.__cause__
        raise NoAnswer(Cause.UNREACHABLE, f"{self._system} closes each connection without an answer")

    def _exchange(
        self, wire: Wire, address: str, request: HttpRequest, credentials: Credentials
    ) -> Coroutine[Any, Any, HttpAnswer]:
        url = self._urls[address]
        if request.target or credentials.query:
            url = whole_url(address, request.target, credentials.query)
        content = request.content(address) if callable(request.content) else request.content
        headers = {**self._headers, **request.headers, **credentials.headers}
        if self._proxy is None and not self._middlewares and not url.raw_user:
            return wire.exchange(request.method, url, headers, content, self._tls.current() if self._tls else None)
        return self._through_session(wire.session, request.method, url, headers, content)

    async def _through_session(
        self, session: aiohttp.ClientSession, method: str, url: URL, headers: Mapping[str, str], content: bytes | None
    ) -> HttpAnswer:
        async with session.request(
            method,
            url,
            data=content,
            headers=headers,
            allow_redirects=False,
            ssl=self._tls.current() if self._tls else True,
            proxy=self._proxy,
            middlewares=self._middlewares if method == "POST" else (*self._middlewares, _without_repeating),
        ) as response:
            protocol = response.connection.protocol if response.connection is not None else None
            body, most = response.content, self._options.max_reply
            return await read_answer(response.status, response.headers, body, protocol, self._system, most)


def _now() -> float:
    """Seconds of the event loop's clock."""
    return asyncio.get_running_loop().time()


def whole_url(address: str, target: str, query: Mapping[str, str]) -> URL:
    """Exactly what was put together: nothing is decoded and encoded again on the way."""
    whole = address.rstrip("/") + target if target else address
    if query:
        whole += ("&" if "?" in whole else "?") + urlencode(query, safe="", quote_via=quote)
    return URL(whole, encoded=True)


class _Dropped(aiohttp.ClientError):
    """A connection was lost before an answer began. Under another name, because aiohttp makes a request with an
    idempotent method (PUT and DELETE too, never POST) again by itself: that is for us to decide.
    """

    def __init__(self, error: aiohttp.ClientError) -> None:
        super().__init__(str(error))
        self.error = error


async def _without_repeating(request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except NOT_CONNECTED:
        raise
    except HUNG_UP as error:
        raise _Dropped(error) from error


def authenticator_of(system: str, said: Authentication | None) -> Authenticator:
    """The way of authentication that is said. Raises AdapterConfigurationError."""
    match said:
        case None:
            return Constant()
        case Authentication(basic=options) if options is not None:
            return basic(options)
        case Authentication(digest=options) if options is not None:
            return DigestAuthenticator(options)
        case Authentication(bearer=options) if options is not None:
            return bearer(options)
        case Authentication(api_key=options) if options is not None:
            return api_key(options)
        case Authentication(oauth2=options) if options is not None:
            return client_credentials(system, options)
    raise AssertionError("one of them is said")


def client_credentials(system: str, options: OAuth2) -> ClientCredentials:
    """An authenticator with a client of its own for the token endpoint. Raises AdapterConfigurationError."""
    from adapters.http.oauth2 import ClientCredentials  # cryptography is slow to import, and few need it

    way = HttpOptions.model_validate(
        {
            "endpoint": options.token_url,
            "timeout": f"{options.timeout:.3f} s",
            "max_reply": "256 KiB",
            "tls": options.tls,
        }
    )
    client = HttpClient(f"{system}, token endpoint", way)

    async def post(content: bytes, headers: dict[str, str], seconds: float) -> Any:
        await client.open()
        return await client.send(HttpRequest("POST", "", headers, content), seconds)

    return ClientCredentials(options, post, client.close)
