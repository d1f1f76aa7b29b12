"""The statements behind forgetting: what has ended and is old, and the contacts in a POQ that has ended.

Each call takes a few hundred at most, so that nobody waits long for the end of its transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, delete, exists, select, update

from gateway.lso.identifiers import PoqId
from gateway.lso.states import FINAL_POQ_STATES
from gateway.store.records import JsonText
from gateway.store.records_notify import DeliveryState
from gateway.store.tables import delivery, event, given_answer, intent, poq, poq_item, trace

MOST = 500
_FINAL = sorted(FINAL_POQ_STATES)
_SETTLED = (DeliveryState.DELIVERED.value, DeliveryState.DEAD.value)

Rewrite = Callable[[JsonText], JsonText]


def operator_forget_poqs(connection: Connection, *, before: datetime) -> int:
    """POQs that ended before, with everything that hangs on them; gives how many."""
    ids = _ended(connection, before)
    connection.execute(delete(intent).where(intent.c.poq_id.in_(ids)))
    connection.execute(delete(poq).where(poq.c.id.in_(ids)))  # items, traces, events, deliveries go with it
    return len(ids)


def operator_forget_traces(connection: Connection, *, before: datetime) -> int:
    """Traces of POQs that ended before; gives how many."""
    old = (
        select(trace.c.poq_id, trace.c.position)
        .join(poq, poq.c.id == trace.c.poq_id)
        .where(poq.c.state.in_(_FINAL), poq.c.changed < before)
        .limit(MOST)
    )
    ids = sorted({row.poq_id for row in connection.execute(old)})
    return connection.execute(delete(trace).where(trace.c.poq_id.in_(ids))).rowcount if ids else 0


def operator_forget_deliveries(connection: Connection, *, before: datetime) -> int:
    """Deliveries that were settled before, and events that nobody is to be told of any more; gives how many."""
    settled = select(delivery.c.id).where(delivery.c.state.in_(_SETTLED), delivery.c.settled < before).limit(MOST)
    ids = list(connection.scalars(settled))
    connection.execute(delete(delivery).where(delivery.c.id.in_(ids)))
    told = ~exists().where(delivery.c.event_id == event.c.id)
    events = list(connection.scalars(select(event.c.id).where(event.c.time < before, told).limit(MOST)))
    connection.execute(delete(event).where(event.c.id.in_(events)))
    return len(ids) + len(events)


def operator_rewrite(connection: Connection, *, poq_id: PoqId, envelope: Rewrite, item: Rewrite) -> bool:
    """Rewrite the texts of a POQ that has ended; False if there is none. What repeats the old ones is removed."""
    found = select(poq.c.envelope).where(poq.c.id == poq_id, poq.c.state.in_(_FINAL)).with_for_update()
    row = connection.execute(found).one_or_none()
    if row is None:
        return False
    written = update(poq).where(poq.c.id == poq_id)
    connection.execute(written.values(envelope=envelope(row.envelope), revision=poq.c.revision + 1))
    rows = select(poq_item.c.position, poq_item.c.request, poq_item.c.answer).where(poq_item.c.poq_id == poq_id)
    for one in connection.execute(rows).all():
        values = {"request": item(one.request), "answer": item(one.answer) if one.answer is not None else None}
        own = (poq_item.c.poq_id == poq_id, poq_item.c.position == one.position)
        connection.execute(update(poq_item).where(*own).values(**values))
    for table in (trace, given_answer):
        connection.execute(delete(table).where(table.c.poq_id == poq_id))
    return True


def _ended(connection: Connection, before: datetime) -> list[str]:
    return list(connection.scalars(select(poq.c.id).where(poq.c.state.in_(_FINAL), poq.c.changed < before).limit(MOST)))
