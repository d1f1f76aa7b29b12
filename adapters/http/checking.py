"""Whether a system can be connected to: TCP, TLS, and the credentials that are fetched. Sends it no request."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from yarl import URL

from adapters.base import Checked, CheckOutcome, NoAnswer
from adapters.http.authenticating import Authenticator
from adapters.http.errors import not_connected
from adapters.http.tls import TlsContext


@dataclass(frozen=True)
class Connecting:
    """What is needed to connect: `proxy` stands in for the endpoint where there is one."""

    system: str
    addresses: Sequence[str]
    tls: TlsContext | None
    proxy: str | None
    authenticator: Authenticator


async def check_connections(way: Connecting, seconds: float) -> list[Checked]:
    """A line for the connection, one for each endpoint of several, and one for credentials that are fetched.

    Raises nothing but cancellation. A client certificate is looked at by the system after this: a call shows it.
    """
    found = [await _endpoint(way, address, seconds) for address in way.addresses]
    working = [one for one in found if one.outcome is CheckOutcome.OK]
    first = (working or found)[0]
    lines = [Checked("connection", first.outcome, first.text)]
    lines += found if len(found) > 1 else []
    return lines + await _credentials(way.authenticator, seconds)


async def _endpoint(way: Connecting, address: str, seconds: float) -> Checked:
    url = URL(way.proxy or address)
    subject = f"endpoint {URL(address).host}:{URL(address).port}"
    context = way.tls.current() if way.tls is not None and url.scheme == "https" else None
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(url.host, url.port, ssl=context)
    except TimeoutError:
        return Checked(subject, CheckOutcome.FAILED, f"{way.system}: no connection in time")
    except (OSError, ssl.SSLError, ValueError) as error:
        return Checked(subject, CheckOutcome.FAILED, f"{way.system}: {not_connected(url.host or '', url.port, error)}")
    session = writer.get_extra_info("ssl_object")
    writer.close()
    with suppress(OSError, ssl.SSLError):
        await writer.wait_closed()
    through = " (the proxy's)" if way.proxy else ""
    return Checked(subject, CheckOutcome.OK, (session.version() if session else "HTTP, not encrypted") + through)


async def _credentials(authenticator: Authenticator, seconds: float) -> list[Checked]:
    if not authenticator.fetches:
        return []
    try:
        async with asyncio.timeout(seconds):
            await authenticator.credentials()
    except (NoAnswer, TimeoutError) as error:
        return [Checked("authentication", CheckOutcome.FAILED, str(error) or "no token in time")]
    return [Checked("authentication", CheckOutcome.OK, "a token was given")]
