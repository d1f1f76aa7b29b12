"""The way of one request: checked, matched with mappings, answered or acknowledged, checked again, kept, given back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gateway.apart import apart
from gateway.loggers import logger
from gateway.lso.checking import part_to_check
from gateway.lso.document import ReceivedDocument
from gateway.lso.documents import check_qualification
from gateway.lso.identifiers import Dealing, ItemId, PoqId, SellerId
from gateway.lso.problems import in_document_order
from gateway.lso.request import read_request
from gateway.qualification import composition, repeating
from gateway.qualification.answering import ItemAnswer
from gateway.qualification.checking import RequestChecker
from gateway.qualification.composition import Received
from gateway.qualification.depending import circular
from gateway.qualification.immediate import INSTANT, ImmediateRun, NotNow, not_now
from gateway.qualification.items import ItemJob
from gateway.qualification.kept_intents import IntentKeeper
from gateway.qualification.port import Caller, QualificationFailed, Refused, TooManyOpen, Unavailable
from gateway.qualification.references import NOT_ASKED, Agreed, Asking, Checked
from gateway.qualification.repeating import EVERY_POST_IS_NEW, Alone, RepeatTerms
from gateway.qualification.ruling import RuleSet, RuleSets
from gateway.qualification.tracing import Tracer
from gateway.store.errors import AlreadyOpen, StoreUnavailable
from gateway.store.records import JsonText, StoredQualification, StoredTrace
from gateway.store.records_audit import Action, AuditEntry
from gateway.store.repeats import AnsweredBefore, Keeping, Mark
from gateway.store.store import Store

_CREATED = Action.POQ_CREATED
_log = logger()


@dataclass(frozen=True)
class BuyerTerms:
    """What holds between a Buyer and a Seller. Budgets in seconds; `ends_overdue`: its date ends an open POQ."""

    checker: RequestChecker
    agreed: Agreed
    types: Sequence[str] = ("immediate", "deferred")
    immediate_budget: float = 25.0
    reference_budget: float = 2.0
    deferred_at_once: bool = False
    ends_overdue: bool = True
    open_at_once: int | None = None
    repeats: RepeatTerms = EVERY_POST_IS_NEW


@dataclass(frozen=True)
class Surroundings:
    """What the service is given of the world. `acknowledged` is called after a POQ that is worked on later is kept.

    `tracer` says what an operator may see of what is written.
    """

    now: Callable[[], datetime]
    new_id: Callable[[], str]
    acknowledged: Callable[[], None] = lambda: None
    tracer: Tracer = field(default_factory=Tracer)


class QualificationService:
    """Answers POQs, at once or later, and keeps them (`gateway.qualification.port.Qualifications`)."""

    def __init__(
        self,
        terms: Mapping[Dealing, BuyerTerms],
        rules: RuleSets,
        runs: Mapping[SellerId, ImmediateRun],
        store: Store,
        surroundings: Surroundings,
    ) -> None:
        self._terms = terms
        self._rules = rules
        self._runs = runs
        self._store = store
        self._now = surroundings.now
        self._new_id = surroundings.new_id
        self._acknowledged = surroundings.acknowledged
        self._keeper = IntentKeeper(store, surroundings.now, surroundings.new_id, surroundings.tracer)
        self._alone = Alone()

    async def create(self, caller: Caller, body: ReceivedDocument, key: str | None = None) -> bytes:
        """Keep a new POQ, answered or to be answered, or give the answer to the same request again; see the port."""
        started, terms = self._now(), self._terms[caller.dealing]
        marks = await repeating.marks_of(body, key, terms.repeats)
        if not marks:
            return await self._create(caller, body, terms, started)
        since = repeating.since(started, terms.repeats)
        try:
            async with self._alone.with_marks(caller, marks, terms.immediate_budget):
                given = await self._store.find_answer(caller.buyer, caller.seller, caller.interface, marks, since)
                if given is None:
                    return await self._create(caller, body, terms, started, marks)
        except StoreUnavailable as error:
            raise Unavailable(str(error)) from error
        except AnsweredBefore as before:
            given = before.answer
        _log.info("poq answered again", poq_id=given.poq_id, buyer_id=caller.buyer, by=given.mark.kind.value)
        return repeating.answer_again(given, marks, terms.repeats)

    async def _create(
        self,
        caller: Caller,
        body: ReceivedDocument,
        terms: BuyerTerms,
        started: datetime,
        marks: Sequence[Mark] = (),
    ) -> bytes:
        rules = self._rules.present
        problems = await apart(body.size, lambda: terms.checker.problems(body.plain, started))
        asking = rules.jobs.asking(caller, started)
        has_files = rules.references.has_files
        checked = await _looked_up(rules, asking, body.plain, terms) if has_files else NOT_ASKED
        if problems or checked.problems:
            raise Refused(in_document_order([*problems, *checked.problems], body.plain))
        request = read_request(body.plain)
        found = [rules.jobs.job(caller, request, item, started, checked.found) for item in request.items]
        poq_id = PoqId(self._new_id())  # now, since what is written for an answer is noted with it
        jobs = [self._keeper.with_intents(job, poq_id, caller.buyer, None) for job in found]
        received = Received(caller, body, request, rules.jobs.seller(caller).contact)
        record, answers = await self._record(poq_id, received, jobs, terms, checked)
        shown = _shown(record, received, answers)
        keeping = Keeping(marks, JsonText(shown.decode()), repeating.since(started, terms.repeats)) if marks else None
        has_written = any(job.prepared.mapping.writes for job in jobs)
        try:
            with self._rules.beginning(record.id, rules):
                await self._store.create(
                    record,
                    _traces(record, jobs),
                    keeping,
                    has_written=has_written,
                    most_open=terms.open_at_once,
                    audit=self._entry(record, caller),
                )
        except AlreadyOpen:
            reason = f"A Buyer has at most {terms.open_at_once} open product offering qualifications"
            raise TooManyOpen(reason) from None
        except StoreUnavailable as error:
            raise Unavailable(str(error)) from error
        _log.info("poq created", poq_id=record.id, buyer_id=caller.buyer, items=len(jobs), state=record.state)
        if record.due is not None:
            self._acknowledged()
        return shown

    async def _record(
        self, poq_id: PoqId, received: Received, jobs: Sequence[ItemJob], terms: BuyerTerms, checked: Checked
    ) -> tuple[StoredQualification, Mapping[ItemId, ItemAnswer]]:
        """Answered at once where the Buyer asks for it, or the Seller does no other; else acknowledged (87.1-O3)."""
        circle = circular(jobs)
        if circle:
            raise Refused(circle)
        waits = not received.request.instant and "deferred" in terms.types
        if waits and not terms.deferred_at_once:
            return self._to_be_answered(poq_id, received, jobs, terms), {}
        try:
            answers = await self._answers(received, jobs, terms, checked)
        except (NotNow, QualificationFailed) as error:
            if waits:
                return self._to_be_answered(poq_id, received, jobs, terms), {}
            raise not_now(received.request, error) if isinstance(error, NotNow) else error from None
        mappings = {job.id: job.prepared.mapping for job in jobs}
        return composition.answered(poq_id, received, answers, mappings, self._now()), answers

    async def _answers(
        self, received: Received, jobs: Sequence[ItemJob], terms: BuyerTerms, checked: Checked
    ) -> dict[ItemId, ItemAnswer]:
        """Within what is left of the time. No answer is given about an id of which nothing is known (P45)."""
        if checked.is_late:
            raise NotNow("No immediate answer could be given in time")
        if checked.unanswered:
            raise QualificationFailed("; ".join(dict.fromkeys(checked.unanswered.values())))
        spent = (self._now() - jobs[0].context.now).total_seconds()
        left = min(terms.immediate_budget - spent, terms.immediate_budget)  # a clock that is set back gives no more
        return await self._runs[received.caller.seller].answers(jobs, budget=left)

    def _to_be_answered(
        self, poq_id: PoqId, received: Received, jobs: Sequence[ItemJob], terms: BuyerTerms
    ) -> StoredQualification:
        now = self._now()
        estimates = [job.prepared.mapping.estimate for job in jobs]
        known = [seconds for seconds in estimates if seconds is not None]
        expected = now + timedelta(seconds=max(known)) if len(known) == len(jobs) else None
        deadline = received.request.requested_completion if terms.ends_overdue else None
        return composition.acknowledged(poq_id, received, composition.Promise(deadline, expected), now)

    def _entry(self, record: StoredQualification, caller: Caller) -> AuditEntry:
        whose = {"buyer": caller.buyer, "seller": caller.seller}
        return AuditEntry(record.creation_date, caller.by, _CREATED, record.state, record.id, **whose)

    async def read(self, caller: Caller, poq_id: str) -> bytes | None:
        """The POQ as it stands; see the port."""
        try:
            record = await self._store.get(caller.buyer, caller.seller, caller.interface, poq_id)
        except StoreUnavailable as error:
            raise Unavailable(str(error)) from error
        if record is None:
            return None
        return composition.shown(record, caller.base_href)


def _shown(record: StoredQualification, received: Received, answers: Mapping[ItemId, ItemAnswer]) -> bytes:
    """The body of the 201; a body that breaks the standard never leaves (87.1-R21)."""
    base_href = received.caller.base_href
    problems = check_qualification(composition.shown_plainly(record, received, answers, base_href))
    if problems:
        text = "; ".join(f"{problem.pointer} {problem.reason}" for problem in problems)
        raise QualificationFailed(f"the response breaks the standard: {text}")
    return composition.shown(record, base_href)


async def _looked_up(rules: RuleSet, asking: Asking, document: Mapping[str, Any], terms: BuyerTerms) -> Checked:
    """What is known of the ids that the request names, also where it is broken elsewhere (P29, P31, P40, P42)."""
    may_wait = document.get(INSTANT) is not True and "deferred" in terms.types and not terms.deferred_at_once
    budget = terms.reference_budget if may_wait else terms.immediate_budget
    part = part_to_check(document, terms.checker.agreement)
    return await rules.references.check_request(part, asking, terms.agreed, budget)


def _traces(record: StoredQualification, jobs: Sequence[ItemJob]) -> dict[int, StoredTrace]:
    """How the items were answered; nothing of what did not come to an answer."""
    if record.due is not None:
        return {}
    return {n: job.notes.trace for n, job in enumerate(jobs) if job.notes.trace is not None}
