"""One call: from a mapping's step to an adapter's operation, and from what came of it to a step's result.

Whatever goes wrong becomes a result that a mapping can speak about; only cancellation passes through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

from adapters.base import BadArguments, NoAnswer, Operation, SystemFault
from gateway.lso.identifiers import ItemId
from gateway.mapping.outcomes import AlreadyBegun, Answered, Call, Faulted, Impossible, StepResult, Unanswered
from gateway.mapping.plan import LoadedMapping, Step
from gateway.qualification.observing import ItemNotes, LegacyCall, Observer, Silent


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


@dataclass(frozen=True)
class Legacy:
    """Makes calls, and shows them to an observer. `monotonic` gives seconds.

    `places`: how many calls of one system there may be at the same time, where that is limited here; the others wait,
    and no time limit runs meanwhile.
    """

    observer: Observer
    monotonic: Callable[[], float]
    places: Mapping[str, asyncio.Semaphore] = field(default_factory=dict)

    async def ask(
        self, item: ItemId, prepared: PreparedMapping, call: Call, notes: ItemNotes | None = None
    ) -> StepResult:
        """Ask once, and note it. Never raises but on cancellation."""
        target = prepared.steps[call.step]
        async with self.places.get(target.step.system) or nullcontext():
            return await self._ask(item, prepared.mapping, target, call, notes)

    async def _ask(
        self, item: ItemId, mapping: LoadedMapping, target: PreparedStep, call: Call, notes: ItemNotes | None
    ) -> StepResult:
        note = notes.begin(target.step, call) if notes is not None else None
        started = self.monotonic()
        result, received = await _ask(target, call)
        seconds = self.monotonic() - started
        if note is not None:
            note.result, note.seconds = result, seconds
        if not isinstance(self.observer, Silent):
            self.observer.called(_record(item, mapping, target, call, result, received, seconds))
        return result


async def _ask(target: PreparedStep, call: Call) -> tuple[StepResult, str]:
    timeout = target.timeout if call.timeout is None else call.timeout
    try:
        reply = await target.operation.call(call.arguments, timeout=timeout)
    except SystemFault as fault:
        return Faulted(fault.codes, fault.text), fault.received
    except NoAnswer as none:
        return Unanswered(str(none), none.is_sent), none.received
    except BadArguments as bad:
        return Impossible(str(bad)), ""
    return Answered(reply.value), reply.received


def _record(
    item: ItemId,
    mapping: LoadedMapping,
    target: PreparedStep,
    call: Call,
    result: StepResult,
    received: str,
    seconds: float,
) -> LegacyCall:
    step = target.step
    try:
        sent = target.operation.render(call.arguments)
    except BadArguments as bad:
        sent = f"(nothing: {bad})"
    shown = in_words(result)
    return LegacyCall(
        item, mapping.name, step.name, step.system, step.word, call.attempt, sent, received, shown, seconds
    )


def in_words(result: StepResult) -> str:
    """What came of a call, for the operator."""
    match result:
        case Answered(value=list() as rows):
            return f"{len(rows)} row(s)"
        case Answered():
            return "answered"
        case Faulted(codes=codes, text=text):
            return f"fault {' / '.join(codes)}: {text}"
        case Unanswered(cause=cause):
            return f"no answer: {cause}"
        case Impossible(reason=reason):
            return f"not sent: {reason}"
        case AlreadyBegun():
            return "not sent: it was begun before"
