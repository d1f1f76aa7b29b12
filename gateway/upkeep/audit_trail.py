"""Seals what was entered into the audit, again and again, and enters what was denied: counted, so that nobody fills it.

What clients and operators changed is entered in the transaction of the change itself; this is about the rest.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from gateway.loggers import logger
from gateway.store.errors import StoreUnavailable
from gateway.store.keeping import AuditStore
from gateway.store.records_audit import Action, Actor, AuditEntry

SEAL_EVERY = 5.0
"""Seconds between two seals; what is changed in the database before its seal leaves no trace."""

MOST_KINDS = 200
"""Kinds of denied requests that are told apart between two seals; what comes beyond that is counted as one kind."""

_log = logger()


class Denied(NamedTuple):
    """A kind of request that was not let in. `client` is empty where it did not say who it is."""

    client: str
    origin: str
    operation: str
    status: int


OTHERS = Denied("", "", "", 0)


class AuditTrail:
    """One gateway's. `denied` is cheap and may be called for every request; `run` goes on until it is cancelled."""

    def __init__(self, store: AuditStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._denied: Counter[Denied] = Counter()

    def denied(self, kind: Denied) -> None:
        """Count a request that was answered 401 or 403."""
        known = kind in self._denied or len(self._denied) < MOST_KINDS
        self._denied[kind if known else OTHERS] += 1

    async def enter(self, entry: AuditEntry) -> None:
        """Enter what is no change of the store, and seal it. Raises StoreUnavailable."""
        await self._sealed([entry])

    async def run(self) -> None:
        """Seal every few seconds, and once more at the end."""
        try:
            while True:
                await asyncio.sleep(SEAL_EVERY)
                await self.flush()
        finally:
            await self.flush()

    async def flush(self) -> None:
        """Enter what was denied, and seal all. Without the store it waits for the next time."""
        denied, self._denied = self._denied, Counter()
        try:
            await self._sealed([_entry(kind, count, self._now()) for kind, count in denied.items()])
        except StoreUnavailable as error:
            _log.warning("the audit cannot be sealed now", cause=str(error))
            self._denied += denied

    async def _sealed(self, entries: list[AuditEntry]) -> None:
        seal = await self._store.add(entries, now=self._now())
        if seal is not None:  # the log is a second place for the hash, out of reach for who changes the database
            _log.info("audit sealed", seal=seal.number, entries=seal.entries, hash=seal.hash)


def _entry(kind: Denied, count: int, at: datetime) -> AuditEntry:
    actor = Actor(f"client {kind.client}" if kind.client else "unknown", kind.origin)
    outcome = str(kind.status) if kind.status else "more kinds than are told apart"
    return AuditEntry(at, actor, Action.ACCESS_DENIED, outcome, detail=f"{kind.operation} {count}x".strip())
