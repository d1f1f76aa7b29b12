"""XML as plain data and back, by one convention for both ways.

The data has one member, the root element: `{Request: {"@xmlns": "urn:x", Site: S-1, Line: [{Id: 1}, {Id: 2}]}}`. A
member is an element, a list several elements of one name, `@name` an attribute, `#text` the text of an element that has
attributes too. Namespaces: `@xmlns` holds for the element and what is in it. Reading looks at local names.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from adapters.base import BadArguments, Cause, NoAnswer
from adapters.xml import parse

MOST_LEVELS = 64
TEXT = "#text"
_XMLNS = "@xmlns"
_XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

Schema = Mapping[str, Any]


def write_xml(value: Any, *, is_indented: bool = False) -> str:
    """An element from a value with one member. Raises BadArguments with the path."""
    if not isinstance(value, Mapping) or len(value) != 1:
        raise BadArguments("body: XML has one root element: give one member, which is that")
    ((name, content),) = value.items()
    root = _element(str(name), content, None, f"body/{name}", 1)
    return etree.tostring(root, encoding="unicode", pretty_print=is_indented)


def _element(name: str, content: Any, namespace: str | None, path: str, level: int) -> etree._Element:
    if level > MOST_LEVELS:
        raise BadArguments(f"{path}: more than {MOST_LEVELS} levels")
    members = content if isinstance(content, Mapping) else {TEXT: content}
    own = members.get(_XMLNS, namespace)
    declared: Any = {None: str(own)} if own is not None and own != namespace else None
    try:
        element = etree.Element(f"{{{own}}}{name}" if own else name, nsmap=declared)
        for member, part in members.items():
            _add(element, str(member), part, own, f"{path}/{member}", level)
    except ValueError as error:  # no name, or a character that XML cannot carry
        raise BadArguments(f"{path}: {error}") from error
    return element


def _add(element: etree._Element, member: str, part: Any, namespace: str | None, path: str, level: int) -> None:
    if member == _XMLNS or part is None:
        return
    if member == TEXT:
        element.text = _text(part, path)
    elif member.startswith("@"):
        element.set(member[1:], _text(part, path))
    else:
        for one in part if isinstance(part, list | tuple) else [part]:
            element.append(_element(member, one, namespace, path, level + 1))


def _text(value: Any, path: str) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case str() | int() | float():
            return str(value)
        case datetime() | date():
            return value.isoformat()
    raise BadArguments(f"{path}: {type(value).__name__} is nothing that XML could carry here")


def read_xml(content: bytes, charset: str | None, schema: Schema) -> dict[str, Any]:
    """The document as plain data, typed as `schema` says. Raises NoAnswer(UNREADABLE or TOO_LARGE).

    Without a schema every value is a text, and an element that comes twice is refused: what would be a list today and
    a value tomorrow cannot be read reliably.
    """
    root = parse(content, charset)
    name = _local(root)
    members = schema.get("properties", {})
    return {name: _value(root, members.get(name, {}), name, 1)}


def _value(element: etree._Element, schema: Schema, path: str, level: int) -> Any:
    if level > MOST_LEVELS:
        raise NoAnswer(Cause.UNREADABLE, f"the XML has more than {MOST_LEVELS} levels")
    if element.get(_XSI_NIL) in ("true", "1"):
        return None
    attributes = {f"@{_local_name(name)}": str(text) for name, text in element.attrib.items() if name != _XSI_NIL}
    if not len(element) and not attributes and "properties" not in schema:
        return _leaf(element.text or "", schema, path)
    return _members(element, attributes, schema.get("properties", {}), path, level)


def _members(
    element: etree._Element, attributes: dict[str, str], members: Schema, path: str, level: int
) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: _leaf(text, members.get(name, {}), f"{path}/{name}") for name, text in attributes.items()
    }
    if (element.text or "").strip() and (attributes or TEXT in members):
        found[TEXT] = _leaf(element.text or "", members.get(TEXT, {}), path)
    for child in element:
        name = _local(child)
        schema, here = members.get(name, {}), f"{path}/{name}"
        if _is_list(schema):
            found.setdefault(name, []).append(_value(child, schema.get("items", {}), here, level + 1))
        elif name in found:
            raise NoAnswer(Cause.UNREADABLE, f"{here} came twice; if it is a list, say so in a schema of the reply")
        else:
            found[name] = _value(child, schema, here, level + 1)
    for name, schema in members.items():
        if _is_list(schema):
            found.setdefault(name, [])
    return found


def _is_list(schema: Schema) -> bool:
    return _types(schema) == {"array"}


def _types(schema: Schema) -> set[str]:
    said = schema.get("type", ())
    return {said} - {"null"} if isinstance(said, str) else set(said) - {"null"}


def _leaf(text: str, schema: Schema, path: str) -> Any:
    """What the schema wants of a text; the text itself where it wants nothing else, or this is not it."""
    stripped = text.strip()
    kinds = _types(schema)
    if kinds == {"boolean"}:
        return {"true": True, "1": True, "false": False, "0": False}.get(stripped, stripped)
    if kinds and kinds <= {"integer", "number"}:
        try:
            number = Decimal(stripped)
        except InvalidOperation:
            return stripped
        if not number.is_finite() or abs(number.adjusted()) > 400:
            raise NoAnswer(Cause.UNREADABLE, f"{path} is no usable number")
        return int(number) if number == number.to_integral_value() else number
    return stripped


def _local(element: etree._Element) -> str:
    return _local_name(element.tag)


def _local_name(name: str | bytes) -> str:
    return str(etree.QName(name).localname)
