"""From zeep's view of XSD types to shapes, each type once. Knows no XML and no values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from zeep import xsd
from zeep.xsd.elements.indicators import Group, OrderIndicator
from zeep.xsd.types import builtins
from zeep.xsd.types.collection import ListType, UnionType
from zeep.xsd.types.simple import AnySimpleType

from adapters.base import AdapterConfigurationError
from adapters.soap.documents import SchemaFacts
from adapters.soap.shapes import Kind, Leaf, Member, Shape, Struct

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

Path = tuple[tuple[int, int], ...]
"""The choices that a member stands in, each with the number of its branch."""


@dataclass(frozen=True)
class _Around:
    """What the groups around a member say of it."""

    optional: bool = False
    many: bool = False
    path: Path = ()


class Shapes:
    """Compiles zeep types to shapes. `element`: finds a global element by `{namespace}name`."""

    def __init__(self, facts: SchemaFacts, types: Iterable[Any], element: Callable[[str], Any]) -> None:
        self._facts = facts
        self._types = {one.qname.text: one for one in types if one.qname is not None}
        self._element = element
        self._structs: dict[int, tuple[Any, Struct]] = {}
        self._choices = 0

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

    def member(self, element: Any, *, required: bool = True) -> Member:
        """An element that stands by itself."""
        shape = self.of(element.type)
        return Member(str(element.name), element.qname.text, shape, required, nillable=bool(element.nillable))

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
        if isinstance(xsd_type, ListType):
            item = self._leaf(xsd_type.item_type)
            return Leaf(Kind.TEXT if item.listed else item.kind, item.enum, listed=not item.listed)
        qname = getattr(xsd_type, "qname", None)
        enum = self._facts.enums.get(qname.text, ()) if qname is not None else ()
        if isinstance(xsd_type, UnionType):
            return self._union(xsd_type, enum)
        if type(xsd_type) is xsd.AnyType:
            return Leaf(Kind.ANY)
        kind = next((kind for known, kind in KINDS if isinstance(xsd_type, known)), Kind.LEXICAL)
        return Leaf(Kind.TEXT if type(xsd_type) is AnySimpleType else kind, enum)

    def _union(self, xsd_type: Any, enum: tuple[str, ...]) -> Leaf:
        """Of one kind, or else text: `7` and `unbounded` of one union cannot be told apart by their looks."""
        members = [self._leaf(member) for member in xsd_type.item_types if hasattr(member, "qname")]
        kinds = {Kind.COLLAPSED if member.listed else member.kind for member in members}
        if not enum and members and all(member.enum for member in members):
            enum = tuple(dict.fromkeys(text for member in members for text in member.enum))
        return Leaf(kinds.pop() if len(kinds) == 1 else Kind.COLLAPSED, enum)

    def _fill(self, struct: Struct, xsd_type: Any) -> None:
        qname = getattr(xsd_type, "qname", None)
        name = qname.text if qname is not None else ""
        struct.name = qname.localname if qname is not None else ""
        struct.tag = name if getattr(xsd_type, "is_global", False) else ""
        struct.mixed = name in self._facts.mixed
        struct.is_abstract = name in self._facts.abstract
        members: list[tuple[Member, Path]] = []
        for _, content in xsd_type.elements_nested:
            if isinstance(content, OrderIndicator | Group):
                members += self._content(content, _Around())
            elif isinstance(content, xsd.Element):
                members.append((Member("value", None, self.of(content.type), required=True), ()))
        _place(struct, members)
        if struct.mixed and struct.text is None:
            struct.add(Member(_free("text", struct), None, Leaf(Kind.TEXT), required=False))
        for attribute_name, attribute in xsd_type.attributes:
            if attribute.name is None:  # anyAttribute: undeclared, so nobody can ask for it
                continue
            used = f"attr__{attribute_name}" if attribute_name in struct.members else attribute_name
            shape = self.of(attribute.type)
            struct.add(Member(used, attribute.qname.text, shape, required=bool(attribute.required), attribute=True))
        for below in self._facts.derived.get(struct.tag, ()):
            found = self.of(self._types[below]) if below in self._types else None
            if isinstance(found, Struct):
                local = self._types[below].qname.localname
                struct.derived[below if local in struct.derived else local] = found

    def _content(self, group: Any, around: _Around) -> Iterator[tuple[Member, Path]]:
        """The members of a sequence, choice, all or group."""
        children = list(group.child if isinstance(group, Group) else group)
        inner = group.child if isinstance(group, Group) else group
        is_choice = isinstance(inner, xsd.Choice)
        repeats = group.max_occurs != 1 or inner.max_occurs != 1
        if repeats and len(children) > 1 and not is_choice:
            yield self._repeating(inner, children, group, around), around.path
            return
        optional = around.optional or is_choice or group.min_occurs == 0 or inner.min_occurs == 0
        within = replace(around, optional=optional, many=around.many or repeats)
        self._choices += 1
        choice = self._choices
        for number, child in enumerate(children):
            path = (*within.path, (choice, number)) if is_choice and not repeats else within.path
            yield from self._child(child, replace(within, path=path))

    def _child(self, child: Any, around: _Around) -> Iterator[tuple[Member, Path]]:
        if isinstance(child, OrderIndicator | Group):
            yield from self._content(child, around)
        elif isinstance(child, xsd.Element):
            for member in self._elements(child, around):
                yield member, around.path
        elif isinstance(child, xsd.Any):
            required = not around.optional and child.min_occurs > 0
            yield Member("any", None, Leaf(Kind.ANY), required, many=True, wild=True), around.path

    def _elements(self, child: Any, around: _Around) -> Iterator[Member]:
        """The element, and those that may stand in its place."""
        tag, many = child.qname.text, around.many or child.max_occurs != 1
        required = not around.optional and child.min_occurs > 0
        others = [self._element(name) for name in self._facts.substitutes.get(tag, ()) if child.is_global]
        others = [other for other in others if other is not None and other.qname.text not in self._facts.abstract]
        alone = not others
        if alone or tag not in self._facts.abstract:
            shape = self.of(child.type)
            yield Member(child.name, tag, shape, required and alone, many, bool(child.nillable))
        for other in others:
            shape = self.of(other.type)
            yield Member(other.name, other.qname.text, shape, False, many, bool(other.nillable))

    def _repeating(self, inner: Any, children: list[Any], group: Any, around: _Around) -> Member:
        """Elements that repeat together: a list of their own, since `a b a b` and `a a b b` are not the same."""
        struct = Struct(name="value_1")
        members = [found for child in children for found in self._child(child, _Around())]
        _place(struct, members)
        if around.many or struct.wild or any(member.group for member in struct.members.values()):
            names = ", ".join(struct.members)
            raise AdapterConfigurationError(f"the group ({names}) repeats within another, which is not supported")
        if struct.unordered or any(path for _, path in members):
            struct.uncompiled = f"the group ({', '.join(struct.members)}) repeats, and has choices"
        required = not around.optional and group.min_occurs > 0 and inner.min_occurs > 0
        return Member("value_1", None, struct, required, many=True, group=True)


def _place(struct: Struct, found: list[tuple[Member, Path]]) -> None:
    """Add the members in an order that each branch of each choice can be written in."""
    placed: dict[str | None, Member] = {}
    paths: dict[str, list[Path]] = {}
    for member, path in found:
        before = placed.get(_key(member))
        if before is None:
            named = replace(member, name=_free(member.name, struct))
        else:
            named = _merged(before, member)
            if not member.wild and not all(_excludes(other, path) for other in paths[named.name]):
                named = replace(named, many=True)
                struct.unwritable = f"{named.name} stands at two places of a sequence"
        paths.setdefault(named.name, []).append(path)
        placed[_key(member)] = named
        struct.add(named)
    groups = [member for member in struct.members.values() if member.group]
    if len(groups) > 1:
        raise AdapterConfigurationError("two groups repeat in one type, which is not supported")
    if len(found) > len(struct.members):
        _sort(struct, [(placed[_key(member)].name, path) for member, path in found])


def _key(member: Member) -> str | None:
    return "any" if member.wild else member.tag or member.name


def _free(name: str, struct: Struct) -> str:
    free, number = name, 1
    while free in struct.members:
        number += 1
        free = f"{name}_{number}"
    return free


def _merged(before: Member, member: Member) -> Member:
    """A name that stands in two branches of a choice is one member; reading refuses what comes too often."""
    if before.group or before.shape != member.shape:
        raise AdapterConfigurationError(f"two different elements are called {member.name}, which is not supported")
    many = before.many or member.many
    return replace(before, required=False, many=many, nillable=before.nillable or member.nillable)


def _excludes(one: Path, other: Path) -> bool:
    """Whether two places are in different branches of one choice."""
    branches = dict(one)
    return any(branches.get(choice, branch) != branch for choice, branch in other)


def _sort(struct: Struct, order: list[tuple[str, Path]]) -> None:
    """Bring the members into an order in which every branch can be written."""
    after: dict[str, set[str]] = {name: set() for name in struct.members}
    for number, (name, path) in enumerate(order):
        for later, other in order[number + 1 :]:
            if later != name and not _excludes(path, other):
                after[later].add(name)
    left = list(struct.members)
    sorted_names: list[str] = []
    while left:
        free = next((name for name in left if not after[name] - set(sorted_names)), None)
        if free is None:
            struct.unordered = f"its choices want {', '.join(left[:3])} in different orders"
            return
        left.remove(free)
        sorted_names.append(free)
    struct.members = {name: struct.members[name] for name in sorted_names}
