"""What is due goes out: claimed from the store, called, settled; again and again, over restarts (state model, 10).

A turn is one transaction: what has come of earlier calls is written down, what is due is claimed. The store keeps the
order of each POQ; here each registration has its own few places, so that one that hangs costs the others nothing. A
registration whose last call failed has one place until it answers again. A claim that is not settled runs out by itself
and the event is sent again: at least once, never never.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar, assert_never

from gateway.loggers import logger
from gateway.lso.identifiers import Dealing, Interface
from gateway.notify.courier import Courier
from gateway.notify.letters import letter
from gateway.notify.outcomes import Delivered, Failed, Gone, Outcome
from gateway.notify.policy import CallbackPolicy
from gateway.notify.proving import NO_PROOF, Proof
from gateway.notify.schedule import Pauses, next_try
from gateway.store.errors import StoreUnavailable
from gateway.store.notifications import DeliveryStore
from gateway.store.records_notify import (
    Arrived,
    ClaimedDelivery,
    DeliveryId,
    GiveUp,
    Repeat,
    Settlement,
    SubscriptionId,
    Turn,
    Unwanted,
    Verdict,
)

T = TypeVar("T")

_log = logger()


@dataclass(frozen=True)
class Pace:
    """How much at the same time, and how long. Seconds where nothing else is said.

    `lease`: how long a claim holds; longer than a call with what comes before and after it. `poll`: the longest rest,
    for what nobody tells of (other processes). `grace`: how long running calls may go on at the end.
    """

    pauses: Pauses
    at_once: int = 4
    most: int = 256
    lease: float = 60.0
    poll: float = 5.0
    grace: float = 5.0


@dataclass(frozen=True)
class Addressing:
    """What the address of a call is made with. `policies` between Buyers and Sellers; one that is not there may call
    public ones only. `proofs`: what goes with the calls, where something does.
    """

    versions: Mapping[Interface, str]
    policies: Mapping[Dealing, CallbackPolicy] = field(default_factory=dict)
    proofs: Mapping[Dealing, Proof] = field(default_factory=dict)

    def policy(self, dealing: Dealing) -> CallbackPolicy:
        return self.policies.get(dealing, CallbackPolicy())


class Dispatcher:
    """Run it with `run` until `stop`; or, step by step, `turn` and then `deliver` what it gave."""

    def __init__(
        self,
        store: DeliveryStore,
        courier: Courier,
        addressing: Addressing,
        pace: Pace,
        *,
        now: Callable[[], datetime],
        chance: Callable[[], float],
        sole_use: bool,
    ) -> None:
        """`chance` gives numbers from 0 to 1. `sole_use`: no other process delivers from this store."""
        self._store = store
        self._courier = courier
        self._addressing = addressing
        self._pace = pace
        self._now = now
        self._chance = chance
        self._sole_use = sole_use
        self._woken = asyncio.Event()
        self._stopping = False
        self._finished: list[Settlement] = []
        self._under_way: dict[DeliveryId, ClaimedDelivery] = {}
        self._tasks: dict[DeliveryId, asyncio.Task[None]] = {}
        self._failing: set[SubscriptionId] = set()

    def wake(self) -> None:
        """There are new events: to be called after each commit that made some, in the thread of the event loop."""
        self._woken.set()

    def stop(self) -> None:
        """Let `run` come to its end."""
        self._stopping = True
        self._woken.set()

    def forget(self, subscription_id: SubscriptionId) -> None:
        """A registration has ended: calls that are under way for it are cut off (87.1-R73)."""
        self._failing.discard(subscription_id)
        for claimed in list(self._under_way.values()):
            if claimed.subscription.id == subscription_id:
                self._cut_off(claimed)

    async def run(self) -> None:
        """Deliver until `stop` or cancellation; then running calls may end, and what is left is given back."""
        self._stopping = False
        self._tasks.clear()
        self._under_way.clear()
        async with asyncio.TaskGroup() as calls:
            try:
                if self._sole_use:
                    await self._persistently(self._release)
                while not self._stopping:
                    await self._rest(await self._persistently(lambda: self._round(calls)))
            finally:
                self._stopping = True
                await self._end()

    async def turn(self) -> Turn:
        """Write down what has finished, claim what is due. The caller passes each claim to `deliver`.

        Raises StoreUnavailable; what has finished is then written down by a later turn.
        """
        finished = tuple(self._finished)
        now = self._now()
        turn = await self._store.operator_turn(
            finished,
            now=now,
            until=now + timedelta(seconds=self._pace.lease),
            at_once=self._pace.at_once,
            room=self._room(),
            most=0 if self._stopping else self._pace.most - len(self._under_way),
        )
        del self._finished[: len(finished)]
        self._under_way |= {claimed.id: claimed for claimed in turn.claimed}
        return turn

    async def deliver(self, claimed: ClaimedDelivery) -> None:
        """Call the listener once and note what came of it, for the next turn."""
        try:
            outcome = await self._send(claimed)
            self._finished.append(Settlement(claimed, self._verdict(claimed, outcome)))
        finally:
            self._under_way.pop(claimed.id, None)
            self._tasks.pop(claimed.id, None)
            self._woken.set()

    async def _release(self) -> None:
        released = await self._store.operator_release_all(now=self._now())
        if released:
            _log.info("deliveries taken up again", deliveries=released)

    async def _round(self, calls: asyncio.TaskGroup) -> float | None:
        """One turn, its calls started. Gives the seconds until something becomes due."""
        turn = await self.turn()
        for claimed in turn.claimed:
            self._tasks[claimed.id] = calls.create_task(self.deliver(claimed))
        return (turn.next_due - self._now()).total_seconds() if turn.next_due else None

    async def _persistently(self, step: Callable[[], Awaitable[T]]) -> T | None:
        """The step, tried until the store is there; None if it was not before the end."""
        while not self._stopping:
            try:
                return await step()
            except StoreUnavailable as error:
                _log.warning("deliveries wait for the store", cause=str(error))
                await self._rest(None)
        return None

    async def _rest(self, seconds: float | None) -> None:
        """Until woken, for `seconds` at most."""
        longest = self._pace.poll if seconds is None else min(max(seconds, 0.0), self._pace.poll)
        try:
            async with asyncio.timeout(longest):
                await self._woken.wait()
        except TimeoutError:
            pass
        if not self._stopping:
            self._woken.clear()

    async def _end(self) -> None:
        """Running calls may end for a while; the others' claims are given back."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=self._pace.grace)
        for claimed in list(self._under_way.values()):
            self._finished.append(Settlement(claimed, Repeat(self._now(), "interrupted: the gateway was stopped")))
            self._cut_off(claimed)
        try:
            await self.turn()
        except StoreUnavailable as error:
            _log.warning("deliveries are given back later", deliveries=len(self._finished), cause=str(error))

    def _cut_off(self, claimed: ClaimedDelivery) -> None:
        self._under_way.pop(claimed.id, None)
        task = self._tasks.pop(claimed.id, None)
        if task is not None:
            task.cancel()

    def _room(self) -> dict[SubscriptionId, int]:
        """How many more calls a registration may have, where that is not the usual number."""
        taken = Counter(claimed.subscription.id for claimed in self._under_way.values())
        return {
            one: (1 if one in self._failing else self._pace.at_once) - taken[one]
            for one in self._failing | taken.keys()
        }

    async def _send(self, claimed: ClaimedDelivery) -> Outcome:
        addressing, dealing = self._addressing, claimed.subscription.dealing
        proof = addressing.proofs.get(dealing, NO_PROOF)
        try:
            return await self._courier.send(letter(claimed, addressing.versions, addressing.policy(dealing), proof))
        except Exception as error:
            _log.error("unexpected fault in a delivery", exc_info=error, **_fields(claimed))
            return Failed("a fault of the gateway; its log has it")

    def _verdict(self, claimed: ClaimedDelivery, outcome: Outcome) -> Verdict:
        match outcome:
            case Delivered():
                self._failing.discard(claimed.subscription.id)
                _log.info("event delivered", **_fields(claimed))
                return Arrived()
            case Gone():
                self._failing.discard(claimed.subscription.id)
                _log.warning("listener gone, registration disabled", **_fields(claimed))
                return Unwanted("HTTP 410: the listener wants no more; the registration is disabled")
            case Failed(reason, retry_after):
                self._failing.add(claimed.subscription.id)
                return self._again(claimed, reason, retry_after)
            case _:
                assert_never(outcome)

    def _again(self, claimed: ClaimedDelivery, reason: str, retry_after: str | None) -> Verdict:
        due = next_try(
            now=self._now(),
            attempts=claimed.attempts,
            expires=claimed.expires,
            pauses=self._pace.pauses,
            chance=self._chance(),
            retry_after=retry_after,
        )
        if due is None:
            _log.error("event given up", reason=reason, **_fields(claimed))
            return GiveUp(reason)
        _log.warning("event not delivered yet", reason=reason, due=due.isoformat(), **_fields(claimed))
        return Repeat(due, reason)


def _fields(claimed: ClaimedDelivery) -> dict[str, str | int]:
    """What a log line may say: not the callback, whose path may hold a secret of the Buyer's."""
    return {
        "subscription_id": claimed.subscription.id,
        "buyer_id": claimed.subscription.buyer,
        "poq_id": claimed.poq_id,
        "event_id": claimed.event_id,
        "attempts": claimed.attempts,
    }
