"""A mapping held against what a legacy operation takes and gives. The contract comes in as JSON Schema, as plain data.

What a schema does not say (it is empty, or leaves members open) is not checked.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.mapping.plan import LoadedMapping, Step
from gateway.mapping.template import Constant, Formula, ObjectTemplate
from gateway.mapping.walking import all_templates
from gateway.sources.findings import Finding, nearest
from gateway.sources.yamlfile import Path

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class StepContract:
    """What an operation takes (`arguments`) and gives (`reply`: one row, or the whole value)."""

    arguments: Schema
    reply: Schema


def check_contract(mapping: LoadedMapping, step: Step, contract: StepContract) -> Iterator[Finding]:
    """Names that the operation does not take, or needs and does not get; members that its reply does not have."""
    path: Path = ("steps", step.name, "with")
    yield from _check_arguments(mapping, step, step.arguments, contract.arguments, path)
    rows = step.rows == "many"
    reply: Schema = {"type": "array", "items": contract.reply} if rows else contract.reply
    for template in all_templates(mapping):
        for formula in template.formulas():
            yield from _check_reads(formula, step.name, reply)


def _check_arguments(mapping: LoadedMapping, step: Step, value: Any, schema: Any, path: Path) -> Iterator[Finding]:
    known = schema.get("properties") if isinstance(schema, Mapping) else None
    given = _given(value)
    if not known or given is None:
        return
    for name, part in given.items():
        if name in known:
            yield from _check_arguments(mapping, step, part, known[name], (*path, name))
        else:
            where = mapping.document.location((*path, name), key=True)
            yield Finding(where, "MAP-402", f"'{step.name}' does not take '{name}'", nearest(str(name), known))
    for name in schema.get("required", ()):
        if name not in given:
            where = mapping.document.location(path, key=True)
            yield Finding(where, "MAP-403", f"'{step.name}' needs '{name}'", "add it under 'with'")


def _given(value: Any) -> Mapping[Any, Any] | None:
    """The names of an object that stands in the file; None where an expression makes it."""
    if isinstance(value, ObjectTemplate):
        return value.members
    if isinstance(value, Constant):
        value = value.value
    return value if isinstance(value, dict) else None


def _check_reads(formula: Formula, step: str, schema: Schema) -> Iterable[Finding]:
    if step not in formula.expression.free_names:
        return
    for node in ast.walk(formula.expression.tree):
        if isinstance(node, ast.Attribute) and (found := _schema_of(node.value, step, schema)) is not None:
            known = found.get("properties")
            if known and node.attr not in known:
                at = formula.location(formula.expression.offset_of(node))
                yield Finding(at, "MAP-404", f"the reply has no '{node.attr}' here", nearest(node.attr, known))


def _schema_of(node: ast.expr, step: str, schema: Schema) -> Schema | None:
    """What the schema says of a path that begins with the step's name; None where it says nothing."""
    if isinstance(node, ast.Name):
        return schema if node.id == step else None
    if isinstance(node, ast.Attribute):
        outer = _schema_of(node.value, step, schema)
        inner = (outer or {}).get("properties", {}).get(node.attr)
        return inner if isinstance(inner, Mapping) else None
    if isinstance(node, ast.Subscript):
        outer = _schema_of(node.value, step, schema)
        items = (outer or {}).get("items")
        return items if isinstance(items, Mapping) else None
    return None
