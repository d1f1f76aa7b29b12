"""The text of a new mapping: every field of an operation, its value maps, its faults, and rows to be filled in.

Everything that may fail ends in `fail`, and no row promises anything until somebody has written when it may.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.described import Described, Field
from gateway.authoring.new.readable import Product, readable
from gateway.authoring.new.tree import ArgumentTree, ValueMap, reply_maps
from gateway.authoring.new.wording import Todos, kind_of, name_of, one_line, remark, scalar, shortened
from gateway.mapping.expressions.functions import FUNCTIONS
from gateway.mapping.names import GIVEN

_MOST_TOLD = 300
_MOST_VALUES = 3


@dataclass(frozen=True)
class Wanted:
    """What the files are to be called. `product`: the @type that is answered, None where it is not known yet.

    `source`: where the contract comes from, in words; `modeline`: the line that leads an editor to the schema.
    """

    name: str
    system: str
    product: str | None
    source: str
    modeline: str


@dataclass(frozen=True)
class Skeleton:
    """The text of a mapping, the name of its step, and the TODOs that are to be filled in (not those commented out)."""

    text: str
    step: str
    todos: tuple[str, ...]


def skeleton(described: Described, wanted: Wanted, product: Product | None = None) -> Skeleton:
    """The mapping of one operation. `product`: what is known of what it is to answer, for proposals."""
    todos = Todos()
    step = step_name(described, wanted)
    taken = {*GIVEN, *FUNCTIONS, step}
    tree = ArgumentTree(todos, taken, readable(product))
    arguments = tree.lines(described.arguments, " " * 6)
    maps = [*tree.maps, *reply_maps(described.reply, taken)]
    lines = [
        *_head(wanted),
        *_lookups(maps, todos),
        *_step(described, wanted, step, arguments),
        *_answer(step, described, todos),
    ]
    said = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    open_ones = tuple(name for name in todos.names if re.search(rf"\b{name}\b", said))
    return Skeleton("\n".join(line.rstrip() for line in lines) + "\n", step, open_ones)


def step_name(described: Described, wanted: Wanted) -> str:
    """What the step is called: as the operation, or as the mapping where it asks by a query."""
    said = dict(described.definition).get("operation") or wanted.name
    return name_of(said, {*GIVEN, *FUNCTIONS}, "step")


def _head(wanted: Wanted) -> Iterator[str]:
    yield wanted.modeline
    yield f"# {wanted.name}: from {one_line(wanted.source)}."
    yield "# Each TODO is refused by `poq-gateway mapping lint` until it is filled in, or its line taken out."
    yield "# What is commented out may be left out; `# needed` may not."
    yield f"mapping: {scalar(wanted.name)}"
    yield "version: 1"
    yield "for:"
    if wanted.product is None:
        yield remark("  product:", "TODO: the @type of productConfiguration that it answers")
    else:
        yield f"  product: {scalar(wanted.product)}"
    yield "  actions: [add]"
    yield ""


def _lookups(maps: Sequence[ValueMap], todos: Todos) -> Iterator[str]:
    if not maps:
        return
    is_any_used = any(one.is_used for one in maps)
    yield "lookups:" if is_any_used else "# lookups:"
    for one in maps:
        lines = list(_going_out(one, todos) if one.is_out else _coming_in(one, todos))
        yield from lines if one.is_used else (f"  # {line.removeprefix('  ')}" for line in lines)
    yield ""


def _going_out(one: ValueMap, todos: Todos) -> Iterator[str]:
    said = f"{one.source} may say" if one.keys else "the request says"
    yield remark(f"  {one.name}:", f"what goes out as {one.about}; on the left what {said}")
    if one.keys:
        yield from _listed(one, todos)
        return
    yield f"    TODO: ={todos.name(one.name)}"
    for value in one.values:
        yield f"    # TODO: {scalar(value)}"


def _listed(one: ValueMap, todos: Todos) -> Iterator[str]:
    """A line for each value of the request; one that goes out as it is is written out."""
    among = f"one of {shortened(one.values)}" if one.values else ""
    for key in one.keys:
        value = scalar(key) if key in one.values else f"={todos.name(one.name, key)}"
        yield remark(f"    {scalar(key)}: {value}", "" if key in one.values else among)


def _coming_in(one: ValueMap, todos: Todos) -> Iterator[str]:
    yield remark(f"  {one.name}:", f"what {one.about} of the reply stands for; take it out if nothing reads it")
    for value in one.values:
        yield f"    {scalar(value)}: ={todos.name(one.name, value)}"


def _step(described: Described, wanted: Wanted, step: str, arguments: Sequence[str]) -> Iterator[str]:
    yield "steps:"
    yield f"  {step}:"
    yield f"    {described.word}: {scalar(wanted.system)}"
    for name, value in described.definition:
        if "\n" in value or described.rows:
            yield f"    {name}: |"
            yield from (f"      {line}" for line in value.splitlines())
        else:
            yield f"    {name}: {scalar(value)}"
    if any(not line.lstrip().startswith("#") for line in arguments):
        yield "    with:"
        yield from arguments
    elif arguments:
        yield "    # with:"
        yield from (f"    # {line.removeprefix('    ')}" for line in arguments)
    if described.rows:
        yield remark(f"    rows: {described.rows}", "one | optional | many")
    yield from _replies(described, step)
    yield "    on:"
    yield from _on(described)
    yield ""


def _replies(described: Described, step: str) -> Iterator[str]:
    """What can be read, as comments."""
    if not described.reply:
        return
    yield f"    # What can be read of it, each as {step}.NAME:"
    lines = list(_told(described.reply, ""))
    yield from (f"    #   {line}" for line in lines[:_MOST_TOLD])
    if len(lines) > _MOST_TOLD:
        yield f"    #   … and {len(lines) - _MOST_TOLD} more"


def _told(fields: Sequence[Field], indent: str) -> Iterator[str]:
    for one in fields:
        null = "" if one.required and not one.nillable else "; may be null"
        yield f"{indent}{one_line(one.name)}: {one_line(kind_of(one))}{'' if one.many else null}"
        yield from _told(one.parts, f"{indent}  ")


def _on(described: Described) -> Iterator[str]:
    if described.rows:
        yield remark("      no rows: fail", "or: {red: reason}, {refuse: code, reason: …}")
        yield remark("      many rows: fail", "more than one row fits")
    yield from _fault_codes(described)
    for code in described.faults:
        key = scalar(f"fault {code}")
        yield remark(f"      {key}: fail", "or: retry, {red: reason}, {refuse: code, reason: …}")
    if not described.rows:
        yield "      any fault: fail"
    yield remark("      no answer: fail", "after the system's own tries")


def _listed_below(fields: Sequence[Field], above: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What a reply always has and lists the values of, with its path."""
    for one in fields:
        if one.many or not one.required or one.nillable:
            continue
        path = f"{above}.{one.name}" if one.name.isidentifier() else f"{above}['{one_line(one.name)}']"
        if len(one.enum) > 1:
            yield path, one.enum
        yield from _listed_below(one.parts, path)


def _fault_codes(described: Described) -> Iterator[str]:
    """Where a code may stand that nobody looks for by itself."""
    if described.fault_values:
        values = " or ".join(map(one_line, described.fault_values[:_MOST_VALUES]))
        yield f"      # If a code stands in {values}: name that as the system's fault_code, and say  fault CODE: …"


def _answer(step: str, described: Described, todos: Todos) -> Iterator[str]:
    path, values = next(_listed_below(described.reply, step), ("", ()))
    example = f"such as {path} in ['{one_line(values[0])}']" if values else ""
    yield "answer:"
    yield remark(f"  - when: {todos.name('when')}", f"what must hold for a promise; {example}".rstrip("; "))
    yield "    serviceabilityConfidence: green"
    yield f"    installationInterval: {{amount: ={todos.name('amount')}, units: businessDays}}"
    kinds = "onNetWithoutBuild, onNetWithBuild, offNetWithoutBuild, offNetWithBuild"
    yield remark(f"    deliveryType: ={todos.name('deliveryType')}", kinds)
    yield remark(f"  - when: {todos.name('when_not')}", "what must hold for a no; take the row out if nothing says so")
    yield "    red: Not feasible at this location"
    yield remark("  - otherwise: fail", "what nobody has thought of is no answer")
