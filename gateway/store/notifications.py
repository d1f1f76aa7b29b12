"""Registrations and deliveries as the rest of the gateway sees them: one call, one transaction. Knows no SQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from gateway.lso.identifiers import BuyerId, Dealing, Interface, SellerId
from gateway.store import deliveries, deliveries_operator, subscriptions
from gateway.store.audit import add_entries
from gateway.store.database import Database
from gateway.store.records_audit import Action, Actor, AuditEntry
from gateway.store.records_notify import (
    DeliveryFilter,
    DeliveryId,
    DeliveryRecord,
    DeliveryState,
    Replayed,
    Settlement,
    Subscription,
    SubscriptionId,
    Turn,
)

_NAMED = 20
"""So many deliveries of one replay are named in the audit; all are counted."""


class SubscriptionStore:
    """A Buyer's registrations. All methods raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, record: Subscription, *, most: int, audit: AuditEntry | None = None) -> bool:
        """Keep a new one; False if the Buyer has `most` already (H9). `audit`: kept with it."""
        insert = partial(subscriptions.insert_subscription, record=record, most=most)
        return await self._database.of(record.dealing).write(partial(_audited, work=insert, audit=audit))

    async def get(
        self, buyer: BuyerId, seller: SellerId, interface: Interface, id: SubscriptionId
    ) -> Subscription | None:
        """None: unknown, or another's (J2)."""
        find = subscriptions.find_subscription
        own = self._database.of(Dealing(buyer, seller))
        return await own.read(partial(find, buyer=buyer, seller=seller, interface=interface, id=id))

    async def operator_callbacks(self) -> list[tuple[str, Dealing]]:
        """Every callback that is called, of whatever Buyer."""
        return await self._database.read(subscriptions.operator_callbacks)

    async def remove(
        self,
        buyer: BuyerId,
        seller: SellerId,
        interface: Interface,
        id: SubscriptionId,
        *,
        audit: AuditEntry | None = None,
    ) -> bool:
        """With all that waits for it (87.1-R73); False if there is no such one. `audit`: kept where there was."""
        delete = subscriptions.delete_subscription
        remove = partial(delete, buyer=buyer, seller=seller, interface=interface, id=id)
        own = self._database.of(Dealing(buyer, seller))
        return await own.write(partial(_audited, work=remove, audit=audit))


class DeliveryStore:
    """Events on their way. All methods raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def operator_turn(
        self,
        settlements: Sequence[Settlement],
        *,
        now: datetime,
        until: datetime,
        at_once: int,
        room: Mapping[SubscriptionId, int],
        most: int,
    ) -> Turn:
        """Write down what became of deliveries, then claim those that are due: one commit for many calls.

        `at_once`, `room` and `most` as of `deliveries.operator_claim`.
        """

        def turn(connection: Connection) -> Turn:
            if settlements:
                deliveries.operator_settle(connection, settlements=settlements, now=now)
            claimed = deliveries.operator_claim(connection, now=now, until=until, at_once=at_once, room=room, most=most)
            return Turn(claimed, deliveries.operator_next(connection, after=now))

        return await self._database.write(turn)

    async def operator_release_all(self, *, now: datetime) -> int:
        """See `deliveries.operator_release_all`; gives how many there were."""
        return await self._database.write(partial(deliveries.operator_release_all, now=now))

    async def operator_list(self, wanted: DeliveryFilter, *, offset: int = 0, limit: int) -> Sequence[DeliveryRecord]:
        """A page, those of the latest events first."""
        find = deliveries_operator.operator_list
        return await self._database.read(partial(find, wanted=wanted, offset=offset, limit=limit))

    async def operator_show(self, id: DeliveryId) -> DeliveryRecord | None:
        return await self._database.read(partial(deliveries_operator.operator_show, id=id))

    async def operator_counts(self) -> Mapping[DeliveryState, int]:
        return await self._database.read(deliveries_operator.operator_counts)

    async def operator_replay(
        self,
        ids: Collection[DeliveryId],
        *,
        now: datetime,
        expires: datetime,
        delivered: bool = False,
        enable: bool = False,
        by: Actor | None = None,
    ) -> Replayed:
        """See `deliveries_operator.operator_replay`; `by`: the operator, for the audit."""
        replay = deliveries_operator.operator_replay

        def work(connection: Connection) -> Replayed:
            replayed = replay(connection, ids=ids, now=now, expires=expires, delivered=delivered, enable=enable)
            if by is not None:
                outcome, named = f"{replayed.waiting} of {len(ids)}", " ".join(sorted(ids)[:_NAMED])
                add_entries(connection, AuditEntry(now, by, Action.DELIVERIES_REPLAYED, outcome, detail=named))
            return replayed

        return await self._database.write(work)


def _audited(connection: Connection, *, work: Callable[[Connection], bool], audit: AuditEntry | None) -> bool:
    done = work(connection)
    if done and audit is not None:
        add_entries(connection, audit)
    return done
