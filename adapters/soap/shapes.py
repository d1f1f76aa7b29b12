"""What a message looks like: zeep's view of an XSD type, compiled once into small records that reading and writing use.

Knows no XML and no values. Facets and order are not here: `adapters.soap.schemas` checks whole documents against the
schema itself; a shape only has what is needed to find a value's name, its kind and whether it may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from zeep import xsd
from zeep.xsd.elements.indicators import Group, OrderIndicator
from zeep.xsd.types import builtins
from zeep.xsd.types.simple import AnySimpleType

from adapters.base import AdapterConfigurationError


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


# The first that fits decides: zeep derives Integer from Decimal, Token from String.
KINDS: tuple[tuple[type, Kind], ...] = (
    (builtins.Boolean, Kind.BOOLEAN),
    (builtins.Integer, Kind.INTEGER),
    (builtins.Decimal, Kind.DECIMAL),
    (builtins.Float, Kind.FLOAT),
    (builtins.Double, Kind.FLOAT),
    (builtins.Date, Kind.DATE),
    (builtins.DateTime, Kind.DATETIME),
    (builtins.Token, Kind.COLLAPSED),
    (builtins.String, Kind.TEXT),
    (builtins.BuiltinType, Kind.LEXICAL),
)


@dataclass(frozen=True)
class Leaf:
    """A simple type. `enum` has the allowed texts, or is empty where any will do (or where it is not known)."""

    kind: Kind
    enum: tuple[str, ...] = ()


@dataclass(frozen=True)
class Member:
    """A named part of a struct: an element, an attribute, or the text of an element that has attributes (no `tag`)."""

    name: str
    tag: str | None
    shape: Shape
    required: bool
    many: bool = False
    nillable: bool = False
    attribute: bool = False


@dataclass(eq=False)
class Struct:
    """A complex type. Filled after it is made, since types may contain themselves."""

    members: dict[str, Member] = field(default_factory=dict)
    elements: dict[str, Member] = field(default_factory=dict)  # by tag
    attributes: dict[str, Member] = field(default_factory=dict)  # by tag
    text: Member | None = None
    wildcard: bool = False  # elements that the schema does not name may stand in it too

    def add(self, member: Member) -> None:
        self.members[member.name] = member
        if member.tag is None:
            self.text = member
        elif member.attribute:
            self.attributes[member.tag] = member
        else:
            self.elements[member.tag] = member


Shape = Leaf | Struct


class Shapes:
    """Compiles zeep types to shapes, each type once. `enums`: allowed texts by the qualified name of a simple type."""

    def __init__(self, enums: Mapping[str, tuple[str, ...]]) -> None:
        self._enums = enums
        self._structs: dict[int, tuple[Any, Struct]] = {}

    def message(self, element: Any) -> Struct:
        """The shape of a body's element; a plain value is a struct with the one member `value`.

        Raises AdapterConfigurationError for a type whose values would lose their order or belonging.
        """
        shape = self.of(element.type)
        if isinstance(shape, Struct):
            return shape
        struct = Struct()
        struct.add(Member("value", None, shape, required=True))
        return struct

    def of(self, xsd_type: Any) -> Shape:
        """The shape of any zeep type."""
        if not isinstance(xsd_type, xsd.ComplexType):
            return self._leaf(xsd_type)
        # zeep's types are kept beside their shapes, so that no id is ever used a second time.
        known = self._structs.get(id(xsd_type))
        if known is not None:
            return known[1]
        struct = Struct()
        self._structs[id(xsd_type)] = (xsd_type, struct)
        self._fill(struct, xsd_type)
        return struct

    def _leaf(self, xsd_type: Any) -> Leaf:
        kind = next((kind for known, kind in KINDS if isinstance(xsd_type, known)), Kind.LEXICAL)
        if type(xsd_type) in (xsd.AnyType, AnySimpleType):
            kind = Kind.TEXT
        qname = getattr(xsd_type, "qname", None)
        return Leaf(kind, self._enums.get(qname.text, ()) if qname is not None else ())

    def _fill(self, struct: Struct, xsd_type: Any) -> None:
        struct.wildcard = any(isinstance(element, xsd.Any) for _, element in xsd_type.elements)
        for _, content in xsd_type.elements_nested:
            if isinstance(content, OrderIndicator | Group):
                for member in self._elements(content, optional=False, many=False):
                    struct.add(_merged(struct, member))
            elif isinstance(content, xsd.Element):
                struct.add(Member("value", None, self.of(content.type), required=True))
        for name, attribute in xsd_type.attributes:
            if attribute.name is None:  # anyAttribute: undeclared, so nobody can ask for it
                continue
            name = f"attr__{name}" if name in struct.members else name
            shape = self.of(attribute.type)
            struct.add(Member(name, attribute.qname.text, shape, required=bool(attribute.required), attribute=True))

    def _elements(self, group: Any, *, optional: bool, many: bool) -> Iterator[Member]:
        many = many or group.max_occurs != 1
        optional = optional or group.min_occurs == 0 or isinstance(group, xsd.Choice)
        children = [group.child] if isinstance(group, Group) else list(group)
        if many and len(children) > 1 and not isinstance(group, xsd.Choice):
            names = ", ".join(str(child.name) for child in children)
            raise AdapterConfigurationError(f"the group ({names}) repeats as a whole, which is not supported")
        for child in children:
            if isinstance(child, OrderIndicator | Group):
                yield from self._elements(child, optional=optional, many=many)
            elif isinstance(child, xsd.Element):
                yield Member(
                    name=child.attr_name,
                    tag=child.qname.text,
                    shape=self.of(child.type),
                    required=not optional and child.min_occurs > 0,
                    many=many or child.max_occurs != 1,
                    nillable=bool(child.nillable),
                )


def _merged(struct: Struct, member: Member) -> Member:
    """A name that stands in two branches of a choice is one optional member; reading refuses a second value of it."""
    before = struct.members.get(member.name)
    if before is None:
        return member
    if before.tag != member.tag or before.shape != member.shape or before.many != member.many:
        raise AdapterConfigurationError(f"two different elements are called {member.name}, which is not supported")
    return before
