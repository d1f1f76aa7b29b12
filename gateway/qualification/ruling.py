"""Which mappings a POQ is answered by: those that were there when it was accepted, however often they are replaced.

A set of mappings is swapped whole. Requests under way keep the set that they began with; so do deferred POQs, as long
as this process lives: at a swap the store says which of them are open, and these are pinned to the set before it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gateway.lso.identifiers import PoqId
from gateway.qualification.jobs import JobMaker
from gateway.qualification.references import ReferenceChecker


@dataclass(frozen=True, eq=False)
class RuleSet:
    """All mappings: by what items are answered, and by what ids are."""

    jobs: JobMaker
    references: ReferenceChecker


class RuleSets:
    """The present set, and earlier ones while a POQ needs them. Of one event loop."""

    def __init__(self, present: RuleSet) -> None:
        self._present = present
        self._pinned: dict[PoqId, RuleSet] = {}
        self._beginning: dict[PoqId, RuleSet] = {}
        self._begun_meanwhile: dict[PoqId, RuleSet] | None = None

    @property
    def present(self) -> RuleSet:
        """By which a request that comes now is answered."""
        return self._present

    def of(self, poq_id: PoqId) -> RuleSet:
        """By which a deferred POQ is answered."""
        return self._pinned.get(poq_id, self._present)

    def is_pinned(self, poq_id: PoqId) -> bool:
        """Whether a POQ goes on by mappings that have been replaced since."""
        return poq_id in self._pinned

    @contextmanager
    def beginning(self, poq_id: PoqId, rules: RuleSet) -> Iterator[None]:
        """Around the moment in which a POQ becomes one of the store's: it is this set's, whatever happens meanwhile."""
        self._beginning[poq_id] = rules
        if rules is not self._present:
            self._pinned[poq_id] = rules
        try:
            yield
        finally:
            del self._beginning[poq_id]
            if self._begun_meanwhile is not None:
                self._begun_meanwhile[poq_id] = rules

    async def swap(self, new: RuleSet, open_poqs: Callable[[], Awaitable[Collection[PoqId]]]) -> int:
        """From now on requests are answered by another set; gives how many open POQs stay with earlier ones.

        `open_poqs` says which POQs of the store are open; if it raises, nothing is swapped. One swap at a time.
        """
        self._begun_meanwhile = {}
        try:
            known = await open_poqs()
            begun = {**self._begun_meanwhile, **self._beginning}
        finally:
            self._begun_meanwhile = None
        kept = {poq_id: self.of(poq_id) for poq_id in known}
        self._pinned = {**kept, **begun}
        self._present = new
        return len(self._pinned)
