"""A mapping told to people who read no code: what it answers, whom it asks, which row answers what. Markdown.

Conditions and values stand as they were written; everything around them is said in words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, assert_never

from gateway.mapping.plan import (
    Action,
    AnswerRule,
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
from gateway.mapping.template import Constant, Formula, ListTemplate, ObjectTemplate, Template

_MORE = {
    "guaranteedUntilDate": "guaranteed until",
    "3rdPartyProvider": "provider",
    "3rdPartyProviderProductOffering": "provider's offering",
}
_FAULTS = {
    "no rows": "it has no such entry",
    "many rows": "it has more entries than meant",
    "any fault": "it refuses or reports any other fault",
    "no answer": "it does not answer, too late, or unreadably",
    "unknown": "nobody knows whether the change was made",
}


def page(mapping: LoadedMapping) -> str:
    """One mapping, or references file, as a page."""
    parts = [
        f"# {mapping.name} (version {mapping.version})",
        _comment(mapping),
        *_section("What it answers", _applies(mapping)),
        *_section("What is asked of which system", _steps(mapping)),
        *_section("What happens when a system does not answer well", _failures(mapping)),
        *_verdicts(mapping),
        *_section("What else is proposed", _alternates(mapping)),
        *_section("What codes mean", _lookups(mapping)),
        *_section("Names", _names(mapping)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    body = "\n".join(lines)
    if body:
        yield f"## {title}"
        yield body


def _comment(mapping: LoadedMapping) -> str:
    """What the file itself says at its top."""
    lines: list[str] = []
    for line in mapping.document.text.split("\n"):
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("#").strip())
    return " ".join(line for line in lines if not line.startswith("yaml-language-server:"))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    body = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    if body:
        yield f"| {' | '.join(head)} |"
        yield f"|{' --- |' * len(head)}"
        yield from body


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _applies(mapping: LoadedMapping) -> Iterator[str]:
    applies = mapping.applies
    said: list[tuple[str, Iterable[str] | None]] = [
        ("ids of", applies.kinds),
        ("products", None if mapping.is_references else applies.products or ["any"]),
        ("actions", applies.actions),
        ("offerings", applies.offerings),
        ("Buyers", applies.buyers),
        ("Sellers", applies.sellers),
        ("interfaces", applies.interfaces),
    ]
    yield from _table(("", ""), ((name, ", ".join(sorted(map(str, values)))) for name, values in said if values))
    if mapping.estimate is not None:
        yield f"\nA later answer usually takes {_time(mapping.estimate)}."
    if mapping.candidates is not None:
        yield (
            f"\nWhere only the kind of product is named, each of {_code(mapping.candidates.source)} is tried "
            f"(at most {mapping.candidates.most}); the best one answers."
        )


def _time(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} seconds"


def _steps(mapping: LoadedMapping) -> Iterator[str]:
    rows = ((step.name, step.system, _asked(step), _when(step), _told(step.arguments)) for step in mapping.steps)
    yield from _table(("step", "system", "is asked", "when", "with"), rows)


def _asked(step: Step) -> str:
    definition = step.definition.model_dump(exclude_none=True)
    asked = next((str(value) for name, value in definition.items() if name != "most"), "")
    word = "changes something there: " if step.write else ""
    return f"{word}`{' '.join(asked.split())}`"


def _when(step: Step) -> str:
    said = [f"if {_code(step.when)}"] if step.when else []
    if step.each:
        said.append(f"once for each `{step.each.name}` of {_code(step.each.source)}, at most {step.each.most}")
    if step.on_demand:
        said.append("to find out what became of a change")
    if step.cache:
        said.append(f"{', '.join(said) or 'always'}; a reply is kept for {_time(step.cache.seconds)}")
        said = said[-1:]
    return ", ".join(said) or "always"


def _failures(mapping: LoadedMapping) -> Iterator[str]:
    rows: list[tuple[str, str, str]] = []
    for step in mapping.steps:
        said = [(word, _outcome(action)) for word, action in step.on.items()]
        if "no answer" not in step.on:
            said.append(("no answer", "no answer can be given"))
        rows += [(step.name, _fault(word), outcome) for word, outcome in said]
    yield from _table(("step", "if", "then"), rows)


def _fault(word: str) -> str:
    if word.startswith("fault "):
        return f"it says `{word.removeprefix('fault ')}`"
    return _FAULTS.get(word, word)


def _verdicts(mapping: LoadedMapping) -> Iterator[str]:
    first = "The first row whose condition holds decides. Where something is missing that it reads, no answer is given."
    if mapping.dimensions:
        yield f"## Answers\n\nEach part below is decided for itself; the worst one counts. {first}"
        for dimension in mapping.dimensions:
            yield from _section(f"Answers: {dimension.name}", _rows(mapping, dimension.rows))
    else:
        yield from _section("Answers", (f"{first}\n", *_rows(mapping, mapping.answer)))


def _rows(mapping: LoadedMapping, rows: Sequence[AnswerRule]) -> Iterator[str]:
    told = (
        (str(number), f"{_code(row.when)}" if row.when else "in every other case", *_answer(row.action))
        for number, row in enumerate(rows, 1)
    )
    if mapping.is_references:
        yield from _table(("", "when", "then", "why, or what is known"), ((*row[:3], row[3]) for row in told))
    else:
        yield from _table(("", "when", "answer", "reason", "installed within", "delivery", "besides"), told)


def _answer(action: Action) -> tuple[str, str, str, str, str]:
    """Colour or outcome, reason, interval, delivery type, and what is said besides."""
    match action:
        case Fields(members=members):
            return _members(members)
        case Red(reason=reason):
            return "**red**", _told(reason), "", "", ""
        case Refuse(code=code, reason=reason, at=at):
            return f"the request is refused: {code.value}", _told(reason), "", "", f"at {_told(at)}" if at else ""
        case Found(members=members):
            return "it exists", "; ".join(f"{name}: {_told(value)}" for name, value in members.items()), "", "", ""
        case Unknown(reason=reason):
            return "no such id of this Buyer", _told(reason) if reason else "", "", "", ""
        case Fail(reason=reason):
            return "no answer can be given", _told(reason) if reason else "", "", "", ""
        case Postpone(reason=reason, wait=None):
            return "somebody of the Seller has to answer", _told(reason) if reason else "", "", "", ""
        case Postpone(wait=wait):
            return f"asked again after {_time(wait or 0)}", "", "", "", ""
        case Retry():
            return "asked again, a few times; then no answer can be given", "", "", "", ""
        case LookUp(step=step):
            return f"`{step}` is asked what became of it", "", "", "", ""
    assert_never(action)


def _outcome(action: Action) -> str:
    outcome, *said = _answer(action)
    told = "; ".join(part for part in said if part)
    return f"{outcome}: {told}" if told else outcome


def _members(members: Mapping[str, Template]) -> tuple[str, str, str, str, str]:
    colour = members.get("serviceabilityConfidence")
    interval, delivery = members.get("installationInterval"), members.get("deliveryType")
    reason = members.get("serviceabilityConfidenceReason")
    more = "; ".join(f"{word} {_told(members[name])}" for name, word in _MORE.items() if name in members)
    return (
        f"**{colour.value}**" if isinstance(colour, Constant) else _told(colour),
        _told(reason),
        _interval(interval),
        _told(delivery),
        more,
    )


def _interval(interval: Template | None) -> str:
    parts: Mapping[str, Any] = {}
    if isinstance(interval, ObjectTemplate):
        parts = {name: _told(member) for name, member in interval.members.items()}
    elif isinstance(interval, Constant) and isinstance(interval.value, dict):
        parts = interval.value
    return f"{parts.get('amount')} {parts.get('units')}" if parts else _told(interval)


def _alternates(mapping: LoadedMapping) -> Iterator[str]:
    alternates = mapping.alternates
    if alternates is None:
        return
    most = f", at most {alternates.most}" if alternates.most else ""
    when = f" for which {_code(alternates.when)}" if alternates.when else ""
    yield f"Each `{alternates.each}` of {_code(alternates.source)}{when}{most}:\n"
    colour, reason, interval, delivery, more = _members(alternates.proposal)
    products = (f"{name}: {_told(alternates.proposal[name])}" for name in ("productOffering", "productConfiguration"))
    row = (colour, reason, interval, delivery, "; ".join([*products, *([more] if more else [])]))
    yield from _table(("answer", "reason", "installed within", "delivery", "what is proposed"), [row])


def _lookups(mapping: LoadedMapping) -> Iterator[str]:
    for lookup in mapping.lookups.values():
        rows = [(f"`{key}`", _plain(value)) for key, value in lookup.entries.items()]
        if lookup.has_otherwise:
            rows.append(("any other", _plain(lookup.otherwise)))
        yield f"### {lookup.name}\n"
        yield from _table(("code", "means"), rows)
        yield ""


def _names(mapping: LoadedMapping) -> Iterator[str]:
    yield from _table(("name", "stands for"), ((name, _told(value)) for name, value in mapping.lets.items()))


def _told(value: Template | None) -> str:
    """A value as it was written."""
    match value:
        case None:
            return ""
        case Formula():
            return _code(value)
        case Constant(value=constant):
            return _plain(constant) if constant != {} else ""
        case ObjectTemplate(members=members):
            return ", ".join(f"{name}: {_nested(member)}" for name, member in members.items())
        case ListTemplate(items=items):
            return "; ".join(map(_nested, items))
    return ""


def _nested(value: Template) -> str:
    return f"({_told(value)})" if isinstance(value, ObjectTemplate | ListTemplate) else _told(value)


def _plain(value: Any) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _code(formula: Formula) -> str:
    return f"`{' '.join(formula.expression.text.split())}`"
