"""One call: from a mapping's step to an adapter's operation, and from what came of it to a step's result.

Whatever goes wrong becomes a result that a mapping can speak about; only cancellation passes through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adapters.base import BadArguments, NoAnswer, Operation, SystemFault
from gateway.lso.identifiers import ItemId
from gateway.mapping.outcomes import Answered, Call, Faulted, Impossible, StepResult, Unanswered
from gateway.mapping.plan import LoadedMapping, Step
from gateway.qualification.observing import LegacyCall, Observer, Silent


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
    """Makes calls, and shows them to an observer. `monotonic` gives seconds."""

    observer: Observer
    monotonic: Callable[[], float]

    async def ask(self, item: ItemId, prepared: PreparedMapping, call: Call) -> StepResult:
        """Ask once. Never raises but on cancellation."""
        target = prepared.steps[call.step]
        started = self.monotonic()
        result, received = await _ask(target, call)
        if not isinstance(self.observer, Silent):
            seconds = self.monotonic() - started
            self.observer.called(_record(item, prepared.mapping, target, call, result, received, seconds))
        return result


async def _ask(target: PreparedStep, call: Call) -> tuple[StepResult, str]:
    timeout = target.timeout if call.timeout is None else call.timeout
    try:
        reply = await target.operation.call(call.arguments, timeout=timeout)
    except SystemFault as fault:
        return Faulted(fault.codes, fault.text), fault.received
    except NoAnswer as none:
        return Unanswered(str(none)), none.received
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
    shown = _shown(result)
    return LegacyCall(
        item, mapping.name, step.name, step.system, step.word, call.attempt, sent, received, shown, seconds
    )


def _shown(result: StepResult) -> str:
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
