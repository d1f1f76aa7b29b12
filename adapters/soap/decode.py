"""From the element of a reply's body to plain data. The element has passed the schema before.

Declared but absent members are there as None (an empty list where several may stand); what only a wildcard of the
schema allows is left out; numbers that are none (NaN, infinity) are refused, because they break every comparison.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from adapters.base import Cause, NoAnswer
from adapters.soap.shapes import Kind, Leaf, Member, Shape, Struct

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
XSI_NIL, XSI_TYPE = f"{XSI}nil", f"{XSI}type"
DATE_LENGTH = len("2026-01-31")

Derived = Callable[[str], Shape | None]


def decode(element: etree._Element, struct: Struct, derived: Derived) -> dict[str, Any]:
    """A message as plain data. `derived` finds the shape that an xsi:type names. Raises NoAnswer(UNREADABLE)."""
    if element.get(XSI_NIL) in ("true", "1"):
        raise NoAnswer(Cause.UNREADABLE, f"{_local(element)} is nil")
    return _struct(element, struct, derived)


def _value(element: etree._Element, shape: Shape, derived: Derived) -> Any:
    if element.get(XSI_NIL) in ("true", "1"):
        return None
    if XSI_TYPE in element.attrib:
        shape = _derived_shape(element, derived) or shape
    return _leaf(element, shape) if isinstance(shape, Leaf) else _struct(element, shape, derived)


def _derived_shape(element: etree._Element, derived: Derived) -> Shape | None:
    prefix, _, name = str(element.get(XSI_TYPE)).strip().rpartition(":")
    namespace = element.nsmap.get(prefix or None)
    return derived(f"{{{namespace}}}{name}" if namespace else name)


def _struct(element: etree._Element, struct: Struct, derived: Derived) -> dict[str, Any]:
    values: dict[str, Any] = {name: [] if member.many else None for name, member in struct.members.items()}
    if struct.text is not None:
        values[struct.text.name] = read_leaf(struct.text.shape, element.text or "", _local(element))
    for tag, member in struct.attributes.items():
        text = element.get(tag)
        if text is not None:
            values[member.name] = read_leaf(member.shape, text, member.name)
    seen: set[str] = set()
    for child in element:
        found = struct.elements.get(child.tag)
        if found is not None:
            _take(values, found, _value(child, found.shape, derived), again=found.name in seen)
            seen.add(found.name)
    _require(struct, seen, element)
    return values


def _take(values: dict[str, Any], member: Member, value: Any, *, again: bool) -> None:
    if member.many:
        values[member.name].append(value)
    elif again:
        raise NoAnswer(Cause.UNREADABLE, f"{member.name} came twice")
    else:
        values[member.name] = value


def _require(struct: Struct, seen: set[str], element: etree._Element) -> None:
    # The schema has seen to this, but for substitution groups: there an element of another name takes the place.
    for member in struct.elements.values():
        if member.required and member.name not in seen:
            raise NoAnswer(Cause.UNREADABLE, f"{_local(element)} has no {member.name}")


def _leaf(element: etree._Element, leaf: Leaf) -> Any:
    if len(element):
        raise NoAnswer(Cause.UNREADABLE, f"{_local(element)} has elements where a single value was expected")
    return read_leaf(leaf, element.text or "", _local(element))


def read_leaf(shape: Shape, text: str, name: str) -> Any:
    """A simple value from its text. Raises NoAnswer(UNREADABLE) with the element's name."""
    assert isinstance(shape, Leaf)
    try:
        return READERS[shape.kind](text)
    except (ValueError, ArithmeticError) as error:
        raise NoAnswer(Cause.UNREADABLE, f"{name}: {text[:80]!r} cannot be used as {shape.kind}") from error


def _collapsed(text: str) -> str:
    return " ".join(text.split())


def _boolean(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text.strip()]


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _date(text: str) -> date:
    # A time zone on a date says nothing about the day that was meant.
    return date.fromisoformat(text.strip()[:DATE_LENGTH])


def _datetime(text: str) -> datetime:
    return datetime.fromisoformat(text.strip())


READERS: dict[Kind, Callable[[str], Any]] = {
    Kind.TEXT: str,
    Kind.COLLAPSED: _collapsed,
    Kind.LEXICAL: _collapsed,
    Kind.BOOLEAN: _boolean,
    Kind.INTEGER: int,
    Kind.DECIMAL: Decimal,
    Kind.FLOAT: _float,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
}


def _local(element: etree._Element) -> str:
    return str(etree.QName(element).localname)
