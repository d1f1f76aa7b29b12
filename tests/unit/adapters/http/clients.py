"""A client of a scripted server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from adapters.http.client import HttpClient, HttpRequest
from adapters.http.options import HttpOptions
from adapters.http.reading import HttpAnswer

ENOUGH = 10.0


@asynccontextmanager
async def client(url: str, *, calls_at_once: int = 10, **options: Any) -> AsyncIterator[HttpClient]:
    said = {"endpoint": url} if "endpoints" not in options else {}
    made = HttpClient("nimbus", HttpOptions.model_validate(said | options), calls_at_once=calls_at_once)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


async def get(client: HttpClient, target: str = "/x", **request: Any) -> HttpAnswer:
    return await client.send(HttpRequest("GET", target, **request), ENOUGH)


async def write(client: HttpClient, method: str = "POST") -> HttpAnswer:
    """Ask for something that changes something."""
    return await client.send(HttpRequest(method, "/x", {}, b"{}", only_reads=False), ENOUGH)
