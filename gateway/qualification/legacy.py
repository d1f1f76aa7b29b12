"""One call: from a mapping's step to an adapter's operation, and from what came of it to a step's result.

Whatever goes wrong becomes a result that a mapping can speak about; only cancellation passes through.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from adapters.base import AdapterError, BadArguments, NoAnswer, Operation, Reply, SystemFault
from adapters.guard import Asked, Asking, Guard, Refusal
from gateway.loggers import logger
from gateway.lso.identifiers import ItemId
from gateway.mapping.outcomes import AlreadyBegun, Answered, Call, Faulted, Impossible, StepResult, Unanswered
from gateway.mapping.plan import CacheRule, LoadedMapping, Step
from gateway.qualification.caching import Patience, ReplyCache, key_of
from gateway.qualification.observing import ItemNotes, LegacyCall, Observer, Silent
from gateway.values import value

_log = logger()


@dataclass(frozen=True)
class PreparedStep:
    """A step with the operation it calls and what holds for its system (`timeout` in seconds)."""

    step: Step
    operation: Operation
    timeout: float
    tries: int


@dataclass(frozen=True)
class PreparedMapping:
    """A mapping whose steps can be called."""

    mapping: LoadedMapping
    steps: Mapping[str, PreparedStep]

    @cached_property
    def tries(self) -> Mapping[str, int]:
        """How often each step may ask in all."""
        return {name: step.tries for name, step in self.steps.items()}


@value(frozen=True)
class Asker:
    """For which item a call is made, between which Buyer and Seller, and by which mapping.

    `urgent`: somebody waits for the answer, until `deadline` (on the event loop's clock) where there is one.
    """

    item: ItemId
    dealing: tuple[str, str]
    prepared: PreparedMapping
    urgent: bool = True
    deadline: float | None = None


@dataclass(frozen=True)
class Legacy:
    """Makes calls, and shows them to an observer. `monotonic` gives seconds.

    `guards`: what stands before the calls of a system, by its name. Without one it is asked once, whatever happens.
    `cache`: where replies are kept for the steps that say so; without one none are.
    """

    observer: Observer
    monotonic: Callable[[], float]
    guards: Mapping[str, Guard] = field(default_factory=dict)
    cache: ReplyCache | None = None

    async def ask(self, asker: Asker, call: Call, notes: ItemNotes | None = None) -> StepResult:
        """Ask, and note it. Never raises but on cancellation."""
        target = asker.prepared.steps[call.step]
        note = notes.begin(target.step, call) if notes is not None else None
        started, age = self.monotonic(), None
        if self.cache is None or target.step.cache is None or target.step.write:
            asked = await self._guarded(asker, target, call)
        else:
            asked, age = await self._kept(asker, target, call, self.cache, target.step.cache)
        seconds = self.monotonic() - started
        outcome = asked.outcome
        told: StepResult
        result: StepResult
        if isinstance(outcome, Reply):
            told = result = Answered(outcome.value)
        else:
            told = _told(call, outcome, asked)
            result = _discreet(told)
        if note is not None:
            note.result, note.seconds, note.tries, note.age = result, seconds, asked.tries, age
        if not isinstance(self.observer, Silent):
            self.observer.called(_record(asker, target, call, told, asked, seconds, age))
        return result

    async def _kept(
        self, asker: Asker, target: PreparedStep, call: Call, cache: ReplyCache, keep: CacheRule
    ) -> tuple[Asked, float | None]:
        """A reply that was kept, with its age in seconds; or the system's own."""
        step = target.step
        for_whom = None if keep.shared else asker.dealing
        key = (step.system, step.definition.model_dump_json(), step.rows, for_whom, key_of(call.arguments))

        async def ask() -> Asked:
            return await self._guarded(asker, target, call)

        def is_usable(value: object) -> bool:
            return _is_as_meant(step, value)

        within = Patience(asker.urgent, asker.deadline, _limit(target, call))
        return await cache.reply(key, keep.seconds, ask, within=within, is_usable=is_usable)

    def _guarded(self, asker: Asker, target: PreparedStep, call: Call) -> Coroutine[Any, Any, Asked]:
        """To be awaited."""
        timeout = _limit(target, call)
        guard = self.guards.get(target.step.system)
        if guard is None:
            return _unguarded(target.operation, call, timeout)
        asking = Asking(timeout, asker.deadline, asker.urgent, target.step.write, call.attempt)
        return guard.call(target.operation, call.arguments, asking)


def _limit(target: PreparedStep, call: Call) -> float:
    """Seconds that the call may take."""
    return target.timeout if call.timeout is None else call.timeout


async def _unguarded(operation: Operation, call: Call, timeout: float) -> Asked:  # noqa: ASYNC109 (handed on)
    try:
        return Asked(await operation.call(call.arguments, timeout=timeout))
    except (SystemFault, NoAnswer, BadArguments) as error:
        return Asked(error)


def _is_as_meant(step: Step, value: object) -> bool:
    """Whether a reply is what the step is about: a missing row, or too many, may be a passing trouble."""
    if step.rows is None or not isinstance(value, list):
        return step.rows is None
    return (step.rows != "one" or len(value) > 0) and (step.most is None or len(value) <= step.most)


def _told(call: Call, error: AdapterError, asked: Asked) -> StepResult:
    """Why a call has no reply. Where asking again was refused it is the fault for which it was to be asked again."""
    match error:
        case Refusal() if call.after is not None:
            return replace(call.after, asked=1, remark=error.text)
        case SystemFault(codes=codes, text=text):
            return Faulted(codes, text, asked.tries)
        case NoAnswer() as none:
            return Unanswered(str(none), none.is_sent, asked.remark)
        case BadArguments() as bad:
            return Impossible(str(bad))
        case _:  # a subclass that the port does not name
            return Unanswered(str(error))


def _discreet(result: StepResult) -> StepResult:
    """A fault without its text, which may name persons or show the system's inside: its codes were agreed on."""
    if not isinstance(result, Faulted) or not result.text:
        return result
    _log.debug("fault of a system", codes=result.codes, text=result.text)
    return replace(result, text="")


def _received(outcome: Reply | AdapterError) -> str:
    return outcome.received if isinstance(outcome, Reply | SystemFault | NoAnswer) else ""


def _record(
    asker: Asker, target: PreparedStep, call: Call, result: StepResult, asked: Asked, seconds: float, age: float | None
) -> LegacyCall:
    step, mapping = target.step, asker.prepared.mapping
    try:
        sent = target.operation.render(call.arguments)
    except BadArguments as bad:
        sent = f"(nothing: {bad})"
    return LegacyCall(
        asker.item,
        mapping.name,
        step.name,
        step.system,
        step.word,
        call.attempt,
        sent,
        _received(asked.outcome),
        in_words(result),
        seconds,
        asked.tries,
        age,
    )


def in_words(result: StepResult) -> str:
    """What came of a call, for the operator."""
    match result:
        case Answered(value=list() as rows):
            return f"{len(rows)} row(s)"
        case Answered():
            return "answered"
        case Faulted():
            return result.words
        case Unanswered():
            return result.words
        case Impossible(reason=reason):
            return f"not sent: {reason}"
        case AlreadyBegun():
            return "not sent: it was begun before"
