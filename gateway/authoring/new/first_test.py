"""The first test file of a new mapping: silence promises nothing, and a reply to be filled in. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adapters.described import Described, Field
from gateway.authoring.new.readable import Product
from gateway.authoring.new.skeleton import Wanted
from gateway.authoring.new.wording import remark, scalar

_SAMPLES = {
    "true or false": "true",
    "whole number": "1",
    "number": "1",
    "date": '"2026-01-31"',
    "date-time": '"2026-01-31T12:00:00Z"',
}
_OF_TYPE = {"integer": "1", "number": "1", "boolean": "true", "object": "{}", "array": "[]"}
_MOST_DEEP = 8


def first_test(described: Described, wanted: Wanted, step: str, product: Product | None = None) -> str:
    """The text of the test file. `product`: what is known of what it is to answer, for an item to begin with."""
    lines = [
        f"# How {wanted.name} answers, without any system. Run it: poq-gateway mapping test",
        *_case(f"a system that says nothing promises nothing ({step})", wanted, product),
        f"    {step}: no answer",
        "  expect: fail",
        "",
        *_case("TODO: what this reply means", wanted, product),
        *_reply(described, step),
        "  expect:",
        remark("    serviceabilityConfidence: TODO", "green, yellow or red; and what else matters"),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _case(name: str, wanted: Wanted, product: Product | None) -> Iterator[str]:
    yield f"- test: {scalar(name)}"
    yield "  item:"
    yield "    product:"
    offering = scalar(product.offering if product else "1")
    yield remark(f"      productOffering: {{id: {offering}}}", "what the mapping reads of the request goes here")
    if product:
        yield from _around(product)
    yield "      productConfiguration:"
    yield f'        "@type": {scalar(wanted.product or "TODO")}'
    if product:
        yield from _needed(product, product.outline, " " * 8, 0)
    yield "  legacy:"


def _around(product: Product) -> Iterator[str]:
    """The relations and places that an item needs."""
    if product.needed_relations:
        yield "      productRelationship:"
    for role in product.needed_relations:
        yield f'        - {{relationshipType: {scalar(role)}, id: "1"}}'
    if product.needed_places:
        yield "      place:"
    for role in product.needed_places:
        yield f"        - role: {scalar(role)}"
        yield '          place: {"@type": GeographicAddressRef, id: "1"}'
        yield "          contact: [{name: Reception, number: +1-555-0100, emailAddress: reception@building.example}]"


def _needed(product: Product, node: Any, indent: str, depth: int) -> Iterator[str]:
    """The attributes that a request may not leave out, with a value that its schema lists or one of its type."""
    schema = product.schema(node)
    members = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name == "@type" or name not in members or depth > _MOST_DEEP:
            continue
        part, marks = product.schema(members[name]), 0
        while "items" in part and marks < _MOST_DEEP:
            part, marks = product.schema(part["items"]), marks + 1
        below = list(_needed(product, part, indent + "  " * (marks + 1), depth + 1)) if "properties" in part else []
        if below:
            yield f"{indent}{scalar(name)}:"
            below[0] = f"{indent}  {'- ' * marks}{below[0].lstrip()}"
            yield from below
        else:
            yield f"{indent}{scalar(name)}: {'[' * marks}{_value(part)}{']' * marks}"


def _value(schema: Mapping[str, Any]) -> str:
    if schema.get("enum"):
        listed = schema["enum"][0]
        return scalar(listed) if isinstance(listed, str) else str(listed).lower()
    return _OF_TYPE.get(str(schema.get("type")), "text")


def _reply(described: Described, step: str) -> Iterator[str]:
    if not described.reply:
        yield f"    {step}: {{}}"
        return
    yield f"    {step}:"
    lines = list(_fields(described.reply, " " * 8, 0))
    if described.rows is None:
        yield from (line.removeprefix("  ") for line in lines)
    else:
        yield f"      - {lines[0].lstrip()}"
        yield from lines[1:]


def _fields(fields: Sequence[Field], indent: str, depth: int) -> Iterator[str]:
    """One value for each field, of a choice those of its first branch."""
    for one in fields:
        if one.is_cut or depth > _MOST_DEEP or (one.branch is not None and one.branch.branch > 0):
            continue
        key = f"{indent}{scalar(one.name)}:"
        below = list(_fields(one.parts, f"{indent}    " if one.many else f"{indent}  ", depth + 1))
        if below and one.many:
            yield key
            yield f"{indent}  - {below[0].lstrip()}"
            yield from below[1:]
        elif below:
            yield key
            yield from below
        else:
            yield f"{key} [{_sample(one)}]" if one.many else f"{key} {_sample(one)}"


def _sample(one: Field) -> str:
    if one.enum:
        return scalar(one.enum[0])
    return "{}" if one.kind == "object" else _SAMPLES.get(one.kind, "text")
