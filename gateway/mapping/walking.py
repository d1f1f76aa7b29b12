"""All values of a loaded mapping, for those who look at the whole of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from gateway.mapping.plan import Action, Fail, Fields, Found, LoadedMapping, Postpone, Red, Refuse, Retry, Unknown
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
        case Retry():
            return ()
    assert_never(action)


def all_templates(mapping: LoadedMapping) -> Iterator[Template]:
    """Every value with its conditions, in the order of the file."""
    yield from mapping.lets.values()
    for step in mapping.steps:
        yield from (part for part in (step.when, step.arguments) if part is not None)
        for action in step.on.values():
            yield from templates(action)
    for row in mapping.answer:
        yield from (row.when,) if row.when is not None else ()
        yield from templates(row.action)
    if mapping.alternates:
        yield from (part for part in (mapping.alternates.source, mapping.alternates.when) if part is not None)
        yield from mapping.alternates.proposal.values()
    if mapping.candidates:
        yield mapping.candidates.source
