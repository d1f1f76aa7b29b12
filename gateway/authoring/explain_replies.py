"""Replies that are given to an explanation, and what stands in for a system there: it shows what would be sent.

Sends nothing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from adapters.base import BadArguments, Cause, Contract, NoAnswer, Operation, Reply, SystemFault
from gateway.authoring.explain_trace import CallSeen, Log
from gateway.authoring.replies import Recorded, ReplyError, Script, read_again, read_script
from gateway.mapping.outcomes import AlreadyBegun, Answered, Faulted, Unanswered
from gateway.mapping.plan import Step


@dataclass(frozen=True)
class GivenReply:
    """A reply that was given for a step: data as a test file has it, or what was recorded on the wire."""

    said: Any = None
    recorded: bytes | None = None


class NoReply(Exception):
    """A step would be asked, and nobody has said what it replies."""


class Replies:
    """The replies that were given, by `STEP`, `MAPPING.STEP` or `ITEM.STEP` (for references: by the id)."""

    def __init__(self, given: Mapping[str, GivenReply]) -> None:
        self._given = given
        self._scripts: dict[tuple[str, str], Script] = {}
        self.used: set[str] = set()
        """The names of those that a step was given."""

    @property
    def names(self) -> list[str]:
        return list(self._given)

    def key(self, subject: str, mapping: str, step: str) -> str | None:
        """The most specific name under which there is a reply."""
        names = (f"{subject}.{step}", f"{mapping}.{step}", step)
        return next((name for name in names if name in self._given), None)

    def reply(self, key: str, step: Step, operation: Operation, number: int) -> Reply:
        """The reply to the call with this number. Raises SystemFault, NoAnswer, NoReply or ReplyError."""
        self.used.add(key)
        given = self._given[key]
        if given.recorded is not None:
            return read_again(operation, Recorded(given.recorded, key), step.name)
        if (key, step.name) not in self._scripts:
            self._scripts[key, step.name] = read_script(given.said, step, _no_file)
        result = self._scripts[key, step.name].result(number)
        match result:
            case Answered(value=value):
                return Reply(value)
            case Faulted(codes=codes, text=text):
                raise SystemFault(codes, text)
            case Unanswered():
                raise NoAnswer(Cause.TIMEOUT, "as --reply says")
            case Recorded() as recorded:
                return read_again(operation, recorded, step.name)
            case AlreadyBegun():
                raise ReplyError(f"'{step.name}': whether a write was begun is no reply of a system")
            case None:
                raise NoReply
            case other:
                assert_never(other)


def _no_file(name: str) -> Any:
    raise ReplyError(f"'{name}': name the file itself, by --reply STEP={name}")


@dataclass(frozen=True)
class ShownOperation:
    """Stands in for an operation: shows what would be sent, and gives the reply that was given."""

    real: Operation
    step: Step
    log: Log
    replies: Replies
    subject: tuple[str, str]
    counts: Counter[str]

    @property
    def contract(self) -> Contract:
        return self.real.contract

    def render(self, arguments: Mapping[str, Any]) -> str:
        return self.real.render(arguments)

    async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109 (the port's)
        step, number = self.step, self.counts[self.step.name]
        self.counts[step.name] += 1
        seen = CallSeen(step.name, step.system, step.word, "", step.location, cache=step.cache)
        self.log.current.calls.append(seen)
        try:
            seen.sent = self.render(arguments)
        except BadArguments as error:
            seen.reply = f"not sent: {error}"
            raise
        await asyncio.sleep(0)  # calls that are made at the same time are all shown before the first stops
        key = self.replies.key(*self.subject, step.name)
        if key is None:
            raise NoReply
        try:
            reply = self.replies.reply(key, step, self.real, number)
        except (SystemFault, NoAnswer) as error:
            seen.reply = f"fault {error}" if isinstance(error, SystemFault) else f"no answer: {error}"
            raise
        seen.reply = reply.value
        return reply
