"""From shapes to JSON Schema: what lint reads. A type that contains itself is cut with an empty schema (not known)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.soap.shapes import Kind, Leaf, Shape, Struct

LEAVES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.COLLAPSED: {"type": "string"},
    Kind.LEXICAL: {"type": "string"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.INTEGER: {"type": "integer"},
    Kind.DECIMAL: {"type": "number"},
    Kind.FLOAT: {"type": "number"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.DATETIME: {"type": "string", "format": "date-time"},
}


def json_schema(shape: Shape, above: tuple[Struct, ...] = ()) -> dict[str, Any]:
    """The JSON Schema of a message or a part of it."""
    if isinstance(shape, Leaf):
        return LEAVES[shape.kind] | ({"enum": list(shape.enum)} if shape.enum else {})
    if shape in above:
        return {}
    properties: dict[str, Any] = {}
    for member in shape.members.values():
        schema = json_schema(member.shape, (*above, shape))
        if member.nillable and schema:
            schema = {"anyOf": [schema, {"type": "null"}]}
        properties[member.name] = {"type": "array", "items": schema} if member.many else schema
    return {
        "type": "object",
        "properties": properties,
        "required": [member.name for member in shape.members.values() if member.required],
        "additionalProperties": False,
    }


def listed_codes(shape: Shape, above: tuple[Struct, ...] = ()) -> Iterator[str]:
    """The allowed values of all elements called `...code` in a fault's detail: codes that a mapping may name."""
    if isinstance(shape, Leaf) or shape in above:
        return
    for member in shape.members.values():
        if isinstance(member.shape, Leaf) and member.name.lower().endswith("code"):
            yield from member.shape.enum
        yield from listed_codes(member.shape, (*above, shape))
