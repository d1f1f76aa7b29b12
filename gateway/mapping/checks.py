"""What a well-formed mapping must not mean: nothing defaults to a promise, nothing that may fail is left unsaid."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from gateway.mapping.language import StepKind
from gateway.mapping.plan import Action, Fields, LoadedMapping, Retry, Step
from gateway.mapping.template import Constant, Formula
from gateway.mapping.walking import all_templates, templates
from gateway.sources.findings import Finding, Location, nearest
from gateway.sources.yamlfile import SourceDocument

PROMISES = ("green", "yellow")
_ROW_WORDS = ("no rows", "many rows")
_SAID = {"one": ("no rows", "many rows"), "optional": ("many rows",), "many": ("many rows",)}


def check_split_expressions(document: SourceDocument) -> Iterator[Finding]:
    """An expression with a comma between `{ }` is cut at the comma by YAML, before anybody else sees it."""
    for path, scalar in document.scalars.items():
        value = document.value(path)
        if (
            scalar.style == ""
            and isinstance(value, str)
            and value.startswith("=")
            and value.count("(") > value.count(")")
        ):
            hint = "an expression with commas does not fit between { }: write it on a line of its own"
            yield Finding(document.location(path), "MAP-201", "a '(' is not closed", hint)


def check_meaning(mapping: LoadedMapping, kinds: Mapping[str, StepKind]) -> Iterator[Finding]:
    """Every finding about a mapping whose values are compiled."""
    yield from _check_rows(mapping)
    yield from _check_lookups(mapping)
    for step in mapping.steps:
        yield from _check_step(step, kinds[step.word], mapping)
    for template in all_templates(mapping):
        for formula in template.formulas():
            yield from _check_defaults(formula)


def _promises(action: Action) -> bool:
    """Whether an action could say green or yellow."""
    if not isinstance(action, Fields):
        return False
    confidence = action.members.get("serviceabilityConfidence")
    return not (isinstance(confidence, Constant) and confidence.value == "red")


def _check_rows(mapping: LoadedMapping) -> Iterator[Finding]:
    *rows, last = mapping.answer
    if last.when is not None or "otherwise" not in mapping.document.data["answer"][-1]:
        hint = "add  - otherwise: {red: reason}"
        yield Finding(last.location, "MAP-301", "the last row of 'answer' must be 'otherwise'", hint)
    elif _promises(last.action):
        yield Finding(last.location, "MAP-302", "'otherwise' must not promise anything", "say red, refuse or fail")
    for number, row in enumerate(rows):
        if "otherwise" in mapping.document.data["answer"][number]:
            yield Finding(row.location, "MAP-301", "rows after 'otherwise' are never reached")
    for row in mapping.answer:
        if isinstance(row.action, Retry):
            yield Finding(row.location, "MAP-303", "'retry' belongs to a step's 'on'")


def _check_lookups(mapping: LoadedMapping) -> Iterator[Finding]:
    for lookup in mapping.lookups.values():
        path = ("lookups", lookup.name, "otherwise")
        if lookup.has_otherwise and lookup.otherwise in PROMISES:
            message = f"a lookup must not default to a promise ('{lookup.otherwise}')"
            yield Finding(mapping.document.location(path), "MAP-302", message)
        for key, value in lookup.entries.items():
            if isinstance(value, str) and value.startswith("="):
                where = mapping.document.location(("lookups", lookup.name, key))
                yield Finding(where, "MAP-304", "a lookup holds literals, no expressions")


def _check_step(step: Step, kind: StepKind, mapping: LoadedMapping) -> Iterator[Finding]:
    known = (*(_ROW_WORDS if kind.rows else ()), "any fault", "no answer")
    needed = _SAID[step.rows or "many"] if kind.rows else ("any fault",)
    for word in needed:
        if word not in step.on:
            message = f"'{step.name}' does not say what happens on '{word}'"
            yield Finding(step.location, "MAP-305", message, f"add  on: {{{word}: fail}}  or what is meant")
    for word, action in step.on.items():
        where = mapping.document.location(("steps", step.name, "on", word), key=True)
        if word not in known and not word.startswith("fault "):
            hint = nearest(word, (*known, "fault CODE"))
            yield Finding(where, "MAP-306", f"'{word}' cannot happen to this step", hint)
        if word == "no rows" and step.rows != "one":
            yield Finding(where, "MAP-306", f"'no rows' cannot happen with 'rows: {step.rows}'")
        if _promises(action):
            yield Finding(where, "MAP-302", f"'{word}' must not lead to a promise", "say red, refuse, retry or fail")
        if word in _ROW_WORDS and isinstance(action, Retry):
            yield Finding(where, "MAP-303", f"'retry' does not help on '{word}': the system has answered")
        yield from _check_reads(step, action, where)


def _check_reads(step: Step, action: Action, where: Location) -> Iterator[Finding]:
    names = {name.name for template in templates(action) for f in template.formulas() for name in f.names}
    if step.name in names:
        yield Finding(where, "MAP-307", f"'{step.name}' has no reply here that could be read")


def _check_defaults(formula: Formula) -> Iterable[Finding]:
    """`default(x, 'green')` makes a promise out of a gap."""
    for node in ast.walk(formula.expression.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "default"):
            continue
        instead = node.args[1] if len(node.args) == 2 else None
        if isinstance(instead, ast.Constant) and instead.value in PROMISES:
            yield Finding(formula.location(), "MAP-302", f"default(…, '{instead.value}') makes a promise out of a gap")
