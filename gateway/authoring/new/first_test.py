"""The first test file of a new mapping: silence promises nothing, and a reply to be filled in. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.described import Described, Field
from gateway.authoring.new.skeleton import Wanted
from gateway.authoring.new.wording import remark, scalar

_SAMPLES = {
    "true or false": "true",
    "whole number": "1",
    "number": "1",
    "date": '"2026-01-31"',
    "date-time": '"2026-01-31T12:00:00Z"',
}
_MOST_DEEP = 8


def first_test(described: Described, wanted: Wanted, step: str) -> str:
    """The text of the test file."""
    lines = [
        f"# How {wanted.name} answers, without any system. Run it: poq-gateway mapping test",
        *_case(f"a system that says nothing promises nothing ({step})", wanted),
        f"    {step}: no answer",
        "  expect: fail",
        "",
        *_case("TODO: what this reply means", wanted),
        *_reply(described, step),
        "  expect:",
        remark("    serviceabilityConfidence: TODO", "green, yellow or red; and what else matters"),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _case(name: str, wanted: Wanted) -> Iterator[str]:
    yield f"- test: {scalar(name)}"
    yield "  item:"
    yield "    product:"
    yield remark('      productOffering: {id: "1"}', "what the mapping reads of the request goes here")
    yield "      productConfiguration:"
    yield f'        "@type": {scalar(wanted.product or "TODO")}'
    yield "  legacy:"


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
