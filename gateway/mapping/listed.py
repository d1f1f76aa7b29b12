"""Values of which a contract lists all that there are (an enumeration of the WSDL, of the standard, of a product).

A lookup that reads one has an entry for each of them, or says `otherwise`; a comparison names only such as exist.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from gateway.mapping.expressions.syntax import parts_of
from gateway.mapping.facts import Fact, facts_of, text_of, values_left
from gateway.mapping.plan import AnswerRule, LoadedMapping
from gateway.mapping.template import Formula, Template
from gateway.mapping.walking import templates
from gateway.mapping.world import Reading, Schema
from gateway.sources.findings import Finding, Location, nearest


def check_listed_values(mapping: LoadedMapping, read: Iterable[Reading]) -> Iterator[Finding]:
    """Findings about the lookups and comparisons of a mapping whose expressions were read."""
    by_formula = {id(reading.formula): reading for reading in read}
    for reading in by_formula.values():
        for node in reading.formula.expression.nodes if reading.schemas else ():
            if isinstance(node, ast.Compare) and len(node.ops) == 1:
                yield from _check_comparison(reading, node)
    partial = {lookup.name for lookup in mapping.lookups.values() if not lookup.has_otherwise}
    looking = {at for at, one in by_formula.items() if not partial.isdisjoint(one.formula.expression.free_names)}
    facts = Facts(mapping)
    for template, conditions in _places(mapping) if looking else ():
        for formula in template.formulas():
            if id(formula) in looking:
                checker = _Lookups(mapping, by_formula[id(formula)])
                yield from checker.check(formula.expression.tree, facts.where(conditions))


def listed_texts(schema: Schema) -> list[str]:
    """All values that there are, where they are texts; empty where that is not known."""
    listed = schema.get("enum", ())
    return list(listed) if all(isinstance(value, str) for value in listed) else []


def _check_comparison(reading: Reading, node: ast.Compare) -> Iterator[Finding]:
    for known, literal in _pairs(reading, node.ops[0], node.left, node.comparators[0]):
        if not isinstance(literal, ast.Constant) or literal.value is None:
            continue
        listed, text = listed_texts(known), text_of(literal)
        meant = _KINDS.get(str(known.get("type"))) if "format" not in known else None
        if listed and text is not None and text not in listed:
            yield Finding(
                _at(reading, literal), "MAP-411", f"'{text}' is no value that this can have", nearest(text, listed)
            )
        elif meant and meant != _kind(literal.value):
            hint = "write it in quotes" if meant == "a text" else "compare it with " + meant
            yield Finding(_at(reading, literal), "MAP-411", f"{_kind(literal.value)} is compared with {meant}", hint)


def _at(reading: Reading, node: ast.expr) -> Location:
    return reading.formula.location(reading.formula.expression.offset_of(node))


def _pairs(reading: Reading, op: ast.cmpop, left: ast.expr, right: ast.expr) -> list[tuple[Schema, ast.expr]]:
    """What is compared: what is known of a value, and what stands against it."""
    if not isinstance(op, ast.In | ast.NotIn):
        return [(reading.schema_of(left), right), (reading.schema_of(right), left)]
    options = right.elts if isinstance(right, ast.List) else []
    return [
        *((reading.schema_of(left), option) for option in options),
        (reading.schema_of(right).get("items", {}), left),
    ]


_KINDS = {"string": "a text", "integer": "a number", "number": "a number", "boolean": "true or false"}


def _kind(value: object) -> str:
    return "a text" if isinstance(value, str) else "true or false" if isinstance(value, bool) else "a number"


Condition = tuple[Formula, bool]
"""A condition, and whether it holds."""

Place = tuple[Template, tuple[Condition, ...]]
"""A value of the mapping, and what is sure where it is needed."""


def _places(mapping: LoadedMapping) -> Iterator[Place]:
    for let in mapping.lets.values():
        yield let, ()
    for step in mapping.steps:
        asked = holding(step.when)
        first = (step.when, step.each.source if step.each else None)
        yield from ((template, ()) for template in first if template)
        yield step.arguments, asked
        for action in step.on.values():
            yield from ((template, asked) for template in templates(action))
    for rows in mapping.verdicts:
        yield from _rows(rows)
    if mapping.alternates:
        proposed = holding(mapping.alternates.when)
        yield from ((value, proposed) for value in mapping.alternates.proposal.values())
        others = (mapping.alternates.source, mapping.alternates.when)
        yield from ((template, ()) for template in others if template)


def _rows(rows: Iterable[AnswerRule]) -> Iterator[Place]:
    """A row is reached where no row before it holds."""
    before: tuple[Condition, ...] = ()
    for row in rows:
        if row.when is not None:
            yield row.when, before
        holds = (*before, *holding(row.when))
        yield from ((template, holds) for template in templates(row.action))
        before = (*before, *holding(row.when, holds=False))


def holding(condition: Formula | None, *, holds: bool = True) -> tuple[Condition, ...]:
    """That a condition holds, or does not; nothing where there is none."""
    return ((condition, holds),) if condition is not None else ()


class Facts:
    """What conditions of a mapping say, each found once."""

    def __init__(self, mapping: LoadedMapping) -> None:
        self._mapping = mapping
        self._found: dict[tuple[int, bool], list[Fact]] = {}

    def where(self, conditions: Iterable[Condition]) -> list[Fact]:
        """All that is sure where these hold, or do not."""
        return [*self._given, *(fact for condition in conditions for fact in self._of(*condition))]

    @cached_property
    def _given(self) -> list[Fact]:
        """What `for` says: other items, and other references, do not come here."""
        applies = self._mapping.applies
        said = (("item.action", applies.actions), ("reference.kind", applies.kinds))
        return [Fact(subject, frozenset(map(str, values)), inside=True) for subject, values in said if values]

    def _of(self, condition: Formula, holds: bool) -> list[Fact]:
        key = id(condition), holds
        if key not in self._found:
            self._found[key] = list(facts_of(condition.expression.tree, self._mapping.lets, holds=holds))
        return self._found[key]


class _Lookups:
    """Goes through one expression and knows at each lookup what is sure there."""

    def __init__(self, mapping: LoadedMapping, reading: Reading) -> None:
        self._mapping = mapping
        self._reading = reading

    def check(self, node: ast.AST, facts: Sequence[Fact]) -> Iterator[Finding]:
        match node:
            case ast.IfExp(test=test, body=body, orelse=orelse):
                yield from self.check(test, facts)
                yield from self.check(body, [*facts, *facts_of(test, self._mapping.lets, holds=True)])
                yield from self.check(orelse, [*facts, *facts_of(test, self._mapping.lets, holds=False)])
                return
            case ast.ListComp(elt=elt, generators=[generator]) | ast.GeneratorExp(elt=elt, generators=[generator]):
                sure = [fact for test in generator.ifs for fact in facts_of(test, self._mapping.lets, holds=True)]
                yield from self.check(generator, facts)
                yield from self.check(elt, [*facts, *sure])
                return
            case ast.Call(func=ast.Name(id="lookup"), args=[ast.Name(id=name), key]):
                yield from self._check_lookup(name, key, facts)
        for part in parts_of(node):
            yield from self.check(part, facts)

    def _check_lookup(self, name: str, key: ast.expr, facts: Sequence[Fact]) -> Iterator[Finding]:
        table = self._mapping.lookups.get(name)
        if table is None or table.has_otherwise:
            return
        listed = values_left(key, listed_texts(self._reading.schema_of(key)), facts)
        missing = [value for value in listed if value not in table.entries]
        if missing:
            formula = self._reading.formula
            at = formula.location(formula.expression.offset_of(key))
            message = f"the lookup '{name}' has no entry for {', '.join(missing)}"
            yield Finding(at, "MAP-410", message, "add what is missing, or 'otherwise'")
