"""All values of a loaded mapping, for those who look at the whole of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from gateway.mapping.plan import (
    Action,
    AlternateRule,
    EachRule,
    Fail,
    Fields,
    Found,
    LoadedMapping,
    LookUp,
    Postpone,
    Red,
    Refuse,
    Retry,
    Step,
    Unknown,
)
from gateway.mapping.template import Template


def templates(action: Action) -> tuple[Template, ...]:
    """All values that an action renders."""
    match action:
        case Fields(members=members) | Found(members=members):
            return tuple(members.values())
        case Red(reason=reason):
            return (reason,)
        case Refuse(reason=reason, at=at):
            return (reason, at) if at else (reason,)
        case Fail(reason=reason) | Postpone(reason=reason) | Unknown(reason=reason):
            return (reason,) if reason else ()
        case Retry() | LookUp():
            return ()
    assert_never(action)


def step_templates(step: Step) -> Iterator[Template]:
    """Every value of one step, those under `each` first."""
    yield from (part for part in (step.each.source if step.each else None, step.when, step.arguments) if part)
    for action in step.on.values():
        yield from templates(action)


def all_values(mapping: LoadedMapping) -> Iterator[tuple[EachRule | AlternateRule | None, Template]]:
    """Every value with its conditions, in the order of the file, each with the rule whose element it may read."""
    yield from ((None, let) for let in mapping.lets.values())
    for step in mapping.steps:
        yield from ((step.each, template) for template in step_templates(step))
    for row in (row for rows in mapping.verdicts for row in rows):
        yield from ((None, template) for template in (*((row.when,) if row.when else ()), *templates(row.action)))
    if mapping.alternates:
        rule = mapping.alternates
        yield None, rule.source
        yield from ((rule, template) for template in (*((rule.when,) if rule.when else ()), *rule.proposal.values()))
    if mapping.candidates:
        yield None, mapping.candidates.source
