"""What can be said of a function's call before it is made: lookups by their name, patterns, defaults that promise."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from gateway.mapping.expressions.errors import ExpressionError
from gateway.mapping.expressions.functions import FUNCTIONS
from gateway.mapping.expressions.functions.requests import Lookup
from gateway.mapping.expressions.functions.texts import compiled_pattern
from gateway.mapping.template import Formula, Template
from gateway.sources.findings import Finding, nearest


def check_calls(formula: Formula, lookups: Mapping[str, Lookup]) -> Iterator[Finding]:
    """Findings about the function calls of one expression."""
    free = {name.offset for name in formula.names}
    tables: set[int] = set()
    for node in formula.expression.nodes:
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id == "lookup":
            tables.add(formula.expression.offset_of(node.args[0]))
            yield from _check_table(formula, node.args[0], lookups)
        elif node.func.id == "matches":
            yield from _check_pattern(formula, node.args[1])
        elif node.func.id == "default":
            yield from _check_default(formula, node)
    for name in formula.names:
        if name.name in lookups and name.offset in free - tables:
            message = f"'{name.name}' is a lookup: it is no value"
            yield Finding(formula.location(name.offset), "MAP-208", message, f"write lookup({name.name}, …)")


def reads_something(formula: Formula, lets: Mapping[str, Template]) -> bool:
    """Whether the expression reads a step or the request at all, directly or through names under `let`."""
    waiting, seen = [formula], set[str]()
    while waiting:
        one = waiting.pop()
        if any(_reads_scope(node) for node in one.expression.nodes):
            return True
        for name in one.expression.free_names - seen:
            if name not in lets:
                return True
            seen.add(name)
            waiting += lets[name].formulas()
    return False


def _reads_scope(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and FUNCTIONS[node.func.id].reads_scope


def _check_table(formula: Formula, table: ast.expr, lookups: Mapping[str, Lookup]) -> Iterator[Finding]:
    if isinstance(table, ast.Name) and table.id in lookups:
        return
    at = formula.location(formula.expression.offset_of(table))
    hint = nearest(getattr(table, "id", ""), lookups) or "write its entries under 'lookups'"
    yield Finding(at, "MAP-208", "lookup() needs the name of a lookup first", hint)


def _check_pattern(formula: Formula, pattern: ast.expr) -> Iterator[Finding]:
    if not (isinstance(pattern, ast.Constant) and isinstance(pattern.value, str)):
        return
    at = formula.location(formula.expression.offset_of(pattern))
    if any(ord(character) < 32 for character in pattern.value):
        yield Finding(at, "MAP-209", "the pattern holds a control character", r"write it as r'…' to keep its \b")
    try:
        compiled_pattern(pattern.value)
    except ExpressionError as error:
        yield Finding(at, "MAP-209", error.message.removeprefix("matches(): "), "RE2 syntax; write it as r'…'")


def _check_default(formula: Formula, call: ast.Call) -> Iterator[Finding]:
    """`default(x, 'green')` makes a promise out of a gap."""
    for node in ast.walk(call.args[1]):
        if isinstance(node, ast.Constant) and node.value in ("green", "yellow"):
            message = f"default(…, '{node.value}') makes a promise out of a gap"
            at = formula.location(formula.expression.offset_of(node))
            yield Finding(
                at, "MAP-302", message, "say what holds where the value is missing: 'red', or a row of its own"
            )
