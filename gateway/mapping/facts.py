"""What a condition says of single values: `x.code in ['A', 'B'] and x.net != 'NONE'`. Looks at syntax only.

So a lookup behind a condition need not know the values that do not come so far.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.mapping.expressions.syntax import written
from gateway.mapping.template import Formula, Template


@dataclass(frozen=True)
class Fact:
    """A value (the subject, as it is written) is one of these texts, or none of them."""

    subject: str
    values: frozenset[str]
    inside: bool


def facts_of(
    condition: ast.expr, lets: Mapping[str, Template], *, holds: bool, seen: frozenset[str] = frozenset()
) -> Iterator[Fact]:
    """What is sure where the condition holds, or where it does not."""
    match condition:
        case ast.BoolOp(op=op, values=values) if isinstance(op, ast.And) == holds:
            for value in values:
                yield from facts_of(value, lets, holds=holds, seen=seen)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from facts_of(operand, lets, holds=not holds, seen=seen)
        case ast.Name(id=name) if isinstance(let := lets.get(name), Formula) and name not in seen:
            yield from facts_of(let.expression.tree, lets, holds=holds, seen=seen | {name})
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            found = _compared(left, op, right)
            if found is not None:
                yield Fact(found.subject, found.values, found.inside == holds)


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr) -> Fact | None:
    if isinstance(op, ast.Eq | ast.NotEq) and text_of(left) is not None:
        left, right = right, left
    listed = [text_of(part) for part in (right.elts if isinstance(right, ast.List) else [right])]
    texts = frozenset(text for text in listed if text is not None)
    if len(texts) != len(set(listed)) or isinstance(right, ast.List) == isinstance(op, ast.Eq | ast.NotEq):
        return None
    if isinstance(op, ast.Eq | ast.In):
        return Fact(written(left), texts, inside=True)
    return Fact(written(left), texts, inside=False) if isinstance(op, ast.NotEq | ast.NotIn) else None


def text_of(node: ast.expr) -> str | None:
    """The text of a literal; None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def values_left(subject: ast.expr, listed: Iterable[str], facts: Iterable[Fact]) -> list[str]:
    """Of the values that the subject may have at all, those that it may have where the facts hold."""
    name = written(subject)
    said = [fact for fact in facts if fact.subject == name]
    return [value for value in listed if all((value in fact.values) == fact.inside for fact in said)]
