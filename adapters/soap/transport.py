"""Bytes to and from one endpoint: a session, a time limit, a size limit. Knows no SOAP but the media types of XML."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from adapters.base import RECEIVED_LIMIT, Cause, NoAnswer
from adapters.soap.errors import no_answer
from adapters.soap.options import SoapOptions

XML_TYPES = frozenset({"text/xml", "application/xml", "application/soap+xml"})


@dataclass(frozen=True)
class Answer:
    """An HTTP response, read to its end. `media_type` is None where the header is missing."""

    status: int
    media_type: str | None
    charset: str | None
    content: bytes

    @property
    def is_xml(self) -> bool:
        return self.media_type is None or self.media_type in XML_TYPES

    @property
    def text(self) -> str:
        """The beginning of the content, for the operator."""
        return self.content[:RECEIVED_LIMIT].decode(errors="replace")


class Transport:
    """One pool of connections to one endpoint."""

    def __init__(self, system: str, endpoint: str, options: SoapOptions, *, calls_at_once: int) -> None:
        self._system = system
        self._endpoint = endpoint
        self._options = options
        self._calls_at_once = calls_at_once
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the session; the first call connects."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._calls_at_once),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={name: value.get_secret_value() for name, value in self._options.headers.items()},
                timeout=aiohttp.ClientTimeout(total=None),
                trust_env=False,
            )

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def post(self, content: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
        """Send and read everything within `seconds`, the wait for a free connection included. Raises NoAnswer."""
        if self._session is None:
            raise NoAnswer(Cause.UNREACHABLE, f"{self._system} is not open")
        try:
            async with asyncio.timeout(min(seconds, self._options.timeout)):
                return await self._post(self._session, content, headers)
        except NoAnswer:
            raise
        except TimeoutError as error:
            raise NoAnswer(Cause.TIMEOUT, f"{self._system} gave no complete answer in time") from error
        except Exception as error:
            raise no_answer(error, self._system) from error

    async def _post(self, session: aiohttp.ClientSession, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Send, and once more where the server had closed a kept connection before it answered anything.

        Old servers drop idle connections after a few seconds without a word; steps read only, so asking twice is safe.
        """
        try:
            return await self._exchange(session, content, headers)
        except aiohttp.ServerDisconnectedError:
            return await self._exchange(session, content, headers)

    async def _exchange(self, session: aiohttp.ClientSession, content: bytes, headers: Mapping[str, str]) -> Answer:
        async with session.post(self._endpoint, data=content, headers=headers, allow_redirects=False) as response:
            return await self._read(response)

    async def _read(self, response: aiohttp.ClientResponse) -> Answer:
        # Counted as it is decompressed, so that a small bomb is stopped like a large reply.
        content = bytearray()
        async for part in response.content.iter_any():
            content += part
            if len(content) > self._options.max_reply:
                raise NoAnswer(Cause.TOO_LARGE, f"{self._system} sent more than {self._options.max_reply} bytes")
        media_type = response.content_type if "Content-Type" in response.headers else None
        return Answer(response.status, media_type, response.charset, bytes(content))
