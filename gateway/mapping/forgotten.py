"""Texts that were meant as expressions: the `=` before them is missing, and they would be sent or shown as they stand.

Only what can hardly be meant as a text: a path from a name of the file, or a call of a function with names of the file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gateway.mapping.expressions.compiler import Expression, ExpressionSyntaxError, compile_expression
from gateway.mapping.plan import LoadedMapping
from gateway.sources.findings import Finding
from gateway.sources.yamlfile import Path

_GIVEN = ("item", "poq", "buyer", "seller", "offering", "existing")
_REFERENCE_GIVEN = ("reference", "buyer", "seller")


def check_forgotten(mapping: LoadedMapping) -> Iterator[Finding]:
    """Findings about texts that look like expressions."""
    given = _REFERENCE_GIVEN if mapping.is_references else _GIVEN
    names = {*given, *mapping.lets, *(step.name for step in mapping.steps)}
    names |= {rule.each for rule in (mapping.alternates, mapping.candidates) if rule}
    names |= {step.each.name for step in mapping.steps if step.each}
    for path in mapping.document.scalars:
        value = mapping.document.value(path)
        if isinstance(value, str) and _may_hold_values(path) and _looks_like_one(value, names | set(mapping.lookups)):
            message = "a text that looks like an expression"
            hint = "begin it with '='; a text that is meant so is written ='…'"
            yield Finding(mapping.document.location(path), "MAP-211", message, hint)


def _may_hold_values(path: Path) -> bool:
    """Whether an expression may stand here, beside those places where one always stands."""
    match path:
        case ("let", *_):
            return True
        case ("steps", _, "with" | "on", *_):
            return True
        case ("answer", int(), *rest) | ("dimensions", _, int(), *rest):
            return rest != ["when"]
        case ("alternates", "proposal", *_):
            return True
    return False


def _looks_like_one(text: str, names: set[str]) -> bool:
    if not ("." in text or text.endswith((")", "]"))) or text.startswith("="):
        return False
    try:
        expression = compile_expression(text.strip())
    except ExpressionSyntaxError:
        return False
    root = _root(expression.tree)
    return root is not None and expression.free_names <= names and _is_more_than_a_word(expression, root)


def _root(node: ast.expr) -> ast.expr | None:
    """What a path begins with: a name or a call; None for what is no path."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node if isinstance(node, ast.Name | ast.Call) else None


def _is_more_than_a_word(expression: Expression, root: ast.expr) -> bool:
    return isinstance(root, ast.Call) or root is not expression.tree
