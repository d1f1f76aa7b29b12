"""Which items of a POQ are answered before which: a mapping may read the answers of related items."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.lso.identifiers import ItemId
from gateway.lso.problems import Problem, ProblemCode
from gateway.qualification.items import ItemJob


def needed_items(job: ItemJob) -> frozenset[ItemId]:
    """The items whose answers the item's mapping may read."""
    if not job.item.item_relations:
        return frozenset()
    types = job.prepared.mapping.related_answers
    known = {item.id for item in job.request.items}
    related = (relation for relation in job.item.item_relations if types is None or relation.type in types)
    return frozenset(ItemId(relation.id) for relation in related if relation.id in known)


def circular(jobs: Sequence[ItemJob]) -> list[Problem]:
    """A problem for each item that, directly or through others, waits for its own answer."""
    if not any(job.item.item_relations for job in jobs):
        return []
    waiting = {job.id: needed_items(job) for job in jobs}
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
