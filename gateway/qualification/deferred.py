"""The work on one deferred POQ: its items are answered, as many at once as there are places, each result kept at once.

Knows nothing of when a POQ is due (scheduler.py) nor of what a result makes of the POQ's states (results.py).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, assert_never

import orjson

from gateway.apart import apart
from gateway.loggers import logger
from gateway.lso.identifiers import ItemId
from gateway.lso.problems import Problem
from gateway.lso.request import ITEMS, read_request
from gateway.lso.states import FINAL_POQ_STATES, ItemState
from gateway.mapping.outcomes import Failure, Postponed, Refusal
from gateway.mapping.plan import LoadedMapping
from gateway.qualification.answering import ItemAnswer
from gateway.qualification.composition import answer_text, request_of
from gateway.qualification.depending import needed_items
from gateway.qualification.items import ItemJob, ItemOutcome
from gateway.qualification.jobs import Known
from gateway.qualification.port import Caller, QualificationFailed
from gateway.qualification.recording import Recorder
from gateway.qualification.references import Checked
from gateway.qualification.results import Begun, Done, Later, Rejected, Result
from gateway.qualification.tools import Tools
from gateway.store.errors import StoreUnavailable
from gateway.store.intents import Holder
from gateway.store.records import JsonText, StoredQualification, StoredTrace
from gateway.store.work import PoqRef

REFERENCE_BUDGET = 60.0
"""Seconds for the ids of one item; nobody waits."""

_log = logger()


async def work(tools: Tools, ref: PoqRef) -> datetime | None:
    """Work on a POQ until nothing of it can be done now; gives when it is due again, None for never by itself.

    Raises StoreUnavailable; what was not kept by then is done again later.
    """
    record = await tools.store.get(ref.buyer, ref.seller, ref.interface, ref.id)
    if record is None or record.state in FINAL_POQ_STATES:
        return None
    size = sum(len(item.request) for item in record.items)
    ruled = tools.of_poq(ref.id)
    run = await apart(size, lambda: _Run(ruled, ref, record))
    if tools.rules is not None and not tools.rules.is_pinned(ref.id):
        run.tell_new_versions(await tools.store.operator_versions(ref.id))
    return await run.until_nothing_is_due()


class _Run:
    """One POQ in work. Positions count its items from 0."""

    def __init__(self, tools: Tools, ref: PoqRef, record: StoredQualification) -> None:
        self._tools = tools
        self._ref = ref
        self._caller = Caller(ref.buyer, ref.seller, ref.interface, tools.base_hrefs[ref.interface])
        self._items = record.items
        self._ends = record.deadline
        self._body = request_of(record)
        self._request = read_request(self._body.plain)
        acknowledged = (n for n, item in enumerate(record.items) if item.state == ItemState.ACKNOWLEDGED)
        self._recorder = Recorder(tools, ref, acknowledged)
        self._attempts = {n: item.attempts for n, item in enumerate(record.items)}
        self._answers: dict[ItemId, Mapping[str, Any]] = {}
        self._later: dict[int, datetime | None] = {}
        self._ready: deque[int] = deque()
        self._blocked: dict[int, frozenset[ItemId]] = {}

    def tell_new_versions(self, before: Mapping[int, tuple[str, int]]) -> None:
        """Say which items go on by another mapping than the one they were begun with: the process was another then."""
        for position, (name, version) in before.items():
            item, mapping = self._items[position], self._mapping(position)
            if item.state == ItemState.IN_PROGRESS and mapping and (mapping.name, mapping.version) != (name, version):
                _log.warning(
                    "item goes on with the present version of its mapping",
                    poq_id=self._ref.id,
                    item_id=item.item_id,
                    begun_with=f"{name} {version}",
                    goes_on_with=f"{mapping.name} {mapping.version}",
                )

    async def until_nothing_is_due(self) -> datetime | None:
        self._sort_out()
        try:
            async with asyncio.TaskGroup() as group:
                await self._all(group)
        except* StoreUnavailable as errors:
            raise StoreUnavailable(str(errors.exceptions[0])) from errors
        if self._recorder.is_stale:
            return self._tools.now()
        return None if self._recorder.is_over else self._next()

    async def _all(self, group: asyncio.TaskGroup) -> None:
        running: set[asyncio.Task[None]] = set()
        while self._ready or running:
            while self._ready and len(running) < self._tools.at_once:
                running.add(group.create_task(self._item(self._ready.popleft())))
            _, running = await asyncio.wait(running, timeout=self._pause(), return_when=asyncio.FIRST_COMPLETED)
            if self._recorder.is_over:
                for task in running:
                    task.cancel()
                return
            self._take_up_again()

    def _next(self) -> datetime | None:
        """When the first of the items that wait for their time is due."""
        return min((due for due in self._later.values() if due is not None), default=None)

    def _pause(self) -> float | None:
        """Seconds until then: what waits does not wait for others that are slow."""
        due = self._next()
        return None if due is None else max((due - self._tools.now()).total_seconds(), 0.0)

    def _take_up_again(self) -> None:
        now = self._tools.now()
        due = [position for position, instant in self._later.items() if instant is not None and instant <= now]
        for position in due:
            del self._later[position]
        self._ready.extend(due)

    def _sort_out(self) -> None:
        """Which items can be worked on now, which wait for another's answer, which for their time or a person."""
        now = self._tools.now()
        for position, item in enumerate(self._items):
            if item.state == ItemState.DONE:
                self._answers[item.item_id] = _members(item.answer)
            elif item.due is None or item.due > now:
                self._later[position] = item.due
            else:
                self._blocked[position] = self._needs(position)
        self._unblock()

    def _mapping(self, position: int) -> LoadedMapping | None:
        """The mapping that answers an item; None if none does."""
        try:
            return self._job(position, {}).prepared.mapping
        except QualificationFailed:
            return None

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
            if position in self._recorder.acknowledged:
                await self._recorder.keep(position, Begun(), self._tools.tracer.begun(self._mapping(position)))
            if self._recorder.is_over:
                return
            result, trace = await self._worked(position)
            await self._recorder.keep(position, result, trace)
        self._go_on(position, result)

    def _go_on(self, position: int, result: Result) -> None:
        """What a result that has been kept means for the others."""
        if self._recorder.is_over:
            return
        if isinstance(result, Later):
            self._later[position], self._attempts[position] = result.due, result.attempts
        if isinstance(result, Done):  # only now that it is kept may others read it
            self._answers[self._items[position].item_id] = _members(result.answer)
            self._unblock()

    async def _worked(self, position: int) -> tuple[Result, StoredTrace | None]:
        """Ask the legacy systems; whatever goes wrong is tried again later (state model, A1c)."""
        try:
            checked = await self._looked_up(position)
            if checked.unanswered:
                return self._unasked(position, "; ".join(dict.fromkeys(checked.unanswered.values())))
            if checked.problems:
                reason = _told(checked.problems[0])
                return Rejected(reason), self._trace_of(position, reason)
            job = self._job(position, checked.found)
            outcome = await self._tools.qualifiers[self._ref.seller].qualify(job)
        except QualificationFailed as error:
            return self._unasked(position, str(error))
        except Exception as error:
            _log.error("unexpected fault", poq_id=self._ref.id, item_id=self._items[position].item_id, exc_info=error)
            return self._unasked(position, f"unexpected fault: {type(error).__name__}")
        return self._result(position, job, outcome), job.notes.trace

    def _unasked(self, position: int, why: str) -> tuple[Result, StoredTrace]:
        """It failed before its mapping came to an outcome."""
        return self._failed(position, why), self._trace_of(position, why)

    def _trace_of(self, position: int, why: str) -> StoredTrace:
        return self._tools.tracer.unasked(self._mapping(position), why, self._tools.now())

    async def _looked_up(self, position: int) -> Checked:
        """What the item's mapping may read of the ids in it and in the items that it is related to."""
        item = self._request.items[position]
        related = {relation.id for relation in item.item_relations}
        others = [other.document for other in self._request.items if related and other.id in related]
        asking = self._tools.jobs.asking(self._caller, self._tools.now())
        part, agreed = {ITEMS: [item.document, *others]}, self._tools.agreed[self._ref.dealing]
        return await self._tools.references.check_item(part, 0, asking, agreed, REFERENCE_BUDGET)

    def _job(self, position: int, known: Known) -> ItemJob:
        item = self._request.items[position]
        job = self._tools.jobs.job(self._caller, self._request, item, self._tools.now(), known)
        related = {ItemId(relation.id) for relation in item.item_relations}
        answers = {str(other): self._answers[other] for other in related if other in self._answers}
        job = replace(job, context=replace(job.context, answers=answers), deadline=self._deadline())
        holder = Holder(self._tools.worker)
        return self._tools.keeper.with_intents(job, self._ref.id, self._ref.buyer, holder)

    def _deadline(self) -> float | None:
        """When the POQ ends, on the event loop's clock."""
        if self._ends is None:
            return None
        return asyncio.get_running_loop().time() + (self._ends - self._tools.now()).total_seconds()

    def _result(self, position: int, job: ItemJob, outcome: ItemOutcome) -> Result:
        match outcome:
            case ItemAnswer():
                answer, mapping = answer_text(outcome, job.item, self._body), job.prepared.mapping
                return Done(answer, mapping.name, mapping.version)
            case Refusal(reason=reason):
                return Rejected(reason)
            case Postponed(wait=wait, reason=reason):
                due = None if wait is None else self._tools.now() + timedelta(seconds=wait)
                return Later(due, self._attempts[position], reason)
            case Failure(reason=reason, rule=rule):
                return self._failed(position, f"{rule} {reason}")
            case _:
                assert_never(outcome)

    def _failed(self, position: int, why: str) -> Later:
        attempts = self._attempts[position] + 1
        due = self._tools.now() + timedelta(seconds=self._tools.pause(attempts))
        return Later(due, attempts, why)


def _told(problem: Problem) -> str:
    """A problem of an item, for its history: no pointer into a request that is long gone."""
    where = ".".join(str(key) for key in problem.path[2:])
    return f"{where} {problem.reason}".strip()


def _members(answer: JsonText | None) -> Mapping[str, Any]:
    """A kept answer as other items' mappings read it."""
    members: dict[str, Any] = orjson.loads(answer or "{}")
    members.pop("productOffering", None)
    return members
