"""The hub: a Buyer's registrations, checked and kept (87.1 section 6.6.1). Implements `port.Hub`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from gateway.lso.document import write_document
from gateway.lso.documents import check_event_subscription_input
from gateway.lso.identifiers import Dealing
from gateway.lso.models.events import EventSubscription, PoqEventType
from gateway.lso.problems import Problem, ProblemCode, in_document_order
from gateway.notify.callbacks import CallbackRefused, Resolve, check_callback, read_callback
from gateway.notify.event_query import QueryNotUnderstood, wanted_types
from gateway.notify.policy import CallbackPolicy
from gateway.notify.port import HubUnavailable, Registrant, RegistrationRefused
from gateway.store.errors import StoreUnavailable
from gateway.store.notifications import SubscriptionStore
from gateway.store.records_audit import Action, AuditEntry
from gateway.store.records_notify import Subscription, SubscriptionId

_CALLBACK, _QUERY = ("callback",), ("query",)


@dataclass(frozen=True)
class HubTerms:
    """What was agreed between one Buyer and one Seller. `most`: registrations at the same time."""

    policy: CallbackPolicy
    offered: bool = True
    most: int = 20


class HubService:
    """Registers Buyers of `terms`. `ended` is told of each registration that has ended, after the commit."""

    def __init__(
        self,
        store: SubscriptionStore,
        terms: Mapping[Dealing, HubTerms],
        resolve: Resolve,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        ended: Callable[[SubscriptionId], None],
    ) -> None:
        self._store = store
        self._terms = terms
        self._resolve = resolve
        self._now = now
        self._new_id = new_id
        self._ended = ended

    def offers(self, dealing: Dealing) -> bool:
        return self._terms[dealing].offered

    async def register(self, registrant: Registrant, document: Mapping[str, Any]) -> bytes:
        terms = self._terms[registrant.dealing]
        problems = await self._problems(document, terms.policy)
        if problems:
            raise RegistrationRefused(problems)
        record = self._record(registrant, document)
        try:
            entry = self._entry(registrant, Action.LISTENER_REGISTERED, record.id, record.callback)
            kept = await self._store.add(record, most=terms.most, audit=entry)
        except StoreUnavailable as error:
            raise HubUnavailable(str(error)) from error
        if not kept:
            reason = f"A Buyer has at most {terms.most} registrations; end one first"
            raise RegistrationRefused([Problem(ProblemCode.OTHER_ISSUE, _CALLBACK, reason)])
        return _shown(record)

    async def read(self, registrant: Registrant, registration_id: str) -> bytes | None:
        owner = (registrant.buyer, registrant.seller, registrant.interface)
        try:
            record = await self._store.get(*owner, SubscriptionId(registration_id))
        except StoreUnavailable as error:
            raise HubUnavailable(str(error)) from error
        return _shown(record) if record else None

    async def unregister(self, registrant: Registrant, registration_id: str) -> bool:
        owner = (registrant.buyer, registrant.seller, registrant.interface)
        try:
            entry = self._entry(registrant, Action.LISTENER_UNREGISTERED, registration_id)
            removed = await self._store.remove(*owner, SubscriptionId(registration_id), audit=entry)
        except StoreUnavailable as error:
            raise HubUnavailable(str(error)) from error
        if removed:
            self._ended(SubscriptionId(registration_id))
        return removed

    async def _problems(self, document: Mapping[str, Any], policy: CallbackPolicy) -> list[Problem]:
        """Of structure first; what is broken there is not looked at again."""
        found = check_event_subscription_input(document)
        broken = {problem.path for problem in found}
        if _QUERY not in broken:
            found += _query_problems(document.get("query"))
        if _CALLBACK not in broken:
            found += await self._callback_problems(document["callback"], policy)
        return in_document_order(found, document)

    async def _callback_problems(self, text: str, policy: CallbackPolicy) -> list[Problem]:
        try:
            await check_callback(read_callback(text), policy, self._resolve)
        except CallbackRefused as refused:
            return [Problem(refused.code, _CALLBACK, refused.reason)]
        return []

    def _entry(self, registrant: Registrant, action: Action, id: str, callback: str = "") -> AuditEntry:
        whose = {"buyer": registrant.buyer, "seller": registrant.seller}
        return AuditEntry(self._now(), registrant.by, action, "done", id, **whose, detail=_host(callback))

    def _record(self, registrant: Registrant, document: Mapping[str, Any]) -> Subscription:
        query = document.get("query")
        types = wanted_types(query)
        return Subscription(
            id=SubscriptionId(self._new_id()),
            interface=registrant.interface,
            buyer=registrant.buyer,
            seller=registrant.seller,
            callback=document["callback"],
            query=query,
            poq_events=PoqEventType.POQ_STATE_CHANGE in types,
            item_events=PoqEventType.POQ_ITEM_STATE_CHANGE in types,
            created=self._now(),
            buyer_parameter=registrant.buyer_parameter,
            seller_parameter=registrant.seller_parameter,
        )


def _host(callback: str) -> str:
    """Where a callback goes, without its path: that may hold a secret of the Buyer's."""
    return urlsplit(callback).hostname or "" if callback else ""


def _query_problems(query: str | None) -> list[Problem]:
    try:
        wanted_types(query)
    except QueryNotUnderstood as error:
        return [Problem(ProblemCode.INVALID_VALUE, _QUERY, str(error))]
    return []


def _shown(record: Subscription) -> bytes:
    """The registration as the Buyer sees it, its texts as they were sent."""
    return write_document(EventSubscription(id=record.id, callback=record.callback, query=record.query).wire())
