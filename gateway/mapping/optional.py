"""Values that may be left out, used where one is needed: by the Buyer, or by the system that was asked.

Such an item would fail, though nothing is wrong with the request or the reply. Told of a value that the mapping never
looks at as one that may be missing: no default(…), no `== None`, anywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.mapping.expressions.functions import FUNCTIONS
from gateway.mapping.expressions.syntax import is_null, written
from gateway.mapping.plan import Action, Fail, Fields, LoadedMapping, Postpone, Red, Refuse, Unknown
from gateway.mapping.template import Formula, Template
from gateway.mapping.world import Gap, Look, Reading
from gateway.sources.findings import Finding

_OFFERING = "read 'offering' (offering.id): it is there in use case 2b too, where an item names a specification only"
_CONFIDENCE = "serviceabilityConfidence"
_INTERVAL = "installationInterval"


@dataclass(frozen=True)
class Telling:
    """How it is said: `hint` with the value in the place of {}; `instead`: what is better read, by path."""

    code: str
    message: str
    hint: str
    instead: Mapping[str, str] = field(default_factory=dict)

    def hint_for(self, node: ast.expr, gap: Gap) -> str:
        """What to write in the place of this value."""
        return self.instead.get(gap.path) or self.hint.format(written(node))


OF_REQUEST = Telling(
    "MAP-412",
    "the Buyer may leave this out, and then the item fails",
    "default({0}, …), or a row for what holds then",
    dict.fromkeys(("item.product.productOffering", "item.product.productOffering.id"), _OFFERING),
)
OF_REPLY = Telling(
    "MAP-413",
    "the system may leave this out, and then the item fails",
    "a row before: when: {0} == None, or default({0}, …)",
)


def check_optional(
    mapping: LoadedMapping, read: Collection[Reading], telling: Telling, needed: Iterable[Formula] = ()
) -> Iterator[Finding]:
    """Findings about a mapping whose expressions were read. `needed`: more expressions that must have a value."""
    leaving = [reading for reading in read if reading.gaps]
    if not leaving:
        return
    looks = frozenset(look for reading in read for look in reading.looks)
    whole = {id(formula) for formula in (*_needed_values(mapping), *needed)}
    for reading in leaving:
        for node in _needed_nodes(reading, whole=id(reading.formula) in whole):
            gap = reading.gap_of(node)
            if gap is not None and not all(_is_thought_of(reason, gap, looks) for reason in gap.reasons):
                at = reading.formula.location(reading.formula.expression.offset_of(node))
                yield Finding(at, telling.code, telling.message, telling.hint_for(node, gap))


def _is_thought_of(reason: str, gap: Gap, looks: Iterable[Look]) -> bool:
    """Whether what may be missing is looked at, or something in it is; a default helps only on the way to the value."""
    return any(_is_within(look.path, reason) and (look.is_test or _is_within(gap.path, look.path)) for look in looks)


def _is_within(path: str, outer: str) -> bool:
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))


def _needed_nodes(reading: Reading, *, whole: bool) -> Iterator[ast.expr]:
    """The parts of an expression that must have a value, each once."""
    expression = reading.formula.expression
    found = [part for node in expression.nodes for part in _needed(node)]
    if whole:
        found.append(expression.tree)
    yield from {id(node): node for node in found}.values()


def _needed(node: ast.AST) -> Iterator[ast.expr]:
    """The parts of an operation that must have a value."""
    match node:
        case ast.BinOp(left=left, right=right):
            yield from (left, right)
        case ast.BoolOp(values=values):
            yield from values
        case ast.UnaryOp(operand=part) | ast.IfExp(test=part) | ast.comprehension(iter=part):
            yield part
            yield from node.ifs if isinstance(node, ast.comprehension) else ()
        case ast.Compare(left=left, comparators=comparators) if not any(map(is_null, (left, *comparators))):
            yield from (left, *comparators)
        case ast.Call(func=ast.Name(id=name), args=arguments) if function := FUNCTIONS.get(name):
            yield from (part for number, part in enumerate(arguments) if not function.takes_null(number))


def _needed_values(mapping: LoadedMapping) -> Iterator[Formula]:
    """The expressions of a mapping that must have a value, whatever a system takes."""
    for step in mapping.steps:
        yield from _formulas(step.when, step.each.source if step.each else None)
        if step.rows is not None:  # a query that compares with null finds nothing: it is not sent
            yield from _formulas(*getattr(step.arguments, "members", {}).values())
        for action in step.on.values():
            yield from _of_action(action)
    for row in (row for rows in mapping.verdicts for row in rows):
        yield from (*_formulas(row.when), *_of_action(row.action))
    if mapping.alternates:
        yield from _formulas(mapping.alternates.source, mapping.alternates.when)
        yield from _of_members(mapping.alternates.proposal)


def _of_action(action: Action) -> Iterator[Formula]:
    match action:
        case Fields(members=members):
            yield from _of_members(members)
        case Refuse(reason=reason, at=at):
            yield from _formulas(reason, at)
        case Red(reason=reason) | Fail(reason=reason) | Postpone(reason=reason) | Unknown(reason=reason):
            yield from _formulas(reason)


def _of_members(members: Mapping[str, Template]) -> Iterator[Formula]:
    """Members that the standard demands of an answer; any other that is null is left out."""
    interval = members.get(_INTERVAL)
    yield from _formulas(members.get(_CONFIDENCE), *getattr(interval, "members", {}).values())


def _formulas(*templates: Template | None) -> Iterator[Formula]:
    yield from (template for template in templates if isinstance(template, Formula))
