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
from copy import copy
from dataclasses import dataclass
from typing import Any

from gateway.mapping.expressions.compiler import LITERALS, compile_expression
from gateway.mapping.expressions.errors import ExpressionError
from gateway.mapping.expressions.functions import FUNCTIONS
from gateway.mapping.expressions.functions.requests import Lookup
from gateway.mapping.expressions.syntax import ExpressionSyntaxError, nodes_of, parts_of
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
        self._gaps: dict[int, _Gap | None] = {}

    def of_condition(self, condition: Formula, *, helps: bool) -> Iterator[Finding]:
        """Findings about a row's condition. `helps`: true for a row that promises, false for one before a promise."""
        yield from self._parts(condition, condition.expression.tree, helps=helps, seen=set())

    def of_confidence(self, confidence: Formula) -> Iterator[Finding]:
        """Findings about an expression that gives the confidence: `'green' if … else 'red'`."""
        yield from self._choices(confidence, confidence.expression.tree, seen=set())

    def of_list(self, source: Template) -> Iterator[Finding]:
        """Findings about the list of `each`: where a gap makes it empty, nothing is asked and nothing says no."""
        for formula in source.formulas():
            for node in formula.expression.nodes:
                yield from self._list_part(formula, node, seen=set())

    def _list_part(self, formula: Formula, node: ast.AST, *, seen: set[str]) -> Iterator[Finding]:
        if isinstance(node, ast.Name) and isinstance(let := self._lets.get(node.id), Formula) and node.id not in seen:
            seen.add(node.id)
            for inner in let.expression.nodes:
                yield from self._list_part(let, inner, seen=seen)
        filler = _Filler(self._lets, self._lookups, self._steps, self._asking)
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
            case ast.IfExp(test=test, body=body, orelse=orelse):
                for chosen, branch in ((True, body), (False, orelse)):
                    if not _is_literally(branch, not helps):
                        yield from self._parts(formula, test, helps=chosen, seen=seen)
                        yield from self._parts(formula, branch, helps=helps, seen=seen)
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

    def _part(self, formula: Formula, node: ast.expr, *, helps: bool) -> Iterator[Finding]:
        if id(node) not in self._gaps:  # a name stands in the conditions of many rows
            self._gaps[id(node)] = self._gap(node)
        gap = self._gaps[id(node)]
        if gap is not None and gap.value is helps:
            message, hint = _MESSAGES[gap.word]
            yield Finding(formula.location(formula.expression.offset_of(node)), "MAP-308", message, hint)

    def _gap(self, node: ast.expr) -> _Gap | None:
        """What the part comes to where something is missing; None where it depends on more than the gap."""
        filler = _Filler(self._lets, self._lookups, self._steps, self._asking)
        if not self._fills(node) or filler.asks(node):
            return None
        try:
            filled = filler.filled(node)
            return _Gap(filler.word, compile_expression(ast.unparse(filled)).evaluate({})) if filler.word else None
        except (ExpressionError, ExpressionSyntaxError, RecursionError):
            return None


@dataclass(frozen=True)
class _Gap:
    """The value of a part of a condition where what it reads is missing, and the word that stands in for it."""

    word: str
    value: Any


class _Filler:
    """Puts in what stands in for a gap: the literal of a default(…), the `otherwise` of a lookup.

    `asking`: what is known already of the names under `let`, by name.
    """

    def __init__(
        self,
        lets: Mapping[str, Template],
        lookups: Mapping[str, Lookup],
        steps: Collection[str],
        asking: dict[str, bool],
    ) -> None:
        self._lets = lets
        self._lookups = lookups
        self._steps = steps
        self._asking = asking
        self._left = _MOST_NAMES
        self.word = ""

    def asks(self, node: ast.AST) -> bool:
        """Whether it surely reads more than what stands in for gaps. Cheap: most parts of conditions do."""
        match node:
            case ast.Name(id=name):
                return name not in LITERALS and self._let_asks(name)
            case ast.Call() if self.stands_in(node) is not None:
                return False
            case ast.Call(func=ast.Name(id=name)) if FUNCTIONS[name].reads_scope:
                return True
            case ast.BoolOp(values=[first, *_]) | ast.IfExp(test=first):
                return self.asks(first)
            case ast.ListComp() | ast.GeneratorExp():
                return self.asks(node.generators[0].iter)
            case ast.Call(args=arguments):
                return any(self.asks(argument) for argument in arguments)
        return any(self.asks(part) for part in parts_of(node))

    def _let_asks(self, name: str) -> bool:
        if name not in self._asking:
            let = self._lets.get(name)
            self._asking[name] = True  # also what a circle of names finds
            self._asking[name] = let is None or (isinstance(let, Formula) and self.asks(let.expression.tree))
        return self._asking[name]

    def filled(self, node: ast.AST) -> ast.AST:
        """The part with what stands in; a new tree where something does. What surely asks for more stays a name."""
        match node:
            case ast.Name(id=name):
                let = self._lets.get(name)
                if not isinstance(let, Formula) or not self._left or self._let_asks(name):
                    return node
                self._left -= 1
                return self.filled(let.expression.tree)
            case ast.Call() if (given := self.stands_in(node)) is not None:
                self.word = self.word or getattr(node.func, "id", "")
                return given
        return self._copied(node)

    def _copied(self, node: ast.AST) -> ast.AST:
        changed: dict[str, Any] = {}
        for name in node._fields:
            value = getattr(node, name)
            if isinstance(value, list):
                parts = [self.filled(part) if isinstance(part, ast.AST) else part for part in value]
                if any(new is not old for new, old in zip(parts, value, strict=True)):
                    changed[name] = parts
            elif isinstance(value, ast.expr) and name != "func" and (part := self.filled(value)) is not value:
                changed[name] = part
        return _with(node, changed) if changed else node

    def stands_in(self, node: ast.Call) -> ast.expr | None:
        """What the call gives where there is a gap; None for a call that gives nothing of its own then."""
        word = getattr(node.func, "id", "")
        if word == "default" and _is_literal(node.args[1]) and self._is_answered(node.args[0]):
            return node.args[1]
        table = self._lookups.get(getattr(node.args[0], "id", "")) if word == "lookup" else None
        if table is not None and table.has_otherwise and not isinstance(table.otherwise, dict | list):
            return ast.Constant(table.otherwise)
        return None

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


def _with(node: ast.AST, changed: Mapping[str, Any]) -> ast.AST:
    copied = copy(node)
    for name, value in changed.items():
        setattr(copied, name, value)
    return copied


def _is_literally(node: ast.expr, said: bool) -> bool:
    """Whether it is this truth value and nothing else."""
    value = LITERALS.get(node.id) if isinstance(node, ast.Name) else getattr(node, "value", None)
    return isinstance(node, ast.Name | ast.Constant) and value is said


def _is_red(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == "red"


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in nodes_of(node) if type(inner) is ast.Name}


def _is_literal(node: ast.expr) -> bool:
    return _names(node) <= LITERALS.keys()


def leaves(value: Any) -> Iterator[Any]:
    """All values in a literal."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)
    else:
        yield value
