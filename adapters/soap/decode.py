"""From elements of a reply to plain data. The elements have passed the schema before.

Declared but absent members are there as None (an empty list where several may stand); numbers that are none (NaN,
infinity) are refused, because they break every comparison. Where a type has derived ones, `@type` says which came (None
for the declared one), and the members of all of them are there. What only a wildcard of the schema allows is under
`any`: a list of objects with one member each, by the element's local name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from lxml import etree

from adapters.base import Cause, NoAnswer
from adapters.soap.leaves import ReadText, read_text, text_reader
from adapters.soap.shapes import TYPE, Kind, Leaf, Member, Names, Shape, Struct

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
XSI_NIL, XSI_TYPE = f"{XSI}nil", f"{XSI}type"

# Whether anything in an element may say that it is null or of another type: most messages say neither.
_SAYS_MORE = etree.XPath("boolean(descendant-or-self::*/@xsi:*)", namespaces={"xsi": XSI[1:-1]})


class _Child(NamedTuple):
    """An element in a struct, as reading wants it: `read` where it is a leaf, `inner` where it has more in it."""

    name: str
    many: bool
    read: ReadText | None
    inner: Struct | None
    member: Member


@dataclass(frozen=True)
class Plan:
    """A struct as reading wants it, made once. `absent`: what is there where nothing came, lists as None too."""

    absent: dict[str, None]
    lists: tuple[str, ...]
    children: dict[Any, _Child]
    required: frozenset[str]
    is_bare: bool
    """Elements are all that it has: no text, attributes, groups, wildcards and derived types."""


def decode(element: etree._Element, struct: Struct, names: Names) -> dict[str, Any]:
    """A message as plain data. Raises NoAnswer(UNREADABLE)."""
    reader = Reader(element, names)
    if element.get(XSI_NIL) in ("true", "1"):
        raise NoAnswer(Cause.UNREADABLE, f"{_local(element)} is nil")
    said = element.get(XSI_TYPE)
    if said is not None:
        shape = _named_shape(element, said, names)
        if isinstance(shape, Struct):
            return reader.struct(element, shape, struct)
    return reader.struct(element, struct, struct)


def decode_value(element: etree._Element, shape: Shape, names: Names) -> Any:
    """The value of an element."""
    return Reader(element, names).value(element, shape)


class Reader:
    """Reads one message."""

    def __init__(self, element: etree._Element, names: Names) -> None:
        self._names = names
        self._says_more = bool(_SAYS_MORE(element))

    def value(self, element: etree._Element, shape: Shape) -> Any:
        """The value of an element."""
        if self._says_more and element.attrib:
            if element.get(XSI_NIL) in ("true", "1"):
                return None
            said = element.get(XSI_TYPE)
            if said is not None:
                found = _named_shape(element, said, self._names)
                if isinstance(found, Struct):
                    return self.struct(element, found, shape if isinstance(shape, Struct) else found)
                shape = found or shape
        if isinstance(shape, Struct):
            return self.struct(element, shape, shape)
        if len(element):
            if shape.kind is Kind.ANY:
                return _generic(element)
            raise NoAnswer(Cause.UNREADABLE, f"{_local(element)} has elements where a single value was expected")
        return read_leaf(shape, element.text or "", element)

    def struct(self, element: etree._Element, struct: Struct, declared: Struct) -> dict[str, Any]:
        """An element with elements or attributes in it; `declared` is the type that the schema has for it."""
        plan: Plan = struct.reading or reading_plan(struct)
        values: dict[str, Any] = {}
        if struct is not declared:
            # What is asked for by the declared type's names must be there, whatever came.
            outer = reading_plan(declared)
            values.update(outer.absent)
            values.update((name, []) for name in outer.lists)
        values.update(plan.absent)
        for name in plan.lists:
            values[name] = []
        if not plan.is_bare or struct is not declared:
            self._beside_elements(element, struct, declared, values)
        seen = self._children(element, struct, plan, values)
        if not plan.required <= seen:
            # The schema has seen to this, where it could be compiled.
            missing = ", ".join(sorted(plan.required - seen))
            raise NoAnswer(Cause.UNREADABLE, f"{_local(element)} has no {missing}")
        return values

    def _beside_elements(
        self, element: etree._Element, struct: Struct, declared: Struct, values: dict[str, Any]
    ) -> None:
        """The type that came, the text and the attributes."""
        if declared.derived:
            values[TYPE] = struct.name if struct is not declared else None
        if struct.text is not None:
            text = _mixed_text(element) if struct.mixed else element.text or ""
            values[struct.text.name] = read_leaf(struct.text.shape, text, element)
        for tag, member in struct.attributes.items():
            attribute = element.get(tag)
            if attribute is not None:
                values[member.name] = read_leaf(member.shape, attribute, element, member.name)

    def _children(self, element: etree._Element, struct: Struct, plan: Plan, values: dict[str, Any]) -> set[str]:
        """Most elements are leaves that say nothing more: nothing is called for those but what reads their text."""
        seen: set[str] = set()
        children, is_plain = plan.children, not self._says_more
        group = _Occurrences(struct.group, self, values) if struct.group is not None else None
        for child in element:
            known = children.get(child.tag)
            if known is None:
                if (group is None or not group.takes(child)) and struct.wild is not None:
                    values[struct.wild.name].append(self._wild(child))
                continue
            name, many, read, inner, member = known
            if not is_plain:
                value = self.value(child, member.shape)
            elif inner is not None:
                value = self.struct(child, inner, inner)
            elif read is not None and not len(child):
                try:
                    value = read(child.text or "")
                except (ValueError, ArithmeticError, KeyError) as error:
                    raise _unusable(name, member.shape, child.text or "") from error
            else:
                value = self.value(child, member.shape)
            if many:
                values[name].append(value)
            elif name in seen:
                raise NoAnswer(Cause.UNREADABLE, f"{name} came twice")
            else:
                values[name] = value
            seen.add(name)
        return seen

    def _wild(self, child: etree._Element) -> dict[str, Any]:
        member = self._names.element(str(child.tag))
        return {_local(child): _generic(child) if member is None else self.value(child, member.shape)}


def reading_plan(struct: Struct) -> Plan:
    """How a struct is read, made when it is first asked for."""
    plan: Plan | None = struct.reading
    if plan is None:
        every = struct.every().values()
        others = (struct.text, struct.attributes, struct.group, struct.wild, struct.derived)
        plan = struct.reading = Plan(
            absent={member.name: None for member in every if not member.many},
            lists=tuple(member.name for member in every if member.many),
            children={tag: _child(member) for tag, member in struct.elements.items()},
            required=frozenset(member.name for member in struct.elements.values() if member.required),
            is_bare=not any(others),
        )
    return plan


def _child(member: Member) -> _Child:
    if isinstance(member.shape, Struct):
        return _Child(member.name, member.many, None, member.shape, member)
    return _Child(member.name, member.many, text_reader(member.shape), None, member)


def _named_shape(element: etree._Element, said: str, names: Names) -> Shape | None:
    prefix, _, name = said.strip().rpartition(":")
    namespace = element.nsmap.get(prefix or None)
    return names.type(f"{{{namespace}}}{name}" if namespace else name)


class _Occurrences:
    """Elements that repeat together, brought back into the occurrences they came in."""

    def __init__(self, member: Member, reader: Reader, values: dict[str, Any]) -> None:
        assert isinstance(member.shape, Struct)
        self._struct, self._reader = member.shape, reader
        self._places = {tag: place for place, tag in enumerate(member.shape.elements)}
        self._found: list[dict[str, Any]] = values[member.name]
        self._place = len(self._places)

    def takes(self, child: etree._Element) -> bool:
        """Read an element of the group; False for any other. One that may not follow the last begins anew."""
        member = self._struct.elements.get(str(child.tag))
        if member is None:
            return False
        place = self._places[str(child.tag)]
        if place < self._place or (place == self._place and not member.many):
            self._found.append({name: [] if one.many else None for name, one in self._struct.members.items()})
        self._place = place
        value = self._reader.value(child, member.shape)
        if member.many:
            self._found[-1][member.name].append(value)
        else:
            self._found[-1][member.name] = value
        return True


def _generic(element: etree._Element) -> Any:
    """An element that no schema describes: its text, or an object of what is in it; what repeats is a list."""
    if not len(element):
        return None if element.get(XSI_NIL) in ("true", "1") else element.text or ""
    values: dict[str, Any] = {}
    for child in element:
        name, value = _local(child), _generic(child)
        if name not in values:
            values[name] = value
        elif isinstance(values[name], list):
            values[name].append(value)
        else:
            values[name] = [values[name], value]
    return values


def _mixed_text(element: etree._Element) -> str:
    pieces = [element.text, *(child.tail for child in element)]
    return " ".join(" ".join(piece or "" for piece in pieces).split())


def read_leaf(shape: Shape, text: str, element: etree._Element, name: str = "") -> Any:
    """A simple value from its text. Raises NoAnswer(UNREADABLE) with the element's name."""
    assert isinstance(shape, Leaf)
    try:
        return read_text(shape, text)
    except (ValueError, ArithmeticError, KeyError) as error:
        raise _unusable(name or _local(element), shape, text) from error


def _unusable(name: str, shape: Shape, text: str) -> NoAnswer:
    """Without the text itself: it may be anybody's."""
    wanted = shape.kind if isinstance(shape, Leaf) else shape.name
    return NoAnswer(Cause.UNREADABLE, f"{name}: a text of {len(text)} character(s) cannot be used as {wanted}")


def _local(element: etree._Element) -> str:
    return str(etree.QName(element).localname)
