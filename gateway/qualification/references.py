"""Ids that a request names, held against what the Seller's systems know, by the references files (P29, P31, P40, P42).

Each id is asked for once in a request. An id is unknown only where a system said so; whatever is missing, late or
broken leaves it without an answer, and whoever goes on decides what becomes of that. An unknown id and one of another
Buyer are told in the same words.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, assert_never

from gateway.loggers import logger
from gateway.lso.agreement import PLACE_TYPES
from gateway.lso.existing import ExistingProduct, Names, check_modified, read_existing
from gateway.lso.problems import Problem, ProblemCode
from gateway.lso.request import ITEMS
from gateway.lso.rules import Catalogue
from gateway.mapping.collection import AskedReference, MappingCollection
from gateway.mapping.kinds import ReferenceKey, ReferenceKind
from gateway.mapping.outcomes import Call, Failure, KnownReference, ReferenceOutcome, StepResult, UnknownReference
from gateway.mapping.referring import ReferenceContext, ReferenceEvaluation
from gateway.qualification.collecting import Reference, collect, read_by_item
from gateway.qualification.driving import drive
from gateway.qualification.legacy import Asker, Legacy, PreparedMapping
from gateway.qualification.observing import ItemDecision
from gateway.values import value

_log = logger()

_REASONS: Mapping[ReferenceKind, str] = {
    ReferenceKind.ADDRESS: "is no known address",
    ReferenceKind.SITE: "is no known site",
    ReferenceKind.PRODUCT: "is no product of this Buyer",
    ReferenceKind.OFFERING: "is no product offering for this Buyer",
    ReferenceKind.SPECIFICATION: "is no product specification for this Buyer",
}
_TOLD = 3
"""So many failures are told in one line of the log; all of them are counted."""


@value(frozen=True)
class Asking:
    """On whose behalf ids are asked for (`buyer`, `seller` as mappings see them), over which interface, and when.

    `urgent`: somebody waits, until `deadline` (on the event loop's clock).
    """

    buyer: Mapping[str, Any]
    seller: Mapping[str, Any]
    interface: str
    now: datetime
    urgent: bool = True
    deadline: float | None = None


@value(frozen=True)
class Checked:
    """What came of a check. `found`: members by kind and id; `unanswered`: why there is no answer, for the operator.

    An id of a kind that no references file answers is in none of them. `is_late`: whether the time was used up.
    """

    problems: tuple[Problem, ...] = ()
    found: Mapping[ReferenceKey, Mapping[str, Any]] = field(default_factory=dict)
    unanswered: Mapping[ReferenceKey, str] = field(default_factory=dict)
    is_late: bool = False

    def without_answer(self, references: Iterable[Reference]) -> list[str]:
        """Why some of these references have no answer, each reason once; empty if all that are checked have one."""
        return list(dict.fromkeys(self.unanswered[one.key] for one in references if one.key in self.unanswered))


NOT_ASKED = Checked()
"""What is known where nothing is asked."""


def existing_products(found: Mapping[ReferenceKey, Mapping[str, Any]]) -> dict[str, ExistingProduct]:
    """The products that were found, by id, for `gateway.lso.existing.check_modified`."""
    return {named: read_existing(members) for (kind, named), members in found.items() if kind == ReferenceKind.PRODUCT}


def offering_specifications(catalogue: Catalogue, found: Mapping[ReferenceKey, Mapping[str, Any]]) -> dict[str, Names]:
    """The names of the specification of each offering: of the catalogue's, and of those that were found."""
    known = {
        named: read_existing(members).specification
        for (kind, named), members in found.items()
        if kind == ReferenceKind.OFFERING
    }
    names = {named: frozenset({specification}) for named, specification in known.items() if specification}
    for named, offering in (catalogue.offerings or {}).items():
        own = frozenset({offering.specification_id}) if offering.specification_id else frozenset()
        names[named] = offering.types or own
    return names


@dataclass(frozen=True)
class Agreed:
    """What was agreed with the Buyer, as far as references depend on it, and what the Seller offers it."""

    place_types: Collection[str] = PLACE_TYPES
    offering_change: bool = True
    catalogue: Catalogue = field(default_factory=Catalogue)


class ReferenceChecker:
    """Asks for ids by the references files. At most `at_once` at the same time, `most` in one check."""

    def __init__(
        self,
        mappings: MappingCollection,
        prepared: Mapping[str, PreparedMapping],
        legacy: Legacy,
        *,
        at_once: int = 10,
        most: int = 20_000,
    ) -> None:
        self._mappings = mappings
        self.has_files = any(one.is_references for one in mappings.mappings)
        """Whether any id is asked for at all."""
        self._prepared = prepared
        self._legacy = legacy
        self._at_once = at_once
        self._most = most

    async def check_request(
        self, document: Mapping[str, Any], asking: Asking, agreed: Agreed, budget: float
    ) -> Checked:
        """All ids of a request, and what its items to modify have against the products that were found (P42)."""
        if not self.has_files:
            return NOT_ASKED
        references = collect(document, place_types=agreed.place_types)
        return _with_modified(document, agreed, await self.check(references, asking, budget))

    async def check_item(
        self, document: Mapping[str, Any], index: int, asking: Asking, agreed: Agreed, budget: float
    ) -> Checked:
        """The same for what the mapping of one item may read, while nobody waits; `problems` are those of this item."""
        references = read_by_item(document, collect(document, place_types=agreed.place_types), index)
        checked = _with_modified(document, agreed, await self.check(references, asking, budget, urgent=False))
        return replace(checked, problems=tuple(one for one in checked.problems if one.path[:2] == (ITEMS, index)))

    async def check(
        self, references: Sequence[Reference], asking: Asking, budget: float, *, urgent: bool = True
    ) -> Checked:
        """Ask for each id once, within `budget` seconds. Never raises because of a legacy system."""
        files = self._files({one.kind for one in references}, asking)
        questions = {one.key: _Question(one, files[one.kind]) for one in references if one.kind in files}
        if not questions:
            return NOT_ASKED
        waiting = list(questions.values())[: self._most]
        outcomes: dict[ReferenceKey, ReferenceOutcome] = {}
        is_late = False
        try:
            async with asyncio.timeout(budget) as limit:
                await self._ask_all(waiting, replace(asking, urgent=urgent, deadline=limit.when()), outcomes)
        except TimeoutError:
            is_late = True
        return replace(_checked(references, questions, outcomes), is_late=is_late)

    def _files(self, kinds: Collection[ReferenceKind], asking: Asking) -> dict[ReferenceKind, PreparedMapping]:
        """The references file of each of these kinds, where there is one."""
        buyer, seller = str(asking.buyer.get("id")), str(asking.seller.get("id"))
        chosen = {
            kind: self._mappings.choose_references(AskedReference(kind, buyer, seller, asking.interface))
            for kind in kinds
        }
        return {kind: self._prepared[mapping.name] for kind, mapping in chosen.items() if mapping is not None}

    async def _ask_all(
        self, waiting: Sequence[_Question], asking: Asking, outcomes: dict[ReferenceKey, ReferenceOutcome]
    ) -> None:
        left = iter(waiting)

        async def worker() -> None:
            for question in left:
                outcomes[question.reference.key] = await self._one(question, asking)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._at_once, len(waiting))):
                group.create_task(worker())

    async def _one(self, question: _Question, asking: Asking) -> ReferenceOutcome:
        reference, prepared = question.reference, question.prepared
        context = ReferenceContext(reference.key, asking.buyer, asking.seller, asking.now, prepared.tries)

        dealing = str(asking.buyer.get("id")), str(asking.seller.get("id"))
        asker = Asker(reference.item_id, dealing, prepared, asking.urgent, asking.deadline)

        async def ask(call: Call) -> StepResult:
            return await self._legacy.ask(asker, call)

        ended = await drive(ReferenceEvaluation(prepared.mapping, context), ask)
        outcome = usable(reference.kind, ended)
        mapping = prepared.mapping
        decision = ItemDecision(
            reference.item_id, mapping.name, mapping.version, str(outcome.rule), f"{reference.kind} {_told(outcome)}"
        )
        self._legacy.observer.decided(decision)
        return outcome


