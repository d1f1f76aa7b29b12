"""From shapes to JSON Schema: what lint reads. A type that contains itself is cut with an empty schema (not known)."""

from __future__ import annotations

from typing import Any

from adapters.soap.exchange import Message
from adapters.soap.shapes import TYPE, Kind, Leaf, Shape, Struct

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
    Kind.ANY: {},
}
TEXTS = frozenset({Kind.TEXT, Kind.COLLAPSED, Kind.LEXICAL})

MOST_MEMBERS = 20_000
"""Of one message: what lies deeper than that is not known. Types that share types can grow without end."""


def message_schema(message: Message, *, is_read: bool = False) -> dict[str, Any]:
    """The JSON Schema of a message. `is_read`: as it is handed on, where a list is always there, if only empty."""
    return _Walk(is_read=is_read).of(message.whole, ())


class _Walk:
    def __init__(self, *, is_read: bool) -> None:
        self._is_read = is_read
        self._left = MOST_MEMBERS

    def of(self, shape: Shape, above: tuple[Struct, ...]) -> dict[str, Any]:
        if isinstance(shape, Leaf):
            return leaf_schema(shape)
        if shape in above or self._left <= 0:
            return {}
        properties: dict[str, Any] = {}
        if shape.derived:
            names = [name for name, one in {shape.name: shape, **shape.derived}.items() if not one.is_abstract]
            properties[TYPE] = {"type": "string", "enum": names}
        for name, member in shape.every().items():
            self._left -= 1
            schema = self.of(member.shape, (*above, shape))
            if member.nillable and schema:
                schema = {"anyOf": [schema, {"type": "null"}]}
            properties[name] = {"type": "array", "items": schema} if member.many else schema
        required = [
            member.name for member in shape.members.values() if member.required or (member.many and self._is_read)
        ]
        return {
            "type": "object",
            "properties": properties,
            "required": [*([TYPE] if shape.is_abstract and shape.derived else ()), *required],
            "additionalProperties": False,
        }


def leaf_schema(leaf: Leaf) -> dict[str, Any]:
    """The JSON Schema of a simple value. Listed values are texts: those of numbers may be spelled in many ways."""
    schema = LEAVES[leaf.kind] | ({"enum": list(leaf.enum)} if leaf.enum and leaf.kind in TEXTS else {})
    return {"type": "array", "items": schema} if leaf.listed else schema
