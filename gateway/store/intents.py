"""The statements behind writes: what is about to be changed in a legacy system is noted before, what came of it after.

A row is one write for one item of a POQ. It has no foreign key: a POQ that is answered at once is kept only after its
writes were made, or never. Who may write for a POQ that is kept is decided in the same transaction: the worker that
holds it, and only as long as the item is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, insert, or_, select, update

from gateway.lso.identifiers import BuyerId, ItemId, PoqId
from gateway.lso.states import FINAL_ITEM_STATES
from gateway.store.records import JsonText
from gateway.store.tables import intent, poq, poq_item


class IntentState(StrEnum):
    """What is known of a write. The first two are open: an operator may have to look."""

    BEGUN = "begun"
    """It is being made, or was when its process ended."""

    UNKNOWN = "unknown"
    """It was made, and nothing usable came back."""

    FOUND = "looked up"
    """Another step of the mapping has found out what became of it."""

    DONE = "done"
    """The system has answered."""


OPEN_STATES = (IntentState.BEGUN, IntentState.UNKNOWN)


@dataclass(frozen=True)
class NewIntent:
    """A write that is about to be made. `id` is of this try alone: who has it may say what came of it.

    An item's write is told by `mapping`, `step` and `offering` (empty where there is one candidate only); for another
    offering with the same `fingerprint`, of what is sent, it is the same write. `arguments` are for the operator.
    """

    id: str
    poq_id: PoqId
    position: int
    item_id: ItemId
    buyer: BuyerId
    mapping: str
    mapping_version: int
    step: str
    system: str
    offering: str
    fingerprint: str
    arguments: JsonText | None
    begun: datetime


@dataclass(frozen=True)
class IntentNow:
    """A write that was begun before. `reply` is what the system answered, where that is known."""

    id: str
    state: IntentState
    reply: JsonText | None


@dataclass(frozen=True)
class MayNotWrite:
    """Nothing may be written for this item by the caller."""

    reason: str


@dataclass(frozen=True)
class Holder:
    """Who works on a POQ that is kept. `worker` None: whoever it is."""

    worker: str | None


@dataclass(frozen=True)
class Settled:
    """What is known of a write after its call. `note` is for the operator."""

    state: IntentState
    at: datetime
    reply: JsonText | None = None
    note: str | None = None


@dataclass(frozen=True)
class IntentRecord:
    """A write as an operator sees it. `poq_state` is None where the POQ was never kept: its Buyer got no answer."""

    id: str
    poq_id: PoqId
    poq_state: str | None
    item_id: str
    position: int
    buyer: str
    mapping: str
    mapping_version: int
    step: str
    system: str
    offering: str
    state: IntentState
    begun: datetime
    settled: datetime | None
    arguments: JsonText | None
    note: str | None


def begin(connection: Connection, *, new: NewIntent, holder: Holder | None) -> IntentNow | MayNotWrite | None:
    """Keep a new intent: None, the write may be made now; or what was begun before.

    `holder` is who works on the POQ, None while it is not kept yet.
    """
    if holder is not None and (reason := _objection(connection, new, holder)):
        return MayNotWrite(reason)
    known = connection.execute(_same(new)).first()
    if known is not None:
        return IntentNow(known.id, IntentState(known.state), known.reply)
    connection.execute(insert(intent), _row(new))
    return None


def settle(connection: Connection, *, id: str, settled: Settled) -> bool:
    """Note what came of a write; False if its intent is not there any more."""
    values = {"state": settled.state, "settled": settled.at, "reply": settled.reply, "note": settled.note}
    return connection.execute(update(intent).where(intent.c.id == id).values(**values)).rowcount == 1


def withdraw(connection: Connection, *, id: str) -> bool:
    """Forget a write; False if its intent is not there any more."""
    return connection.execute(delete(intent).where(intent.c.id == id)).rowcount == 1


def forget_replies(connection: Connection, *, poq_id: PoqId) -> None:
    """The POQ has come to its end: nobody needs what the systems answered any more."""
    kept = (intent.c.poq_id == poq_id) & intent.c.reply.is_not(None)
    connection.execute(update(intent).where(kept).values(reply=None))


def operator_intents(
    connection: Connection, *, poq_id: PoqId | None, is_open: bool, most: int
) -> Sequence[IntentRecord]:
    """Writes, the oldest first: of one POQ, or those of which somebody may have to learn (`is_open`).

    That is: nobody knows what came of it, or it was made for a POQ whose Buyer got no answer.
    """
    columns = [column for column in intent.c if column.name not in ("reply", "fingerprint")]
    rows = select(*columns, poq.c.state.label("poq_state")).outerjoin(poq, poq.c.id == intent.c.poq_id)
    if poq_id is not None:
        rows = rows.where(intent.c.poq_id == poq_id)
    if is_open:
        rows = rows.where(or_(intent.c.state.in_(OPEN_STATES), poq.c.id.is_(None)))
    ordered = rows.order_by(intent.c.begun, intent.c.id).limit(most)
    return [_record(row) for row in connection.execute(ordered)]


def _objection(connection: Connection, new: NewIntent, holder: Holder) -> str | None:
    """Why nothing may be written for the item; the POQ's row is held until the end of the transaction."""
    held = select(poq.c.worker).where(poq.c.id == new.poq_id).with_for_update()
    row = connection.execute(held).one_or_none()
    of_item = select(poq_item.c.state).where(poq_item.c.poq_id == new.poq_id, poq_item.c.position == new.position)
    state = connection.scalar(of_item)
    if row is None or state is None:
        return "there is no such POQ any more"
    if state in FINAL_ITEM_STATES:
        return f"the item has ended meanwhile: {state}"
    if holder.worker is not None and row.worker != holder.worker:
        return "another process works on the POQ now"
    return None


def _same(new: NewIntent) -> Select[tuple[str, str, str]]:
    """The same write, begun before: of the offering itself if it is there."""
    columns = intent.c
    of_step = and_(
        *(columns.poq_id == new.poq_id, columns.position == new.position),
        *(columns.mapping == new.mapping, columns.step == new.step),
    )
    is_same = or_(columns.offering == new.offering, columns.fingerprint == new.fingerprint)
    first = (columns.offering != new.offering, columns.begun)
    return select(columns.id, columns.state, columns.reply).where(of_step, is_same).order_by(*first).limit(1)


def _row(new: NewIntent) -> dict[str, object]:
    return {
        "id": new.id,
        "poq_id": new.poq_id,
        "position": new.position,
        "item_id": new.item_id,
        "buyer_id": new.buyer,
        "mapping": new.mapping,
        "mapping_version": new.mapping_version,
        "step": new.step,
        "system": new.system,
        "offering": new.offering,
        "fingerprint": new.fingerprint,
        "state": IntentState.BEGUN,
        "begun": new.begun,
        "arguments": new.arguments,
    }


def _record(row: Any) -> IntentRecord:
    return IntentRecord(
        id=row.id,
        poq_id=row.poq_id,
        poq_state=row.poq_state,
        item_id=row.item_id,
        position=row.position,
        buyer=row.buyer_id,
        mapping=row.mapping,
        mapping_version=row.mapping_version,
        step=row.step,
        system=row.system,
        offering=row.offering,
        state=IntentState(row.state),
        begun=row.begun,
        settled=row.settled,
        arguments=row.arguments,
        note=row.note,
    )
