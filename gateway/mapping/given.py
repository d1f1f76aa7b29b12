"""What an expression may give to a member of an answer for which the standard lists all values.

A literal that stands there is held against them by its shape. Here the texts are found that an expression leads to: the
entries of a value map, both sides of a choice, what stands in for null. What is computed is not known beforehand: where
it is none of the values, the item fails.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.lso.models.proposals import DeliveryType, MEFServiceabilityColor, TimeUnit
from gateway.mapping.facts import Fact, facts_of, text_of, values_left
from gateway.mapping.listed import Condition, Facts, holding
from gateway.mapping.plan import Fields, LoadedMapping
from gateway.mapping.template import Formula, ObjectTemplate, Template
from gateway.sources.findings import Finding, Location, nearest

_INTERVAL = "installationInterval"
_LISTED: Mapping[str, Sequence[str]] = {
    "serviceabilityConfidence": tuple(MEFServiceabilityColor),
    "deliveryType": tuple(DeliveryType),
    f"{_INTERVAL}.units": tuple(TimeUnit),
}

Members = Mapping[str, Template]


def check_given(mapping: LoadedMapping) -> Iterator[Finding]:
    """Texts that an answer, or an alternate, may be given and that the standard does not have, each once."""
    facts = Facts(mapping)
    found: dict[Finding, None] = {}
    for members, conditions in _answers(mapping):
        for name, template in _listed_members(members):
            if isinstance(template, Formula):
                texts = _Texts(mapping, template).of(template.expression.tree, facts.where(conditions))
                found |= dict.fromkeys(_findings(name, texts))
    yield from found


def _findings(name: str, texts: Iterator[tuple[str, Location]]) -> Iterator[Finding]:
    for text, where in texts:
        if text not in _LISTED[name]:
            hint = nearest(text, _LISTED[name]) or f"one of {', '.join(_LISTED[name])}"
            yield Finding(where, "MAP-106", f"'{text}' is no value of {name}, which is given this", hint)


def _answers(mapping: LoadedMapping) -> Iterator[tuple[Members, tuple[Condition, ...]]]:
    """The members of each answer and of alternates, with what is sure where they are needed."""
    for rows in mapping.verdicts:
        before: tuple[Condition, ...] = ()
        for row in rows:
            if isinstance(row.action, Fields):
                yield row.action.members, (*before, *holding(row.when))
            before = (*before, *holding(row.when, holds=False))
    if mapping.alternates:
        yield mapping.alternates.proposal, holding(mapping.alternates.when)


def _listed_members(members: Members) -> Iterator[tuple[str, Template]]:
    interval = members.get(_INTERVAL)
    parts = interval.members if isinstance(interval, ObjectTemplate) else {}
    known: dict[str, Any] = {**members, **{f"{_INTERVAL}.{name}": part for name, part in parts.items()}}
    yield from ((name, known[name]) for name in _LISTED if name in known)


class _Texts:
    """Finds the texts that an expression may give, each with its place; names under `let` are followed."""

    def __init__(self, mapping: LoadedMapping, formula: Formula, seen: frozenset[str] = frozenset()) -> None:
        self._mapping = mapping
        self._formula = formula
        self._seen = seen

    def of(self, node: ast.expr, facts: Sequence[Fact]) -> Iterator[tuple[str, Location]]:
        match node:
            case ast.Constant(value=str(text)):
                yield text, self._formula.location(self._formula.expression.offset_of(node))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                yield from self.of(body, [*facts, *facts_of(test, self._mapping.lets, holds=True)])
                yield from self.of(orelse, [*facts, *facts_of(test, self._mapping.lets, holds=False)])
            case ast.Call(func=ast.Name(id="default"), args=[value, instead]):
                yield from self.of(value, facts)
                yield from self.of(instead, facts)
            case ast.Call(func=ast.Name(id="lookup"), args=[ast.Name(id=name), key]):
                yield from self._entries(name, key, facts)
            case ast.Name(id=name) if name not in self._seen and isinstance(
                let := self._mapping.lets.get(name), Formula
            ):
                yield from _Texts(self._mapping, let, self._seen | {name}).of(let.expression.tree, facts)

    def _entries(self, name: str, key: ast.expr, facts: Sequence[Fact]) -> Iterator[tuple[str, Location]]:
        """What a value map gives for the keys that may come."""
        table = self._mapping.lookups.get(name)
        if table is None:
            return
        literal = text_of(key)
        texts = [one for one in table.entries if isinstance(one, str)]
        left = values_left(key, texts, facts) if literal is None else [one for one in texts if one == literal]
        given = {one: table.entries[one] for one in table.entries if one in left or not isinstance(one, str)}
        if table.has_otherwise:
            given["otherwise"] = table.otherwise
        for entry, value in given.items():
            if isinstance(value, str) and not value.startswith("="):
                yield value, table.places.get(entry) or self._mapping.document.location(("lookups", name, entry))
