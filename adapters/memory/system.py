"""A scripted system behind the port. Knows no other adapter: it stands in for any by the text that names a step."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from adapters.base import (
    CALLS_AT_ONCE,
    AdapterConfigurationError,
    BadArguments,
    Cause,
    Checked,
    CheckOutcome,
    Contract,
    NoAnswer,
    Reply,
    SystemFault,
)
from adapters.memory.options import MemoryOptions, Scripted

LONGEST = 600.0
"""Seconds; a script is as slow as its test wants."""


@dataclass(frozen=True)
class Call:
    """What a scripted system was asked."""

    operation: str
    arguments: Mapping[str, Any]
    timeout: float


@dataclass
class MemorySystem:
    """A scripted system. Fulfils `adapters.base.System`.

    `calls` has every call that reached it, in order. `hold(operation)` gives an event that calls of that operation wait
    for, so that slowness is scripted without a clock.
    """

    name: str
    options: MemoryOptions
    calls_at_once: int = CALLS_AT_ONCE
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.calls_at_once)
        self._held: dict[str, asyncio.Event] = {}
        self._given: dict[str, int] = {}
        self._open = False

    @property
    def timeout(self) -> float:
        return LONGEST

    def operation(self, definition: BaseModel) -> MemoryOperation:
        """Prepare an operation, known by `operation`, `query` or `path`. Raises AdapterConfigurationError."""
        words = (getattr(definition, word, None) for word in ("operation", "query", "path"))
        key = next((word for word in words if word is not None), None)
        if not isinstance(key, str):
            raise AdapterConfigurationError(f"{self.name}: a step must say `operation`, `query` or `path`")
        if key not in self.options.replies:
            there = ", ".join(self.options.replies) or "none"
            raise AdapterConfigurationError(f"{self.name}: nothing is scripted for {key}; there are: {there}")
        return MemoryOperation(self, key)

    async def open(self) -> None:
        self._open = True

    async def close(self) -> None:
        self._open = False

    async def check(self, *, live: bool, timeout: float) -> Sequence[Checked]:  # noqa: ASYNC109 (the port's)
        """Whether it is open; there is nothing else that could be wrong with a script."""
        if self._open:
            return [Checked("connection", CheckOutcome.OK, "scripted")]
        return [Checked("connection", CheckOutcome.FAILED, f"{self.name} is not open")]

    def hold(self, operation: str) -> asyncio.Event:
        """Let calls of an operation wait until the event is set."""
        return self._held.setdefault(operation, asyncio.Event())

    async def answer(self, call: Call) -> Reply:
        """The next scripted answer. Raises what is scripted, or NoAnswer(TIMEOUT) where it is held for too long."""
        if not self._open:
            raise NoAnswer(Cause.UNREACHABLE, f"{self.name} is not open")
        try:
            async with asyncio.timeout(call.timeout), self._slots:
                self.calls.append(call)
                if call.operation in self._held:
                    await self._held[call.operation].wait()
        except TimeoutError as error:
            raise NoAnswer(Cause.TIMEOUT, f"{self.name} gave no answer in time") from error
        return self._reply(self._next(call.operation))

    def _next(self, operation: str) -> Scripted:
        script = self.options.replies[operation]
        turn = self._given.get(operation, 0)
        self._given[operation] = turn + 1
        return script[min(turn, len(script) - 1)]

    def _reply(self, scripted: Scripted) -> Reply:
        if scripted.fault is not None:
            codes = (scripted.fault,) if isinstance(scripted.fault, str) else scripted.fault
            raise SystemFault(codes, scripted.text)
        if scripted.no_answer is not None:
            raise NoAnswer(scripted.no_answer, f"{self.name}: {scripted.text}")
        value = scripted.rows if scripted.rows is not None else scripted.value
        # A caller that changes its answer must not change the script.
        return Reply(deepcopy(value), received=repr(value))


class MemoryOperation:
    """One scripted operation. Fulfils `adapters.base.Operation`."""

    def __init__(self, system: MemorySystem, key: str) -> None:
        self._system = system
        self._key = key
        self._names = system.options.arguments.get(key)
        self.contract = Contract() if self._names is None else Contract(arguments=_schema(self._names))

    def render(self, arguments: Mapping[str, Any]) -> str:
        """The operation, then a line for each argument. Raises BadArguments."""
        self._check(arguments)
        return "\n".join([self._key, *(f"-- {name} = {value!r}" for name, value in arguments.items())])

    async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109 (the port's)
        """The scripted answer, recorded. Raises what is scripted, NoAnswer(TIMEOUT) or BadArguments."""
        self._check(arguments)
        return await self._system.answer(Call(self._key, deepcopy(dict(arguments)), timeout))

    def _check(self, arguments: Mapping[str, Any]) -> None:
        if self._names is None:
            return
        missing = [name for name in self._names if name not in arguments]
        unknown = [name for name in arguments if name not in self._names]
        if missing or unknown:
            raise BadArguments(f"{self._key}: missing {missing}, unknown {unknown}")


def _schema(names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {} for name in names},
        "required": list(names),
        "additionalProperties": False,
    }
