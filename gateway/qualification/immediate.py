"""All items of one POQ at the same time, within the time budget: an answer for each, or one reason why there is none.

An immediate response is complete or an error, never deferred in silence (state model, A1). An item that reads another
item's answer waits for it; items that wait for each other in a circle are refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from adapters.alarm import Alarm, Limit
from adapters.limits import ALMOST
from gateway.lso.identifiers import ItemId
from gateway.lso.problems import Path, Problem, ProblemCode, parse_pointer
from gateway.lso.request import QualificationRequest
from gateway.mapping.outcomes import Failure, Postponed, Refusal
from gateway.qualification.answering import ItemAnswer
from gateway.qualification.depending import needed_items
from gateway.qualification.items import ItemJob, ItemOutcome, ItemQualifier
from gateway.qualification.port import QualificationFailed, Refused, Unavailable

INSTANT = "instantSyncQualification"

_TOO_LATE = "No immediate answer could be given in time"


class NotNow(Exception):
    """No immediate answer can be given; perhaps a later one."""


class ImmediateRun:
    """One POQ, answered at once; its items do not wait for each other in a circle (`depending.circular`)."""

    def __init__(self, qualifier: ItemQualifier) -> None:
        self._qualifier = qualifier
        self._alarm = Alarm()

    async def answers(self, jobs: Sequence[ItemJob], *, budget: float) -> dict[ItemId, ItemAnswer]:
        """An answer for every item. `budget` in seconds covers everything that is asked.

        Raises Refused (a business refusal, P44), NotNow (P43) and QualificationFailed (P45).
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + budget
        jobs = [job.within(end) for job in jobs]
        try:
            with Limit(self._alarm, end):
                outcomes = await self._all(jobs)
        except TimeoutError:
            raise NotNow(_TOO_LATE) from None
        return _settled(jobs, outcomes, is_over=loop.time() > end - ALMOST)

    async def _all(self, jobs: Sequence[ItemJob]) -> dict[ItemId, ItemOutcome]:
        if len(jobs) == 1:
            return {jobs[0].id: await self._qualifier.qualify(jobs[0])}
        if any(job.item.item_relations for job in jobs):
            return await self._in_turn(jobs)
        async with asyncio.TaskGroup() as group:
            others = [group.create_task(self._qualifier.qualify(job)) for job in jobs[1:]]
            outcomes = [await self._qualifier.qualify(jobs[0])]
            _unless_cancelled()
        outcomes += [task.result() for task in others]
        return {job.id: outcome for job, outcome in zip(jobs, outcomes, strict=True)}

    async def _in_turn(self, jobs: Sequence[ItemJob]) -> dict[ItemId, ItemOutcome]:
        """Each as soon as the answers are there that it reads."""
        needs = {job.id: needed_items(job) for job in jobs}
        loop = asyncio.get_running_loop()
        promised: dict[ItemId, asyncio.Future[ItemOutcome]] = {job.id: loop.create_future() for job in jobs}

        async def one(job: ItemJob) -> None:
            others = {item: await promised[item] for item in needs[job.id]}
            promised[job.id].set_result(await self._one(job, others))

        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(one(job))
        return {item: future.result() for item, future in promised.items()}

    async def _one(self, job: ItemJob, others: Mapping[ItemId, ItemOutcome]) -> ItemOutcome:
        answers = {str(item): outcome.members for item, outcome in others.items() if isinstance(outcome, ItemAnswer)}
        if len(answers) < len(others):
            missing = ", ".join(sorted({*map(str, others)} - answers.keys()))
            where = job.prepared.mapping.document.location(("mapping",))
            return Failure(f"the item {missing}, whose answer is read, has none", where)
        if answers:
            job = replace(job, context=replace(job.context, answers=answers))
        return await self._qualifier.qualify(job)


def _unless_cancelled() -> None:
    """The first item is answered in the task of all: where what it asks passes over a cancellation, the others end."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def not_now(request: QualificationRequest, error: NotNow) -> Refused | Unavailable:
    """P43 points at the flag where an immediate answer was asked for; who allowed another one cannot mend it there."""
    if request.instant:
        return Refused([Problem(ProblemCode.OTHER_ISSUE, (INSTANT,), str(error))])
    return Unavailable("an answer needs more time than an immediate response has")


def _settled(
    jobs: Sequence[ItemJob], outcomes: Mapping[ItemId, ItemOutcome], *, is_over: bool
) -> dict[ItemId, ItemAnswer]:
    """Refusals first: they tell the Buyer what to do. A failure is the Seller's alone and says nothing; one that comes
    when the time is almost over (`is_over`) is for want of time: calls end with the budget, or a little before it where
    they began late in a long turn of the event loop, whose clock stands still meanwhile.
    """
    answers = {item: outcome for item, outcome in outcomes.items() if isinstance(outcome, ItemAnswer)}
    if len(answers) == len(outcomes):
        return answers
    refusals = [_refused(job, outcome) for job in jobs if isinstance(outcome := outcomes[job.id], Refusal)]
    if refusals:
        raise Refused(refusals)
    if any(isinstance(outcome, Postponed) for outcome in outcomes.values()):
        raise NotNow("No immediate answer can be given to this request")
    failures = [f"{job.id}: {o.rule} {o.reason}" for job in jobs if isinstance(o := outcomes[job.id], Failure)]
    if failures and is_over:
        raise NotNow(_TOO_LATE)
    raise QualificationFailed("; ".join(failures))


def _refused(job: ItemJob, refusal: Refusal) -> Problem:
    path = job.item.path if refusal.pointer is None else _path(refusal.pointer, job.request.document)
    return Problem(refusal.code, path, refusal.reason)


def _path(text: str, document: object) -> Path:
    """A pointer as a path; tokens of digits are indices where the document has a list."""
    path: list[str | int] = []
    node = document
    try:
        tokens = parse_pointer(text)
    except ValueError:
        return ()
    for token in tokens:
        key: str | int = int(token) if isinstance(node, list) and str(token).isdigit() else token
        path.append(key)
        if isinstance(node, dict):
            node = node.get(key)
        elif isinstance(node, list) and isinstance(key, int) and key < len(node):
            node = node[key]
        else:
            node = None
    return tuple(path)
