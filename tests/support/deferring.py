"""Deferred POQs in tests: asking for one, and reading it until something holds, each sight of it lawful."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.gateways import SONATA, Running
from tests.support.histories import ITEMS, check_follows, check_lawful
from tests.support.requests import deferred_request, valid_item


def asking(*items: str, within: timedelta | None = None, **changes: Any) -> dict[str, Any]:
    """A deferred request for these items; `within` says when it is wanted, from now on."""
    if within is not None:
        changes["requestedPOQCompletionDate"] = (datetime.now(UTC) + within).isoformat()
    return deferred_request(**{ITEMS: [valid_item(id=item) for item in items], **changes})


async def acknowledged(
    gateway: Running, request: dict[str, Any], *, base: str = SONATA, buyer: str | None = None
) -> dict[str, Any]:
    status, shown = await gateway.post(request, base=base, buyer=buyer)
    assert (status, shown["state"]) == (201, "acknowledged"), shown
    return dict(shown)


async def seen(
    gateway: Running,
    poq: dict[str, Any],
    holds: Callable[[dict[str, Any]], bool],
    *,
    within: float = 10.0,
    base: str = SONATA,
    buyer: str | None = None,
) -> dict[str, Any]:
    """Read a POQ until something holds of it; each sight of it on the way must be lawful, and follow from the last."""
    last = poq
    async with asyncio.timeout(within):
        while True:
            status, shown = await gateway.get(poq["id"], base=base, buyer=buyer)
            assert status == 200
            check_lawful(shown)
            check_follows(last, shown)
            if holds(shown):
                return dict(shown)
            last = shown
            await asyncio.sleep(0.005)


def is_final(shown: dict[str, Any]) -> bool:
    return shown["state"] in ("done", "rejected", "terminatedWithError")


def states(shown: dict[str, Any]) -> list[str]:
    return [item["state"] for item in shown[ITEMS]]


def history(shown: dict[str, Any]) -> list[str]:
    return [entry["state"] for entry in shown["stateChange"]]
