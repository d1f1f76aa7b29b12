"""The statements behind the operator's desk: what is under way, what is dead, and sending it again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from gateway.store.deliveries import advance
from gateway.store.records_notify import DeliveryFilter, DeliveryId, DeliveryRecord, DeliveryState, Replayed
from gateway.store.tables import delivery, event, poq, subscription

_AT_ONCE = 500
"""Ids in one statement."""


def operator_list(
    connection: Connection, *, wanted: DeliveryFilter, offset: int, limit: int
) -> Sequence[DeliveryRecord]:
    """Deliveries, those of the latest events first; `offset` and `limit` count deliveries."""
    ordered = _filtered(wanted).order_by(
        event.c.time.desc(), delivery.c.poq_id, delivery.c.number.desc(), delivery.c.id
    )
    return [_record(row) for row in connection.execute(ordered.offset(offset).limit(limit))]


def operator_show(connection: Connection, *, id: DeliveryId) -> DeliveryRecord | None:
    """One delivery; None if there is no such one."""
    row = connection.execute(_RECORDS.where(delivery.c.id == id)).one_or_none()
    return _record(row) if row else None


def operator_counts(connection: Connection) -> Mapping[DeliveryState, int]:
    """How many deliveries there are in each state."""
    rows = connection.execute(select(delivery.c.state, func.count()).group_by(delivery.c.state)).all()
    found = {DeliveryState(state): number for state, number in rows}
    return {state: found.get(state, 0) for state in DeliveryState}


def operator_replay(
    connection: Connection,
    *,
    ids: Collection[DeliveryId],
    now: datetime,
    expires: datetime,
    delivered: bool = False,
    enable: bool = False,
) -> Replayed:
    """Let dead deliveries wait again, in their order and with the same eventId, until `expires`.

    `delivered`: those that did arrive too. `enable`: a disabled registration is enabled again; without, its deliveries
    stay as they are. What is open already, or unknown, is passed over.
    """
    states = (DeliveryState.DEAD, DeliveryState.DELIVERED) if delivered else (DeliveryState.DEAD,)
    meant = _meant(connection, ids, states)
    disabled = _registrations(connection, sorted({row.subscription_id for row in meant}), enable)
    replayed = [row for row in meant if row.subscription_id not in disabled]
    again = {"state": DeliveryState.WAITING, "due": None, "settled": None, "attempts": 0, "expires": expires}
    for some in _parts([row.id for row in replayed]):
        connection.execute(update(delivery).where(delivery.c.id.in_(some)).values(**again))
    advance(connection, sorted({(row.subscription_id, row.poq_id) for row in replayed}), now)
    return Replayed(len(replayed), len(meant) - len(replayed))


_RECORDS = (
    select(
        delivery,
        *(event.c.type, event.c.time, event.c.body),
        *(subscription.c.buyer_id, subscription.c.callback, subscription.c.disabled),
    )
    .join(event, event.c.id == delivery.c.event_id)
    .join(subscription, subscription.c.id == delivery.c.subscription_id)
)


def _filtered(wanted: DeliveryFilter) -> Select[Any]:
    rows = _RECORDS
    if wanted.state is not None:
        rows = rows.where(delivery.c.state == wanted.state)
    if wanted.subscription is not None:
        rows = rows.where(delivery.c.subscription_id == wanted.subscription)
    if wanted.poq_id is not None:
        rows = rows.where(delivery.c.poq_id == wanted.poq_id)
    return rows


def _meant(connection: Connection, ids: Collection[str], states: Collection[DeliveryState]) -> list[Any]:
    """The deliveries to be sent again; their POQs are locked (deliveries.py says in which order)."""
    for some in _parts(sorted(ids)):
        of = select(delivery.c.poq_id).where(delivery.c.id.in_(some))
        connection.execute(select(poq.c.id).where(poq.c.id.in_(of)).order_by(poq.c.id).with_for_update()).all()
    columns = (delivery.c.id, delivery.c.subscription_id, delivery.c.poq_id)
    found: list[Any] = []
    for some in _parts(sorted(ids)):
        meant = select(*columns).where(delivery.c.id.in_(some), delivery.c.state.in_(states))
        found += connection.execute(meant).all()
    return found


def _registrations(connection: Connection, ids: Collection[str], enable: bool) -> set[str]:
    """Lock them, enable them if asked to, and give those that are disabled all the same."""
    rows = select(subscription.c.id).where(subscription.c.id.in_(ids)).order_by(subscription.c.id)
    connection.execute(rows.with_for_update()).all()
    if enable:
        connection.execute(update(subscription).where(subscription.c.id.in_(ids)).values(disabled=None))
    return set(connection.scalars(rows.where(subscription.c.disabled.is_not(None))))


def _parts(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]


def _record(row: Row[Any]) -> DeliveryRecord:
    return DeliveryRecord(
        id=row.id,
        state=DeliveryState(row.state),
        subscription=row.subscription_id,
        disabled=row.disabled,
        buyer=row.buyer_id,
        callback=row.callback,
        poq_id=row.poq_id,
        number=row.number,
        event_id=row.event_id,
        event_type=row.type,
        time=row.time,
        due=row.due,
        attempts=row.attempts,
        expires=row.expires,
        settled=row.settled,
        note=row.note,
        body=row.body,
    )
