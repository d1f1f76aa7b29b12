"""What one operation sends and gets: from the library's view of a binding to records. Knows no XML and no values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from zeep import xsd

from adapters.base import AdapterConfigurationError
from adapters.soap.binding import BindingFacts
from adapters.soap.shapes import Member, Struct, reached
from adapters.soap.shaping import Shapes

HEADER = "soap_header"
"""The member of arguments and replies that has the parts of the SOAP header."""


@dataclass(frozen=True)
class Fault:
    """A fault that an operation declares: its name, and the element of its detail."""

    name: str
    element: str  # local name
    shape: Struct


@dataclass(frozen=True)
class Message:
    """One direction of an operation.

    `tag`: the body's one element, whose members `body` has: the element of document style, or the wrapper of rpc style.
    None: the members of `body` stand in the SOAP body itself (several parts, or none at all).
    `is_rpc`: the element is a wrapper that no schema declares. `header`: the parts of the SOAP header, by element.
    `sources`: the library's elements (the whole message, or each part), for its own writing and reading.
    `uncompiled`: why shapes do not cover it; empty if they do.
    """

    tag: str | None
    body: Struct
    header: Struct | None = None
    header_name: str = HEADER
    is_rpc: bool = False
    sources: tuple[Any, ...] = ()
    uncompiled: str = ""

    @property
    def whole(self) -> Struct:
        """All that a mapping gives or gets: the members of the body, and the header as one more."""
        if self.header is None:
            return self.body
        whole = replace(self.body, members=dict(self.body.members), _every=None, reading=None, writing=None)
        whole.members[self.header_name] = Member(self.header_name, None, self.header, required=False)
        return whole


@dataclass(frozen=True)
class Exchange:
    """One operation: what is sent and what comes back."""

    name: str
    action: str
    wsa_action: str
    request: Message
    reply: Message
    faults: tuple[Fault, ...]


def exchange_of(operation: Any, facts: BindingFacts, shapes: Shapes) -> Exchange:
    """Everything needed to call one operation. Raises AdapterConfigurationError with what stands against it."""
    if facts.refusal:
        raise AdapterConfigurationError(facts.refusal)
    if operation.style not in ("document", "rpc"):
        raise AdapterConfigurationError(f"it is of style {operation.style}; document and rpc are known")
    if operation.input is None or operation.output is None or operation.abstract.output_message is None:
        raise AdapterConfigurationError("it is one-way: it answers nothing to decide on")
    request = _message(operation, operation.input, facts.input_parts, shapes, suffix="")
    reply = _message(operation, operation.output, facts.output_parts, shapes, suffix="Response")
    unwritable = next((struct.unwritable for struct in _structs(request) if struct.unwritable), "")
    if unwritable:
        raise AdapterConfigurationError(f"it cannot be written: {unwritable}, which is not supported")
    reads = (struct.uncompiled for struct in _structs(reply) if struct.uncompiled)
    writes = (
        struct.uncompiled or struct.unordered for struct in _structs(request) if struct.uncompiled or struct.unordered
    )
    return Exchange(
        name=operation.name,
        action=operation.soapaction or "",
        wsa_action=facts.action,
        request=replace(request, uncompiled=next(writes, "")),
        reply=replace(reply, uncompiled=next(reads, "")),
        faults=tuple(faults_of(operation, shapes)),
    )


def faults_of(operation: Any, shapes: Shapes) -> Iterator[Fault]:
    """The faults that an operation declares."""
    for name, message in operation.abstract.fault_messages.items():
        for part in message.parts.values():
            if part.element is not None:
                yield Fault(name, part.element.name, shapes.message(part.element))


def rpc_tag(operation: Any, message: Any, suffix: str) -> str:
    """The wrapper of rpc style: the operation's name in the namespace of the binding's soap:body."""
    namespace = message.body.qname.namespace if message.body is not None else None
    return f"{{{namespace}}}{operation.name}{suffix}" if namespace else f"{operation.name}{suffix}"


def _structs(message: Message) -> list[Struct]:
    header = reached(message.header) if message.header is not None else []
    return reached(message.body) + header


def _message(operation: Any, message: Any, chosen: tuple[str, ...] | None, shapes: Shapes, suffix: str) -> Message:
    parts = body_parts(operation, message, chosen)
    header = _header(message, shapes)
    if operation.style == "rpc":
        body = Struct()
        for element in parts:
            _add(body, shapes.member(element), nillable=bool(suffix))
        found = Message(rpc_tag(operation, message, suffix), body, header, is_rpc=True, sources=tuple(parts))
    elif len(parts) == 1:
        found = Message(parts[0].qname.text, shapes.message(parts[0]), header, sources=tuple(parts))
    else:
        body = Struct()
        for element in parts:
            _add(body, shapes.member(element))
        found = Message(None, body, header, sources=tuple(parts))
    name, number = HEADER, 1
    while name in found.body.every():
        number += 1
        name = f"{HEADER}_{number}"
    return replace(found, header_name=name)


def _add(struct: Struct, member: Member, *, nillable: bool = False) -> None:
    if member.name in struct.members:
        raise AdapterConfigurationError(f"two of its parts are called {member.name}, which is not supported")
    # Old rpc servers answer xsi:nil for a null: it comes out as null, which no condition takes for anything.
    struct.add(replace(member, nillable=member.nillable or nillable))


def body_parts(operation: Any, message: Any, chosen: tuple[str, ...] | None) -> list[Any]:
    """The library's elements of a body. Raises AdapterConfigurationError for parts that cannot stand there."""
    if message.body is None:
        return []
    parts = message.abstract.parts if message.abstract is not None else {}
    if operation.style == "rpc":
        elements = [element for _, element in message.body.type.elements] if message.body.type is not None else []
        by_part = {
            name: element
            for name, part in parts.items()
            for element in elements
            if (element is part.element if part.element is not None else element.name == name)
        }
    else:
        wrapped = message._is_body_wrapped
        elements = list(message.body.type.elements) if wrapped else [(message.body.attr_name, message.body)]
        by_part = dict(elements)
        typed = next((name for name in by_part if name in parts and parts[name].element is None), None)
        if typed is not None and (chosen is None or typed in chosen):
            raise AdapterConfigurationError(f"its part {typed} names a type, where document style needs an element")
    return [element for name, element in by_part.items() if chosen is None or name in chosen]


def _header(message: Any, shapes: Shapes) -> Struct | None:
    elements = message.header.type.elements if message.header is not None else []
    if not elements:
        return None
    struct = Struct()
    for _, element in elements:
        if not isinstance(element, xsd.Element):
            continue
        _add(struct, shapes.member(element, required=False))
    return struct
