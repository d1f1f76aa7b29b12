"""The legacy systems of the stub: a file of addresses, and a SOAP service that always answers the same, and fast.

    python -m tests.benchmarks.poq_stub.legacy [--port 18080] [--delay-ms 0]

The service is a bare protocol that looks for the end of a request and nothing else: it must never be what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import cast

ADDRESSES = 20_000

_OPTIONS = (("opt-0", 500, "S1", 20), ("opt-1", 1000, "S2", 45), ("opt-2", 2000, "S2", 60), ("opt-3", 10000, "N1", 120))


def seed(path: Path) -> None:
    """Write the file of addresses: addr-0, addr-1 …"""
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute(
            "CREATE TABLE address "
            "(id TEXT PRIMARY KEY, exchange TEXT, distance_m INTEGER, max_mbps INTEGER, floor TEXT)"
        )
        file.executemany("INSERT INTO address VALUES (?, ?, ?, ?, ?)", _addresses())


def _addresses() -> Iterable[tuple[object, ...]]:
    return ((f"addr-{n}", f"BER-{n % 40}", n % 5000, 10_000, str(n % 9)) for n in range(ADDRESSES))


def _tags(**values: object) -> str:
    return "".join(f"<inv:{name}>{value}</inv:{name}>" for name, value in values.items())


def _option(identity: str, mbps: int, code: str, days: int) -> str:
    told = {"validUntil": "2026-12-31", "onNet": "true", "nrc": "1250.00", "note": "splice at cabinet 12"}
    first = {"optionId": identity, "offeringId": f"OFF-{identity}", "technology": "FIBRE"}
    rates = {"maxDownMbps": mbps, "maxUpMbps": mbps, "resultCode": code, "leadDays": days}
    return f"<inv:option>{_tags(**first, **rates, **told)}</inv:option>"


def reply() -> bytes:
    """The HTTP response to every CheckServiceability."""
    answer = _tags(
        correlationId="c-1",
        resultCode="S2",
        resultText="splice required",
        addressId="addr-8002",
        exchange="BER-MITTE-2",
        distanceMetres=812,
        fibreAvailable="true",
        maxMbps=10_000,
        leadDays=45,
        checkedAt="2026-10-01T10:00:00Z",
    )
    options = "".join(_option(*one) for one in _OPTIONS)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:inv="urn:legacy:inventory:2">'
        f"<soap:Body><inv:CheckServiceabilityResponse>{answer}{options}</inv:CheckServiceabilityResponse></soap:Body>"
        "</soap:Envelope>"
    ).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Service(asyncio.Protocol):
    """One connection; `delay` in seconds before each reply."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._reply = reply()
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (rest := _after_message(self._received)) is not None:
            self._received = rest
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, self._answer)
            else:
                self._answer()

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._reply)


def _after_message(received: bytes) -> bytes | None:
    """What follows the first HTTP message; None while it is not all there."""
    head, gap, body = received.partition(b"\r\n\r\n")
    if not gap:
        return None
    _, _, length = head.lower().partition(b"content-length:")
    need = int(length.split(b"\r\n", 1)[0] or 0)
    return body[need:] if len(body) >= need else None


async def serve(port: int, delay: float) -> None:
    """Until the process is ended."""
    server = await asyncio.get_running_loop().create_server(lambda: Service(delay), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=18080)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    said = parser.parse_args()
    asyncio.run(serve(said.port, said.delay_ms / 1000))
