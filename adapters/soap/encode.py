"""From arguments to elements. Knows no envelope; facets are checked by `adapters.soap.schemas`.

Values are never guessed: a number where the schema has text is refused with the element's path, since `7` and `"007"`
are different codes to a legacy system. A fraction of nothing (`10.0`) may stand for a whole number.

`@type` in an object names a derived type (xsi:type). What a wildcard of the schema allows goes under `any`: a list of
objects with one member each, named as an element of the WSDL's schemas.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from adapters.base import BadArguments, NoAnswer
from adapters.soap.shapes import TYPE, Kind, Leaf, Member, Names, Shape, Struct

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
XSI_NIL, XSI_TYPE = f"{XSI}nil", f"{XSI}type"


def encode(parent: etree._Element, struct: Struct, arguments: Mapping[str, Any], names: Names) -> None:
    """Write the arguments into an element. Raises BadArguments with every element that does not fit."""
    writer = Writer(names)
    writer.fill(parent, struct, arguments, "")
    if writer.problems:
        raise BadArguments("; ".join(writer.problems))


WriteText = Callable[[Any], str | None]
Plan = tuple[tuple[str, Member, str, WriteText | None], ...]


class Writer:
    """Writes one message, and gathers what does not fit."""

    def __init__(self, names: Names) -> None:
        self.problems: list[str] = []
        self._names = names

    def fill(self, element: etree._Element, struct: Struct, values: Any, path: str) -> None:
        """Everything of an object into an element that is there."""
        if not isinstance(values, Mapping):
            self.problems.append(f"{path or 'the arguments'}: expected an object, got {named(values)}")
            return
        if struct.derived or TYPE in values:
            found = self._derived(element, struct, values, path)
            if found is None:
                return
            struct = found
        members = struct.members
        prefix = f"{path}." if path else ""
        if not values.keys() <= members.keys():
            known = ", ".join(members) or "none"
            strange = [name for name in values if name not in members and name != TYPE]
            self.problems += [f"{prefix}{name}: not known; there are: {known}" for name in strange]
        for name, member, tag, write in _plan(struct):
            value = values.get(name)
            if value is None:
                if member.required:
                    self._put_nothing(element, member, prefix + name, is_null=name in values)
                continue
            # Most members are leaves whose value fits: for those nothing else is called.
            text = write(value) if write is not None else None
            if text is None or not text.isprintable():
                self._put(element, member, value, prefix + name)
            else:
                etree.SubElement(element, tag).text = text

    def _derived(self, element: etree._Element, struct: Struct, values: Mapping[str, Any], path: str) -> Struct | None:
        """The type that the object says it is."""
        said = values.get(TYPE)
        where = f"{path}.{TYPE}" if path else TYPE
        if said is None or said == struct.name:
            if not struct.is_abstract:
                return struct
            self.problems.append(f"{where}: missing; there are: {', '.join(struct.derived)}")
            return None
        found = struct.derived.get(said) or next((one for one in struct.derived.values() if one.tag == said), None)
        if found is None or found.is_abstract:
            known = ", ".join(name for name, one in struct.derived.items() if not one.is_abstract)
            self.problems.append(f"{where}: {said!r} is no type that may stand here; there are: {known or 'none'}")
            return None
        _name_type(element, found.tag)
        return found

    def _put_nothing(self, element: etree._Element, member: Member, where: str, *, is_null: bool) -> None:
        if is_null and member.nillable and member.tag and not member.many:
            etree.SubElement(element, member.tag).set(XSI_NIL, "true")
        else:
            self.problems.append(_null(where) if is_null else f"{where}: missing")

    def _put(self, element: etree._Element, member: Member, value: Any, where: str) -> None:
        if not member.many:
            self._put_one(element, member, value, where)
        elif not isinstance(value, list | tuple):
            self.problems.append(f"{where}: expected a list, got {named(value)}")
        else:
            for position, item in enumerate(value):
                self._put_one(element, member, item, f"{where}[{position}]")

    def _put_one(self, parent: etree._Element, member: Member, value: Any, where: str) -> None:
        tag, shape = member.tag, member.shape
        if tag is None or member.attribute:
            self._put_untagged(parent, member, value, where)
        elif value is None:
            if member.nillable:
                etree.SubElement(parent, tag).set(XSI_NIL, "true")
            else:
                self.problems.append(_null(where))
        else:
            self.value(etree.SubElement(parent, tag), shape, value, where)

    def value(self, element: etree._Element, shape: Shape, value: Any, where: str) -> None:
        """A value into an element of its own."""
        if isinstance(shape, Struct):
            self.fill(element, shape, value, where)
        elif shape.kind is Kind.ANY and isinstance(value, Mapping):
            self._anything(element, value, where)
        else:
            try:
                element.text = write_leaf(shape, value)
            except ValueError as error:  # ours, or lxml's for a character that XML cannot carry
                self.problems.append(f"{where}: {error}")

    def _anything(self, element: etree._Element, value: Mapping[str, Any], where: str) -> None:
        """An object where the schema has no type: `@type` says which of the WSDL's it is."""
        said = value.get(TYPE)
        try:
            shape = self._names.type(said) if isinstance(said, str) else None
        except NoAnswer as error:  # a type that cannot be read cannot be written either
            self.problems.append(f"{where}: {error.text}")
            return
        if not isinstance(shape, Struct) or not shape.tag:
            self.problems.append(f"{where}: say `{TYPE}`, the name of a type of the WSDL's schemas, or give text")
            return
        _name_type(element, shape.tag)
        self.fill(element, shape, {name: one for name, one in value.items() if name != TYPE}, where)

    def _put_untagged(self, parent: etree._Element, member: Member, value: Any, where: str) -> None:
        if value is None:
            self.problems.append(_null(where))
        elif member.wild:
            self._put_wild(parent, value, where)
        elif isinstance(member.shape, Struct):  # a group that repeats
            self.fill(parent, member.shape, value, where)
        else:
            try:
                text = write_leaf(member.shape, value)
                if member.tag is None:
                    parent.text = text
                else:
                    parent.set(member.tag, text)
            except ValueError as error:
                self.problems.append(f"{where}: {error}")

    def _put_wild(self, parent: etree._Element, value: Any, where: str) -> None:
        if not isinstance(value, Mapping) or len(value) != 1:
            self.problems.append(f"{where}: expected an object with one member, the name of an element")
            return
        (name, inner), *_ = value.items()
        try:
            member = self._names.element(name)
        except NoAnswer as error:
            self.problems.append(f"{where}.{name}: {error.text}")
            return
        if member is None:
            self.problems.append(f"{where}.{name}: no schema of the WSDL has this element")
        else:
            self._put_one(parent, member, inner, f"{where}.{name}")


