"""What lint asks of references files beyond what it asks of every mapping."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from gateway.lso.problems import parse_pointer
from gateway.mapping.expressions.functions import FUNCTIONS
from gateway.mapping.plan import Found, LoadedMapping, Unknown
from gateway.mapping.template import Formula
from gateway.sources.findings import Finding
from gateway.sources.yamlfile import Path


def check_references(mapping: LoadedMapping) -> Iterator[Finding]:
    """Findings about a references file; none about a mapping."""
    if not mapping.is_references:
        return
    yield from _check_functions(mapping)
    for step in mapping.steps:
        for word, action in step.on.items():
            if isinstance(action, Unknown) and not (word == "no rows" or word.startswith("fault ")):
                where = mapping.document.location(("steps", step.name, "on", word), key=True)
                message = f"'{word}' does not say that the id is unknown"
                yield Finding(where, "MAP-312", message, "say fail; unknown goes with 'no rows' or 'fault CODE'")
    for number, row in enumerate(mapping.answer):
        if isinstance(row.action, Found) and row.when is not None:
            yield from _check_frozen(mapping, ("answer", number, "found", "frozen"))


def _check_functions(mapping: LoadedMapping) -> Iterator[Finding]:
    """related(), pointer() and known() read the item: there is none where a reference is asked for."""
    for formula, node in _calls(mapping):
        if FUNCTIONS[node.id].reads_scope:
            at = formula.location(formula.expression.offset_of(node))
            yield Finding(at, "MAP-212", f"{node.id}() reads an item, and there is none here", "read 'reference'")


def _check_frozen(mapping: LoadedMapping, path: Path) -> Iterator[Finding]:
    said = mapping.document.value(path[:-1]).get("frozen")
    for name in said if isinstance(said, Mapping) else ():
        try:
            parse_pointer(str(name))
        except ValueError:
            where = mapping.document.location((*path, name), key=True)
            yield Finding(where, "MAP-310", f"'{name}' is no JSON Pointer", "begin with '/', as in /uniEp/identifier")


def _calls(mapping: LoadedMapping) -> Iterator[tuple[Formula, ast.Name]]:
    for _, formulas in mapping.formulas:
        for formula in formulas:
            for node in formula.expression.nodes:
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    yield formula, node.func
