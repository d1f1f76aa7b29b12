"""The statements about events on their way: each runs on a connection inside a transaction of the caller.

One order for each registration and POQ: of its open deliveries (waiting or sending) exactly one has a `due`, usually
the earliest; the others wait for it. Who settles that one makes the next due, in the same transaction.

Locks are taken in one order, so that no two transactions wait for each other: POQs by id, registrations by id,
deliveries. The lock of the POQ keeps `enqueue` and a settlement from missing each other; that of the registration keeps
it there, and enabled, until the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never

from sqlalchemy import Connection, Integer, Row, Select, Update, bindparam, exists, func, insert, select, update

from gateway.lso.identifiers import BuyerId, Interface, PoqId, SellerId
from gateway.lso.models.events import PoqEventType
from gateway.store.records import NewEvent
from gateway.store.records_notify import (
    Arrived,
    ClaimedDelivery,
    DeliveryState,
    GiveUp,
    Repeat,
    Settlement,
    SubscriptionId,
    Unwanted,
    Verdict,
)
from gateway.store.subscriptions import subscription_of
from gateway.store.tables import delivery, event, poq, subscription

_WANTED_BY = {
    PoqEventType.POQ_STATE_CHANGE: subscription.c.poq_events.name,
    PoqEventType.POQ_ITEM_STATE_CHANGE: subscription.c.item_events.name,
}


_SETTLE = (
    update(delivery)
    .where(delivery.c.id == bindparam("at_id"))
    .values(**{name: bindparam(f"at_{name}") for name in ("state", "due", "settled", "note")})
)


def _statement_to_advance() -> Update:
    at_once, columns = delivery.alias(), delivery.c
    order = (columns.subscription_id == bindparam("at_subscription")) & (columns.poq_id == bindparam("at_poq"))
    first = select(columns.id).where(order, columns.settled.is_(None)).order_by(columns.number).limit(1)
    under_way = exists().where(
        at_once.c.subscription_id == bindparam("at_subscription"),
        at_once.c.poq_id == bindparam("at_poq"),
        at_once.c.settled.is_(None),
        at_once.c.due.is_not(None),
    )
    return update(delivery).where(columns.id == first.scalar_subquery(), ~under_way).values(due=bindparam("at_now"))


def _statement_for_what_is_due() -> Select[Any]:
    columns = delivery.c
    return (
        select(
            subscription,
            *(columns.id.label("delivery_id"), columns.poq_id, columns.attempts, columns.expires),
            *(event.c.id.label("event_id"), event.c.type, event.c.body),
        )
        .join(delivery, columns.subscription_id == subscription.c.id)
        .join(event, event.c.id == columns.event_id)
        .where(columns.subscription_id == bindparam("of"), columns.due <= bindparam("now"))
        .order_by(columns.due, columns.number, columns.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(of=delivery, skip_locked=True)
    )


# made once: making a statement costs more than running it
_ADVANCE = _statement_to_advance()
_DUE = _statement_for_what_is_due()
_NEXT = select(func.min(delivery.c.due)).where(delivery.c.due > bindparam("after"))
_REGISTRATIONS = (
    select(subscription)
    .where(subscription.c.buyer_id == bindparam("at_buyer"), subscription.c.seller_id == bindparam("at_seller"))
    .where(subscription.c.interface == bindparam("at_interface"), subscription.c.disabled.is_(None))
    .order_by(subscription.c.id)
    .with_for_update(read=True)
)
_READY = select(subscription.c.id).where(
    subscription.c.disabled.is_(None),
    subscription.c.id.not_in(bindparam("full", expanding=True)),
    exists().where(delivery.c.subscription_id == subscription.c.id, delivery.c.due <= bindparam("now")),
)
_CLAIM = (
    update(delivery)
    .where(delivery.c.id.in_(bindparam("ids", expanding=True)))
    .values(state=DeliveryState.SENDING, due=bindparam("until"), attempts=delivery.c.attempts + 1)
)


def enqueue(
    connection: Connection,
    *,
    buyer: BuyerId,
    seller: SellerId,
    interface: Interface,
    poq_id: PoqId,
    first_number: int,
    events: Sequence[NewEvent],
    expires: datetime,
    new_id: Callable[[], str],
) -> int:
    """Keep what a change of a POQ tells the Buyer, for each registration that wants it (87.1-R72 to R76).

    The caller holds the row of the POQ. The events are numbered from `first_number` on; those that nobody wants are
    not kept. Gives the number of deliveries.
    """
    whose = {"at_buyer": buyer, "at_seller": seller, "at_interface": interface.value}
    registrations = connection.execute(_REGISTRATIONS, whose).all()
    numbered = list(enumerate(events, first_number))
    rows = [row for one in registrations for row in _deliveries(one, numbered, poq_id, expires, new_id)]
    if not rows:
        return 0
    wanted = {row["event_id"] for row in rows}
    connection.execute(insert(event), [_event_row(poq_id, number, one) for number, one in numbered if one.id in wanted])
    connection.execute(insert(delivery), rows)
    advance(connection, [(one.id, poq_id) for one in registrations], events[0].time)
    return len(rows)


def operator_claim(
    connection: Connection,
    *,
    now: datetime,
    until: datetime,
    at_once: int,
    room: Mapping[SubscriptionId, int],
    most: int,
) -> list[ClaimedDelivery]:
    """Take up to `most` deliveries that are due, `at_once` of one registration, or as many as it has `room` for.

    They are the caller's `until` then. Those with the most room come first: who is slow does not keep others waiting.
    """
    full = [one for one, places in room.items() if places <= 0]
    ready = connection.scalars(_READY, {"full": full, "now": now}).all()
    rows: list[Row[Any]] = []
    for one in sorted(ready, key=lambda id: -room.get(id, at_once)):
        places = min(room.get(one, at_once), most - len(rows))
        if places <= 0:
            break
        rows += connection.execute(_DUE, {"of": one, "now": now, "most": places})
    if rows:
        connection.execute(_CLAIM, {"ids": [row.delivery_id for row in rows], "until": until})
    return [_claimed(row, until) for row in rows]


def operator_settle(connection: Connection, *, settlements: Sequence[Settlement], now: datetime) -> None:
    """Write down what became of claimed deliveries. One that is no longer the caller's is left as it is.

    Except that a dead one that has arrived is not dead, whoever gave it up: its registration may have been disabled
    while the call was under way.
    """
    ours = _lock(connection, settlements)
    if not ours:
        return
    connection.execute(_SETTLE, [{"at_id": one.claimed.id, **_written(one.verdict, now)} for one in ours])
    for one in ours:
        if isinstance(one.verdict, Unwanted):
            _disable(connection, one.claimed.subscription.id, now, one.verdict.note)
    ended = [one.claimed for one in ours if isinstance(one.verdict, Arrived | GiveUp)]
    advance(connection, [(claimed.subscription.id, claimed.poq_id) for claimed in ended], now)


def operator_release_all(connection: Connection, *, now: datetime) -> int:
    """All that a process of this store had claimed before it ended is due now. Only where no other process works."""
    mine = update(delivery).where(delivery.c.state == DeliveryState.SENDING)
    return connection.execute(mine.values(state=DeliveryState.WAITING, due=now)).rowcount


def operator_next(connection: Connection, *, after: datetime) -> datetime | None:
    """The first instant later than `after` at which something becomes due, or a claim runs out."""
    first: datetime | None = connection.scalar(_NEXT, {"after": after})
    return first


def advance(connection: Connection, orders: Sequence[tuple[str, str]], now: datetime) -> None:
    """Make the earliest open delivery of each order (registration and POQ) due, unless one of it is."""
    if orders:
        parameters = [{"at_subscription": one, "at_poq": poq_id, "at_now": now} for one, poq_id in orders]
        connection.execute(_ADVANCE, parameters)


def _event_row(poq_id: str, number: int, one: NewEvent) -> dict[str, Any]:
    return {"id": one.id, "poq_id": poq_id, "number": number, "type": one.type, "time": one.time, "body": one.body}


def _deliveries(
    registration: Row[Any],
    numbered: Iterable[tuple[int, NewEvent]],
    poq_id: str,
    expires: datetime,
    new_id: Callable[[], str],
) -> Iterator[dict[str, Any]]:
    wants = registration._mapping
    for number, one in numbered:
        if wants[_WANTED_BY[PoqEventType(one.type)]]:
            yield {
                "id": new_id(),
                "subscription_id": registration.id,
                "event_id": one.id,
                "poq_id": poq_id,
                "number": number,
                "state": DeliveryState.WAITING,
                "expires": expires,
            }


def _claimed(row: Row[Any], until: datetime) -> ClaimedDelivery:
    return ClaimedDelivery(
        id=row.delivery_id,
        subscription=subscription_of(row),
        poq_id=row.poq_id,
        event_id=row.event_id,
        event_type=row.type,
        body=row.body,
        attempts=row.attempts + 1,
        expires=row.expires,
        until=until,
    )


def _lock(connection: Connection, settlements: Sequence[Settlement]) -> list[Settlement]:
    """Those that count, each once: the delivery is still the caller's, or is dead and yet has arrived.

    Nobody else changes them until the end.
    """
    poqs = {one.claimed.poq_id for one in settlements}
    connection.execute(select(poq.c.id).where(poq.c.id.in_(poqs)).order_by(poq.c.id).with_for_update()).all()
    registrations = {one.claimed.subscription.id for one in settlements}
    # to disable one of them is to keep all others out; all alike, since a lock cannot be widened without a risk
    widest = any(isinstance(one.verdict, Unwanted) for one in settlements)
    rows = select(subscription.c.id).where(subscription.c.id.in_(registrations)).order_by(subscription.c.id)
    connection.execute(rows.with_for_update(read=not widest)).all()
    claimed = {one.claimed.id: one for one in reversed(settlements)}
    sent = select(delivery.c.id, delivery.c.state, delivery.c.due).where(
        delivery.c.id.in_(claimed), delivery.c.state.in_((DeliveryState.SENDING, DeliveryState.DEAD))
    )
    found = connection.execute(sent.order_by(delivery.c.id).with_for_update()).all()
    return [claimed[id] for id, state, due in found if _counts(claimed[id], DeliveryState(state), due)]


def _counts(settlement: Settlement, state: DeliveryState, due: datetime | None) -> bool:
    if state is DeliveryState.DEAD:
        return isinstance(settlement.verdict, Arrived)
    # `until` is told by no other claim of the same delivery: the next one begins after it
    return due == settlement.claimed.until


def _written(verdict: Verdict, now: datetime) -> dict[str, Any]:
    match verdict:
        case Arrived():
            return _values(DeliveryState.DELIVERED, settled=now)
        case Repeat(due, note):
            return _values(DeliveryState.WAITING, due=due, note=note)
        case GiveUp(note) | Unwanted(note):
            return _values(DeliveryState.DEAD, settled=now, note=note)
        case _:
            assert_never(verdict)


def _values(
    state: DeliveryState, *, due: datetime | None = None, settled: datetime | None = None, note: str | None = None
) -> dict[str, Any]:
    return {"at_state": state, "at_due": due, "at_settled": settled, "at_note": note}


def _disable(connection: Connection, subscription_id: SubscriptionId, now: datetime, note: str) -> None:
    connection.execute(update(subscription).where(subscription.c.id == subscription_id).values(disabled=now))
    waiting = (delivery.c.subscription_id == subscription_id) & delivery.c.settled.is_(None)
    connection.execute(
        update(delivery).where(waiting).values(state=DeliveryState.DEAD, due=None, settled=now, note=note)
    )
