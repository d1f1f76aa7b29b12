"""What is asked of an issuer over HTTP: its keys, or about a token. Small answers, soon, from where it was said."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from adapters.http.connector import Connector
from gateway.authentication.introspection import NotAnswered
from gateway.authentication.issuer_keys import NoKeys

LARGEST = 256 * 1024
"""Bytes of an answer."""

SECONDS = 5.0
"""For one answer, all included."""


class _TooMuch(Exception):
    """The answer has more bytes than are read."""


class IssuerClient:
    """Asks one issuer. Use it as an async context manager. `ca`: a file with the authorities that vouch for it."""

    def __init__(self, url: str, *, ca: Path | None = None, timeout: float = SECONDS) -> None:
        self._url = url
        self._ca = ca
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> IssuerClient:
        """Raises OSError where the file of authorities cannot be read."""
        context = ssl.create_default_context(cafile=str(self._ca) if self._ca else None)
        self._session = aiohttp.ClientSession(
            connector=Connector(ssl=context, limit=50),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def keys(self) -> bytes:
        """Its set of keys. Raises NoKeys."""
        try:
            return await self._read("GET")
        except (aiohttp.ClientError, OSError, _TooMuch) as error:
            raise NoKeys(_cause(error)) from None

    async def introspect(self, token: str, secret: tuple[str, str]) -> bytes:
        """What it says of a token; `secret`: who we are, and by which word. Raises NotAnswered."""
        form = {"token": token, "token_type_hint": "access_token"}
        try:
            return await self._read("POST", form, aiohttp.encode_basic_auth(*secret))
        except (aiohttp.ClientError, OSError, _TooMuch) as error:
            raise NotAnswered(_cause(error)) from None

    async def _read(self, method: str, form: Mapping[str, str] | None = None, proof: str | None = None) -> bytes:
        assert self._session is not None, "inside the context only"
        headers = {"Accept": "application/json", **({"Authorization": proof} if proof else {})}
        asked = self._session.request(method, self._url, data=form, headers=headers, allow_redirects=False)
        async with asyncio.timeout(self._timeout), asked as response:
            if response.status != 200:
                raise aiohttp.ClientError(f"it answers {response.status}")
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > LARGEST:
                    raise _TooMuch(f"it answers with more than {LARGEST} bytes")
            return bytes(body)


def _cause(error: Exception) -> str:
    return str(error) or type(error).__name__
