"""The functions of the language: one entry each, with types, explanation and example, for lint, docs and editors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Parameter:
    """One parameter; `optional` ones may be left out, `nullable` ones may be null, the last may be `repeated`."""

    name: str
    type: str
    optional: bool = False
    nullable: bool = False
    repeated: bool = False


@dataclass(frozen=True)
class Function:
    """A function of the language. `call` gets the scope first where it `reads_scope`, or `notes` there what it made."""

    name: str
    parameters: tuple[Parameter, ...]
    returns: str
    doc: str
    example: str
    call: Callable[..., Any]
    reads_scope: bool = False
    notes: bool = False

    @property
    def takes_scope(self) -> bool:
        return self.reads_scope or self.notes

    @property
    def signature(self) -> str:
        inner = ", ".join(
            f"{p.name}…" if p.repeated else f"[{p.name}]" if p.optional else p.name for p in self.parameters
        )
        return f"{self.name}({inner})"

    @property
    def arity(self) -> str:
        needed = sum(1 for p in self.parameters if not p.optional)
        if self.parameters and self.parameters[-1].repeated:
            return f"at least {needed} value(s)"
        if needed == len(self.parameters):
            return f"{needed} value(s)"
        return f"{needed} to {len(self.parameters)} values"

    def takes(self, count: int) -> bool:
        needed = sum(1 for p in self.parameters if not p.optional)
        unlimited = bool(self.parameters) and self.parameters[-1].repeated
        return needed <= count and (unlimited or count <= len(self.parameters))

    def _at(self, number: int) -> Parameter:
        return self.parameters[min(number, len(self.parameters) - 1)]

    def takes_null(self, number: int) -> bool:
        return self._at(number).nullable

    def parameter(self, number: int) -> str:
        return self._at(number).name


FUNCTIONS: dict[str, Function] = {}

Implementation = Callable[..., Any]


def function(
    *parameters: Parameter,
    returns: str,
    example: str,
    name: str = "",
    reads_scope: bool = False,
    notes: bool = False,
) -> Callable[[Implementation], Implementation]:
    """Register a function under its own name (or `name`, where that is a word of Python)."""

    def register(call: Implementation) -> Implementation:
        word = name or call.__name__
        doc = " ".join((call.__doc__ or "").split())
        FUNCTIONS[word] = Function(word, parameters, returns, doc, example, call, reads_scope, notes)
        return call

    return register
