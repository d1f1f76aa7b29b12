"""Promises that hold for every value but some: `status != 'BLOCKED'` is true of codes that nobody has heard of.

Looks at each part of a condition on the side on which it lets a promise hold, as `gaps` does, but at rows that promise
only: a row before one that names its codes passes the others on to rows that must name theirs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from gateway.mapping.names import steps_behind
from gateway.mapping.plan import Fields, Found, LoadedMapping
from gateway.mapping.template import Constant, Formula, Template
from gateway.sources.findings import Finding

_ANSWERED = ("known", "related", "existing")
_HANDS_ON = ("default", "strip", "upper", "lower", "text", "lookup")
_HINT = "name the values that are meant:  in ['…', '…']"


def check_unnamed(mapping: LoadedMapping) -> Iterator[Finding]:
    """Findings about conditions of rows and alternates that may be green or yellow, and of `found`."""
    finder = _Finder(mapping)
    for row in (row for rows in mapping.verdicts for row in rows):
        if row.when is not None and isinstance(row.action, Found):
            yield from finder.of(row.when, row.when.expression.tree, holds=True)
        elif row.when is not None and isinstance(row.action, Fields):
            yield from finder.of_answer(row.when, row.action.members)
    if mapping.alternates and mapping.alternates.when is not None:
        finder.bound = mapping.alternates.each
        yield from finder.of_answer(mapping.alternates.when, mapping.alternates.proposal)


class _Finder:
    """Goes through the conditions of one mapping."""

    def __init__(self, mapping: LoadedMapping) -> None:
        self._lets = mapping.lets
        self._steps = {step.name for step in mapping.steps}
        self._seen: set[tuple[str, bool]] = set()
        self.bound = ""

    def of_answer(self, when: Formula, members: Mapping[str, Template]) -> Iterator[Finding]:
        confidence = members.get("serviceabilityConfidence")
        if not (isinstance(confidence, Constant) and confidence.value == "red"):
            yield from self.of(when, when.expression.tree, holds=True)
        if isinstance(confidence, Formula):
            yield from self._chosen(confidence, confidence.expression.tree)

    def _chosen(self, formula: Formula, node: ast.expr) -> Iterator[Finding]:
        """`'green' if … else 'red'`: the test is a condition too."""
        if isinstance(node, ast.IfExp):
            if _is_red(node.body) != _is_red(node.orelse):
                yield from self.of(formula, node.test, holds=_is_red(node.orelse))
            yield from self._chosen(formula, node.body)
            yield from self._chosen(formula, node.orelse)

    def of(self, formula: Formula, node: ast.expr, *, holds: bool) -> Iterator[Finding]:
        """Findings about a part of a condition; `holds`: its value that lets the promise come about."""
        match node:
            case ast.BoolOp(values=values):
                for value in values:
                    yield from self.of(formula, value, holds=holds)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield from self.of(formula, operand, holds=not holds)
            case ast.Name(id=name) if isinstance(let := self._lets.get(name), Formula):
                if (name, holds) not in self._seen:
                    self._seen.add((name, holds))
                    yield from self.of(let, let.expression.tree, holds=holds)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                subject, said = (right, left) if isinstance(left, ast.Constant) else (left, right)
                if _leaves_open(op, said, holds=holds) and self._is_answered(subject):
                    at = formula.location(formula.expression.offset_of(node))
                    yield Finding(at, "MAP-314", "holds for every value that is not named, unknown ones too", _HINT)

    def _is_answered(self, node: ast.expr) -> bool:
        """Whether a value as a system gave it stands here: a path into a reply, perhaps under another name."""
        root = node
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if isinstance(root, ast.Call) and isinstance(root.func, ast.Name):
            if root.func.id in _HANDS_ON and root is node:
                return any(self._is_answered(argument) for argument in root.args)
            return root.func.id in _ANSWERED or root.func.id in ("first", "one")
        if isinstance(root, ast.IfExp):
            return self._is_answered(root.body) or self._is_answered(root.orelse)
        if not isinstance(root, ast.Name):
            return False
        if root.id == self.bound or root.id in _ANSWERED or root.id in self._steps:
            return True
        let = self._lets.get(root.id)
        if not isinstance(let, Formula):
            return False
        if root is not node:
            return bool(steps_behind([root.id], self._lets, self._steps)) or self._is_answered(let.expression.tree)
        return self._is_answered(let.expression.tree)


def _leaves_open(op: ast.cmpop, said: ast.expr, *, holds: bool) -> bool:
    """Whether the comparison, with that value, is true of all but what is said: texts and numbers, no truth values."""
    open_ended = (ast.NotEq, ast.NotIn) if holds else (ast.Eq, ast.In)
    literals = said.elts if isinstance(said, ast.List) else [said]
    return isinstance(op, open_ended) and bool(literals) and all(map(_is_code, literals))


def _is_code(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | int) and not isinstance(node.value, bool)


def _is_red(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == "red"
