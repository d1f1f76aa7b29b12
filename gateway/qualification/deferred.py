"""The work on one deferred POQ: its items are answered, as many at once as there are places, each result kept at once.

Knows nothing of when a POQ is due (scheduler.py) nor of what a result makes of the POQ's states (results.py).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

import orjson
import structlog

from gateway.apart import apart
from gateway.lso.identifiers import BuyerId, Interface, ItemId
from gateway.lso.problems import Problem
from gateway.lso.request import ITEMS, read_request
from gateway.lso.states import FINAL_POQ_STATES, ItemState
from gateway.mapping.outcomes import Failure, Postponed, Refusal
from gateway.qualification.answering import ItemAnswer
from gateway.qualification.composition import answer_text, poq_href, request_of
from gateway.qualification.depending import needed_items
from gateway.qualification.items import ItemJob, ItemOutcome, ItemQualifier
from gateway.qualification.jobs import JobMaker, Known
from gateway.qualification.port import Caller, QualificationFailed
from gateway.qualification.references import Agreed, Checked, ReferenceChecker
from gateway.qualification.results import Begun, Done, Later, Rejected, Result, Teller, change_of
from gateway.store.changes import Change, QualificationNow
from gateway.store.errors import StoreUnavailable
from gateway.store.records import StoredItem, StoredQualification
from gateway.store.store import Store
from gateway.store.work import PoqRef

REFERENCE_BUDGET = 60.0
"""Seconds for the ids of one item; nobody waits."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class Tools:
    """What work on any POQ needs. `slots`: places for items in work; `pause` in seconds, by number of failures.

    `agreed`: what references depend on, by Buyer; `base_hrefs`: where resources of an interface live; `changed` is
    called after each commit.
    """

    store: Store
    qualifier: ItemQualifier
    jobs: JobMaker
    references: ReferenceChecker
    agreed: Mapping[BuyerId, Agreed]
    slots: asyncio.Semaphore
    at_once: int
    pause: Callable[[int], float]
    base_hrefs: Mapping[Interface, str]
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    changed: Callable[[], None]

    def teller(self, ref: PoqRef) -> Teller:
        """For changes of this POQ that are made now."""
        return Teller(self.now(), self.new_id, poq_href(self.base_hrefs[ref.interface], ref.id))


async def work(tools: Tools, ref: PoqRef) -> datetime | None:
    """Work on a POQ until nothing of it can be done now; gives when it is due again, None for never by itself.

    Raises StoreUnavailable; what was not kept by then is done again later.
    """
    record = await tools.store.get(ref.buyer, ref.seller, ref.interface, ref.id)
    if record is None or record.state in FINAL_POQ_STATES:
        return None
    size = sum(len(item.request) for item in record.items)
    run = await apart(size, lambda: _Run(tools, ref, record))
    return await run.until_nothing_is_due()


class Recorder:
    """Keeps the results of one POQ's items. Results that come in during a commit share the next one."""

    def __init__(self, tools: Tools, ref: PoqRef) -> None:
        self._tools = tools
        self._ref = ref
        self._waiting: dict[int, Result] = {}
        self._turn = asyncio.Lock()
        self.is_over = False

    async def keep(self, position: int, result: Result) -> None:
        """On return the result is durable, or was too late. Raises StoreUnavailable."""
        self._waiting[position] = result
        async with self._turn:
            if self.is_over or self._waiting.get(position) is not result:
                return  # somebody before us in the queue has kept it; who came after us has its own turn
            taken, self._waiting = self._waiting, {}
            await self._commit(taken)

    async def _commit(self, results: Mapping[int, Result]) -> None:
        teller = self._tools.teller(self._ref)

        def decide(now: QualificationNow) -> Change | None:
            self.is_over = now.state in FINAL_POQ_STATES
            return change_of(now, results, teller)

        change = await self._tools.store.change(self._ref.id, decide)
        if self.is_over:
            _log.info("results came too late", poq_id=self._ref.id, items=len(results))
        elif change is not None:
            self.is_over = change.is_final
            tell_change(self._ref, change)
            self._tools.changed()


