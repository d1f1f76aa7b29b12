"""One item: evaluates its mapping, once or once per candidate (use case 2b), and has checked what comes out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Any, assert_never

from gateway.loggers import logger
from gateway.lso.agreement import OfAlternates
from gateway.lso.identifiers import ItemId
from gateway.lso.request import QualificationRequest, RequestItem, UseCase
from gateway.mapping.evaluate import ItemContext, ItemEvaluation, Scope
from gateway.mapping.outcomes import (
    Answer,
    Answered,
    Call,
    Failure,
    Intent,
    Outcome,
    Postponed,
    Refusal,
    StepResult,
)
from gateway.mapping.template import EvaluationError
from gateway.qualification.answering import AnswerCheck, ItemAnswer, Proposed
from gateway.qualification.driving import drive
from gateway.qualification.intents import Intents, NoIntents
from gateway.qualification.legacy import Asker, Legacy, PreparedMapping
from gateway.qualification.observing import ItemDecision, ItemNotes, Silent
from gateway.qualification.tracing import Tracer
from gateway.qualification.writing import Writing
from gateway.values import value

_log = logger()

_BY_SPECIFICATION = UseCase.ADD_SPECIFICATION
_BEST_FIRST = ("green", "yellow", "red")

ItemOutcome = ItemAnswer | Refusal | Postponed | Failure


@value(frozen=True)
class ItemJob:
    """One item to be answered: what is asked, by which mapping, knowing what. `alternates`: of which products.

    `intents`: those of its POQ; without them no step may change anything. `deadline`: on the event loop's clock, when
    its answer is of no use any more. `notes` are written while it is evaluated.
    """

    item: RequestItem
    request: QualificationRequest
    prepared: PreparedMapping
    context: ItemContext
    alternates: OfAlternates = "any"
    intents: Intents = field(default_factory=NoIntents)
    deadline: float | None = None
    notes: ItemNotes = field(default_factory=ItemNotes, compare=False)

    @property
    def id(self) -> ItemId:
        return self.item.id

    def within(self, deadline: float) -> ItemJob:
        """The same, of use until then."""
        job = (self.item, self.request, self.prepared, self.context, self.alternates, self.intents)
        return ItemJob(*job, deadline, self.notes)


class ItemQualifier:
    """Answers items. Knows no time limit: whoever awaits it sets one."""

    def __init__(
        self,
        legacy: Legacy,
        check: AnswerCheck,
        *,
        tries_again: bool = False,
        tracer: Tracer = Tracer(),  # noqa: B008 - frozen
    ) -> None:
        """`tries_again`: nobody waits, and whoever uses it asks again after a failure, which then is no error yet."""
        self._legacy = legacy
        self._check = check
        self._tracer = tracer
        self._urgent = not tries_again
        self._log_failure = _log.warning if tries_again else _log.error

    async def qualify(self, job: ItemJob) -> ItemOutcome:
        """The item's answer, checked, or why there is none."""
        if job.item.use_case is _BY_SPECIFICATION:
            outcome = await self._best_candidate(job)
        else:
            found = await self._run(job, None)
            outcome = Proposed(found, None) if isinstance(found, Answer) else found
        checked = self._checked(job, outcome) if isinstance(outcome, Proposed) else outcome
        self._tell(job, checked)
        return checked

    def _checked(self, job: ItemJob, proposed: Proposed) -> ItemAnswer | Failure:
        return self._check.checked(job.item, job.request, proposed, alternates=job.alternates)

    def _tell(self, job: ItemJob, outcome: ItemOutcome) -> None:
        """What an operator needs to see why an item was answered as it was."""
        mapping, said = job.prepared.mapping, told(outcome)
        rule = str(outcome.rule)
        job.notes.trace = self._tracer.ended(mapping, job.context, job.notes, outcome, said)
        job.notes.calls.clear()
        if not isinstance(self._legacy.observer, Silent):
            self._legacy.observer.decided(ItemDecision(job.id, mapping.name, mapping.version, rule, said))
        level = self._log_failure if isinstance(outcome, Failure) else _log.info
        level("item decided", item_id=job.id, mapping=mapping.name, version=mapping.version, rule=rule, outcome=said)

    async def _run(self, job: ItemJob, replies: _Replies | None) -> Outcome:
        """`replies`: those that candidates share; a mapping that runs once does not ask the same twice."""
        mapping, asker, notes = job.prepared.mapping, self._asker(job), job.notes

        def make(call: Call) -> Coroutine[Any, Any, StepResult]:
            return self._legacy.ask(asker, call, notes)

        ask: Callable[[Call], Awaitable[StepResult]] = make
        if replies is not None or mapping.writes:
            offering = job.context.offering or {}
            writing = Writing(job.intents, notes, mapping, job.id, offering.get("id"))
            ask = partial(self._ask, make, writing, replies)
        return await drive(ItemEvaluation(mapping, job.context), ask)

    async def _ask(
        self, make: Callable[[Call], Awaitable[StepResult]], writing: Writing, replies: _Replies | None, call: Call
    ) -> StepResult:
        match call.intent:
            case Intent.NONE:
                known = replies.get(call) if replies is not None else None
                result = await make(call) if known is None else known
                if replies is not None:
                    replies.keep(call, result)
                await writing.looked_up(call, result)
                return result
            case Intent.COMMIT:
                return await writing.write(call, make)
            case _:
                assert_never(call.intent)

    def _asker(self, job: ItemJob) -> Asker:
        dealing = str(job.context.buyer.get("id")), str(job.context.seller.get("id"))
        return Asker(job.id, dealing, job.prepared, self._urgent, job.deadline)

    async def _best_candidate(self, job: ItemJob) -> Proposed | Refusal | Postponed | Failure:
        """Evaluate once per offering of the specification (87.1-R48, R49): the best answers, others are alternates."""
        try:
            candidates = _candidates(job)
        except EvaluationError as error:
            return Failure(error.message, error.location)
        location = job.prepared.mapping.document.location(("for",), key=True)
        if not candidates and job.prepared.mapping.candidates is None and self._check.catalogue.offerings is None:
            reason = "nothing says which offerings there are: name `candidates`, or `offerings` in the configuration"
            return Failure(reason, location)
        if not candidates:
            reason = "No offering of this product specification is available"
            return Proposed(Answer(_red(reason), location), None)
        replies = _Replies()
        outcomes = [_coloured(await self._run(_with_offering(job, candidate), replies)) for candidate in candidates]
        return _choose(job, candidates, outcomes)


