"""Keeps the results of the work on one deferred POQ, each as soon as it is there; those that meet share a commit.

Knows nothing of how a result comes about (deferred.py) nor of what it makes of the POQ's states (results.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace

from gateway.loggers import logger
from gateway.lso.states import FINAL_POQ_STATES, ItemState
from gateway.qualification.results import Done, Result, change_of
from gateway.qualification.tools import Tools
from gateway.store.changes import Change, QualificationNow
from gateway.store.errors import StoreUnavailable
from gateway.store.records import StoredTrace
from gateway.store.work import PoqRef

PATIENCE = (0.1, 0.3, 1.0, 2.0, 4.0, 8.0)
"""Seconds between tries to keep a result while the store is away. What was asked need not be asked again."""

_log = logger()


class Recorder:
    """The results of one POQ's items.

    `is_over`: there is nothing more to keep, because the POQ has ended or because this run `is_stale`: somebody else
    has answered an item meanwhile, and what is known here is no longer what the Buyer reads.
    """

    def __init__(self, tools: Tools, ref: PoqRef, acknowledged: Iterable[int]) -> None:
        """`acknowledged`: the items that nobody has begun."""
        self._tools = tools
        self._ref = ref
        self._waiting: dict[int, Result] = {}
        self._traces: dict[int, StoredTrace] = {}
        self._turn = asyncio.Lock()
        self.acknowledged = {*acknowledged}
        self.is_over = False
        self.is_stale: bool = False

    async def keep(self, position: int, result: Result, trace: StoredTrace | None = None) -> None:
        """On return the result is durable with its trace, or `is_over`. Raises StoreUnavailable."""
        self._waiting[position] = result
        if trace is not None:
            self._traces[position] = trace
        async with self._turn:
            if self.is_over or self._waiting.get(position) is not result:
                return  # somebody before us in the queue has kept it; who came after us has its own turn
            taken, self._waiting = self._waiting, {}
            try:
                await self._persistently(taken)
            except StoreUnavailable:
                self._waiting = {**taken, **self._waiting}  # whoever shared this commit has a turn of its own
                raise

    async def _persistently(self, results: Mapping[int, Result]) -> None:
        """A commit that is known to have failed, or of which nothing is known, is made again: twice is harmless."""
        for seconds in PATIENCE:
            try:
                return await self._commit(results)
            except StoreUnavailable as error:
                _log.warning("results wait for the store", poq_id=self._ref.id, items=len(results), cause=str(error))
                await asyncio.sleep(seconds)
        return await self._commit(results)

    async def _commit(self, results: Mapping[int, Result]) -> None:
        teller = self._tools.teller(self._ref)
        found: list[str] = []

        def decide(now: QualificationNow) -> Change | None:
            found[:] = [now.state, *(item.state for item in now.items)]
            change = change_of(now, results, teller)
            return replace(change, by=self._tools.worker) if change else None

        traces = {position: self._traces[position] for position in results if position in self._traces}
        change = await self._tools.store.change(self._ref.id, decide, traces)
        self._see(found, results)
        if change is not None:
            self.is_over = self.is_over or change.is_final
            self.acknowledged -= {item.position for item in change.items}
            tell_change(self._ref, change)
            self._tools.changed()

    def _see(self, found: list[str], results: Mapping[int, Result]) -> None:
        """What stood in the store before the change: whether somebody else has been there."""
        if not found or found[0] in FINAL_POQ_STATES:
            self.is_over = True
            _log.info("results came too late", poq_id=self._ref.id, items=len(results))
            return
        answered = [n for n, result in results.items() if isinstance(result, Done) and found[n + 1] == ItemState.DONE]
        if answered:
            self.is_over = self.is_stale = True
            _log.warning("items were answered by somebody else meanwhile", poq_id=self._ref.id, items=len(answered))


def tell_change(ref: PoqRef, change: Change) -> None:
    """A line of the log for what a change did: the state that the POQ has reached, and which items wait, and why."""
    for item in change.items:
        if item.note is not None:
            level = _log.warning if item.attempts else _log.info
            tries = {"attempts": item.attempts, "due": item.due}
            level("item waits", poq_id=ref.id, position=item.position, note=item.note, **tries)
    if change.history:
        _log.info("poq changed", poq_id=ref.id, buyer_id=ref.buyer, state=change.state)
