"""How a request would be answered, step by step: what would be sent, and where each value of the answer comes from.

Runs the code that answers Buyers. Nothing is sent: replies are given by whoever asks, and where one is missing the
explanation stops and says what would be asked. Knows no configuration file and no adapter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gateway.authoring.explain_replies import NoReply, Replies, ShownOperation
from gateway.authoring.explain_trace import PROPOSAL, Log, Run, Seen, watched
from gateway.authoring.outcomes import CaseOutcome, as_written
from gateway.authoring.replies import ReplyError
from gateway.lso.answers import ALTERNATES
from gateway.lso.identifiers import ItemId
from gateway.lso.request import QualificationRequest
from gateway.mapping.collection import AskedReference
from gateway.mapping.kinds import ReferenceKey
from gateway.mapping.outcomes import Call, KnownReference, StepResult
from gateway.mapping.plain import plain
from gateway.mapping.referring import ReferenceContext, ReferenceEvaluation
from gateway.mapping.template import EvaluationError
from gateway.qualification.answering import AnswerCheck, ItemAnswer
from gateway.qualification.collecting import Reference, collect, read_by_item
from gateway.qualification.depending import circular, needed_items
from gateway.qualification.driving import drive
from gateway.qualification.intents import MemoryIntents
from gateway.qualification.items import ItemJob, ItemQualifier
from gateway.qualification.jobs import JobMaker, Rules, Seller
from gateway.qualification.legacy import Asker, Legacy, PreparedMapping
from gateway.qualification.observing import Silent
from gateway.qualification.port import Caller, QualificationFailed
from gateway.qualification.references import usable
from gateway.sources.findings import Location, nearest


@dataclass
class Explained:
    """What came of one item or reference. `outcome` in the words of a test file; `stopped`: why there is none.

    `members`: each target field with its value, and where it was said; None where the gateway adds it.
    """

    subject: str
    mapping: str = ""
    version: int = 0
    file: str = ""
    runs: Sequence[Run] = ()
    outcome: Mapping[str, Any] | None = None
    rule: Location | None = None
    members: Sequence[Seen] = ()
    stopped: str = ""


@dataclass(frozen=True)
class Setting:
    """By what, for whom and when a request is explained. `place_types`: those that were agreed with the Buyer."""

    rules: Rules
    seller: Seller
    check: AnswerCheck
    caller: Caller
    now: datetime
    place_types: Sequence[str]

    @property
    def maker(self) -> JobMaker:
        """Makes the jobs of this Seller's items."""
        return JobMaker(self.rules, {self.caller.seller: self.seller})


