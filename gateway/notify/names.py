"""Host names to addresses, on threads of their own.

A name server that does not answer holds a thread for as long as the system waits. On the shared threads of the event
loop a few dead names would keep everybody waiting; here they only keep each other.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.notify.policy import Address, address_of

_THREADS = 32


class Names(AbstractResolver):
    """Asks the system. Used by the HTTP client, and by the hub through `addresses`."""

    def __init__(self, *, timeout: float) -> None:
        """`timeout`: seconds that one question may take."""
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises OSError."""
        return [
            ResolveResult(
                hostname=host, host=str(address), port=port, family=found, proto=0, flags=socket.AI_NUMERICHOST
            )
            for found, address in await self._ask(host, family)
        ]

    async def addresses(self, host: str) -> Sequence[Address]:
        """All addresses of a name. Raises OSError if there are none, or not in time."""
        return [address for _, address in await self._ask(host, socket.AF_UNSPEC)]

    async def close(self) -> None:
        """Nobody waits for questions that are still open."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, host: str, family: int) -> list[tuple[socket.AddressFamily, Address]]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout):
                found = await loop.run_in_executor(self._threads, _lookup, host, family)
        except TimeoutError:
            raise OSError(f"no answer about this name within {self._timeout:g} s") from None
        except (UnicodeError, RuntimeError) as error:  # what no name server would be asked; closed
            raise OSError(str(error)) from error
        if not found:
            raise OSError("the name has no addresses")
        return found


def _lookup(host: str, family: int) -> list[tuple[socket.AddressFamily, Address]]:
    answers = socket.getaddrinfo(host, None, family=family, type=socket.SOCK_STREAM)
    return [(found, address) for found, *_, where in answers if (address := address_of(str(where[0])))]
