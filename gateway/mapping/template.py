"""Values of a mapping file with expressions in them: compiled once, rendered per item."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from gateway.mapping.expressions import flat
from gateway.mapping.expressions.compiler import Expression, ExpressionSyntaxError, Name, compile_expression
from gateway.mapping.expressions.errors import ExpressionError
from gateway.mapping.expressions.flat import FAILURES, Scope
from gateway.mapping.expressions.values import truth
from gateway.mapping.expressions.work import MOST_WORK, accounts
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
        """The value. Raises EvaluationError."""
        account = accounts.mine
        before, account.left = account.left, MOST_WORK
        try:
            return self.expression.code(scope)
        except FAILURES as error:
            raise self.failed(error, flat.line_of(error) - 1) from error
        finally:
            account.left = before

    def holds(self, scope: Scope) -> bool:
        """Whether it is true. Raises EvaluationError for what is neither true nor false."""
        found = self.render(scope)
        if found is True or found is False:
            return found
        try:
            return truth(found)
        except ExpressionError as error:
            raise EvaluationError(error.message, self.location()) from error

    def failed(self, error: Exception, offset: int) -> EvaluationError:
        """What went wrong at that place of its text."""
        return EvaluationError(flat.told(error), self.location(offset))

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
    members: Mapping[str, Template]

    def render(self, scope: Scope) -> dict[str, Any]:
        found: dict[str, Any] = self._together.render(scope)
        return found

    def formulas(self) -> Iterable[Formula]:
        for member in self.members.values():
            yield from member.formulas()

    @cached_property
    def _together(self) -> Together:
        return Together(self)


@dataclass(frozen=True)
class ListTemplate:
    items: tuple[Template, ...]

    def render(self, scope: Scope) -> list[Any]:
        found: list[Any] = self._together.render(scope)
        return found

    def formulas(self) -> Iterable[Formula]:
        for item in self.items:
            yield from item.formulas()

    @cached_property
    def _together(self) -> Together:
        return Together(self)


class Together:
    """All expressions of a value as one piece of code, which is made when it is first rendered."""

    takes: tuple[str, ...] = ()
    """The names of what the code takes beside the scope."""

    def __init__(self, template: ObjectTemplate | ListTemplate) -> None:
        self._kept: list[Any] = []
        self._formulas: list[Formula] = []
        self._lines: list[int] = []
        """Of each formula, where in the code it begins."""
        self._next = 0
        body = self._of(template)
        self._code = flat.compiled(body, tuple(self._kept), self.takes)
        self._most = MOST_WORK * len(self._formulas)
        """Of work: what each of them may take, and all of them together."""

    def render(self, scope: Scope, *more: Any) -> Any:
        """The value; `more` is what the code takes beside the scope. Raises EvaluationError."""
        account = accounts.mine
        before, account.left = account.left, self._most
        try:
            return self._code(scope, *more)
        except FAILURES as error:
            line = flat.line_of(error)
            number = max(bisect_right(self._lines, line) - 1, 0)
            raise self._formulas[number].failed(error, line - self._lines[number]) from error
        finally:
            account.left = before

    def _of(self, template: Template) -> ast.expr:
        if isinstance(template, ObjectTemplate):
            keys: list[ast.expr | None] = [ast.Constant(name) for name in template.members]
            return ast.Dict(keys, [self._of(member) for member in template.members.values()])
        if isinstance(template, ListTemplate):
            return ast.List([self._of(item) for item in template.items], ast.Load())
        return self._part(template)

    def _part(self, template: Template) -> ast.expr:
        """A value that is one for the code: of an expression, a constant, or what a template renders by itself."""
        if type(template) is Formula:
            return self._formula(template)
        if isinstance(template, Constant):
            return self._keeping(template.value)
        return ast.Call(self._keeping(template.render), [flat.scope()], [])

    def _keeping(self, value: Any) -> ast.expr:
        self._kept.append(value)
        return flat.keeping(len(self._kept) - 1)

    def _formula(self, formula: Formula) -> ast.expr:
        body = ast.fix_missing_locations(deepcopy(formula.expression.body))
        self._formulas.append(formula)
        self._lines.append(self._next + 1)
        ast.increment_lineno(body, self._next)
        self._next += len(formula.expression.text) + 1
        return body


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
