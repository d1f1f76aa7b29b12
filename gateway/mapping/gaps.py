"""Conditions that would lead to a promise because something is missing or unknown. Looks at syntax only.

`default(row.blocked, 'N') == 'N'` turns a gap into a yes where it lets a green row hold, and so does
`default(row.blocked, 'N') == 'Y'` where it lets the red row before it be passed over; `default(row.blocked, true)`
there does not. So each part of a condition is looked at on the side on which it helps a promise. What a Buyer may leave
out of the request is no gap: a default stands for what the standard means then.
What is meant can still be said, openly: `row.blocked == None or row.blocked == 'N'`.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gateway.mapping.expressions.compiler import LITERALS, compile_expression
from gateway.mapping.expressions.functions.requests import Lookup
from gateway.mapping.expressions.syntax import ExpressionSyntaxError, nodes_of
from gateway.mapping.expressions.values import ExpressionError
from gateway.mapping.names import steps_behind
from gateway.mapping.template import Formula, Template
from gateway.sources.findings import Finding

_MOST_NAMES = 30
_KNOWN = frozenset({"existing", "known"})
_MESSAGES = {
    "default": ("a missing value would lead to a promise", "say it openly: x == None or …, or default to no"),
    "lookup": ("a code that the lookup does not know would lead to a promise", "list the codes that are meant"),
}


class GapFinder:
    """Looks at the conditions of one mapping."""

    def __init__(self, lets: Mapping[str, Template], lookups: Mapping[str, Lookup], steps: Collection[str]) -> None:
        self._lets = lets
        self._lookups = lookups
        self._steps = steps
        self._filled: dict[str, bool] = {}
        self._asking: dict[str, bool] = {}

    def of_condition(self, condition: Formula, *, helps: bool) -> Iterator[Finding]:
        """Findings about a row's condition. `helps`: true for a row that promises, false for one before a promise."""
        yield from self._parts(condition, condition.expression.tree, helps=helps, seen=set())

    def of_confidence(self, confidence: Formula) -> Iterator[Finding]:
        """Findings about an expression that gives the confidence: `'green' if … else 'red'`."""
        yield from self._choices(confidence, confidence.expression.tree, seen=set())

    def of_list(self, source: Template) -> Iterator[Finding]:
        """Findings about the list of `each`: where a gap makes it empty, nothing is asked and nothing says no."""
        for formula in source.formulas():
            for node in ast.walk(formula.expression.tree):
                yield from self._list_part(formula, node, seen=set())

    def _list_part(self, formula: Formula, node: ast.AST, *, seen: set[str]) -> Iterator[Finding]:
        if isinstance(node, ast.Name) and isinstance(let := self._lets.get(node.id), Formula) and node.id not in seen:
            seen.add(node.id)
            for inner in ast.walk(let.expression.tree):
                yield from self._list_part(let, inner, seen=seen)
        filler = _Filler(self._lets, self._lookups, self._steps)
        given = filler.stands_in(node) if isinstance(node, ast.Call) else None
        if given is not None and not (isinstance(given, ast.Constant) and given.value is None):
            at = formula.location(formula.expression.offset_of(node))
            message = "a missing list would be one that nothing is asked about"
            yield Finding(at, "MAP-308", message, "leave the default out: null fails the item")

    def _choices(self, formula: Formula, node: ast.expr, *, seen: set[str]) -> Iterator[Finding]:
        match node:
            case ast.IfExp(test=test, body=body, orelse=orelse):
                if _is_red(body) != _is_red(orelse):
                    yield from self._parts(formula, test, helps=_is_red(orelse), seen=set())
                yield from self._choices(formula, body, seen=seen)
                yield from self._choices(formula, orelse, seen=seen)
            case ast.Name(id=name) if isinstance(let := self._lets.get(name), Formula) and name not in seen:
                seen.add(name)
                yield from self._choices(let, let.expression.tree, seen=seen)

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

    def _fills(self, node: ast.expr) -> bool:
        """Whether a default(…) or lookup(…) stands in it at all, directly or behind names under `let`."""
        for inner in nodes_of(node):
            if isinstance(inner, ast.Call) and getattr(inner.func, "id", "") in _MESSAGES:
                return True
            if isinstance(inner, ast.Name) and self._let_fills(inner.id):
                return True
        return False

    def _let_fills(self, name: str) -> bool:
        if name not in self._filled:
            let = self._lets.get(name)
            self._filled[name] = False  # also what a circle of names finds
            self._filled[name] = isinstance(let, Formula) and self._fills(let.expression.tree)
        return self._filled[name]

    def _asks(self, node: ast.AST, filler: _Filler) -> bool:
        """Whether it surely reads more than what stands in for gaps. Cheap: most parts of conditions do."""
        match node:
            case ast.Name(id=name):
                return name not in LITERALS and self._let_asks(name, filler)
            case ast.Call() if filler.stands_in(node) is not None:
                return False
            case ast.BoolOp(values=[first, *_]) | ast.IfExp(test=first):
                return self._asks(first, filler)
            case ast.ListComp() | ast.GeneratorExp():
                return self._asks(node.generators[0].iter, filler)
            case ast.Call(args=arguments):
                return any(self._asks(argument, filler) for argument in arguments)
        return any(self._asks(child, filler) for child in ast.iter_child_nodes(node))

    def _let_asks(self, name: str, filler: _Filler) -> bool:
        if name not in self._asking:
            let = self._lets.get(name)
            self._asking[name] = True  # also what a circle of names finds
            self._asking[name] = let is None or (isinstance(let, Formula) and self._asks(let.expression.tree, filler))
        return self._asking[name]

    def _part(self, formula: Formula, node: ast.expr, *, helps: bool) -> Iterator[Finding]:
        if not self._fills(node) or self._asks(node, _Filler(self._lets, self._lookups, self._steps)):
            return
        filler = _Filler(self._lets, self._lookups, self._steps)
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

    def __init__(self, lets: Mapping[str, Template], lookups: Mapping[str, Lookup], steps: Collection[str]) -> None:
        self._lets = lets
        self._lookups = lookups
        self._steps = steps
        self._left = _MOST_NAMES
        self.word = ""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        let = self._lets.get(node.id)
        if not isinstance(let, Formula) or not self._left:
            return node
        self._left -= 1
        inner: ast.AST = self.visit(ast.parse(ast.unparse(let.expression.tree), mode="eval").body)
        return inner

    def stands_in(self, node: ast.Call) -> ast.expr | None:
        """What the call gives where there is a gap; None for a call that gives nothing of its own then."""
        word = getattr(node.func, "id", "")
        if word == "default" and _is_literal(node.args[1]) and self._is_answered(node.args[0]):
            return node.args[1]
        table = self._lookups.get(getattr(node.args[0], "id", "")) if word == "lookup" else None
        if table is not None and table.has_otherwise and not isinstance(table.otherwise, dict | list):
            return ast.Constant(table.otherwise)
        return None

    def visit_Call(self, node: ast.Call) -> ast.AST:
        given = self.stands_in(node)
        if given is not None:
            self.word = self.word or getattr(node.func, "id", "")
            return given
        node.args = [self.visit(argument) for argument in node.args]
        return node

    def _is_answered(self, node: ast.expr) -> bool:
        """Whether the value comes from a step, from what a references file found, or from another item's answer."""
        names = _names(node)
        if "related" in names or steps_behind(names, self._lets, self._steps):
            return True
        return self._is_known(names)

    def _is_known(self, names: set[str]) -> bool:
        """Whether one of the names is, or leads to, what references files found."""
        waiting, seen = set(names), set[str]()
        while waiting:
            name = waiting.pop()
            seen.add(name)
            if name in _KNOWN:
                return True
            let = self._lets.get(name)
            for formula in let.formulas() if let is not None else ():
                waiting |= _names(formula.expression.tree) - seen
        return False


def _is_red(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == "red"


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in nodes_of(node) if isinstance(inner, ast.Name)}


def _is_literal(node: ast.expr) -> bool:
    return _names(node) <= LITERALS.keys()


def leaves(value: Any) -> Iterator[Any]:
    """All values in a literal."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)
    else:
        yield value
