"""Replies as a case writes them: from YAML to what comes of a call, and a system that gives them in turn.

A step that is asked and has no reply left gets none: the call fails as silence does, and the script remembers it, so
that the case fails whatever the mapping makes of the silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from adapters.base import Cause, Contract, NoAnswer, Operation, ReadsRecorded, Reply, SystemFault
from gateway.mapping.outcomes import AlreadyBegun, Answered, Faulted, Unanswered
from gateway.mapping.plan import Step
from gateway.qualification.intents import Begun, MemoryIntents, WriteIntent

ReadFile = Callable[[str], Any]
"""Reads a file that a case names, as data, or as what was recorded. Raises ReplyError."""

FILES = (".json", ".yaml", ".yml", ".xml")
"""With what a text under `legacy` ends that names a file."""


@dataclass(frozen=True)
class Recorded:
    """A reply as it was recorded on the wire; its system's adapter reads it."""

    content: bytes
    file: str


Scripted = Answered | Faulted | Unanswered | AlreadyBegun | Recorded

_SAID = "as the test says"


class ReplyError(Exception):
    """A reply that does not fit its step, or a file that cannot be read. `hint` says what to write."""

    def __init__(self, message: str, hint: str = "", code: str = "TEST-205") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


@dataclass(frozen=True)
class Script:
    """What a step replies: the same each time, or (`in_turn`) one after the other until there are no more."""

    results: Sequence[Scripted]
    in_turn: bool

    def result(self, number: int) -> Scripted | None:
        """The reply to the call with this number, from 0; None if there is none left."""
        if not self.in_turn:
            return self.results[0]
        return self.results[number] if number < len(self.results) else None


def read_script(said: Any, step: Step, read_file: ReadFile) -> Script:
    """What stands under `legacy` for a step. Raises ReplyError."""
    if isinstance(said, dict) and said.keys() == {"in turn"}:
        listed = said["in turn"]
        if not isinstance(listed, list):
            raise ReplyError("'in turn' is a list of replies")
        return Script([_result(one, step, read_file) for one in listed], in_turn=True)
    return Script([_result(said, step, read_file)], in_turn=False)


def _result(said: Any, step: Step, read_file: ReadFile) -> Scripted:
    if said == "no answer":
        return Unanswered(_SAID)
    if said == "already begun":
        if not step.write:
            raise ReplyError(f"'{step.name}' changes nothing, so it is never 'already begun'", "leave it out")
        return AlreadyBegun()
    if isinstance(said, dict) and said.keys() in ({"fault"}, {"fault", "text"}):
        return _fault(said)
    if isinstance(said, str) and said.endswith(FILES):
        said = {"file": said}
    if isinstance(said, dict) and said.keys() == {"file"}:
        said = read_file(str(said["file"]))
        if isinstance(said, Recorded):
            return said
    elif isinstance(said, dict) and len(said) == 1:
        said = next((said[word] for word in ("rows", "reply") if word in said), said)
    return Answered(_rows(said, step) if step.rows is not None else _value(said, step))


def _fault(said: Mapping[str, Any]) -> Faulted:
    codes, text = said["fault"], said.get("text", _SAID)
    codes = codes if isinstance(codes, list) and codes else [codes]
    if not all(isinstance(code, str) for code in codes) or not isinstance(text, str):
        raise ReplyError("the code of a fault is a text, and so is its 'text'", 'quote it: "..."')
    return Faulted(codes, text)


def _rows(said: Any, step: Step) -> list[Any]:
    if isinstance(said, list) and all(isinstance(row, dict) for row in said):
        return said
    raise ReplyError(f"'{step.name}' answers with rows", "write a list of rows, [] for none, or: no answer")


def _value(said: Any, step: Step) -> Mapping[str, Any] | list[Any]:
    if isinstance(said, dict) or (isinstance(said, list) and step.lists):
        return said
    raise ReplyError(f"'{step.name}' answers with one value", "write its members, or: no answer, {fault: CODE}")


def read_again(real: Operation | None, recorded: Recorded, step: str) -> Reply:
    """A recorded reply, as the operation reads it. Raises SystemFault, NoAnswer, or ReplyError where it cannot."""
    if real is None:
        message = f"'{step}': {recorded.file} is read by the contract of its system"
        raise ReplyError(message, "name the configuration: -c FILE")
    if not isinstance(real, ReadsRecorded):
        raise ReplyError(f"'{step}': no recorded reply can be read for it", "give rows as YAML or JSON")
    return real.recorded(recorded.content)


@dataclass(frozen=True)
class Sent:
    """One call that went out."""

    step: str
    arguments: Mapping[str, Any]


@dataclass
class Stage:
    """The systems of one case, while it runs. `sent` in the order of the calls; `missing`: asked without a reply;
    `unread`: why recorded replies could not be read.
    """

    scripts: Mapping[str, Script]
    sent: list[Sent] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def operation(self, step: Step, real: Operation | None) -> Operation:
        """Stands in for a step's operation; `real` is asked whether the arguments fit, and for nothing else."""
        return _StagedOperation(self, step.name, real)

    def next(self, step: str, arguments: Mapping[str, Any]) -> Scripted:
        """Note the call and give its reply."""
        number = len(self.calls(step))
        self.sent.append(Sent(step, arguments))
        script = self.scripts.get(step)
        result = script.result(number) if script else None
        if result is None:
            self.missing.append(step)
            return Unanswered("the test has no reply for it")
        return result

    def is_begun(self, step: str) -> bool:
        """Whether the test says that a write was begun before, and nobody knows what became of it."""
        script = self.scripts.get(step)
        return script is not None and isinstance(script.result(len(self.calls(step))), AlreadyBegun)

    def calls(self, step: str) -> list[Mapping[str, Any]]:
        """What went out for a step."""
        return [one.arguments for one in self.sent if one.step == step]


@dataclass(frozen=True)
class _StagedOperation:
    stage: Stage
    step: str
    real: Operation | None

    @property
    def contract(self) -> Contract:
        return self.real.contract if self.real else Contract()

    def render(self, arguments: Mapping[str, Any]) -> str:
        return self.real.render(arguments) if self.real else ""

    async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109 (the port's)
        self.render(arguments)
        match self.stage.next(self.step, arguments):
            case Answered(value=value):
                return Reply(value)
            case Faulted(codes=codes, text=text):
                raise SystemFault(codes, text)
            case Unanswered(cause=cause):
                raise NoAnswer(Cause.TIMEOUT, cause)
            case Recorded() as recorded:
                try:
                    return read_again(self.real, recorded, self.step)
                except ReplyError as error:
                    self.stage.unread.append(f"{error.message} ({error.hint})")
                    raise NoAnswer(Cause.UNREADABLE, error.message) from error
            case AlreadyBegun():  # its intent was found, so that it is never called
                raise NoAnswer(Cause.BROKEN, "a write that was begun before was called")
            case other:
                assert_never(other)


class StagedIntents(MemoryIntents):
    """Notes of what is changed in one case: none at its beginning but those that the test speaks of."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage

    async def begin(self, intent: WriteIntent) -> Begun | Answered:
        return Begun.ALREADY if self._stage.is_begun(intent.step) else await super().begin(intent)
