"""How the messages of one operation are written and read: by shapes, or by the library where shapes do not cover it.

Both ways take and give the same values; a test holds them equal. Knows no envelope but the places of header and body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from lxml import etree

from adapters.base import Cause, NoAnswer
from adapters.soap.decode import decode, decode_value
from adapters.soap.encode import Writer
from adapters.soap.exchange import Exchange, Message
from adapters.soap.shapes import Names, Struct


class Codec(Protocol):
    """Writes requests and reads replies of one operation."""

    name: str
    """`compiled`, or `zeep: ` and why."""

    def write(self, header: etree._Element, body: etree._Element, arguments: Mapping[str, Any]) -> list[str]:
        """Write the arguments into a SOAP header and body. What comes back is what does not fit, by its path."""
        ...

    def read(self, header: etree._Element | None, body: etree._Element) -> dict[str, Any]:
        """The reply as plain data; the body has passed the schema. Raises NoAnswer(UNREADABLE)."""
        ...


class CompiledCodec:
    """By shapes. Fulfils `Codec`."""

    name = "compiled"

    def __init__(self, exchange: Exchange, names: Names) -> None:
        self._request, self._reply, self._names = exchange.request, exchange.reply, names

    def write(self, header: etree._Element, body: etree._Element, arguments: Mapping[str, Any]) -> list[str]:
        writer = Writer(self._names)
        message = self._request
        if message.header is not None:
            arguments = dict(arguments)
            headers = arguments.pop(message.header_name, None)
            if headers is not None:
                writer.fill(header, message.header, headers, message.header_name)
        self._write_body(writer, body, arguments)
        return writer.problems

    def _write_body(self, writer: Writer, body: etree._Element, arguments: Mapping[str, Any]) -> None:
        tag = self._request.tag
        writer.fill(body if tag is None else etree.SubElement(body, tag), self._request.body, arguments, "")

    def read(self, header: etree._Element | None, body: etree._Element) -> dict[str, Any]:
        value = self._read_body(body)
        message = self._reply
        if message.header is not None:
            value[message.header_name] = _read_header(header, message.header, self._names)
        return value

    def _read_body(self, body: etree._Element) -> dict[str, Any]:
        return decode(body if self._reply.tag is None else body[0], self._reply.body, self._names)


def _read_header(header: etree._Element | None, struct: Struct, names: Names) -> dict[str, Any]:
    """The declared parts of a header, each None where it is not there."""
    values: dict[str, Any] = dict.fromkeys(struct.members)
    for child in header if header is not None else ():
        member = struct.elements.get(str(child.tag))
        if member is not None:
            if values[member.name] is not None:
                raise NoAnswer(Cause.UNREADABLE, f"the header has {member.name} twice")
            values[member.name] = decode_value(child, member.shape, names)
    return values


def expected_tags(message: Message) -> tuple[str, ...]:
    """The elements that the body may have."""
    return (message.tag,) if message.tag is not None else tuple(message.body.elements)
