"""The faults of the campaign: what is done to an adapter's connection, and which causes may come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from adapters.base import Cause
from tests.faults.victims import ENVELOPE, REPLY, Victim
from tests.support.fault_proxy import (
    Fault,
    answering,
    dtd_bomb,
    garbage,
    gzip_gib,
    hang,
    hang_up,
    plain_gib,
    slowly,
    streaming,
)

SHORT, LONG = 0.3, 5.0
"""Seconds that a call is given: where it must run out of them, and where it must not."""


@dataclass(frozen=True)
class Harm:
    """`fault` on every connection, or none at all (`down`). `seconds`: for each call; `heavy`: much is sent."""

    causes: frozenset[Cause]
    fault: Fault | None = None
    down: bool = False
    seconds: float = LONG
    tls: bool = False
    heavy: bool = False

    async def begin(self, victim: Victim) -> None:
        victim.proxy.fault = self.fault
        victim.proxy.cut()
        if self.down:
            await victim.proxy.down()

    async def end(self, victim: Victim) -> None:
        victim.proxy.fault = None
        if self.down:
            await victim.proxy.up()
        else:
            victim.proxy.cut()


def _of(*causes: Cause, **said: object) -> Harm:
    return Harm(frozenset(causes), **said)  # type: ignore[arg-type]


SILENCE = {
    "refused": _of(Cause.UNREACHABLE, down=True),
    "silence": _of(Cause.TIMEOUT, fault=hang, seconds=SHORT),
    "one byte a second": _of(Cause.TIMEOUT, fault=slowly(), seconds=SHORT),
    "hung up": _of(Cause.UNREACHABLE, fault=hang_up),
}


def _over_http(good: bytes, kind: str) -> dict[str, Harm]:
    """What a server over HTTP may answer instead of this."""
    said = f"Content-Type: {kind}"
    half = good[: len(good) // 2]
    other = good.replace(b"10", "10 \u20ac".encode("utf-16"))
    html = b"<html><head><title>Maintenance</title></head><body>Back at six</body></html>"
    return {
        **SILENCE,
        "slow TLS handshake": _of(Cause.TIMEOUT, fault=hang, seconds=SHORT, tls=True),
        "no HTTP at all": _of(Cause.UNREADABLE, fault=garbage()),
        "reset in mid-body": _of(Cause.UNREACHABLE, fault=answering(half, said, length=len(good))),
        "half a reply": _of(Cause.UNREADABLE, fault=answering(half, said)),
        "garbage": _of(Cause.UNREADABLE, fault=answering(b"\x00\xff<<<{{{", said)),
        "HTML with 200": _of(Cause.UNREADABLE, fault=answering(html, "Content-Type: text/html")),
        "wrong charset": _of(
            Cause.UNREADABLE,
            fault=answering(other, f"{said}; charset=utf-8"),
        ),
        "1 GiB": _of(Cause.TOO_LARGE, fault=streaming(partial(plain_gib, half), said), heavy=True),
        "gzip bomb": _of(
            Cause.TOO_LARGE, fault=streaming(partial(gzip_gib, half), said, "Content-Encoding: gzip"), heavy=True
        ),
        "a million rows": _of(Cause.TOO_LARGE, fault=streaming(partial(_rows, half), said), heavy=True),
    }


def _rows(head: bytes) -> list[bytes]:
    return [head, *[b"<Row><A>1</A><B>2</B></Row>, " * 10_000] * 100]


_FOREIGN = ENVELOPE.replace("urn:test:", "urn:other:").encode()

HARM: Mapping[str, Mapping[str, Harm]] = {
    "soap": {
        **_over_http(ENVELOPE.encode(), "text/xml; charset=utf-8"),
        "wrong namespace": _of(
            Cause.UNREADABLE,
            fault=answering(_FOREIGN, "Content-Type: text/xml"),
        ),
        "DTD bomb": _of(Cause.UNREADABLE, fault=answering(dtd_bomb(), "Content-Type: text/xml")),
    },
    "rest": {
        **_over_http(REPLY.encode(), "application/json"),
        "another shape": _of(Cause.UNREADABLE, fault=answering(b'{"busy": 10}', "Content-Type: application/json")),
    },
    "postgresql": {**SILENCE, "another protocol": _of(*Cause, fault=garbage())},
    "mariadb": {**SILENCE, "another protocol": _of(*Cause, fault=garbage())},
}
