"""A contract (a WSDL, an OpenAPI file), read over HTTP for somebody who asked for it; never while serving."""

from __future__ import annotations

from urllib.parse import urlparse

from adapters.base import AdapterConfigurationError, NoAnswer
from adapters.described import DescriptionError
from adapters.http.client import HttpClient, HttpRequest
from adapters.http.options import HttpOptions

LONGEST = 60.0
"""Seconds for everything together."""

_HTTP_OK = 200


async def get_document(address: str, options: HttpOptions | None, *, is_ours: bool, largest: int) -> bytes:
    """One document, of `largest` bytes at most. Redirects are not followed: who asks should know where it comes from.

    `options`: of a system, whose certificates hold; its credentials and headers go out where the document `is_ours`.
    Raises DescriptionError in one line.
    """
    base, _, query = address.partition("?")
    try:
        client = HttpClient("contract", _options_for(base, options, is_ours=is_ours, largest=largest))
        try:
            await client.open()
            answer = await client.send(HttpRequest("GET", f"?{query}" if query else ""), LONGEST)
        finally:
            await client.close()
    except (NoAnswer, AdapterConfigurationError, ValueError) as error:
        raise DescriptionError(f"{address} cannot be read: {error}") from error
    if 300 <= answer.status < 400:
        raise DescriptionError(f"{address} leads to {answer.headers.get('Location', 'nowhere')}: fetch that instead")
    if answer.status != _HTTP_OK:
        raise DescriptionError(f"{address} cannot be read: HTTP {answer.status}")
    return answer.content


def origin(address: str) -> tuple[str, str]:
    """Whose document it is."""
    parsed = urlparse(address)
    return parsed.scheme, parsed.netloc


def _options_for(base: str, options: HttpOptions | None, *, is_ours: bool, largest: int) -> HttpOptions:
    said = HttpOptions.model_validate({"endpoint": base, "max_reply": f"{largest} B"})
    if options is None:
        return said
    shared = {"tls": options.tls, "proxy": options.proxy, "connect_timeout": options.connect_timeout}
    own = {"authentication": options.authentication, "headers": options.headers} if is_ours else {}
    return said.model_copy(update={**shared, **own})
