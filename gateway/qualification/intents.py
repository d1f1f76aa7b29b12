"""What is about to be changed in a legacy system, noted before the call: so that nothing is ever done twice by itself.

An intent belongs to a step of an item, whatever its arguments: the same write with another timestamp is the same write.
For another candidate (use case 2b) it is another write, unless the very same is sent. It is committed before the call,
and what came of the call after it. Whoever comes again is given the reply that was kept; where there is none nobody
knows, the call is not made, and the mapping says what then (`on: unknown`). Only what is certain to have changed
nothing takes an intent back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, assert_never

from gateway.lso.identifiers import ItemId
from gateway.mapping.outcomes import AlreadyBegun, Answered, Faulted, Impossible, StepResult, Unanswered
from gateway.mapping.plan import Step


@dataclass(frozen=True)
class WriteIntent:
    """One write for one item of a POQ. `offering`: the candidate that it is for, where there are several.

    `arguments`: what is about to be sent; `version` of the mapping and `system`, for the operator. They do not tell one
    intent from another.
    """

    item: ItemId
    mapping: str
    step: str
    offering: str | None
    arguments: Mapping[str, Any] = field(compare=False)
    version: int = field(compare=False, default=0)
    system: str = field(compare=False, default="")

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells one intent of a POQ from another."""
        return self.item, self.mapping, self.step, self.offering or ""


class Begun(StrEnum):
    """Whether an intent is new."""

    NEW = "new"
    ALREADY = "already begun"
    """And nobody knows what came of it."""


@dataclass(frozen=True)
class Done:
    """The system has answered."""

    reply: Any


@dataclass(frozen=True)
class Unknown:
    """The call was made, and it is not known whether anything was changed. `why` is for the operator."""

    why: str


@dataclass(frozen=True)
class Refused:
    """Nothing was changed: the intent is forgotten."""


@dataclass(frozen=True)
class Found:
    """A step that looks up has told what became of it."""


Ending = Done | Unknown | Refused | Found
"""What came of a write."""


class Intents(Protocol):
    """The intents of one item, for as long as it may be worked on."""

    async def begin(self, intent: WriteIntent) -> Begun | Answered:
        """Keep the intent for good, unless it is there already. Raises IntentNotKept.

        Gives the reply of an earlier try where that is known: the call is not to be made then.
        """
        ...

    async def settle(self, intent: WriteIntent, ending: Ending) -> None:
        """Note what came of an intent that was begun here. Raises IntentNotKept where that cannot be noted."""
        ...


class IntentNotKept(Exception):
    """Whether something was begun cannot be noted, or may not be begun now: so it is not."""


class NoIntents:
    """Where nobody keeps intents: every write fails before it is made."""

    async def begin(self, intent: WriteIntent) -> Begun | Answered:
        raise IntentNotKept("it changes something, and no intents are kept here")

    async def settle(self, intent: WriteIntent, ending: Ending) -> None:
        return None


class MemoryIntents:
    """Keeps intents as long as the process lives: for tests of mappings, not for work that must survive a crash."""

    def __init__(self) -> None:
        self.begun: dict[tuple[str, str, str, str], WriteIntent] = {}
        self.endings: dict[tuple[str, str, str, str], Ending] = {}

    async def begin(self, intent: WriteIntent) -> Begun | Answered:
        key = self._same(intent)
        if key is None:
            self.begun[intent.key] = intent
            return Begun.NEW
        ending = self.endings.get(key)
        return Answered(ending.reply) if isinstance(ending, Done) else Begun.ALREADY

    async def settle(self, intent: WriteIntent, ending: Ending) -> None:
        key = self._same(intent) or intent.key
        if isinstance(ending, Refused):
            self.begun.pop(key, None)
        else:
            self.endings[key] = ending

    def _same(self, intent: WriteIntent) -> tuple[str, str, str, str] | None:
        """The key of the same write, begun before: of the candidate itself if it is there."""
        if intent.key in self.begun:
            return intent.key
        *step, _ = intent.key
        others = (key for key, one in self.begun.items() if [*key[:3]] == step and one.arguments == intent.arguments)
        return next(others, None)


def ending_of(step: Step, result: StepResult) -> Ending:
    """What the result of a call says about its write.

    It is certain to have changed nothing where it was never sent, or was refused with a fault that the mapping names:
    any other fault may have come too late.
    """
    match result:
        case Answered(value=value):
            return Done(value)
        case Impossible() | Unanswered(is_sent=False):
            return Refused()
        case Faulted(codes=codes):
            is_named = any(f"fault {code}" in step.on for code in codes)
            return Refused() if is_named else Unknown(result.words)
        case Unanswered():
            return Unknown(result.words)
        case AlreadyBegun():
            return Unknown("begun before")
        case _:
            assert_never(result)
