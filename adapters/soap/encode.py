"""From arguments to the element of a request's body. Knows no envelope; facets are checked by `adapters.soap.schemas`.

Values are never guessed: a number where the schema has text is refused with the element's path, since `7` and `"007"`
are different codes to a legacy system. A fraction of nothing (`10.0`) may stand for a whole number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from adapters.base import BadArguments
from adapters.soap.shapes import Kind, Leaf, Member, Struct

XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def encode(tag: str, struct: Struct, arguments: Mapping[str, Any]) -> etree._Element:
    """The element `tag` with the arguments in it. Raises BadArguments with every element that does not fit."""
    element = etree.Element(tag)
    problems: list[str] = []
    _fill(element, struct, arguments, "", problems)
    if problems:
        raise BadArguments("; ".join(problems))
    return element


def _fill(element: etree._Element, struct: Struct, values: Any, path: str, problems: list[str]) -> None:
    if not isinstance(values, Mapping):
        problems.append(f"{path or 'the arguments'}: expected an object, got {_named(values)}")
        return
    known = ", ".join(struct.members) or "none"
    prefix = f"{path}." if path else ""
    problems.extend(f"{prefix}{name}: not known; there are: {known}" for name in values if name not in struct.members)
    for member in struct.members.values():
        where = prefix + member.name
        value = values.get(member.name)
        if value is None and not (member.nillable and member.required and member.name in values):
            if member.required:
                problems.append(_null(where) if member.name in values else f"{where}: missing")
            continue
        _put(element, member, value, where, problems)


def _put(element: etree._Element, member: Member, value: Any, where: str, problems: list[str]) -> None:
    if member.many:
        if not isinstance(value, list | tuple):
            problems.append(f"{where}: expected a list, got {_named(value)}")
            return
        for position, item in enumerate(value):
            _put_one(element, member, item, f"{where}[{position}]", problems)
    else:
        _put_one(element, member, value, where, problems)


def _put_one(parent: etree._Element, member: Member, value: Any, where: str, problems: list[str]) -> None:
    if value is None:
        if member.nillable:
            etree.SubElement(parent, str(member.tag)).set(XSI_NIL, "true")
        else:
            problems.append(_null(where))
        return
    if isinstance(member.shape, Struct):
        _fill(etree.SubElement(parent, str(member.tag)), member.shape, value, where, problems)
        return
    try:
        text = write_leaf(member.shape, value)
        if member.tag is None:
            parent.text = text
        elif member.attribute:
            parent.set(member.tag, text)
        else:
            etree.SubElement(parent, member.tag).text = text
    except ValueError as error:  # ours, or lxml's for a character that XML cannot carry
        problems.append(f"{where}: {error}")


def write_leaf(leaf: Leaf, value: Any) -> str:
    """A value's text in XML. Raises ValueError saying what was expected."""
    text = WRITERS[leaf.kind](value)
    if text is None:
        raise ValueError(f"expected {EXPECTED[leaf.kind]}, got {_named(value)}")
    return text


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _boolean(value: Any) -> str | None:
    return ("true" if value else "false") if isinstance(value, bool) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and math.isfinite(value)


def _integer(value: Any) -> str | None:
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


WRITERS: dict[Kind, Callable[[Any], str | None]] = {
    Kind.TEXT: _text,
    Kind.COLLAPSED: _text,
    Kind.LEXICAL: _text,
    Kind.BOOLEAN: _boolean,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.FLOAT: _float,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
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
}


def _null(where: str) -> str:
    return f"{where}: null, but the element is needed"


def _named(value: Any) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    return f"{type(value).__name__} {value!r}"
