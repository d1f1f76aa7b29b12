"""What is certainly known of a message: the schema's automata and the shapes, brought together once for each operation.

The short ways of writing and reading go by it. What is not certain is left out here, so that a message which has it is
gone with the long way; a type of which nothing is certain is not known at all. Knows no text of a message.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from adapters.soap.contents import Automaton, Content
from adapters.soap.declarations import Declarations
from adapters.soap.decode import reading_plan
from adapters.soap.exchange import Message
from adapters.soap.facets import Certain, Facets, Unsure, certain
from adapters.soap.shapes import TYPE, Leaf, Struct


@dataclass(eq=False)
class KnownType:
    """A type. `steps`: what may come in each state, from 0, by tag; `ends`: the states where nothing need.

    `absent`, `lists`, `has_type`: what is there in a value where nothing came. `is_certain`: else nothing may come.
    """

    struct: Struct
    absent: dict[str, None]
    lists: tuple[str, ...]
    has_type: bool
    ends: set[int]
    steps: list[dict[str, KnownElement]] = field(default_factory=list)
    is_certain: bool = True

    def nothing(self) -> dict[str, Any]:
        """A value in which nothing came yet."""
        values: dict[str, Any] = self.absent.copy()
        for name in self.lists:
            values[name] = []
        if self.has_type:
            values[TYPE] = None
        return values


KnownElement: TypeAlias = "tuple[int, str, bool, Certain | None, KnownType | None]"
"""An element that may come next: the state behind it, its name, whether there are many, how its text is read, or else
what it has in it. A plain tuple, since taking those apart costs least.
"""


def known_type(message: Message, declarations: Declarations) -> KnownType | None:
    """What is known of the element in the body; None where nothing is certain of any message."""
    try:
        content = _wrapper(message, declarations) if message.is_rpc else declarations.element(str(message.tag))
    except Unsure:
        return None
    if not isinstance(content, Content):
        return None
    found = _Known().type(content, message.body)
    return found if found.is_certain else None


def _wrapper(message: Message, declarations: Declarations) -> Content:
    """The parts of an rpc message: any order is allowed, the declared one is the common one. Raises Unsure."""
    automaton, content = Automaton(), Content()
    parts = []
    for part in message.sources:
        tag = part.qname.text
        if part.is_global:
            what = declarations.element(tag)
        elif tag != part.name or part.type.qname is None:
            raise Unsure(f"the part {part.name}")
        else:
            what = declarations.type(part.type.qname.text)
        parts.append(automaton.element(tag, what))
    automaton.finish(content, automaton.sequence(parts))
    return content


class _Known:
    """Brings together what one message is made of."""

    def __init__(self) -> None:
        self._types: dict[tuple[Content, Struct], KnownType] = {}

    def type(self, content: Content, struct: Struct) -> KnownType:
        """The type of an element, with those of all that it can have in it. Types may contain themselves."""
        known = self._types.get((content, struct))
        if known is not None:
            return known
        plan = reading_plan(struct)
        known = KnownType(struct, plan.absent, plan.lists, bool(struct.derived), set(content.ends))
        self._types[content, struct] = known
        known.steps = [
            {tag: found for tag, step in steps.items() if (found := self._element(tag, step, struct)) is not None}
            for steps in content.steps
        ]
        is_plain = not (content.problem or struct.text or struct.group or struct.mixed or struct.is_abstract)
        has_steps = bool(known.steps) and bool(known.steps[0])
        known.is_certain = is_plain and has_steps and _has_end(known) and _is_orderly(known)
        if not known.is_certain:  # a type that contains it may have been put together already
            known.steps, known.ends = [{}], set()
        return known

    def _element(self, tag: str, step: tuple[int, Any], struct: Struct) -> KnownElement | None:
        """One element of a type, by its tag; None where it is not certain what it means."""
        state, what = step
        member = struct.elements.get(tag)
        if member is None:
            return None
        if isinstance(what, Content) and isinstance(member.shape, Struct):
            inner = self.type(what, member.shape)
            return (state, member.name, member.many, None, inner) if inner.is_certain else None
        if isinstance(what, Facets) and isinstance(member.shape, Leaf):
            try:
                return state, member.name, member.many, certain(what, member.shape), None
            except Unsure:
                return None
        return None


def _has_end(known: KnownType) -> bool:
    """Whether an element of the type can end without one that is not known."""
    waiting, seen = [0], {0}
    while waiting:
        at = waiting.pop()
        if at in known.ends:
            return True
        for behind, *_ in known.steps[at].values():
            if behind not in seen:
                seen.add(behind)
                waiting.append(behind)
    return False


def _is_orderly(known: KnownType) -> bool:
    """Whether nothing can come twice that is no list."""
    behind: list[set[str]] = [set() for _ in known.steps]
    # From each state all names that can still come.
    changes = True
    while changes:
        changes = False
        for at, steps in enumerate(known.steps):
            names = {step[1] for step in steps.values()}.union(*(behind[step[0]] for step in steps.values()))
            if names != behind[at]:
                behind[at], changes = names, True
    return all(many or name not in behind[state] for steps in known.steps for state, name, many, _, _ in steps.values())