class _Replies:
    """What legacy systems said about one item, so that its candidates do not ask the same twice."""

    def __init__(self) -> None:
        self._known: list[tuple[Call, StepResult]] = []

    def get(self, call: Call) -> StepResult | None:
        if call.attempt > 1:
            return None
        return next((result for known, result in self._known if known == call), None)

    def keep(self, call: Call, result: StepResult) -> None:
        if not isinstance(result, Answered):
            return
        first = call if call.attempt == 1 else replace(call, attempt=1)
        if self.get(first) is None:
            self._known.append((first, result))


def told(outcome: ItemOutcome) -> str:
    """An outcome in a few words."""
    match outcome:
        case ItemAnswer(members=members):
            return str(members["serviceabilityConfidence"])
        case Refusal(code=code, reason=reason):
            return f"refused: {code}: {reason}"
        case Postponed(reason=reason):
            return f"postponed: {reason}"
        case Failure(reason=reason):
            return f"failed: {reason}"
        case _:
            assert_never(outcome)


def _candidates(job: ItemJob) -> list[Mapping[str, Any]]:
    """The offerings to try: what the mapping says, else the catalogue's offerings of the specification."""
    rule = job.prepared.mapping.candidates
    if rule is None:
        return list(job.context.catalogue)
    found = rule.source.render(Scope(job.prepared.mapping, job.context))
    if not isinstance(found, list) or not all(isinstance(one, Mapping) and one.get("id") for one in found):
        raise EvaluationError("candidates are a list of offerings, each with an id", rule.source.location())
    return found[: rule.most]


def _with_offering(job: ItemJob, offering: Mapping[str, Any]) -> ItemJob:
    return replace(job, context=replace(job.context, offering=offering))


def _choose(
    job: ItemJob, candidates: Sequence[Mapping[str, Any]], outcomes: Sequence[Outcome]
) -> Proposed | Refusal | Postponed | Failure:
    for kind in (Refusal, Postponed, Failure):
        for outcome in outcomes:
            if isinstance(outcome, kind):
                return outcome
    answers = [
        (outcome, str(candidate["id"]))
        for candidate, outcome in zip(candidates, outcomes, strict=True)
        if isinstance(outcome, Answer)
    ]
    answers.sort(key=lambda pair: _rank(pair[0]))
    best, offering = answers[0]
    if not _is_promise(best):
        return Proposed(best, None)
    others = tuple(_as_alternate(job, answer, other) for answer, other in answers[1:] if _is_promise(answer))
    return Proposed(replace(best, alternates=(*best.alternates, *others)), offering)


def _coloured(outcome: Outcome) -> Outcome:
    """A candidate's outcome; one that is neither green, yellow nor red cannot be ranked and is a Failure."""
    if isinstance(outcome, Answer) and outcome.fields.get("serviceabilityConfidence") not in _BEST_FIRST:
        return Failure("a candidate was answered neither green, yellow nor red", outcome.rule)
    return outcome


def _rank(answer: Answer) -> int:
    return _BEST_FIRST.index(answer.fields["serviceabilityConfidence"])


def _is_promise(answer: Answer) -> bool:
    return _rank(answer) < _BEST_FIRST.index("red")


def _red(reason: str) -> dict[str, Any]:
    return {"serviceabilityConfidence": "red", "serviceabilityConfidenceReason": reason}


def _as_alternate(job: ItemJob, answer: Answer, offering: str) -> dict[str, Any]:
    configuration = job.item.configuration
    return {**answer.fields, "productOffering": {"id": offering}, "productConfiguration": configuration}
