"""The statements behind the audit: entries are added, sealed, read, and forgotten from the beginning only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from gateway.store.prepared import RowInsert
from gateway.store.records_audit import (
    FIRST,
    GATEWAY,
    Action,
    Actor,
    AuditEntry,
    KeptEntry,
    Seal,
    covered,
    forgotten,
    sealed,
)
from gateway.store.tables import audit_entry, audit_seal

MOST_IN_A_SEAL = 5000
_NEW, _NEW_SEAL = RowInsert(audit_entry), RowInsert(audit_seal)
_ENTRIES = select(audit_entry)
"""All columns in the order of the table, as `_kept` and `_hash` take them."""
# made once: making a statement costs more than running it
_UNSEALED = _ENTRIES.where(audit_entry.c.seal.is_(None)).order_by(audit_entry.c.number).limit(MOST_IN_A_SEAL)
_LAST_SEAL = select(audit_seal).order_by(audit_seal.c.number.desc()).limit(1)
_SEAL = (
    update(audit_entry)
    .where(audit_entry.c.number.between(bindparam("first"), bindparam("last")))
    .values(seal=bindparam("by"))
)
SEALED_WITHIN = timedelta(minutes=2)
"""An entry that is older and has no seal was added behind the gateway's back, or the gateway stands still."""


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are wanted; what is not said does not matter. A name is the whole of what is searched for."""

    actor: str | None = None
    action: Action | None = None
    subject: str | None = None
    buyer: str | None = None
    since: datetime | None = None


def add_entries(connection: Connection, *entries: AuditEntry) -> None:
    """Keep these, in the transaction of what they are about."""
    if entries:
        _NEW.run(connection, [_row(one) for one in entries])


def operator_seal(connection: Connection, *, now: datetime) -> Seal | None:
    """Seal what has no seal yet; None if there is nothing."""
    if connection.dialect.name == "postgresql":  # one at a time; SQLite has one writer anyway
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("audit seal"))))
    entries = connection.execute(_UNSEALED).all()
    if not entries:
        return None
    last = connection.execute(_LAST_SEAL).one_or_none()
    number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
    seal = Seal(number, now, len(entries), previous, _hash(previous, entries))
    _NEW_SEAL.run(connection, [vars(seal)])
    runs = _runs([row[0] for row in entries])
    connection.execute(_SEAL, [{"by": number, "first": first, "last": last} for first, last in runs])
    return seal


def _hash(previous: str, rows: Sequence[Sequence[Any]]) -> str:
    """Of a seal over these rows, all columns in the order of the table."""
    return sealed(previous, ((row[0], covered(row[1], row[2:-1])) for row in rows))


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """The first and the last of those that follow one another, of numbers in their order: none is left out between."""
    first = [number for before, number in zip([None, *numbers], numbers, strict=False) if before != number - 1]
    last = [number for number, after in zip(numbers, [*numbers[1:], None], strict=False) if after != number + 1]
    return list(zip(first, last, strict=True))


def operator_entries(connection: Connection, *, wanted: AuditFilter, most: int) -> Sequence[KeptEntry]:
    """The latest ones, oldest first."""
    rows = _filtered(wanted).order_by(audit_entry.c.number.desc()).limit(most)
    return [_kept(row) for row in connection.execute(rows)][::-1]


def operator_problems(
    connection: Connection, *, now: datetime, head: str | None = None
) -> tuple[list[str], Seal | None]:
    """What is wrong with the chain, and its last seal. `head`: a hash that was noted elsewhere and must be in it."""
    problems: list[str] = []
    seen: set[str] = set()
    last: Seal | None = None
    for row in connection.execute(select(audit_seal).order_by(audit_seal.c.number)).all():
        seal = Seal(row.number, row.at, row.entries, row.previous, row.hash)
        problems += _problems_of(connection, seal, last)
        last = seal
        seen.add(seal.hash)
    if head is not None and head not in seen:
        problems.append(f"no seal has the hash {head}: the chain was made anew, or its end was cut off")
    problems += _problems_of_unsealed(connection, now, last)
    return problems, last


def operator_forget(connection: Connection, *, before: datetime, now: datetime) -> int:
    """Forget the oldest seals as far as all their entries are older; says so in the audit. Gives how many entries.

    The last seal is kept whatever its age: the next one follows it, and a hash that was noted is still found.
    """
    column = audit_seal.c.number
    young = select(func.min(audit_entry.c.seal)).where(audit_entry.c.at >= before)
    first_kept = connection.scalar(young) or connection.scalar(select(func.max(column))) or 0
    last = connection.execute(
        select(audit_seal).where(column < first_kept).order_by(column.desc()).limit(1)
    ).one_or_none()
    if last is None:
        return 0
    gone = connection.execute(delete(audit_entry).where(audit_entry.c.seal <= last.number)).rowcount
    connection.execute(delete(audit_seal).where(column <= last.number))
    seal = Seal(last.number, last.at, last.entries, last.previous, last.hash)
    add_entries(connection, AuditEntry(now, GATEWAY, Action.PURGED, f"{gone} entries", detail=forgotten(seal)))
    return gone


def _problems_of(connection: Connection, seal: Seal, before: Seal | None) -> Iterator[str]:
    rows = _ENTRIES.where(audit_entry.c.seal == seal.number).order_by(audit_entry.c.number)
    entries = connection.execute(rows).all()
    if len(entries) != seal.entries:
        yield f"seal {seal.number} covers {seal.entries} entries, {len(entries)} are there"
    elif _hash(seal.previous, entries) != seal.hash:
        yield f"seal {seal.number}: an entry from {entries[0].number} to {entries[-1].number} is not as it was sealed"
    if before is not None:
        if (seal.number, seal.previous) != (before.number + 1, before.hash):
            yield f"seal {seal.number} does not follow seal {before.number}"
    elif (seal.number, seal.previous) != (1, FIRST) and not _is_beginning(connection, seal):
        yield f"seal {seal.number} is the first one, and nothing says that those before it were purged"


def _is_beginning(connection: Connection, seal: Seal) -> bool:
    begins = forgotten(Seal(seal.number - 1, seal.at, 0, "", seal.previous))
    found = select(func.count()).where(audit_entry.c.action == Action.PURGED.value, audit_entry.c.detail == begins)
    return bool(connection.scalar(found))


def _problems_of_unsealed(connection: Connection, now: datetime, last: Seal | None) -> Iterator[str]:
    late = select(func.count()).where(audit_entry.c.seal.is_(None), audit_entry.c.at < now - SEALED_WITHIN)
    if count := connection.scalar(late):
        minutes = SEALED_WITHIN.seconds // 60
        yield f"{count} entries have no seal after {minutes} minutes: added from outside, or no gateway runs"
    unknown = select(func.count()).where(audit_entry.c.seal > (last.number if last else 0))
    if count := connection.scalar(unknown):
        yield f"{count} entries belong to seals that are not there"


def _filtered(wanted: AuditFilter) -> Select[Any]:
    columns = audit_entry.c
    values = {
        columns.actor: wanted.actor,
        columns.action: wanted.action.value if wanted.action else None,
        columns.subject: wanted.subject,
        columns.buyer_id: wanted.buyer,
    }
    rows = _ENTRIES.where(*(column == value for column, value in values.items() if value is not None))
    return rows if wanted.since is None else rows.where(columns.at >= wanted.since)


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "actor": entry.actor.name,
        "origin": entry.actor.origin,
        "request_id": entry.actor.request_id,
        "action": str(entry.action),
        "outcome": entry.outcome,
        "subject": entry.subject,
        "buyer_id": entry.buyer,
        "seller_id": entry.seller,
        "detail": entry.detail,
    }


def _kept(row: Sequence[Any]) -> KeptEntry:
    """Unpacked: a member of a row that is read by its name costs an exception inside."""
    number, at, actor, origin, request_id, action, outcome, subject, buyer, seller, detail, seal = row
    by = Actor(actor, origin, request_id)
    return KeptEntry(number, seal, AuditEntry(at, by, Action(action), outcome, subject, buyer, seller, detail))
