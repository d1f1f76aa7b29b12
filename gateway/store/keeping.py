"""The audit, and what is forgotten, as the rest of the gateway sees them: one call, one transaction. Knows no SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from gateway.lso.identifiers import PoqId
from gateway.store import audit, retention
from gateway.store.audit import AuditFilter
from gateway.store.database import Database
from gateway.store.records_audit import AuditEntry, KeptEntry, Seal
from gateway.store.retention import Rewrite


class AuditStore:
    """Who did what. All methods raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entries: Sequence[AuditEntry], *, now: datetime) -> Seal | None:
        """Keep these, and seal whatever has no seal yet."""

        def work(connection: Connection) -> Seal | None:
            audit.add_entries(connection, *entries)
            return audit.operator_seal(connection, now=now)

        return await self._database.write(work)

    async def operator_entries(self, wanted: AuditFilter, *, most: int) -> Sequence[KeptEntry]:
        """The latest of these, oldest first."""
        return await self._database.read(partial(audit.operator_entries, wanted=wanted, most=most))

    async def operator_problems(self, *, now: datetime, head: str | None) -> tuple[list[str], Seal | None]:
        """What is wrong with the chain, and its last seal; see `audit.operator_problems`."""
        return await self._database.read(partial(audit.operator_problems, now=now, head=head))


class Forgetting:
    """What has ended and is old. Each method takes a part, and gives how many there were: 0 at the end.

    All raise StoreUnavailable.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def poqs(self, before: datetime) -> int:
        return await self._database.write(partial(retention.operator_forget_poqs, before=before))

    async def traces(self, before: datetime) -> int:
        return await self._database.write(partial(retention.operator_forget_traces, before=before))

    async def deliveries(self, before: datetime) -> int:
        return await self._database.write(partial(retention.operator_forget_deliveries, before=before))

    async def audit(self, before: datetime, *, now: datetime) -> int:
        return await self._database.write(partial(audit.operator_forget, before=before, now=now))

    async def rewrite(self, poq_id: PoqId, envelope: Rewrite, item: Rewrite, entry: AuditEntry) -> bool:
        """Rewrite the texts of a POQ that has ended; False if there is none."""
        return await self._database.write(_audited(poq_id, envelope, item, entry))


def _audited(poq_id: PoqId, envelope: Rewrite, item: Rewrite, entry: AuditEntry) -> Callable[[Connection], bool]:
    def work(connection: Connection) -> bool:
        done = retention.operator_rewrite(connection, poq_id=poq_id, envelope=envelope, item=item)
        if done:
            audit.add_entries(connection, entry)
            audit.operator_seal(connection, now=entry.at)
        return done

    return work
