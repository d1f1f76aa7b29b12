"""Forgets what has ended and is older than the settings say: once an hour beside serving, or when an operator says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.loggers import logger
from gateway.settings.retention import RetentionSettings
from gateway.store.errors import StoreUnavailable
from gateway.store.keeping import Forgetting

EVERY = 3600.0
"""Seconds between two looks."""

_log = logger()


@dataclass(frozen=True)
class Forgotten:
    """How much was forgotten of what; deliveries count with the events that nobody is to be told of any more."""

    poqs: int = 0
    traces: int = 0
    deliveries: int = 0
    audit: int = 0


async def forget(store: Forgetting, kept: RetentionSettings, now: datetime) -> Forgotten:
    """Forget what is older than `kept` says, part by part. Raises StoreUnavailable; what was done stays done."""
    return Forgotten(
        poqs=await _all(store.poqs, kept.poqs, now),
        traces=await _all(store.traces, kept.traces, now),
        deliveries=await _all(store.deliveries, kept.deliveries, now),
        audit=0 if kept.audit is None else await store.audit(now - timedelta(seconds=kept.audit), now=now),
    )


async def _all(part: Callable[[datetime], Awaitable[int]], kept: float | None, now: datetime) -> int:
    if kept is None:
        return 0
    total, before = 0, now - timedelta(seconds=kept)
    while found := await part(before):
        total += found
    return total


async def keep_forgetting(store: Forgetting, kept: RetentionSettings, now: Callable[[], datetime]) -> None:
    """Until cancelled."""
    while True:
        try:
            gone = await forget(store, kept, now())
        except StoreUnavailable as error:
            _log.warning("what is old cannot be forgotten now", cause=str(error))
        else:
            if gone != Forgotten():
                _log.info("forgotten", **vars(gone))
        await asyncio.sleep(EVERY)
