"""How a stored POQ changes: read, decide, write, all in one transaction, fenced by the POQ's revision.

The decision is a function of the caller's, made from what the transaction reads: it can be run again where somebody
else was faster, and nobody ever sees half of it (state model, section 5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from gateway.lso.identifiers import BuyerId, Interface, ItemId, PoqId, SellerId
from gateway.store import deliveries
from gateway.store.audit import add_entries
from gateway.store.records import JsonText, NewEvent
from gateway.store.records_audit import AuditEntry
from gateway.store.tables import poq, poq_item


@dataclass(frozen=True)
class ItemNow:
    """An item as a change finds it."""

    item_id: ItemId
    state: str
    attempts: int


@dataclass(frozen=True)
class QualificationNow:
    """A POQ as a change finds it, its items in the Buyer's order."""

    id: PoqId
    interface: Interface
    buyer: BuyerId
    seller: SellerId
    state: str
    changed: datetime
    deadline: datetime | None
    items: Sequence[ItemNow]


@dataclass(frozen=True)
class ItemChange:
    """What becomes of one item. `history`: entries of stateChange to add; the other fields are as in `StoredItem`.

    `keeps_due`: the item stays due as it is (it was begun, no more).
    """

    position: int
    state: str
    history: Sequence[JsonText] = ()
    answer: JsonText | None = None
    mapping: str | None = None
    mapping_version: int | None = None
    due: datetime | None = None
    attempts: int = 0
    note: str | None = None
    keeps_due: bool = False


@dataclass(frozen=True)
class Change:
    """What becomes of a POQ. `is_final`: nobody needs to look at it again; `by`: the worker that says so.

    `audit`: who made it, where that is not the gateway itself. A worker that no longer holds the POQ is listened to,
    but then whoever holds it does not know all: it is due again.
    """

    state: str
    at: datetime
    items: Sequence[ItemChange]
    history: Sequence[JsonText] = ()
    events: Sequence[NewEvent] = ()
    is_final: bool = False
    by: str | None = None
    audit: AuditEntry | None = None


MOST_IN = 500
"""Parameters of one IN: databases have limits."""

# made once: making a statement costs more than running it
_POQ = select(poq).where(poq.c.id == bindparam("at_id")).with_for_update()
_ITEMS_NOW = (
    select(poq_item.c.item_id, poq_item.c.state, poq_item.c.attempts)
    .where(poq_item.c.poq_id == bindparam("at_id"))
    .order_by(poq_item.c.position)
)
_HISTORIES = select(poq_item.c.position, poq_item.c.state_changes).where(poq_item.c.poq_id == bindparam("at_id"))
_SOME_HISTORIES = _HISTORIES.where(poq_item.c.position.in_(bindparam("at_positions", expanding=True)))

Decide = Callable[[QualificationNow], Change | None]


class Conflict(Exception):
    """Somebody else changed the POQ in between; nothing was written. Whoever runs the transaction runs it again."""


def change_qualification(
    connection: Connection, *, poq_id: PoqId, decide: Decide, keep_events: timedelta, new_id: Callable[[], str]
) -> Change | None:
    """Make the change that `decide` makes of the POQ as it stands; None if there is nothing to change, or no such POQ.

    `keep_events`: how long an event is worth delivering. Raises Conflict.
    """
    row = connection.execute(_POQ, {"at_id": poq_id}).one_or_none()
    change = decide(_now(connection, row)) if row else None
    if row is None or change is None:
        return None
    _write_items(connection, poq_id, change.items)
    _write_qualification(connection, row, change)
    if change.audit is not None:
        add_entries(connection, change.audit)
    if change.events:
        deliveries.enqueue(
            connection,
            buyer=row.buyer_id,
            seller=row.seller_id,
            interface=Interface(row.interface),
            poq_id=poq_id,
            first_number=row.events + 1,
            events=change.events,
            expires=change.at + keep_events,
            new_id=new_id,
        )
    return change


def _now(connection: Connection, row: Row[Any]) -> QualificationNow:
    items = connection.execute(_ITEMS_NOW, {"at_id": row.id})
    return QualificationNow(
        id=row.id,
        interface=Interface(row.interface),
        buyer=row.buyer_id,
        seller=row.seller_id,
        state=row.state,
        changed=row.changed or row.creation_date,
        deadline=row.deadline,
        items=[ItemNow(*item) for item in items.all()],
    )


def _write_qualification(connection: Connection, row: Row[Any], change: Change) -> None:
    values: dict[str, Any] = {
        "state": change.state,
        "state_changes": _appended(row.state_changes, change.history),
        "revision": row.revision + 1,
        "changed": change.at,
        "events": row.events + len(change.events),
    }
    if change.is_final:
        values |= {"due": None, "deadline": None, "worker": None}
    elif change.by is not None and change.by != row.worker:
        values |= {"due": change.at, "worker": None}
    written = connection.execute(update(poq).where(poq.c.id == row.id, poq.c.revision == row.revision).values(**values))
    if written.rowcount != 1:
        raise Conflict(f"the POQ {row.id} was changed by somebody else")


def _write_items(connection: Connection, poq_id: PoqId, changes: Sequence[ItemChange]) -> None:
    histories = _histories(connection, poq_id, [change.position for change in changes])
    for begun in (True, False):
        rows = [_item_values(one, histories[one.position]) for one in changes if one.keeps_due is begun]
        if rows:
            own: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "at"}
            connection.execute(
                update(poq_item)
                .where(poq_item.c.poq_id == poq_id, poq_item.c.position == bindparam("at"))
                .values(**own),
                [{name if name == "at" else f"new_{name}": value for name, value in row.items()} for row in rows],
            )


def _histories(connection: Connection, poq_id: PoqId, positions: Sequence[int]) -> dict[int, str]:
    """What stands in stateChange of these items: some by their position, most of them all at once."""
    if len(positions) <= MOST_IN:
        found = connection.execute(_SOME_HISTORIES, {"at_id": poq_id, "at_positions": positions})
    else:
        found = connection.execute(_HISTORIES, {"at_id": poq_id})
    return {row.position: row.state_changes for row in found.all()}


def _item_values(change: ItemChange, history: str) -> dict[str, Any]:
    values = {"at": change.position, "state": change.state, "state_changes": _appended(history, change.history)}
    if change.keeps_due:
        return values
    return values | {
        "answer": change.answer,
        "mapping": change.mapping,
        "mapping_version": change.mapping_version,
        "due": change.due,
        "attempts": change.attempts,
        "note": change.note,
    }


def _appended(history: str, entries: Sequence[JsonText]) -> str:
    return f"{history[:-1]},{','.join(entries)}]" if entries else history
