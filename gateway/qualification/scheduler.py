"""When deferred POQs are worked on and ended: looks for what is due, takes it, and lets it be worked on.

Nothing depends on being told: a wake-up makes it faster, the store says what is due. A POQ that a crashed process had
taken is due again after `LEASE`, at once where no other process uses the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from gateway.loggers import logger
from gateway.lso.identifiers import PoqId
from gateway.qualification.deferred import work
from gateway.qualification.recording import tell_change
from gateway.qualification.results import overdue_change
from gateway.qualification.tools import Tools
from gateway.store.errors import StoreUnavailable
from gateway.store.work import PoqRef

LEASE = timedelta(seconds=30)
"""How long a POQ is one process's own without a sign of life."""

LONGEST_SLEEP = 1.0
"""Seconds between two looks, however quiet: other processes' POQs and clocks that are set show up within it."""

_MOST_OVERDUE = 500
_ENDED_TOGETHER = 25
"""POQs in one transaction: that many share one sync of the disk."""

_log = logger()

Work = Callable[[Tools, PoqRef], Awaitable[datetime | None]]


class Scheduler:
    """Run it with `run`, in one task; or, step by step, `look` and at the end `give_back`.

    `wake` may be called from anywhere in its event loop.
    """

    def __init__(self, tools: Tools, *, worker: str, most: int, work: Work = work) -> None:
        """`worker` names this process among those of the store; `most` POQs are worked on at the same time."""
        self._tools = replace(tools, worker=worker)
        self._worker = worker
        self._most = most
        self._work = work
        self._woken = asyncio.Event()
        self._running: dict[PoqId, asyncio.Task[None]] = {}
        self._taken: set[PoqId] = set()
        self._again: set[PoqId] = set()
        self._lost: set[PoqId] = set()
        self._extended = tools.now()

    def wake(self) -> None:
        """Something may be due now."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled. What is under way then is given back, to be worked on again by the next process."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._woken.clear()
                    seconds = await self.look(group)
                    try:
                        async with asyncio.timeout(seconds):
                            await self._woken.wait()
                    except TimeoutError:
                        continue
        finally:
            await asyncio.shield(self.give_back())

    async def look(self, group: asyncio.TaskGroup) -> float:
        """One look at the store: what is overdue ends, what is due is worked on in `group`.

        Gives the seconds until the next look. Does not raise StoreUnavailable.
        """
        try:
            await self._extend()
            have_ended = await self.end_overdue()
            await self._give_back(self._lost)
            for ref in await self._claim():
                if ref.id in self._running:  # the claim was lost for a while, and with it what others did
                    self._again.add(ref.id)
                else:
                    self._running[ref.id] = group.create_task(self._one(ref))
            seconds = self._until(await self._tools.store.operator_next())
            return seconds if have_ended else LONGEST_SLEEP  # else what cannot be ended is tried without a pause
        except StoreUnavailable as error:
            _log.warning("the store is not available", cause=str(error))
            return LONGEST_SLEEP

    async def end_overdue(self) -> bool:
        """End every open POQ whose deadline has passed, whoever works on it (state model, section 7).

        False where one of them could not be ended.
        """
        have_ended = True
        late = await self._tools.store.operator_overdue(self._tools.now(), most=_MOST_OVERDUE)
        for group in batched(late, _ENDED_TOGETHER):
            try:
                await self._end(group)
            except StoreUnavailable:
                raise
            except Exception as error:  # one that cannot be ended must not keep the others open
                _log.error("overdue poqs could not be ended", poqs=[ref.id for ref in group], exc_info=error)
                have_ended = await self._end_one_by_one(group) and have_ended
        for ref in late:  # last: what it costs to let go of calls must not keep others open
            self._taken.discard(ref.id)
            if ref.id in self._running:
                self._running[ref.id].cancel()
        if len(late) == _MOST_OVERDUE and have_ended:
            self.wake()
        return have_ended

    async def _end_one_by_one(self, group: Sequence[PoqRef]) -> bool:
        """False where one of them could not be ended."""
        have_ended = True
        for ref in group:
            try:
                await self._end([ref])
            except StoreUnavailable:
                raise
            except Exception as error:
                _log.error("an overdue poq could not be ended", poq_id=ref.id, exc_info=error)
                have_ended = False
        return have_ended

    async def _end(self, group: Sequence[PoqRef]) -> None:
        decide = {ref.id: partial(overdue_change, teller=self._tools.teller(ref)) for ref in group}
        changes = await self._tools.store.operator_change_all(decide)
        for ref in group:
            change = changes.get(ref.id)
            if change is not None:
                _log.warning("poq overdue", poq_id=ref.id, buyer_id=ref.buyer)
                tell_change(ref, change)
        if changes:
            self._tools.changed()

    async def _claim(self) -> list[PoqRef]:
        free = self._most - len(self._running)
        if free <= 0:
            return []
        now = self._tools.now()
        taken = await self._tools.store.operator_claim(now=now, until=now + LEASE, worker=self._worker, most=free)
        self._taken |= {ref.id for ref in taken}
        return taken

    async def _extend(self) -> None:
        now = self._tools.now()
        if now - self._extended > LEASE / 3:
            await self._tools.store.operator_extend([*self._running], until=now + LEASE, worker=self._worker)
            self._extended = now

    async def _one(self, ref: PoqRef) -> None:
        """Work on one POQ, then give it back; what goes wrong on the way concerns no other POQ."""
        try:
            due = await self._worked(ref)
            due = self._tools.now() if ref.id in self._again else due
            await self._tools.store.operator_release(ref.id, worker=self._worker, due=due)
            self._taken.discard(ref.id)
        except StoreUnavailable as error:
            _log.warning("the store is not available", poq_id=ref.id, cause=str(error))
            self._lost.add(ref.id)
        finally:
            del self._running[ref.id]
            self._again.discard(ref.id)
            self.wake()

    async def _worked(self, ref: PoqRef) -> datetime | None:
        try:
            return await self._work(self._tools, ref)
        except StoreUnavailable:
            raise
        except Exception as error:
            _log.error("unexpected fault", poq_id=ref.id, exc_info=error)
            return self._tools.now() + LEASE

    def _until(self, instant: datetime | None) -> float:
        if instant is None or len(self._running) >= self._most:
            return LONGEST_SLEEP
        return min(max((instant - self._tools.now()).total_seconds(), 0.0), LONGEST_SLEEP)

    async def give_back(self) -> None:
        """What was taken and not worked on to its end is due for anybody."""
        try:
            await self._give_back(self._taken)
        except StoreUnavailable as error:
            _log.warning("poqs are given back when their lease ends", poqs=len(self._taken), cause=str(error))

    async def _give_back(self, poqs: set[PoqId]) -> None:
        """Release these, which nobody here works on."""
        for poq_id in [*poqs]:
            await self._tools.store.operator_release(poq_id, worker=self._worker, due=self._tools.now())
            poqs.discard(poq_id)
            self._taken.discard(poq_id)


def batched(refs: Sequence[PoqRef], size: int) -> Iterator[Sequence[PoqRef]]:
    """The POQs in their order, so many at a time."""
    return (refs[start : start + size] for start in range(0, len(refs), size))
