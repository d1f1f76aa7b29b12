"""Which POQs want attention, and who gives it to them.

A wake-up is a column, not a queue: `due` says when a POQ is to be worked on, `deadline` when it is to be ended. Whoever
takes one moves `due` into the future; if nothing more is heard of it by then, it is due again. Two may then work on one
POQ for a while: each result is a change of its own (changes.py), and who finds that an item was answered by somebody
else begins again from what stands here (gateway.qualification.recording).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, func, or_, select, update

from gateway.lso.identifiers import BuyerId, Dealing, Interface, PoqId, SellerId
from gateway.lso.states import FINAL_POQ_STATES, PoqState
from gateway.store.tables import poq, poq_item


@dataclass(frozen=True)
class PoqRef:
    """A POQ, by all that it is looked up with."""

    id: PoqId
    buyer: BuyerId
    seller: SellerId
    interface: Interface

    @property
    def dealing(self) -> Dealing:
        """Who deals with whom."""
        return Dealing(self.buyer, self.seller)


@dataclass(frozen=True)
class WaitingItem:
    """An open item, as an operator sees it."""

    poq: PoqRef
    item_id: str
    state: str
    attempts: int
    due: datetime | None
    deadline: datetime | None
    note: str | None


_OPEN = sorted(frozenset(PoqState) - FINAL_POQ_STATES)
_REF = (poq.c.id, poq.c.buyer_id, poq.c.seller_id, poq.c.interface)
_OF_ITEM = (
    poq_item.c.item_id,
    poq_item.c.state.label("item_state"),
    poq_item.c.attempts,
    poq_item.c.due.label("item_due"),
)

# made once: making a statement costs more than running it
_DUE = (
    select(*_REF)
    .where(poq.c.due <= bindparam("now"), or_(poq.c.deadline.is_(None), poq.c.deadline > bindparam("now")))
    .order_by(poq.c.due)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_TAKE = (
    update(poq)
    .where(poq.c.id.in_(bindparam("ids", expanding=True)))
    .values(due=bindparam("until"), worker=bindparam("by"))
)
_EXTEND = (
    update(poq)
    .where(poq.c.id.in_(bindparam("ids", expanding=True)), poq.c.worker == bindparam("by"))
    .values(due=bindparam("until"))
)
_RELEASE = (
    update(poq)
    .where(poq.c.id == bindparam("at_id"), poq.c.worker == bindparam("by"))
    .values(due=bindparam("until"), worker=None)
)
_OVERDUE = (
    select(*_REF)
    .where(poq.c.deadline <= bindparam("now"))
    .order_by(poq.c.deadline)
    .limit(bindparam("most", type_=Integer))
)
# that it is not null is said for the index, which holds no others
_FIRST = tuple(select(func.min(column)).where(column.is_not(None)) for column in (poq.c.due, poq.c.deadline))


def operator_claim(connection: Connection, *, now: datetime, until: datetime, worker: str, most: int) -> list[PoqRef]:
    """Take up to `most` POQs that are due; they are this worker's `until` then. What is overdue is only to be ended."""
    claimed = [_ref(row) for row in connection.execute(_DUE, {"now": now, "most": most})]
    if claimed:
        connection.execute(_TAKE, {"ids": [one.id for one in claimed], "until": until, "by": worker})
    return claimed


def operator_extend(connection: Connection, *, ids: Collection[PoqId], until: datetime, worker: str) -> None:
    """Keep POQs that this worker still works on."""
    connection.execute(_EXTEND, {"ids": list(ids), "until": until, "by": worker})


def operator_release(connection: Connection, *, poq_id: PoqId, worker: str, due: datetime | None) -> None:
    """Give a POQ back, to be worked on again when it is `due`; None: it waits for a person, or for its deadline."""
    connection.execute(_RELEASE, {"at_id": poq_id, "until": due, "by": worker})


def operator_release_all(connection: Connection, *, now: datetime) -> None:
    """All that a process of this store had taken before it ended is due now. Only where no other process works."""
    connection.execute(update(poq).where(poq.c.worker.is_not(None)).values(due=now, worker=None))


def operator_overdue(connection: Connection, *, now: datetime, most: int) -> list[PoqRef]:
    """Open POQs whose deadline has passed."""
    return [_ref(row) for row in connection.execute(_OVERDUE, {"now": now, "most": most})]


def operator_next(connection: Connection) -> datetime | None:
    """When the next POQ wants attention, or passes its deadline; None if no one does."""
    instants = [connection.scalar(first) for first in _FIRST]
    return min((one for one in instants if one is not None), default=None)


def operator_waiting(connection: Connection, *, most: int) -> Sequence[WaitingItem]:
    """Open items that failed, wait or need an operator, those that are due first first."""
    rows = connection.execute(
        select(*_REF, *_OF_ITEM, poq.c.deadline, poq_item.c.note)
        .join(poq_item, poq_item.c.poq_id == poq.c.id)
        .where(poq.c.state.in_(_OPEN), poq_item.c.note.is_not(None))
        .order_by(poq_item.c.due, poq.c.id, poq_item.c.position)
        .limit(most)
    )
    return [
        WaitingItem(_ref(row), row.item_id, row.item_state, row.attempts, row.item_due, row.deadline, row.note)
        for row in rows
    ]


def _ref(row: Any) -> PoqRef:
    return PoqRef(row.id, row.buyer_id, row.seller_id, Interface(row.interface))
