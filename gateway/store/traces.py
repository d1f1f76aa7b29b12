"""The statements behind traces: how each item was answered, or why it is not yet. One for each item, the last one.

A trace stays beside its item, apart from it: no Buyer's reading ever comes near it.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, select

from gateway.lso.identifiers import PoqId
from gateway.lso.states import ItemState
from gateway.store.changes import Change
from gateway.store.prepared import RowInsert
from gateway.store.records import StoredTrace, Traces
from gateway.store.tables import trace

_NEW = RowInsert(trace)


def add(connection: Connection, *, poq_id: PoqId, traces: Traces) -> None:
    """Keep those of items that have none yet."""
    rows = [
        {
            "poq_id": poq_id,
            "position": position,
            "mapping": one.mapping,
            "mapping_version": one.version,
            "text": one.text,
        }
        for position, one in traces.items()
    ]
    _NEW.run(connection, rows)


def keep(connection: Connection, *, poq_id: PoqId, traces: Traces) -> None:
    """Put these in the place of what is there of the same items."""
    if traces:
        old = delete(trace).where(trace.c.poq_id == poq_id, trace.c.position == bindparam("at"))
        connection.execute(old, [{"at": position} for position in traces])
    add(connection, poq_id=poq_id, traces=traces)


def of_change(change: Change, traces: Traces) -> Traces:
    """Those of the items that this change is about: a result that came too late leaves no trace."""
    heard = {item.position for item in change.items if item.state != ItemState.DONE_ABANDONED}
    return {position: one for position, one in traces.items() if position in heard}


def operator_traces(connection: Connection, *, poq_id: PoqId) -> dict[int, StoredTrace]:
    """All traces of a POQ."""
    rows = connection.execute(select(trace).where(trace.c.poq_id == poq_id).order_by(trace.c.position))
    return {row.position: StoredTrace(row.mapping, row.mapping_version, row.text) for row in rows}


def operator_versions(connection: Connection, *, poq_id: PoqId) -> dict[int, tuple[str, int]]:
    """By which mapping, and which version of it, items were begun or evaluated last."""
    rows = connection.execute(
        select(trace.c.position, trace.c.mapping, trace.c.mapping_version).where(
            trace.c.poq_id == poq_id, trace.c.mapping.is_not(None)
        )
    )
    return {row.position: (row.mapping, row.mapping_version) for row in rows}
