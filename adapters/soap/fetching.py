"""A WSDL and all that it imports, read over HTTP or from files by somebody who asked for it; never while serving."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import unquote, urlparse

from adapters.base import AdapterConfigurationError, NoAnswer
from adapters.described import DescriptionError
from adapters.http.client import HttpClient, HttpRequest
from adapters.http.options import HttpOptions
from adapters.soap.vendoring import LARGEST, Collector, located_anywhere, read_file

HTTP_OK = 200
LONGEST = 60.0
"""Seconds for everything together."""


async def fetched(source: str, options: HttpOptions | None = None, *, seconds: float = LONGEST) -> dict[str, bytes]:
    """The copies by their file names, the WSDL itself first. `source`: an http address, a file: address or a path.

    `options`: of a system, whose certificates hold everywhere, its credentials and headers at its own address and where
    `source` is. Raises DescriptionError in one line.
    """
    try:
        parsed = urlparse(source)
    except ValueError as error:
        raise DescriptionError(f"{source}: {error}") from error
    is_address = parsed.scheme in ("http", "https")
    if not is_address and parsed.scheme not in ("", "file"):
        raise DescriptionError(f"{source}: only http, https and files can be read")
    place = source if is_address else _file(unquote(parsed.path) if parsed.scheme else source)
    collector = Collector(place, source, located_anywhere)
    origins = {_origin(one) for one in (*((source,) if is_address else ()), *(options.addresses if options else ()))}
    try:
        async with asyncio.timeout(seconds):
            while (wanted := collector.wanted()) is not None:
                where, said = wanted
                if where.startswith(("http://", "https://")):
                    collector.give(await _get(where, options, is_ours=_origin(where) in origins))
                else:
                    collector.give(read_file(where, said))
    except TimeoutError as error:
        raise DescriptionError(f"{source} and what it imports could not be read in {seconds:.0f} s") from error
    return collector.files()


async def _get(address: str, options: HttpOptions | None, *, is_ours: bool) -> bytes:
    """One document. Redirects are not followed: who asks should know where a contract comes from."""
    base, _, query = address.partition("?")
    try:
        client = HttpClient("wsdl", _options_for(base, options, is_ours=is_ours))
        try:
            await client.open()
            answer = await client.send(HttpRequest("GET", f"?{query}" if query else ""), LONGEST)
        finally:
            await client.close()
    except (NoAnswer, AdapterConfigurationError, ValueError) as error:
        raise DescriptionError(f"{address} cannot be read: {error}") from error
    if 300 <= answer.status < 400:
        raise DescriptionError(f"{address} leads to {answer.headers.get('Location', 'nowhere')}: fetch that instead")
    if answer.status != HTTP_OK:
        raise DescriptionError(f"{address} cannot be read: HTTP {answer.status}")
    return answer.content


def _options_for(base: str, options: HttpOptions | None, *, is_ours: bool) -> HttpOptions:
    said = HttpOptions.model_validate({"endpoint": base, "max_reply": f"{LARGEST} B"})
    if options is None:
        return said
    shared = {"tls": options.tls, "proxy": options.proxy, "connect_timeout": options.connect_timeout}
    own = {"authentication": options.authentication, "headers": options.headers} if is_ours else {}
    return said.model_copy(update={**shared, **own})


def _file(path: str) -> str:
    return str(Path(path).resolve())


def _origin(address: str) -> tuple[str, str]:
    parsed = urlparse(address)
    return parsed.scheme, parsed.netloc
