"""What is about to be changed in a legacy system, noted before the call: so that nothing is ever done twice by itself.

An intent belongs to a step of an item, whatever its arguments: the same write with another timestamp is the same write.
It is committed before the call. It stays once the call was made, unless the system has refused by name: then nothing
was changed (`is_refused`). Whoever comes again and finds one does not call, but follows `on: unknown` of the mapping.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from gateway.lso.identifiers import ItemId
from gateway.mapping.outcomes import AlreadyBegun, Answered, Faulted, Impossible, StepResult, Unanswered
from gateway.mapping.plan import Step


@dataclass(frozen=True)
class WriteIntent:
    """One write for one item of a POQ. `offering`: the candidate that it is for, where there are several.

    `arguments`: what is about to be sent, for the operator; they do not tell one intent from another.
    """

    item: ItemId
    mapping: str
    step: str
    offering: str | None
    arguments: Mapping[str, Any] = field(compare=False)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells one intent of a POQ from another."""
        return self.item, self.mapping, self.step, self.offering or ""


class Begun(StrEnum):
    """Whether an intent is new."""

    NEW = "new"
    ALREADY = "already begun"


class Intents(Protocol):
    """The intents of one POQ, for as long as it may be worked on."""

    async def begin(self, intent: WriteIntent) -> Begun:
        """Keep the intent for good, unless one with its key is there already. Raises IntentNotKept."""
        ...

    async def withdraw(self, intent: WriteIntent) -> None:
        """Forget it: the system has refused, nothing was changed. Raises IntentNotKept where that cannot be noted."""
        ...


class IntentNotKept(Exception):
    """Whether something was begun cannot be noted, so it is not begun."""


class NoIntents:
    """Where nobody keeps intents: every write fails before it is made."""

    async def begin(self, intent: WriteIntent) -> Begun:
        raise IntentNotKept("it changes something, and no intents are kept here")

    async def withdraw(self, intent: WriteIntent) -> None:
        return None


class MemoryIntents:
    """Keeps intents as long as the process lives: for tests of mappings, not for work that must survive a crash."""

    def __init__(self) -> None:
        self.begun: dict[tuple[str, str, str, str], WriteIntent] = {}

    async def begin(self, intent: WriteIntent) -> Begun:
        if intent.key in self.begun:
            return Begun.ALREADY
        self.begun[intent.key] = intent
        return Begun.NEW

    async def withdraw(self, intent: WriteIntent) -> None:
        self.begun.pop(intent.key, None)


def is_refused(step: Step, result: StepResult) -> bool:
    """Whether it is certain that a write changed nothing.

    That is a call that was never sent, and a fault that the mapping names: any other fault may have come too late.
    """
    match result:
        case Impossible():
            return True
        case Faulted(codes=codes):
            return any(f"fault {code}" in step.on for code in codes)
        case Answered() | Unanswered() | AlreadyBegun():
            return False
