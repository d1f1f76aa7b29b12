"""The statements about registrations: each runs on a connection inside a transaction of the caller. Buyer first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select

from gateway.lso.identifiers import BuyerId, Dealing, Interface, SellerId
from gateway.store.records_notify import Subscription, SubscriptionId
from gateway.store.tables import subscription


def insert_subscription(connection: Connection, *, record: Subscription, most: int) -> bool:
    """Keep a new registration; False if the Buyer has `most` with this Seller already: then it is not kept (H9)."""
    _one_at_a_time(connection, record.dealing)
    own = (subscription.c.buyer_id == record.buyer, subscription.c.seller_id == record.seller)
    kept = connection.scalar(select(func.count()).select_from(subscription).where(*own))
    if (kept or 0) >= most:
        return False
    connection.execute(insert(subscription), _row(record))
    return True


def find_subscription(
    connection: Connection, *, buyer: BuyerId, seller: SellerId, interface: Interface, id: SubscriptionId
) -> Subscription | None:
    """One registration of this Buyer with this Seller on this interface; another's is not found (C14, J2)."""
    row = connection.execute(select(subscription).where(_own(buyer, seller, interface, id))).one_or_none()
    return subscription_of(row) if row else None


def operator_callbacks(connection: Connection) -> list[tuple[str, Dealing]]:
    """Every callback that is called, of whatever Buyer."""
    columns = (subscription.c.callback, subscription.c.buyer_id, subscription.c.seller_id)
    rows = connection.execute(select(*columns).where(subscription.c.disabled.is_(None)).distinct())
    return [(row.callback, Dealing(row.buyer_id, row.seller_id)) for row in rows]


def delete_subscription(
    connection: Connection, *, buyer: BuyerId, seller: SellerId, interface: Interface, id: SubscriptionId
) -> bool:
    """End a registration and all that waits for it (87.1-R73); False if there is no such one."""
    # its deliveries go with it: ON DELETE CASCADE
    return connection.execute(delete(subscription).where(_own(buyer, seller, interface, id))).rowcount > 0


def subscription_of(row: Row[Any]) -> Subscription:
    """From a row that has the columns of the table, whatever else it has. Its own id is `id`."""
    return Subscription(
        id=row.id,
        interface=Interface(row.interface),
        buyer=row.buyer_id,
        seller=row.seller_id,
        callback=row.callback,
        query=row.query,
        poq_events=row.poq_events,
        item_events=row.item_events,
        created=row.created,
        buyer_parameter=row.buyer_parameter,
        seller_parameter=row.seller_parameter,
        disabled=row.disabled,
    )


def _own(buyer: BuyerId, seller: SellerId, interface: Interface, id: SubscriptionId) -> ColumnElement[bool]:
    columns = subscription.c
    return (
        (columns.buyer_id == buyer)
        & (columns.seller_id == seller)
        & (columns.interface == interface.value)
        & (columns.id == id)
    )


def _one_at_a_time(connection: Connection, dealing: Dealing) -> None:
    """Two registrations of one Buyer must not both count before either is kept; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"subscription {dealing}"))))


def _row(record: Subscription) -> dict[str, Any]:
    return {
        "id": record.id,
        "interface": record.interface.value,
        "buyer_id": record.buyer,
        "seller_id": record.seller,
        "callback": record.callback,
        "query": record.query,
        "poq_events": record.poq_events,
        "item_events": record.item_events,
        "buyer_parameter": record.buyer_parameter,
        "seller_parameter": record.seller_parameter,
        "created": record.created,
        "disabled": record.disabled,
    }
