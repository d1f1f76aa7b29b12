"""What a message looks like: small records that reading and writing use. `adapters.soap.shaping` makes them.

Knows no XML and no values. Facets and order are not here: `adapters.soap.schemas` checks whole documents against the
schema itself; a shape only has what is needed to find a value's name, its kind and whether it may be missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

TYPE = "@type"
"""The member that names a derived type, in arguments and replies."""


class Kind(StrEnum):
    """What a simple type's value is in Python. Types without a plain form (durations, binaries, names) stay text."""

    TEXT = "text"
    COLLAPSED = "collapsed text"  # text whose white space means nothing
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    DATE = "date"
    DATETIME = "datetime"
    LEXICAL = "lexical"  # text in a form that the schema prescribes
    ANY = "any"  # text, or an object whose `@type` says what it is; when read: whatever came


@dataclass(frozen=True)
class Leaf:
    """A simple type. `enum` has the allowed texts, or is empty where any will do (or where it is not known).

    `listed`: the value is a list of such, with blanks between them.
    """

    kind: Kind
    enum: tuple[str, ...] = ()
    listed: bool = False


@dataclass(frozen=True)
class Member:
    """A named part of a struct: an element, an attribute, or something without a tag of its own.

    Without a tag are the text of an element (`Struct.text`), `wild` (a list of elements that the schema does not name)
    and `group` (elements that repeat together: a list of structs whose members stand in the parent itself).
    """

    name: str
    tag: str | None
    shape: Shape
    required: bool
    many: bool = False
    nillable: bool = False
    attribute: bool = False
    wild: bool = False
    group: bool = False


@dataclass(eq=False)
class Struct:
    """A complex type. Filled after it is made, since types may contain themselves.

    `derived`: the types that may stand in its place, by the name that `@type` gives them.
    `mixed`: text may stand between the elements. `uncompiled`: why it cannot be written and read by shape alone;
    `unordered`: why it cannot be written so; `unwritable`: why it can be read only.
    `tag`: the name of the type for xsi:type, empty where it has none.
    """

    name: str = ""
    members: dict[str, Member] = field(default_factory=dict)
    elements: dict[str, Member] = field(default_factory=dict)  # by tag
    attributes: dict[str, Member] = field(default_factory=dict)  # by tag
    text: Member | None = None
    wild: Member | None = None
    group: Member | None = None
    mixed: bool = False
    derived: dict[str, Struct] = field(default_factory=dict)
    tag: str = ""
    is_abstract: bool = False
    uncompiled: str = ""
    unordered: str = ""
    unwritable: str = ""
    _every: dict[str, Member] | None = None
    reading: Any = None
    writing: Any = None
    """What reading and writing make of it, once, when it is first met."""

    def add(self, member: Member) -> None:
        self.members[member.name] = member
        if member.wild:
            self.wild = member
        elif member.group:
            self.group = member
        elif member.tag is None:
            self.text = member
        elif member.attribute:
            self.attributes[member.tag] = member
        else:
            self.elements[member.tag] = member

    def every(self) -> dict[str, Member]:
        """Its own members and those of all types that may stand in its place: what can be asked for by name."""
        if self._every is None:
            more = (item for struct in self.derived.values() for item in struct.members.items())
            self._every = {**dict(more), **self.members} if self.derived else self.members
        return self._every


Shape = Leaf | Struct


@dataclass(frozen=True)
class Names:
    """What stands behind names that only a message says: `{namespace}name`. None: the schemas have no such thing."""

    type: Callable[[str], Shape | None]
    element: Callable[[str], Member | None]


def reached(shape: Shape, seen: set[int] | None = None) -> list[Struct]:
    """The struct and all that it can contain, each once."""
    seen = set() if seen is None else seen
    if isinstance(shape, Leaf) or id(shape) in seen:
        return []
    found, waiting = [], [shape]
    while waiting:
        struct = waiting.pop()
        if id(struct) in seen:
            continue
        seen.add(id(struct))
        found.append(struct)
        waiting += [member.shape for member in struct.members.values() if isinstance(member.shape, Struct)]
        waiting += struct.derived.values()
    return found