class _Run:
    """One POQ in work. Positions count its items from 0."""

    def __init__(self, tools: Tools, ref: PoqRef, record: StoredQualification) -> None:
        self._tools = tools
        self._ref = ref
        self._caller = Caller(ref.buyer, ref.seller, ref.interface, tools.base_hrefs[ref.interface])
        self._items = record.items
        self._body = request_of(record)
        self._request = read_request(self._body.plain)
        self._recorder = Recorder(tools, ref)
        self._answers: dict[ItemId, Mapping[str, Any]] = {}
        self._later: dict[int, datetime | None] = {}
        self._ready: deque[int] = deque()
        self._blocked: dict[int, frozenset[ItemId]] = {}

    async def until_nothing_is_due(self) -> datetime | None:
        self._sort_out()
        try:
            async with asyncio.TaskGroup() as group:
                await self._all(group)
        except* StoreUnavailable as errors:
            raise StoreUnavailable(str(errors.exceptions[0])) from errors
        if self._recorder.is_over:
            return None
        return min((due for due in self._later.values() if due is not None), default=None)

    async def _all(self, group: asyncio.TaskGroup) -> None:
        running: set[asyncio.Task[None]] = set()
        while self._ready or running:
            while self._ready and len(running) < self._tools.at_once:
                running.add(group.create_task(self._item(self._ready.popleft())))
            _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            if self._recorder.is_over:
                for task in running:
                    task.cancel()
                return

    def _sort_out(self) -> None:
        """Which items can be worked on now, which wait for another's answer, which for their time or a person."""
        now = self._tools.now()
        for position, item in enumerate(self._items):
            if item.state == ItemState.DONE:
                self._answers[item.item_id] = _members(item)
            elif item.due is None or item.due > now:
                self._later[position] = item.due
            else:
                self._blocked[position] = self._needs(position)
        self._unblock()

    def _needs(self, position: int) -> frozenset[ItemId]:
        try:
            return needed_items(self._job(position, {}))
        except QualificationFailed:  # it will say so when its turn comes
            return frozenset()

    def _unblock(self) -> None:
        ready = [position for position, needed in self._blocked.items() if needed <= self._answers.keys()]
        for position in ready:
            del self._blocked[position]
        self._ready.extend(ready)

    async def _item(self, position: int) -> None:
        async with self._tools.slots:
            if self._items[position].state == ItemState.ACKNOWLEDGED:
                await self._recorder.keep(position, Begun())
            if self._recorder.is_over:
                return
            result = await self._worked(position)
            await self._recorder.keep(position, result)
        if isinstance(result, Later):
            self._later[position] = result.due
        self._unblock()

    async def _worked(self, position: int) -> Result:
        """Ask the legacy systems; whatever goes wrong is tried again later (state model, A1c)."""
        try:
            checked = await self._looked_up(position)
            if checked.unanswered:
                return self._failed(position, "; ".join(dict.fromkeys(checked.unanswered.values())))
            if checked.problems:
                return Rejected(_told(checked.problems[0]))
            job = self._job(position, checked.found)
            outcome = await self._tools.qualifier.qualify(job)
        except QualificationFailed as error:
            return self._failed(position, str(error))
        except Exception as error:
            _log.error("unexpected fault", poq_id=self._ref.id, item_id=self._items[position].item_id, exc_info=error)
            return self._failed(position, f"unexpected fault: {type(error).__name__}")
        return self._result(position, job, outcome)

    async def _looked_up(self, position: int) -> Checked:
        """What the item's mapping may read of the ids in it and in the items that it is related to."""
        item = self._request.items[position]
        related = {relation.id for relation in item.item_relations}
        others = [other.document for other in self._request.items if related and other.id in related]
        asking = self._tools.jobs.asking(self._caller, self._tools.now())
        part, agreed = {ITEMS: [item.document, *others]}, self._tools.agreed[self._ref.buyer]
        return await self._tools.references.check_item(part, 0, asking, agreed, REFERENCE_BUDGET)

    def _job(self, position: int, known: Known) -> ItemJob:
        item = self._request.items[position]
        job = self._tools.jobs.job(self._caller, self._request, item, self._tools.now(), known)
        related = {ItemId(relation.id) for relation in item.item_relations}
        answers = {str(other): self._answers[other] for other in related if other in self._answers}
        return replace(job, context=replace(job.context, answers=answers))

    def _result(self, position: int, job: ItemJob, outcome: ItemOutcome) -> Result:
        match outcome:
            case ItemAnswer():
                self._answers[job.id] = outcome.members
                answer, mapping = answer_text(outcome, job.item, self._body), job.prepared.mapping
                return Done(answer, mapping.name, mapping.version)
            case Refusal(reason=reason):
                return Rejected(reason)
            case Postponed(wait=wait, reason=reason):
                due = None if wait is None else self._tools.now() + timedelta(seconds=wait)
                return Later(due, self._items[position].attempts, reason)
            case Failure(reason=reason, rule=rule):
                return self._failed(position, f"{rule} {reason}")
            case _:
                assert_never(outcome)

    def _failed(self, position: int, why: str) -> Later:
        attempts = self._items[position].attempts + 1
        due = self._tools.now() + timedelta(seconds=self._tools.pause(attempts))
        return Later(due, attempts, why)


def tell_change(ref: PoqRef, change: Change) -> None:
    """A line of the log for each item and POQ that reached a state; an item that is to be asked again is an error."""
    for item in change.items:
        if item.note is not None:
            level = _log.warning if item.attempts else _log.info
            level(
                "item waits",
                poq_id=ref.id,
                position=item.position,
                attempts=item.attempts,
                due=item.due,
                note=item.note,
            )
    if change.history:
        _log.info("poq changed", poq_id=ref.id, buyer_id=ref.buyer, state=change.state)


def _told(problem: Problem) -> str:
    """A problem of an item, for its history: no pointer into a request that is long gone."""
    where = ".".join(str(key) for key in problem.path[2:])
    return f"{where} {problem.reason}".strip()


def _members(item: StoredItem) -> Mapping[str, Any]:
    """An answer as other items' mappings read it."""
    members: dict[str, Any] = orjson.loads(item.answer or "{}")
    members.pop("productOffering", None)
    return members
