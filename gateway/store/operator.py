"""The statements behind an operator's commands about POQs: no Buyer asks here."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from gateway.lso.identifiers import BuyerId, Interface, PoqId, SellerId
from gateway.lso.states import FINAL_POQ_STATES, PoqState
from gateway.store.queries import find_qualification
from gateway.store.records import StoredQualification
from gateway.store.tables import poq

_WHOSE = select(poq.c.buyer_id, poq.c.seller_id, poq.c.interface).where(poq.c.id == bindparam("at_id"))
_OPEN = sorted(frozenset(PoqState) - FINAL_POQ_STATES)


def operator_find(connection: Connection, *, poq_id: str) -> StoredQualification | None:
    """One POQ, whoever's it is."""
    row = connection.execute(_WHOSE, {"at_id": poq_id}).one_or_none()
    if row is None:
        return None
    buyer, seller, interface = BuyerId(row.buyer_id), SellerId(row.seller_id), Interface(row.interface)
    return find_qualification(connection, buyer, seller, interface, poq_id)


def operator_open(connection: Connection) -> frozenset[PoqId]:
    """The POQs that have not ended."""
    return frozenset(map(PoqId, connection.scalars(select(poq.c.id).where(poq.c.state.in_(_OPEN)))))
