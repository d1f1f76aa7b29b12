"""Runs cases: the code that answers Buyers, with scripted systems, a clock that stands still and no pauses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from gateway.authoring.cases import NOT_ASKED, Case, ItemCase, ReferenceCase
from gateway.authoring.comparing import Difference, differences
from gateway.authoring.loading import known_references
from gateway.authoring.outcomes import CaseOutcome, as_written, not_as_expected
from gateway.authoring.replies import Stage, StagedIntents
from gateway.lso.agreement import Agreement
from gateway.lso.checking import check_request
from gateway.lso.identifiers import BuyerId, Dealing, Interface, ItemId, SellerId
from gateway.lso.problems import Problem
from gateway.lso.request import ITEMS
from gateway.lso.rules import Catalogue
from gateway.mapping.collection import MappingCollection
from gateway.mapping.engine import TRIES
from gateway.mapping.outcomes import Call, Failure, Refusal, StepResult
from gateway.mapping.plain import plain
from gateway.mapping.plan import LoadedMapping
from gateway.mapping.referring import ReferenceContext, ReferenceEvaluation
from gateway.mapping.template import EvaluationError
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.answering import AnswerCheck
from gateway.qualification.driving import drive
from gateway.qualification.items import ItemJob, ItemQualifier
from gateway.qualification.jobs import JobMaker, Rules, Seller
from gateway.qualification.legacy import Asker, Legacy, PreparedMapping, PreparedStep
from gateway.qualification.observing import Silent
from gateway.qualification.port import Caller, QualificationFailed
from gateway.qualification.references import usable
from gateway.sources.findings import Location

_SECONDS = 60.0
"""A scripted system answers at once: the timeout of a step without a configuration says nothing."""


@dataclass(frozen=True)
class Surroundings:
    """What a configuration adds to the tests: without one nothing is known of products, and nothing is on offer."""

    products: ProductSpecifications = field(
        default_factory=lambda: ProductSpecifications([], unknown_types="accept")  # as good as no check
    )
    catalogue: Catalogue = field(default_factory=Catalogue)
    seller: Seller = field(default_factory=lambda: Seller({}, (), {}))
    prepared: Mapping[str, PreparedMapping] = field(default_factory=dict)
    others: Mapping[str, tuple[Catalogue, Seller]] = field(default_factory=dict)
    """What a case is told that names one of several Sellers."""
    agreements: Mapping[Dealing, Agreement] = field(default_factory=dict)
    """What requests are held against; one of a Buyer that the configuration does not have, as the first one's."""

    def at(self, seller: str) -> Surroundings:
        """What a case of this Seller is told; of one that the configuration does not have, what the first one is."""
        if seller not in self.others:
            return self
        catalogue, own = self.others[seller]
        return replace(self, catalogue=catalogue, seller=own)


@dataclass(frozen=True)
class CaseResult:
    """What came of a case. `rule`: the line that decided; `error`: what failed there, if something did.

    `differences`: of the outcome; `sent_otherwise`: of what went out, by step first; `troubles`: why the case itself
    cannot stand, whatever the outcome.
    """

    case: Case
    outcome: Any
    rule: Location | None
    error: str
    differences: Sequence[Difference] = ()
    sent_otherwise: Sequence[Difference] = ()
    troubles: Sequence[str] = ()

    @property
    def passed(self) -> bool:
        return not (self.differences or self.sent_otherwise or self.troubles)


