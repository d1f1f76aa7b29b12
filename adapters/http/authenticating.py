"""Credentials for a call: what each way of authentication adds to it, and whether new ones may help after a 401."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import aiohttp
from aiohttp.client_middlewares import ClientHandlerType, ClientMiddlewareType

from adapters.base import AdapterConfigurationError, Cause, NoAnswer
from adapters.http.options import ApiKey, Basic, Bearer, Digest
from gateway.values import value

UNAUTHORIZED = 401
_MOST_READ = 64 * 1024  # bytes of a refusal that are read, so that its connection can be kept


@value(frozen=True)
class Credentials:
    """What goes out with one call."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)


class Authenticator(Protocol):
    """One way of authentication."""

    middlewares: Sequence[ClientMiddlewareType]
    """What stands around the exchange itself."""
    fetches: bool
    """Whether credentials come from somewhere else, so that getting them can fail."""

    async def credentials(self) -> Credentials:
        """For the next call. Raises NoAnswer."""
        ...

    def renews(self, refused: Credentials) -> bool:
        """Told that the system refused these: whether the next ones are others."""
        ...

    async def close(self) -> None: ...


class Constant:
    """Credentials that never change: none at all, basic, an API key, a token of the configuration."""

    middlewares: Sequence[ClientMiddlewareType] = ()
    fetches = False

    def __init__(self, credentials: Credentials | None = None) -> None:
        self._credentials = credentials or Credentials()

    @property
    def lasting(self) -> Credentials | None:
        """What never changes; None where it has to be asked for."""
        return None if self.fetches else self._credentials

    async def credentials(self) -> Credentials:
        return self._credentials

    def renews(self, refused: Credentials) -> bool:
        return False

    async def close(self) -> None:
        """Nothing is open."""


def basic(options: Basic) -> Constant:
    """RFC 7617, in UTF-8."""
    return Constant(Credentials({"Authorization": basic_header(options.username, options.password.get_secret_value())}))


def basic_header(username: str, password: str) -> str:
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode("ascii")


def api_key(options: ApiKey) -> Constant:
    key = options.key.get_secret_value()
    if options.header is not None:
        return Constant(Credentials(headers={options.header: key}))
    return Constant(Credentials(query={str(options.query): key}))


def bearer(options: Bearer) -> Authenticator:
    if options.token is not None:
        return Constant(Credentials({"Authorization": f"Bearer {options.token.get_secret_value()}"}))
    assert options.token_file is not None
    return FileToken(options.token_file)


class FileToken(Constant):
    """A bearer token in a file that somebody else renews."""

    fetches = True

    def __init__(self, file: Path) -> None:
        """Raises AdapterConfigurationError if there is no token yet."""
        self._file = file
        self._stamp = (0, 0)
        try:
            super().__init__(self._read())
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it holds no token"
            raise AdapterConfigurationError(f"authentication: {file}: {why}") from error

    async def credentials(self) -> Credentials:
        try:
            found = self._file.stat()
            if (found.st_mtime_ns, found.st_ino) != self._stamp:
                self._credentials = self._read()
        except (OSError, ValueError) as error:
            raise NoAnswer(Cause.BROKEN, "the file of the token cannot be read") from error
        return self._credentials

    def _read(self) -> Credentials:
        found = self._file.stat()
        token = self._file.read_text(encoding="ascii").strip()
        if not token or not token.isprintable() or " " in token:
            raise ValueError("no token")
        self._stamp = (found.st_mtime_ns, found.st_ino)
        return Credentials({"Authorization": f"Bearer {token}"})


class DigestAuthenticator(Constant):
    """RFC 7616 by aiohttp; the nonce is used again until the system calls it stale. One for each endpoint."""

    def __init__(self, options: Digest) -> None:
        super().__init__()
        self._options = options
        self._by_origin: dict[str, aiohttp.DigestAuthMiddleware] = {}
        self.middlewares = (self._exchange,)

    async def _exchange(self, request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
        origin = str(request.url.origin())
        if origin not in self._by_origin:
            password = self._options.password.get_secret_value()
            self._by_origin[origin] = aiohttp.DigestAuthMiddleware(self._options.username, password)

        before: list[aiohttp.ClientResponse] = []

        async def asking(request: aiohttp.ClientRequest) -> Any:
            if before:
                await _drained(before[-1])
            before.append(await handler(request))
            return _challenged(before[-1])

        found: Any = await self._by_origin[origin](request, asking)
        return cast(aiohttp.ClientResponse, found.response if isinstance(found, _Challenge) else found)


@dataclass(frozen=True)
class _Challenge:
    """A refusal with the one challenge of it that is meant for us: aiohttp looks at the first only."""

    response: aiohttp.ClientResponse
    status: int
    url: Any
    headers: Mapping[str, str]


def _challenged(response: aiohttp.ClientResponse) -> Any:
    said = response.headers.getall("WWW-Authenticate", [])
    ours = next((one for one in said if one.lower().startswith("digest ")), None)
    if response.status != UNAUTHORIZED or ours is None or len(said) < 2:
        return response
    return _Challenge(response, response.status, response.url, {"www-authenticate": ours})


async def _drained(response: aiohttp.ClientResponse) -> None:
    """A refusal gives its connection back before the call is made again."""
    await response.content.read(_MOST_READ)
    response.release()
