"""All items of one POQ at the same time, within the time budget: an answer for each, or one reason why there is none.

An immediate response is complete or an error, never deferred in silence (state model, A1). An item that reads another
item's answer waits for it; items that wait for each other in a circle are refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.lso.identifiers import ItemId
from gateway.lso.problems import Path, Problem, ProblemCode, parse_pointer
from gateway.lso.request import QualificationRequest
from gateway.mapping.outcomes import Failure, Postponed, Refusal
from gateway.qualification.answering import ItemAnswer
from gateway.qualification.items import ItemJob, ItemOutcome, ItemQualifier
from gateway.qualification.port import QualificationFailed, Refused, Unavailable

INSTANT: Path = ("instantSyncQualification",)
Needs = Mapping[ItemId, frozenset[ItemId]]


class ImmediateRun:
    """One POQ, answered at once. `budget` in seconds covers everything that is asked."""

    def __init__(self, qualifier: ItemQualifier, budget: float) -> None:
        self._qualifier = qualifier
        self._budget = budget

    async def answers(self, request: QualificationRequest, jobs: Sequence[ItemJob]) -> dict[ItemId, ItemAnswer]:
        """An answer for every item.

        Raises Refused (a business refusal P44, no answer in time P43, items in a circle), QualificationFailed (P45) and
        Unavailable (no answer in time to a Buyer that would have waited).
        """
        needs = {job.id: needed_items(job) for job in jobs}
        circle = circular(needs, jobs)
        if circle:
            raise Refused(circle)
        try:
            async with asyncio.timeout(self._budget):
                outcomes = await self._all(jobs, needs)
        except TimeoutError:
            raise not_now(request, "No immediate answer could be given in time") from None
        return _settled(request, jobs, outcomes)

    async def _all(self, jobs: Sequence[ItemJob], needs: Needs) -> dict[ItemId, ItemOutcome]:
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
        return await self._qualifier.qualify(replace(job, context=replace(job.context, answers=answers)))


def needed_items(job: ItemJob) -> frozenset[ItemId]:
    """The items whose answers the item's mapping may read."""
    types = job.prepared.mapping.related_answers
    known = {item.id for item in job.request.items}
    related = (relation for relation in job.item.item_relations if types is None or relation.type in types)
    return frozenset(ItemId(relation.id) for relation in related if relation.id in known)


def circular(needs: Needs, jobs: Sequence[ItemJob]) -> list[Problem]:
    """A problem for each item that, directly or through others, waits for its own answer."""
    waiting = dict(needs)
    while ready := {item for item, needed in waiting.items() if not needed & waiting.keys()}:
        waiting = {item: needed for item, needed in waiting.items() if item not in ready}
    problems = []
    for job in jobs:
        for number, relation in enumerate(job.item.item_relations):
            if job.id in waiting and relation.id in waiting:
                path = (*job.item.path, "qualificationItemRelationship", number, "id")
                reason = "These items depend on each other's answers in a circle"
                problems.append(Problem(ProblemCode.INVALID_VALUE, path, reason))
    return problems


def not_now(request: QualificationRequest, reason: str) -> Refused | Unavailable:
    """P43 points at the flag where an immediate answer was asked for; who allowed a deferred one cannot mend it there.

    Until deferred answers exist, the latter is told to come again (503).
    """
    if request.instant:
        return Refused([Problem(ProblemCode.OTHER_ISSUE, INSTANT, reason)])
    return Unavailable("an answer needs more time than an immediate response has")


def _settled(
    request: QualificationRequest, jobs: Sequence[ItemJob], outcomes: Mapping[ItemId, ItemOutcome]
) -> dict[ItemId, ItemAnswer]:
    """Refusals first: they tell the Buyer what to do. A failure is the Seller's alone and says nothing."""
    refusals = [_refused(job, outcome) for job in jobs if isinstance(outcome := outcomes[job.id], Refusal)]
    if refusals:
        raise Refused(refusals)
    if any(isinstance(outcome, Postponed) for outcome in outcomes.values()):
        raise not_now(request, "No immediate answer can be given to this request")
    failures = [f"{job.id}: {o.rule} {o.reason}" for job in jobs if isinstance(o := outcomes[job.id], Failure)]
    if failures:
        raise QualificationFailed("; ".join(failures))
    return {item: outcome for item, outcome in outcomes.items() if isinstance(outcome, ItemAnswer)}


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
