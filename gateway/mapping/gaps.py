"""Conditions of a promise that would hold because something is missing or unknown. Looks at syntax only.

`default(row.blocked, 'N') == 'N'` turns a gap into a yes, `default(row.blocked, true)` before a red row does not: so
only the conditions of rows that promise are looked at, each part on the side on which it helps the promise.
What is meant can still be said, openly: `row.blocked == None or row.blocked == 'N'`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.mapping.expressions.compiler import LITERALS, compile_expression
from gateway.mapping.expressions.functions.requests import Lookup
from gateway.mapping.expressions.syntax import ExpressionSyntaxError
from gateway.mapping.expressions.values import ExpressionError
from gateway.mapping.template import Formula, Template
from gateway.sources.findings import Finding

_MOST_NAMES = 30
_MESSAGES = {
    "default": ("the promise would hold where the value is missing", "say it openly: x == None or …, or default to no"),
    "lookup": ("the promise would hold for a code that the lookup does not know", "list the codes that are meant"),
}


class GapFinder:
    """Looks at the conditions of one mapping."""

    def __init__(self, lets: Mapping[str, Template], lookups: Mapping[str, Lookup]) -> None:
        self._lets = lets
        self._lookups = lookups

    def findings(self, condition: Formula) -> Iterator[Finding]:
        """Findings about the condition of a row that promises."""
        yield from self._parts(condition, condition.expression.tree, helps=True, seen=set())

    def _parts(
        self, formula: Formula, node: ast.expr, *, helps: bool, seen: set[tuple[str, bool]]
    ) -> Iterator[Finding]:
        """`helps`: the value (true or false) of this part that lets the promise hold."""
        match node:
            case ast.BoolOp(values=values):
                for value in values:
                    yield from self._parts(formula, value, helps=helps, seen=seen)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield from self._parts(formula, operand, helps=not helps, seen=seen)
            case ast.IfExp(body=body, orelse=orelse):
                yield from self._parts(formula, body, helps=helps, seen=seen)
                yield from self._parts(formula, orelse, helps=helps, seen=seen)
            case ast.Name(id=name) if isinstance(let := self._lets.get(name), Formula) and (name, helps) not in seen:
                seen.add((name, helps))
                yield from self._parts(let, let.expression.tree, helps=helps, seen=seen)
            case _:
                yield from self._part(formula, node, helps=helps)

    def _part(self, formula: Formula, node: ast.expr, *, helps: bool) -> Iterator[Finding]:
        filler = _Filler(self._lets, self._lookups)
        try:
            filled = filler.visit(ast.parse(ast.unparse(node), mode="eval").body)
            if filler.word and compile_expression(ast.unparse(filled)).evaluate({}) is helps:
                message, hint = _MESSAGES[filler.word]
                at = formula.location(formula.expression.offset_of(node))
                yield Finding(at, "MAP-308", message, hint)
        except (ExpressionError, ExpressionSyntaxError, RecursionError):
            return  # it depends on more than the gap


class _Filler(ast.NodeTransformer):
    """Puts in what stands in for a gap: the literal of a default(…), the `otherwise` of a lookup."""

    def __init__(self, lets: Mapping[str, Template], lookups: Mapping[str, Lookup]) -> None:
        self._lets = lets
        self._lookups = lookups
        self._left = _MOST_NAMES
        self.word = ""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        let = self._lets.get(node.id)
        if not isinstance(let, Formula) or not self._left:
            return node
        self._left -= 1
        inner: ast.AST = self.visit(ast.parse(ast.unparse(let.expression.tree), mode="eval").body)
        return inner

    def visit_Call(self, node: ast.Call) -> ast.AST:
        word = node.func.id if isinstance(node.func, ast.Name) else ""
        if word == "default" and _is_literal(node.args[1]):
            self.word = self.word or word
            return node.args[1]
        table = self._lookups.get(getattr(node.args[0], "id", "")) if word == "lookup" else None
        if table is not None and table.has_otherwise and not isinstance(table.otherwise, dict | list):
            self.word = self.word or word
            return ast.Constant(table.otherwise)
        node.args = [self.visit(argument) for argument in node.args]
        return node


def _is_literal(node: ast.expr) -> bool:
    names = [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    return all(name in LITERALS for name in names)


def leaves(value: Any) -> Iterator[Any]:
    """All values in a literal."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)
    else:
        yield value
