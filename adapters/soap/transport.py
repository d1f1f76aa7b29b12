"""A SOAP message to the service and back, over HTTP (`adapters.http`). Knows no envelope."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.http.client import HttpClient, HttpRequest
from adapters.http.reading import HttpAnswer
from adapters.soap.options import SoapOptions

Answer = HttpAnswer


class Transport:
    """The way to one service. `endpoint` is the WSDL's, for where the options name none."""

    def __init__(self, system: str, endpoint: str, options: SoapOptions, *, calls_at_once: int) -> None:
        """Raises AdapterConfigurationError. Opens nothing."""
        self.client = HttpClient(system, options, (endpoint,), calls_at_once=calls_at_once)

    async def open(self) -> None:
        """Make the sessions; the first call connects."""
        await self.client.open()

    async def close(self) -> None:
        await self.client.close()

    async def post(
        self,
        content: bytes | Callable[[str], bytes],
        headers: Mapping[str, str],
        seconds: float,
        *,
        only_reads: bool = True,
    ) -> Answer:
        """Send and read everything within `seconds`, the wait for a free place included. Raises NoAnswer.

        `content` may depend on the address that it goes to.
        """
        return await self.client.send(HttpRequest("POST", "", headers, content, only_reads), seconds)
