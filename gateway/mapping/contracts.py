"""A mapping held against what a legacy operation takes and gives. The contract comes in as JSON Schema, as plain data.

What a schema does not say (it is empty, or leaves members open) is not checked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.mapping.listed import check_listed_values
from gateway.mapping.optional import OF_REPLY, check_optional
from gateway.mapping.plan import LoadedMapping, Step
from gateway.mapping.reading import readings
from gateway.mapping.template import Constant, Formula, ListTemplate, ObjectTemplate
from gateway.mapping.world import Misread, Schema, Unknown, World, may_be_null
from gateway.sources.findings import Finding, nearest
from gateway.sources.yamlfile import Path

_WORDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object (key: value)",
    "array": "a list",
}


@dataclass(frozen=True)
class StepContract:
    """What an operation takes (`arguments`) and gives (`reply`: one row, or the whole value)."""

    arguments: Schema
    reply: Schema


def check_contracts(mapping: LoadedMapping, contracts: Mapping[str, StepContract]) -> Iterator[Finding]:
    """Arguments that the operation does not take, needs and does not get, or that are of another type; parts of its
    reply that are not there, are read as what they are not, or may be missing where a value is needed.

    `contracts`: by the step's name; of a step without one nothing is known.
    """
    steps = [step for step in mapping.steps if step.name in contracts]
    for step in steps:
        path: Path = ("steps", step.name, "with")
        yield from _check_arguments(mapping, step, step.arguments, contracts[step.name].arguments, path)
    needed = needed_arguments(mapping, contracts)
    known = {step.name: _reply(step, contracts[step.name].reply) for step in steps}
    found_out = {step.name: known[step.looks_up] for step in mapping.steps if step.looks_up in known}
    worlds = (known, {**known, **found_out}) if found_out else (known,)  # a write's name stands for two replies
    yield from dict.fromkeys(finding for names in worlds for finding in _check_replies(mapping, names, needed))


def needed_arguments(mapping: LoadedMapping, contracts: Mapping[str, StepContract]) -> list[Formula]:
    """The expressions of arguments that must not be null: the operation needs them."""
    steps = [step for step in mapping.steps if step.name in contracts]
    return [formula for step in steps for formula in _needing(step.arguments, contracts[step.name].arguments)]


def _check_replies(
    mapping: LoadedMapping, names: Mapping[str, Schema], needed: Collection[Formula]
) -> Iterator[Finding]:
    read = tuple(readings(mapping, World(names, optional=frozenset(_without_row(mapping)), is_exact=True)))
    yield from check_listed_values(mapping, read)
    for formula, mistake in ((reading.formula, mistake) for reading in read for mistake in reading.mistakes):
        at = formula.location(formula.expression.offset_of(mistake.node))
        match mistake:
            case Unknown(node=node, name=name, hint=hint):
                at = formula.location(formula.expression.offset_of_member(node))
                yield Finding(at, "MAP-404", f"the reply has no '{name}' here", hint)
            case Misread(message=message, hint=hint):
                yield Finding(at, "MAP-408", message, hint)
    yield from check_optional(mapping, read, OF_REPLY, needed)


def _without_row(mapping: LoadedMapping) -> Iterator[str]:
    """The steps whose one row may be missing."""
    return (step.name for step in mapping.steps if step.rows == "optional" and not step.each)


def _reply(step: Step, reply: Schema) -> Schema:
    """What is known of all that a step gives."""
    known: Schema = {"type": "array", "items": reply} if step.rows == "many" else reply
    known = {"anyOf": [reply, {"type": "null"}]} if step.rows == "optional" and step.each else known
    return {"type": "array", "items": known} if step.each else known


def _needing(template: Any, schema: Any) -> Iterator[Formula]:
    """The expressions of arguments that the operation needs: of one that it does not, null is left out."""
    members, known = _given(template), _without_null(schema)
    for name in known.get("required", ()) if isinstance(members, Mapping) else ():
        given, wanted = members.get(name), known.get("properties", {}).get(name)
        if isinstance(given, Formula) and not may_be_null(wanted):
            yield given
        elif given is not None:
            yield from _needing(given, wanted)


def _check_arguments(mapping: LoadedMapping, step: Step, value: Any, schema: Any, path: Path) -> Iterator[Finding]:
    schema = _without_null(schema)
    given = _given(value)
    needed = _needed(given, schema)
    if needed:
        where = mapping.document.location(path)
        hint = 'quote it: "..."' if schema.get("type") == "string" and isinstance(given, int | float) else ""
        hint = nearest(str(given), map(str, schema["enum"])) if "enum" in schema else hint
        yield Finding(where, "MAP-409", f"'{step.name}' takes {needed} here", hint)
    elif isinstance(given, Mapping):
        yield from _check_members(mapping, step, given, schema, path)
    elif isinstance(given, list | tuple):
        for number, part in enumerate(given):
            yield from _check_arguments(mapping, step, part, schema.get("items"), (*path, number))


def _check_members(
    mapping: LoadedMapping, step: Step, given: Mapping[Any, Any], schema: Schema, path: Path
) -> Iterator[Finding]:
    known = schema.get("properties")
    if not known:
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


def _given(value: Any) -> Any:
    """What stands in the file; None where an expression makes it."""
    match value:
        case ObjectTemplate(members=members):
            return members
        case ListTemplate(items=items):
            return items
        case Constant(value=constant):
            return constant
        case Formula():
            return None
    return value


def _without_null(schema: Any) -> Schema:
    """What may stand here besides null: nothing is known of several other choices."""
    if not isinstance(schema, Mapping):
        return {}
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    if not choices:
        return schema
    found: Schema = choices[0] if len(choices) == 1 else {}
    return found


def _needed(given: Any, schema: Schema) -> str:
    """What is needed instead of what stands there; empty where that fits, or cannot be told."""
    kind = schema.get("type")
    if given is None or not (fits := _FITS.get(str(kind))):
        return ""
    if not fits(given):
        return _WORDS[str(kind)]
    listed = schema.get("enum")
    return f"one of {', '.join(map(str, listed))}" if listed and given not in listed else ""


def _is_number(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda given: isinstance(given, str),
    "integer": lambda given: _is_number(given) and given == int(given),
    "number": _is_number,
    "boolean": lambda given: isinstance(given, bool),
    "object": lambda given: isinstance(given, Mapping),
    "array": lambda given: isinstance(given, list | tuple),
}
