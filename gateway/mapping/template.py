"""Values of a mapping file with expressions in them: compiled once, rendered per item."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.mapping.expressions.compiler import Expression, ExpressionSyntaxError, Name, Scope, compile_expression
from gateway.mapping.expressions.values import ExpressionError
from gateway.sources.findings import Finding, Location
from gateway.sources.yamlfile import Path, SourceDocument


class EvaluationError(Exception):
    """A value could not be computed, with the place in the mapping file."""

    def __init__(self, message: str, location: Location) -> None:
        super().__init__(f"{location} {message}")
        self.message = message
        self.location = location


@dataclass(frozen=True)
class Formula:
    """An expression that knows where it stands."""

    expression: Expression
    path: Path
    document: SourceDocument
    shift: int  # 1 after `=`

    def location(self, offset: int = 0) -> Location:
        return self.document.location_in(self.path, offset + self.shift)

    def render(self, scope: Scope) -> Any:
        return self._run(self.expression.evaluate, scope)

    def holds(self, scope: Scope) -> bool:
        return bool(self._run(self.expression.holds, scope))

    def _run(self, compute: Callable[[Scope], Any], scope: Scope) -> Any:
        try:
            return compute(scope)
        except ExpressionError as error:
            raise EvaluationError(error.message, self.location(error.offset or 0)) from error

    def formulas(self) -> Iterable[Formula]:
        return (self,)

    @property
    def names(self) -> tuple[Name, ...]:
        return self.expression.names


class Template(Protocol):
    """A value that can be rendered."""

    def render(self, scope: Scope) -> Any: ...

    def formulas(self) -> Iterable[Formula]: ...


@dataclass(frozen=True)
class Constant:
    value: Any

    def render(self, scope: Scope) -> Any:
        return self.value

    def formulas(self) -> Iterable[Formula]:
        return ()


@dataclass(frozen=True)
class ObjectTemplate:
    members: dict[str, Template]

    def render(self, scope: Scope) -> dict[str, Any]:
        return {name: member.render(scope) for name, member in self.members.items()}

    def formulas(self) -> Iterable[Formula]:
        for member in self.members.values():
            yield from member.formulas()


@dataclass(frozen=True)
class ListTemplate:
    items: tuple[Template, ...]

    def render(self, scope: Scope) -> list[Any]:
        return [item.render(scope) for item in self.items]

    def formulas(self) -> Iterable[Formula]:
        for item in self.items:
            yield from item.formulas()


class TemplateCompiler:
    """Compiles the values of one file, gathering every mistake."""

    def __init__(self, document: SourceDocument) -> None:
        self._document = document
        self.findings: list[Finding] = []

    def value(self, value: Any, path: Path) -> Template:
        """A literal, an expression (`=…`), or a list or mapping of such."""
        if isinstance(value, str) and value.startswith("="):
            return self._formula(value[1:], path, 1)
        if isinstance(value, dict):
            members = {str(key): self.value(part, (*path, key)) for key, part in value.items()}
            constant = all(isinstance(part, Constant) for part in members.values())
            return Constant(value) if constant else ObjectTemplate(members)
        if isinstance(value, list):
            items = tuple(self.value(part, (*path, number)) for number, part in enumerate(value))
            return Constant(value) if all(isinstance(part, Constant) for part in items) else ListTemplate(items)
        return Constant(value)

    def condition(self, text: str, path: Path) -> Formula | None:
        """What stands behind `when:`: always an expression; a leading `=` is a mistake that is told."""
        if text.startswith("="):
            self._find("MAP-202", "'when' is always an expression", path, 0, "leave out the '='")
            return None
        compiled = self._formula(text, path, 0)
        return compiled if isinstance(compiled, Formula) else None

    def _formula(self, text: str, path: Path, shift: int) -> Template:
        try:
            return Formula(compile_expression(text), path, self._document, shift)
        except ExpressionSyntaxError as error:
            self._find("MAP-201", error.message, path, error.offset + shift, error.hint)
            return Constant(None)

    def _find(self, code: str, message: str, path: Path, offset: int, hint: str) -> None:
        self.findings.append(Finding(self._document.location_in(path, offset), code, message, hint))
