"""What an operator may see of a qualification: each call and each decision, with the line of the mapping behind it.

An `Observer` looks on while it happens; the `ItemNotes` of an item are what its trace is made of (tracing.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from gateway.lso.identifiers import ItemId
from gateway.mapping.outcomes import Call, StepResult
from gateway.mapping.plan import Step
from gateway.store.records import StoredTrace
from gateway.values import value


@value(frozen=True)
class LegacyCall:
    """What a step asked of a legacy system. `sent` and `received` as they went over the wire, `seconds` it took.

    `tries`: how often the system was asked for it: more than once where its guard asked again, 0 where it refused or
    where a reply was kept. `age`: the seconds for which it was.
    """

    item: ItemId
    mapping: str
    step: str
    system: str
    kind: str
    attempt: int
    sent: str
    received: str
    result: str
    seconds: float
    tries: int = 1
    age: float | None = None


@value(frozen=True)
class ItemDecision:
    """How an item was decided, and by which rule (file:line:column)."""

    item: ItemId
    mapping: str
    version: int
    rule: str
    outcome: str


class Observer(Protocol):
    def called(self, call: LegacyCall) -> None: ...

    def decided(self, decision: ItemDecision) -> None: ...


class Silent:
    """Nobody looks on."""

    def called(self, call: LegacyCall) -> None:
        return None

    def decided(self, decision: ItemDecision) -> None:
        return None


@dataclass(slots=True)
class CallNote:
    """One call of a step. `result` is None until there is one, and for good where it was cancelled.

    `is_made` False: it was not made now, since it was begun before. `tries`: how often the system was asked for it.
    `age`: how many seconds old a kept reply is.
    """

    step: Step
    call: Call
    result: StepResult | None = None
    seconds: float = 0.0
    is_made: bool = True
    tries: int = 1
    age: float | None = None

    def kept(self, result: StepResult) -> None:
        """It is known from before, or not made since nothing is known."""
        self.result, self.is_made = result, False


@dataclass(slots=True)
class ItemNotes:
    """What is noted while one item is evaluated: its calls, in the order in which they began; at the end its trace."""

    calls: list[CallNote] = field(default_factory=list)
    trace: StoredTrace | None = None

    def begin(self, step: Step, call: Call) -> CallNote:
        """A call is made now."""
        note = CallNote(step, call)
        self.calls.append(note)
        return note
