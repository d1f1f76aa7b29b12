"""Every statement, once, over SQLAlchemy Core: each function runs on a connection inside a transaction of the caller.

Buyer first: no function reads a POQ without Buyer and Seller, but those named `operator_*`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Integer, Row, bindparam, literal_column, select
from sqlalchemy.exc import IntegrityError

from gateway.lso.identifiers import BuyerId, Interface, SellerId
from gateway.lso.states import FINAL_POQ_STATES, PoqState
from gateway.store.errors import AlreadyOpen, IdTaken
from gateway.store.prepared import RowInsert
from gateway.store.records import StoredItem, StoredQualification
from gateway.store.tables import poq, poq_item

_NEW_POQ, _NEW_ITEM = RowInsert(poq), RowInsert(poq_item)
# made once: making a statement costs more than running it
_POQ_OF = select(poq).where(
    *(poq.c.buyer_id == bindparam("at_buyer"), poq.c.seller_id == bindparam("at_seller")),
    *(poq.c.interface == bindparam("at_interface"), poq.c.id == bindparam("at_id")),
)
_ITEMS_OF = select(poq_item).where(poq_item.c.poq_id == bindparam("at_id")).order_by(poq_item.c.position)
_OPEN_OF = (
    select(literal_column("1", Integer))
    .select_from(poq)
    .where(
        *(poq.c.buyer_id == bindparam("at_buyer"), poq.c.seller_id == bindparam("at_seller")),
        poq.c.interface.in_([interface.value for interface in Interface]),  # as the index has it
        poq.c.state.in_(sorted(frozenset(PoqState) - FINAL_POQ_STATES)),
    )
    .limit(bindparam("most", type_=Integer))
)


def insert_qualification(connection: Connection, record: StoredQualification) -> None:
    """Keep a new POQ with its items. Raises IdTaken."""
    try:
        _NEW_POQ.run(connection, [_poq_row(record)])
    except IntegrityError as error:
        raise IdTaken(f"a POQ with the id {record.id} is stored already") from error
    _NEW_ITEM.run(connection, [_item_row(record, n, item) for n, item in enumerate(record.items)])


def refuse_more_open(connection: Connection, record: StoredQualification, most: int) -> None:
    """Raises AlreadyOpen if the Buyer has so many open POQs with this Seller; those being made now do not count."""
    whose = {"at_buyer": record.buyer, "at_seller": record.seller, "most": most}
    if len(connection.execute(_OPEN_OF, whose).all()) >= most:
        raise AlreadyOpen


def find_qualification(
    connection: Connection, buyer: BuyerId, seller: SellerId, interface: Interface, poq_id: str
) -> StoredQualification | None:
    """One POQ of this Buyer with this Seller on this interface; another's is not found (C14)."""
    whose = {"at_buyer": buyer, "at_seller": seller, "at_interface": interface.value, "at_id": poq_id}
    row = connection.execute(_POQ_OF, whose).one_or_none()
    if row is None:
        return None
    items = connection.execute(_ITEMS_OF, {"at_id": row.id})
    return _qualification(row, tuple(_item(item) for item in items.all()))


def _poq_row(record: StoredQualification) -> dict[str, Any]:
    row = {
        "id": record.id,
        "interface": str(record.interface),
        "buyer_id": record.buyer,
        "seller_id": record.seller,
        "state": record.state,
        "creation_date": record.creation_date,
        "requested_completion": record.requested_completion,
        "requested_completion_text": record.requested_completion_text,
        "external_id": record.external_id,
        "project_id": record.project_id,
        "revision": record.revision,
        "envelope": record.envelope,
        "state_changes": record.state_changes,
        "changed": record.creation_date,
    }
    if record.due is None and record.deadline is None and record.expected_completion is None:
        return row  # as most are: a null costs the driver more than a text
    expected = record.expected_completion
    return {**row, "expected_completion": expected, "deadline": record.deadline, "due": record.due}


def _item_row(record: StoredQualification, position: int, item: StoredItem) -> dict[str, Any]:
    row = {
        "poq_id": record.id,
        "position": position,
        "item_id": item.item_id,
        "state": item.state,
        "request": item.request,
        "answer": item.answer,
        "state_changes": item.state_changes,
        "mapping": item.mapping,
        "mapping_version": item.mapping_version,
    }
    if item.due is None and item.note is None and not item.attempts:
        return row
    return {**row, "due": item.due, "attempts": item.attempts, "note": item.note}


def _qualification(row: Row[Any], items: tuple[StoredItem, ...]) -> StoredQualification:
    return StoredQualification(
        id=row.id,
        interface=Interface(row.interface),
        buyer=row.buyer_id,
        seller=row.seller_id,
        state=row.state,
        creation_date=row.creation_date,
        requested_completion=row.requested_completion,
        requested_completion_text=row.requested_completion_text,
        external_id=row.external_id,
        project_id=row.project_id,
        revision=row.revision,
        envelope=row.envelope,
        state_changes=row.state_changes,
        expected_completion=row.expected_completion,
        deadline=row.deadline,
        due=row.due,
        items=items,
    )


def _item(row: Row[Any]) -> StoredItem:
    return StoredItem(
        item_id=row.item_id,
        state=row.state,
        request=row.request,
        answer=row.answer,
        state_changes=row.state_changes,
        mapping=row.mapping,
        mapping_version=row.mapping_version,
        due=row.due,
        attempts=row.attempts,
        note=row.note,
    )
