"""Intents in the store: they survive the process, and several processes share them (docs/decisions/0020)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from gateway.lso.identifiers import BuyerId, PoqId
from gateway.mapping.outcomes import Answered
from gateway.qualification.intents import Begun, Done, Ending, Found, IntentNotKept, Refused, Unknown, WriteIntent
from gateway.qualification.items import ItemJob
from gateway.qualification.lossless import Unwritable, read, written
from gateway.qualification.tracing import Tracer
from gateway.store.errors import StoreUnavailable
from gateway.store.intents import Holder, IntentNow, IntentState, MayNotWrite, NewIntent, Settled
from gateway.store.store import Store

LONGEST_REPLY = 256 * 1024
"""Characters of a reply that is kept; a longer one has to be looked up by who comes again."""


@dataclass(frozen=True)
class IntentKeeper:
    """Keeps the intents of all POQs in the store. `tracer` says what an operator may see of their arguments."""

    store: Store
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    tracer: Tracer

    def with_intents(self, job: ItemJob, poq_id: PoqId, buyer: BuyerId, holder: Holder | None) -> ItemJob:
        """The job, whose steps may write. `holder`: who works on the POQ, None while it is not kept yet."""
        if not job.prepared.mapping.writes:
            return job
        return replace(job, intents=KeptIntents(self, poq_id, buyer, job.item.index, holder))


class KeptIntents:
    """The `Intents` of one item."""

    def __init__(
        self, keeper: IntentKeeper, poq_id: PoqId, buyer: BuyerId, position: int, holder: Holder | None
    ) -> None:
        self._keeper = keeper
        self._poq_id = poq_id
        self._buyer = buyer
        self._position = position
        self._holder = holder
        self._ids: dict[tuple[str, str, str, str], str] = {}

    async def begin(self, intent: WriteIntent) -> Begun | Answered:
        try:
            new = self._new(intent)
            found = await self._keeper.store.begin_write(new, self._holder)
        except (StoreUnavailable, Unwritable) as error:
            raise IntentNotKept(str(error)) from error
        match found:
            case None:
                self._ids[intent.key] = new.id
                return Begun.NEW
            case MayNotWrite(reason=reason):
                raise IntentNotKept(reason)
            case IntentNow(id=id, reply=None):
                self._ids[intent.key] = id
                return Begun.ALREADY
            case IntentNow(reply=reply):
                return Answered(read(reply)) if reply is not None else Begun.ALREADY
            case _:
                assert_never(found)

    async def settle(self, intent: WriteIntent, ending: Ending) -> None:
        id, store = self._ids[intent.key], self._keeper.store
        try:
            if isinstance(ending, Refused):
                is_there = await store.withdraw_write(id)
            else:
                is_there = await store.settle_write(id, self._settled(ending))
        except StoreUnavailable as error:
            raise IntentNotKept(str(error)) from error
        if not is_there:
            raise IntentNotKept("an operator has forgotten it meanwhile")

    def _new(self, intent: WriteIntent) -> NewIntent:
        return NewIntent(
            id=self._keeper.new_id(),
            poq_id=self._poq_id,
            position=self._position,
            item_id=intent.item,
            buyer=self._buyer,
            mapping=intent.mapping,
            mapping_version=intent.version,
            step=intent.step,
            system=intent.system,
            offering=intent.offering or "",
            fingerprint=_fingerprint(intent.arguments),
            arguments=self._keeper.tracer.shown(intent.arguments),
            begun=self._keeper.now(),
        )

    def _settled(self, ending: Done | Unknown | Found) -> Settled:
        now = self._keeper.now()
        match ending:
            case Done(reply=reply):
                return _done(reply, now)
            case Unknown(why=why):
                return Settled(IntentState.UNKNOWN, now, note=why)
            case Found():
                return Settled(IntentState.FOUND, now)
            case _:
                assert_never(ending)


def _done(reply: Any, at: datetime) -> Settled:
    try:
        text = written(reply)
    except Unwritable as error:
        return Settled(IntentState.DONE, at, note=f"its reply is not kept: {error}")
    if len(text) > LONGEST_REPLY:
        return Settled(IntentState.DONE, at, note=f"its reply is not kept: {len(text)} characters")
    return Settled(IntentState.DONE, at, reply=text)


def _fingerprint(arguments: Mapping[str, Any]) -> str:
    """Two writes with the same one send the same. Raises Unwritable."""
    return hashlib.sha256(written(arguments, is_sorted=True).encode()).hexdigest()