class Bench:
    """One mapping with all that its cases need."""

    def __init__(self, mapping: LoadedMapping, around: Surroundings) -> None:
        self._mapping = mapping
        self._around = around
        self._alone = MappingCollection([mapping])

    async def run(self, case: Case) -> CaseResult:
        """One case. Raises nothing because of what a mapping or a case says."""
        stage = Stage(case.replies)
        if problems := self._problems(case):
            return _refused(case, problems)
        try:
            outcome = await self._outcome(case, stage)
        except QualificationFailed as error:
            return CaseResult(case, None, None, "", troubles=[str(error)])
        shown = as_written(outcome)
        return CaseResult(
            case,
            shown,
            outcome.rule,
            outcome.reason if isinstance(outcome, Failure) else "",
            list(not_as_expected(case.said.expect, shown)),
            list(_sent_otherwise(case, stage)),
            list(_troubles(stage)),
        )

    async def _outcome(self, case: Case, stage: Stage) -> CaseOutcome:
        prepared = self._prepared(stage)
        match case.said:
            case ItemCase() as said:
                job = self._job(case, said, prepared)
                check = AnswerCheck(self._around.products, self._around.at(said.seller).catalogue)
                return await ItemQualifier(_LEGACY, check).qualify(replace(job, intents=StagedIntents(stage)))
            case ReferenceCase() as said:
                return await self._reference(case, said, prepared)
            case other:
                assert_never(other)

    def _job(self, case: Case, said: ItemCase, prepared: PreparedMapping) -> ItemJob:
        assert case.asked, "a case of an item was loaded with its request"
        around = self._around.at(said.seller)
        rules = Rules(self._alone, {prepared.mapping.name: prepared}, around.products)
        caller = Caller(BuyerId(str(case.buyer["id"])), SellerId(said.seller), Interface(said.irp), "")
        maker = JobMaker(rules, {caller.seller: _seller(around.seller, case, said)})
        job = maker.job(caller, case.asked.request, case.asked.item, said.now, known_references(said.known))
        if said.catalogue is not None:
            job = replace(job, context=replace(job.context, catalogue=said.catalogue))
        return replace(job, context=replace(job.context, answers=said.answers))

    async def _reference(self, case: Case, said: ReferenceCase, prepared: PreparedMapping) -> CaseOutcome:
        tries = {name: step.tries for name, step in prepared.steps.items()}
        key = (said.reference.kind, said.reference.id)
        context = ReferenceContext(key, case.buyer, {"id": said.seller}, said.now, tries)

        async def ask(call: Call) -> StepResult:
            return await _LEGACY.ask(Asker(ItemId(""), (str(case.buyer.get("id")), said.seller), prepared), call)

        ended = await drive(ReferenceEvaluation(prepared.mapping, context), ask)
        return usable(said.reference.kind, ended)

    def _problems(self, case: Case) -> list[Problem]:
        """What the API has against the request, by the Buyer's agreement and by the product specification.

        Around the items only what the case itself says is looked at, and all of a request that stands in a file.
        """
        said, document = case.said, case.asked.request.document if case.asked else None
        if not isinstance(said, ItemCase) or document is None:
            return []
        problems: list[Problem] = []
        agreements = self._around.agreements
        dealing = Dealing(BuyerId(str(case.buyer["id"])), SellerId(said.seller))
        if agreements:
            of_seller = [one for with_whom, one in agreements.items() if with_whom.seller == said.seller]
            agreement = agreements.get(dealing) or next(iter(of_seller or agreements.values()))
            own = Catalogue() if said.catalogue is not None else self._around.at(said.seller).catalogue
            problems += check_request(document, agreement, received_at=said.now, catalogue=own)
        if not isinstance(said.request, str):
            written = {ITEMS, *(said.request or ())}
            problems = [problem for problem in problems if problem.path and problem.path[0] in written]
        return [*problems, *self._around.products.check_request(document).problems]

    def _prepared(self, stage: Stage) -> PreparedMapping:
        """The mapping, with scripted operations; the real ones say whether what goes out fits them."""
        real = self._around.prepared.get(self._mapping.name)
        known = real.steps if real else {}
        steps: dict[str, PreparedStep] = {}
        for step in self._mapping.steps:
            own = known.get(step.name)
            operation = stage.operation(step, own.operation if own else None)
            steps[step.name] = PreparedStep(step, operation, _SECONDS, own.tries if own else TRIES)
        return PreparedMapping(self._mapping, steps)


_LEGACY = Legacy(Silent(), lambda: 0.0)


def _refused(case: Case, problems: Sequence[Problem]) -> CaseResult:
    """A request that the API refuses reaches no mapping: right only where a case says so."""
    expect = case.said.expect
    if isinstance(expect, Mapping) and "refuse" in expect:
        for problem in problems:
            refusal = Refusal(problem.code, problem.reason, problem.pointer, case.location)
            if not list(not_as_expected(expect, as_written(refusal))):
                return CaseResult(case, as_written(refusal), None, "")
    told = [f"the API refuses the request (422): {one.pointer} {one.reason}" for one in problems]
    return CaseResult(case, None, None, "", troubles=told)


def _seller(seller: Seller, case: Case, said: ItemCase) -> Seller:
    """The Seller as the case has it: with its Buyer, and its own catalogue if it has one."""
    buyers = {**seller.buyers, **({} if isinstance(said.buyer, str) else {said.buyer.id: case.buyer})}
    if said.catalogue is None:
        return replace(seller, buyers=buyers)
    offerings = [{"specification": None, **offering} for offering in said.catalogue]
    return replace(seller, buyers=buyers, offerings=offerings)


def _troubles(stage: Stage) -> Iterator[str]:
    yield from dict.fromkeys(stage.unread)
    for step in dict.fromkeys(stage.missing):
        given = stage.scripts.get(step)
        if given is None:
            yield f"'{step}' is asked, and the test has no reply for it: write one under 'legacy'"
        else:
            yield f"'{step}' is asked {len(stage.calls(step))} times, and the test has {len(given.results)} replies"


def _sent_otherwise(case: Case, stage: Stage) -> Iterator[Difference]:
    for step, expected in case.said.sends.items():
        calls = [_plain(call, case.location) for call in stage.calls(step)]
        if expected == NOT_ASKED:
            yield from (Difference((step,), NOT_ASKED, call) for call in calls)
        elif isinstance(expected, list):
            yield from differences(expected, calls, (step,))
        elif not calls:
            yield Difference((step,), expected, NOT_ASKED)
        else:
            for call in calls:
                yield from differences(expected, call, (step,))


def _plain(arguments: Mapping[str, Any], location: Location) -> Any:
    """Arguments as they are written in a test: dates and decimals as texts and numbers, where they can be."""
    try:
        return plain(arguments, location)
    except EvaluationError:
        return arguments