def _with_modified(document: Mapping[str, Any], agreed: Agreed, checked: Checked) -> Checked:
    if not checked.found:
        return checked
    modified = check_modified(
        document,
        existing_products(checked.found),
        offering_change=agreed.offering_change,
        specifications=offering_specifications(agreed.catalogue, checked.found),
    )
    return replace(checked, problems=(*checked.problems, *modified))


@dataclass(frozen=True)
class _Question:
    """An id and the file that answers it; `reference` is one place where the request names it."""

    reference: Reference
    prepared: PreparedMapping


def usable(kind: ReferenceKind, outcome: ReferenceOutcome) -> ReferenceOutcome:
    """The outcome; what was found of a product or an offering and cannot be read is a Failure."""
    if isinstance(outcome, KnownReference) and kind in (ReferenceKind.PRODUCT, ReferenceKind.OFFERING):
        try:
            read_existing(outcome.members)
        except ValueError as error:
            return Failure(f"what was found cannot be used: {error}", outcome.rule)
    return outcome


def _told(outcome: ReferenceOutcome) -> str:
    """An outcome in a few words, for the operator."""
    match outcome:
        case KnownReference():
            return "found"
        case UnknownReference(reason=reason):
            return f"unknown: {reason}"
        case Failure(reason=reason):
            return f"failed: {reason}"
        case _:
            assert_never(outcome)


def _checked(
    references: Sequence[Reference],
    questions: Mapping[ReferenceKey, _Question],
    outcomes: Mapping[ReferenceKey, ReferenceOutcome],
) -> Checked:
    problems = tuple(
        Problem(ProblemCode.REFERENCE_NOT_FOUND, one.path, _REASONS[one.kind])
        for one in references
        if isinstance(outcomes.get(one.key), UnknownReference)
    )
    found = {key: outcome.members for key, outcome in outcomes.items() if isinstance(outcome, KnownReference)}
    unanswered = {
        key: _why(question, outcomes.get(key))
        for key, question in questions.items()
        if not isinstance(outcomes.get(key), KnownReference | UnknownReference)
    }
    _tell(len(questions), len(problems), unanswered)
    return Checked(problems, found, unanswered)


def _why(question: _Question, outcome: ReferenceOutcome | None) -> str:
    """Why an id has no answer."""
    if isinstance(outcome, Failure):
        return f"{question.reference.kind}: {outcome.rule} {outcome.reason}"
    return f"{question.reference.kind}: {question.prepared.mapping.file} was not answered within the time, or not asked"


def _tell(asked: int, unknown: int, unanswered: Mapping[ReferenceKey, str]) -> None:
    """One line, whatever the number of ids: what a Buyer sends must not flood the log."""
    if unanswered:
        first = [reason for reason, _ in Counter(unanswered.values()).most_common(_TOLD)]
        _log.warning("references without an answer", asked=asked, unknown=unknown, count=len(unanswered), first=first)
    elif asked:
        _log.info("references checked", asked=asked, unknown=unknown)