@dataclass
class Explainer:
    """Explains one request. `known`: what is to be taken as found by references files."""

    setting: Setting
    request: QualificationRequest
    replies: Replies
    known: dict[ReferenceKey, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._open: dict[ReferenceKey, str] = {}
        self._answers: dict[str, Mapping[str, Any]] = {}

    async def explain(self, item: str | None = None) -> list[Explained]:
        """Every item, or one with those that it needs, each after what it reads. Raises ReplyError.

        Raises QualificationFailed where no mapping answers an item, or items need each other in a circle.
        """
        jobs = {job.id: job for job in self._jobs()}
        self._refuse_unknown_replies()
        wanted = _with_needed([ItemId(item)] if item is not None else list(jobs), jobs)
        references = [one for job in wanted for one in self._read_by(job)]
        told = [await self._reference(one) for one in {one.key: one for one in references}.values()]
        return [*filter(None, told), *[await self._item(job) for job in wanted]]

    def _jobs(self) -> list[ItemJob]:
        maker, said = self.setting.maker, self.setting
        jobs = [maker.job(said.caller, self.request, item, said.now, {}) for item in self.request.items]
        if circular(jobs):
            raise QualificationFailed("items of the request need each other's answers in a circle")
        return jobs

    def _refuse_unknown_replies(self) -> None:
        """A misspelt step would otherwise be a reply that nobody hears of."""
        steps = {name for prepared in self.setting.rules.prepared.values() for name in prepared.steps}
        for key in self.replies.names:
            if key.rpartition(".")[2] not in steps:
                hint = nearest(key.rpartition(".")[2], steps)
                raise ReplyError(f"--reply {key}: no mapping has such a step" + (f" ({hint})" if hint else ""))

    def _read_by(self, job: ItemJob) -> list[Reference]:
        """The references that the mapping of an item may read."""
        references = collect(self.request.document, place_types=self.setting.place_types)
        return read_by_item(self.request.document, references, job.item.index)

    async def _reference(self, reference: Reference) -> Explained | None:
        """What is known of an id; None where no file answers such ids, or it was given."""
        caller, rules = self.setting.caller, self.setting.rules
        asked = AskedReference(reference.kind, caller.buyer, caller.seller, caller.interface)
        mapping = rules.mappings.choose_references(asked)
        if mapping is None or reference.key in self.known:
            return None
        told = Explained(f"{reference.kind} {reference.id}", mapping.name, mapping.version, mapping.file)
        log = Log()
        prepared = self._watched(rules.prepared[mapping.name], log, reference.id)
        asking = self.setting.maker.asking(caller, self.setting.now)
        tries = {name: step.tries for name, step in prepared.steps.items()}
        context = ReferenceContext(reference.key, asking.buyer, asking.seller, self.setting.now, tries)

        async def ask(call: Call) -> StepResult:
            return await _LEGACY.ask(Asker(reference.item_id, (caller.buyer, caller.seller), prepared), call)

        async def run() -> CaseOutcome:
            ended = await drive(ReferenceEvaluation(prepared.mapping, context), ask)
            return usable(reference.kind, ended)

        outcome = await _ended(run, told, log)
        if isinstance(outcome, KnownReference):
            self.known[reference.key] = outcome.members
        else:
            self._open[reference.key] = told.subject
        return told

    async def _item(self, job: ItemJob) -> Explained:
        mapping = job.prepared.mapping
        told = Explained(job.id, mapping.name, mapping.version, mapping.file)
        missing = [self._open[one.key] for one in self._read_by(job) if one.key in self._open]
        missing += [item for item in needed_items(job) if item not in self._answers]
        if missing:
            told.stopped = f"it may read {', '.join(dict.fromkeys(missing))}, which has no answer"
            return told
        log = Log()
        prepared = self._watched(job.prepared, log, job.id)
        context = replace(job.context, known=self.known, answers=self._answers)
        job = replace(job, prepared=prepared, context=context, intents=MemoryIntents())
        qualifier = ItemQualifier(_LEGACY, self.setting.check)

        async def run() -> CaseOutcome:
            return await qualifier.qualify(job)

        outcome = await _ended(run, told, log)
        if isinstance(outcome, ItemAnswer):
            self._answers[job.id] = outcome.members
        return told

    def _watched(self, prepared: PreparedMapping, log: Log, subject: str) -> PreparedMapping:
        """The mapping with parts that note what they do, and systems that send nothing."""
        mapping, counts = watched(prepared.mapping, log), Counter[str]()
        steps = {
            name: replace(
                one,
                step=mapping.step(name),
                operation=ShownOperation(
                    one.operation, one.step, log, self.replies, (subject, prepared.mapping.name), counts
                ),
            )
            for name, one in prepared.steps.items()
        }
        return PreparedMapping(mapping, steps)


async def _ended(run: Callable[[], Any], told: Explained, log: Log) -> CaseOutcome | None:
    """Run to the end, or to the first reply that is missing; writes into `told` what came of it."""
    outcome: CaseOutcome | None = None
    wrong: list[ReplyError] = []
    try:
        outcome = await run()
    except* NoReply:
        asked = dict.fromkeys(call.step for one in log.runs for call in one.calls if call.reply is None)
        told.stopped = "; ".join(f"no reply is given for {step}: --reply {step}=FILE" for step in asked)
    except* ReplyError as errors:
        wrong += [error for error in _leaves(errors) if isinstance(error, ReplyError)]
    if wrong:
        raise wrong[0]
    told.runs = log.runs
    if outcome is not None:
        told.outcome, told.rule = as_written(outcome), outcome.rule
        told.members = list(_members(told.outcome, outcome, log))
    return outcome


def _leaves(errors: BaseExceptionGroup[Any]) -> Iterator[BaseException]:
    for error in errors.exceptions:
        yield from _leaves(error) if isinstance(error, BaseExceptionGroup) else (error,)


def _members(shown: Mapping[str, Any], outcome: CaseOutcome, log: Log) -> Iterator[Seen]:
    """Each target field, with the place where its value was said in the run that decided."""
    offering = outcome.offering if isinstance(outcome, ItemAnswer) else None
    seen = [one for run in log.runs if offering is None or run.offering == offering for one in run.members]
    said = {one.name: one.location for one in seen}
    if not isinstance(outcome, ItemAnswer | KnownReference):
        yield from (Seen(name, value, said.get(name, outcome.rule)) for name, value in shown.items())
        return
    for name, value in outcome.members.items():
        if name == ALTERNATES:
            for number, proposal in enumerate(value, start=1):
                yield from _proposed(f"alternate {number}", proposal, seen)
        else:
            is_red = name == "serviceabilityConfidence" and value == "red"
            yield Seen(name, value, said.get(name, outcome.rule if is_red else None))


def _proposed(where: str, proposal: Mapping[str, Any], seen: Sequence[Seen]) -> Iterator[Seen]:
    """The fields of one alternate; what no line under `alternates` gave is the gateway's, or another candidate's."""
    own = {name: value for name, value in proposal.items() if name != "alternateProduct"}
    for name, value in {**own, **proposal.get("alternateProduct", {})}.items():
        given = (one.location for one in seen if one.name == f"{PROPOSAL}{name}" and _same(one, value))
        yield Seen(f"{where}: {name}", value, next(given, None))


def _same(one: Seen, value: Any) -> bool:
    try:
        return one.location is not None and bool(plain(one.value, one.location) == value)
    except EvaluationError:
        return False


def _with_needed(wanted: Sequence[ItemId], jobs: Mapping[ItemId, ItemJob]) -> list[ItemJob]:
    """These items and all that they need, each after those; the items need each other in no circle."""
    ordered: dict[ItemId, ItemJob] = {}

    def put(item: ItemId) -> None:
        if item in ordered:
            return
        for needed in sorted(needed_items(jobs[item])):
            put(needed)
        ordered[item] = jobs[item]

    for item in wanted:
        put(item)
    return list(ordered.values())


_LEGACY = Legacy(Silent(), lambda: 0.0)
