"""Values that a Buyer may leave out, used where one is needed: such an item would fail, though the request is valid.

Told of a value that the mapping never looks at as one that may be missing: no default(…), no `== None`, anywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from gateway.mapping.expressions.syntax import written
from gateway.mapping.plan import LoadedMapping
from gateway.mapping.reading import Reading
from gateway.mapping.template import Formula, Template
from gateway.mapping.walking import all_templates
from gateway.sources.findings import Finding

_NEED = frozenset({"lookup", "mbps", "kbps", "matches", "upper", "lower", "strip", "split", "number", "integer"})
"""Functions that fail where what they are given is null."""


def check_optional(mapping: LoadedMapping, read: Iterable[Reading]) -> Iterator[Finding]:
    """Findings about a mapping whose expressions were read."""
    leaving = [reading for reading in read if reading.optional]
    looked_at = set(_looked_at(mapping)) if leaving else set()
    for reading in leaving:
        for node in reading.formula.expression.nodes:
            for used in _needed(node):
                if id(used) in reading.optional and not _is_among(_path(used, mapping.lets), looked_at):
                    at = reading.formula.location(reading.formula.expression.offset_of(used))
                    hint = f"default({written(used)}, …), or a row for what holds then"
                    yield Finding(at, "MAP-412", "the Buyer may leave this out, and then the item fails", hint)


def _is_among(path: str, looked_at: set[str]) -> bool:
    """Whether the value itself, or what it stands in, is looked at."""
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in looked_at)


def _needed(node: ast.AST) -> Iterator[ast.expr]:
    """The parts of an operation that must have a value."""
    match node:
        case ast.BinOp(left=left, right=right):
            yield from (left, right)
        case ast.BoolOp(values=values):
            yield from values
        case ast.UnaryOp(operand=part) | ast.IfExp(test=part):
            yield part
        case ast.Compare(left=left, comparators=comparators) if not any(map(_is_null, (left, *comparators))):
            yield from (left, *comparators)
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _NEED:
            yield from arguments


def _looked_at(mapping: LoadedMapping) -> Iterator[str]:
    """The values that are held against None, or have a default, with everything that they stand in."""
    for template in all_templates(mapping):
        for formula in template.formulas():
            for node in formula.expression.nodes:
                match node:
                    case ast.Compare(left=left, comparators=[right]) if _is_null(left) or _is_null(right):
                        yield _path(right if _is_null(left) else left, mapping.lets)
                    case ast.Call(func=ast.Name(id="default"), args=[value, *_]):
                        yield _path(value, mapping.lets)


def _path(node: ast.expr, lets: Mapping[str, Template], depth: int = 0) -> str:
    """A path as it would be written without names under `let`."""
    match node:
        case ast.Name(id=name) if isinstance(let := lets.get(name), Formula) and depth < len(lets):
            return _path(let.expression.tree, lets, depth + 1)
        case ast.Attribute(value=value, attr=name):
            return f"{_path(value, lets, depth)}.{name}"
    return written(node)


def _is_null(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and node.value is None) or (isinstance(node, ast.Name) and node.id == "null")
