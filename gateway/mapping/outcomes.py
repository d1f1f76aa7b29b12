"""What an evaluation asks for, what it is told, and how it ends. Closed choices: match on them and end in assert_never.

Call          ask a system              Answered / Faulted / Unanswered / Impossible / AlreadyBegun     what came of it
Answer        the item is answered      Refusal     the request is refused
Postponed     not now                   Failure     no answer can be given
KnownReference / UnknownReference       what an id of the request stands for, or that it stands for nothing
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Any

from gateway.lso.problems import ProblemCode
from gateway.sources.findings import Location
from gateway.values import value


class Intent(StrEnum):
    """What has to be settled before a call is made."""

    NONE = "none"
    """Nothing: it may be made as often as one likes."""

    COMMIT = "commit"
    """It changes something. An intent is committed first; where one is there the call is not made: AlreadyBegun."""


@value(frozen=True)
class Call:
    """One call to make. `attempt` counts from 1; `timeout` in seconds, None for the system's own.

    `index`: which element it is for, from 0, where the step says `each`.
    `after`: the fault for which it is made again, where `attempt` is not the first.
    """

    step: str
    arguments: Mapping[str, Any]
    attempt: int
    timeout: float | None
    index: int | None = None
    intent: Intent = Intent.NONE
    after: Faulted | None = field(default=None, compare=False)


@value(frozen=True)
class Answered:
    """A usable reply: a list of rows, or one value."""

    value: Any


@value(frozen=True)
class Faulted:
    """The system said no. `codes`: all names of the fault, most specific first.

    `asked`: how often it was asked for this reply, where whoever makes calls asked again by itself.
    `remark`: why it may not be asked again, where that was refused.
    """

    codes: Sequence[str]
    text: str
    asked: int = field(default=1, compare=False)
    remark: str = field(default="", compare=False)

    @property
    def words(self) -> str:
        """The fault in one line; without its text where that is not told."""
        said = f"fault {' / '.join(self.codes)}"
        return _remarked(f"{said}: {self.text}" if self.text else said, self.remark)


@value(frozen=True)
class Unanswered:
    """Nothing usable came: a timeout, no connection, garbage. `is_sent` False: it is certain that nothing was sent.

    `remark`: why it was not asked again, where that was refused.
    """

    cause: str
    is_sent: bool = True
    remark: str = field(default="", compare=False)

    @property
    def words(self) -> str:
        """In one line."""
        return _remarked(f"no answer: {self.cause}", self.remark)


def _remarked(said: str, remark: str) -> str:
    return f"{said}; not asked again: {remark}" if remark else said


@value(frozen=True)
class Impossible:
    """The call could not be made: its arguments do not fit the operation."""

    reason: str


@value(frozen=True)
class AlreadyBegun:
    """The call was not made: an earlier one may have changed what it was to change, and nobody knows."""


StepResult = Answered | Faulted | Unanswered | Impossible | AlreadyBegun


@value(frozen=True)
class Answer:
    """The item's answer in the standard's members, JSON-ready, and the alternates that the mapping proposes.

    Not yet checked against the standard: whoever passes it on does that.
    """

    fields: Mapping[str, Any]
    rule: Location
    alternates: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


@value(frozen=True)
class Refusal:
    """A business refusal: 422 in immediate mode, a rejected item later. `pointer` None means the item itself."""

    code: ProblemCode
    reason: str
    pointer: str | None
    rule: Location


@value(frozen=True)
class Postponed:
    """The answer needs more time than an immediate response has: `wait`, `ask an operator`.

    `wait`: the seconds until the step is asked again; None where an operator answers.
    """

    reason: str
    rule: Location
    wait: float | None


@value(frozen=True)
class Failure:
    """No answer can be given. The reason is for the operator."""

    reason: str
    rule: Location


Outcome = Answer | Refusal | Postponed | Failure


@value(frozen=True)
class KnownReference:
    """The id exists for this Buyer. `members` are JSON-ready; one that the system left open is null."""

    members: Mapping[str, Any]
    rule: Location


@value(frozen=True)
class UnknownReference:
    """The id does not exist for this Buyer: a system said so. The reason is for the operator."""

    reason: str
    rule: Location


ReferenceOutcome = KnownReference | UnknownReference | Failure