def _plan(struct: Struct) -> Plan:
    """The members of a struct in order, each with how to write it where it is a leaf; made when it is first written."""
    plan: Plan | None = struct.writing
    if plan is None:
        plan = struct.writing = tuple(
            (name, member, member.tag or "", _text_writer(member)) for name, member in struct.members.items()
        )
    return plan


def _text_writer(member: Member) -> WriteText | None:
    leaf = member.shape
    is_single = member.tag is not None and not member.attribute and not member.many
    return WRITERS[leaf.kind] if is_single and isinstance(leaf, Leaf) and not leaf.listed else None


def _name_type(element: etree._Element, tag: str) -> None:
    prefixed: Any = etree.QName(tag)  # lxml finds its prefix or declares one, which its type stubs leave out
    element.set(XSI_TYPE, prefixed)


def write_leaf(leaf: Leaf, value: Any) -> str:
    """A value's text in XML. Raises ValueError saying what was expected."""
    if leaf.listed:
        return _written_list(leaf, value)
    text = WRITERS[leaf.kind](value)
    if text is None:
        raise ValueError(f"expected {EXPECTED[leaf.kind]}, got {named(value)}")
    return text


def _written_list(leaf: Leaf, value: Any) -> str:
    if not isinstance(value, list | tuple):
        raise ValueError(f"expected a list, got {named(value)}")
    texts = [write_leaf(Leaf(leaf.kind, leaf.enum), item) for item in value]
    broken = next((text for text in texts if not text or text.split() != [text]), None)
    if broken is not None:
        raise ValueError("an item of this list must have no blanks in it, but one has")
    return " ".join(texts)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _boolean(value: Any) -> str | None:
    return ("true" if value else "false") if isinstance(value, bool) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) and math.isfinite(value)


def _integer(value: Any) -> str | None:
    if type(value) is int:
        return str(value)
    return str(int(value)) if _is_number(value) and value == int(value) else None


def _decimal(value: Any) -> str | None:
    return f"{Decimal(str(value)):f}" if _is_number(value) else None


def _float(value: Any) -> str | None:
    return str(value) if _is_number(value) else None


def _date(value: Any) -> str | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return _text(value)


def _datetime(value: Any) -> str | None:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else _text(value)


WRITERS: dict[Kind, WriteText] = {
    Kind.TEXT: _text,
    Kind.COLLAPSED: _text,
    Kind.LEXICAL: _text,
    Kind.BOOLEAN: _boolean,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.FLOAT: _float,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.ANY: _text,
}

EXPECTED = {
    Kind.TEXT: "text",
    Kind.COLLAPSED: "text",
    Kind.LEXICAL: "text",
    Kind.BOOLEAN: "true or false",
    Kind.INTEGER: "a whole number",
    Kind.DECIMAL: "a number",
    Kind.FLOAT: "a number",
    Kind.DATE: "a date",
    Kind.DATETIME: "a date and time",
    Kind.ANY: "text or an object",
}


def _null(where: str) -> str:
    return f"{where}: null, but the element is needed"


def named(value: Any) -> str:
    """A value, for people."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    return f"a value of type {type(value).__name__}"  # not the value: it may be a person's
