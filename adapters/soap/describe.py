"""What a WSDL offers, for people: its operations, and the fields of one of them. Knows no mapping, fetches nothing.

Foreign documents are read by foreign libraries: whatever goes wrong in them is told in one line (`DescriptionError`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from zeep import xsd
from zeep.xsd.elements.indicators import Group, OrderIndicator

from adapters.base import AdapterConfigurationError
from adapters.described import Branch, Described, DescriptionError, Field, Listed
from adapters.soap.exchange import Message
from adapters.soap.faultpaths import listed_codes, value_paths
from adapters.soap.incomplete import refuse_other_documents
from adapters.soap.options import SoapOptions, SoapStep
from adapters.soap.shapes import TYPE, Kind, Leaf, Member, Struct
from adapters.soap.system import SoapSystem
from adapters.soap.vendoring import vendored
from adapters.soap.wsdl import LocalFiles, Wsdl, _document, load_wsdl

KINDS = {
    Kind.TEXT: "text",
    Kind.COLLAPSED: "text",
    Kind.LEXICAL: "text",
    Kind.BOOLEAN: "true or false",
    Kind.INTEGER: "whole number",
    Kind.DECIMAL: "number",
    Kind.FLOAT: "number",
    Kind.DATE: "date",
    Kind.DATETIME: "date-time",
    Kind.ANY: "text",
}
NOWHERE = "http://nowhere.invalid/"
"""Stands in for an address that the WSDL may not have: nothing is called."""

MOST_FIELDS = 5_000


def list_operations(wsdl: Path) -> list[Listed]:
    """Every operation of every port that speaks SOAP, with what stands against using it. Raises DescriptionError."""
    with _Copy(wsdl) as copy:
        return [listed for service, port in _ports(copy) for listed in _listed(copy, service, port)]


def describe_operation(wsdl: Path, operation: str, service: str | None = None, port: str | None = None) -> Described:
    """The fields of one operation. Raises DescriptionError."""
    with _Copy(wsdl) as copy:
        service, port = _place(copy, operation, service, port)
        options = SoapOptions(wsdl=copy, service=service, port=port, endpoint=NOWHERE)
        system = SoapSystem("wsdl", options)
        contract = system.operation(SoapStep(operation=operation)).contract
        exchange = system.wsdl.exchange(operation)
        return Described(
            word="soap",
            definition=(("operation", operation),),
            arguments=_Walk().message(exchange.request),
            reply=_Walk().message(exchange.reply),
            faults=tuple(_codes(system.wsdl, operation)) or contract.faults,
            fault_values=tuple(value_paths([(fault.element, fault.shape) for fault in exchange.faults])),
        )


def place_of(wsdl: Path, operation: str, service: str | None, port: str | None) -> tuple[str | None, str | None]:
    """The service and port to name for an operation: as given, or those of the only port that has it, where the WSDL
    has several. Raises DescriptionError.
    """
    with _Copy(wsdl) as copy:
        return _place(copy, operation, service, port)


def _place(wsdl: Path, operation: str, service: str | None, port: str | None) -> tuple[str | None, str | None]:
    ports = [one for one in _ports(wsdl) if service in (None, one[0]) and port in (None, one[1])]
    if len(ports) < 2:
        return service, port
    having = [one for one in ports if any(operation == listed.name for listed in _listed(wsdl, *one))]
    services = {one for one, _ in having}
    if len(having) > 1 and service is None and len(services) > 1:
        raise DescriptionError(
            f"several services have {operation}: say --service, one of {', '.join(sorted(services))}"
        )
    if len(having) > 1:
        raise DescriptionError(
            f"several ports have {operation}: say --port, one of {', '.join(one for _, one in having)}"
        )
    if not having:
        names = sorted({listed.name for one in ports for listed in _listed(wsdl, *one)})
        raise DescriptionError(f"it has no operation {operation}; there are: {', '.join(names)}")
    (found,) = having
    return found[0] if len({one for one, _ in _ports(wsdl)}) > 1 else service, found[1]


class _Copy:
    """The WSDL and its imports in a folder of their own while they are read; its name stays out of what is told."""

    def __init__(self, wsdl: Path) -> None:
        self._wsdl = wsdl
        self._folder = tempfile.TemporaryDirectory(prefix="poq-gateway-wsdl-")

    def __enter__(self) -> Path:
        try:
            files = vendored(self._wsdl)
            for name, content in files.items():
                (Path(self._folder.name) / name).write_bytes(content)
        except BaseException:
            self._folder.cleanup()
            raise
        return Path(self._folder.name) / next(iter(files))

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        folder = Path(self._folder.name)
        self._folder.cleanup()
        if error is None or isinstance(error, DescriptionError) or not isinstance(error, Exception):
            return
        text = str(error) if isinstance(error, AdapterConfigurationError) else f"it cannot be read ({_brief(error)})"
        for name in (str(folder.resolve()), str(folder)):
            text = text.replace(f"{name}/", "")
        text = text.removeprefix("wsdl: ").removeprefix(f"{self._wsdl.name}: ")
        raise DescriptionError(f"{self._wsdl}: {text}") from error


def _brief(error: Exception) -> str:
    said = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _ports(wsdl: Path) -> list[tuple[str, str]]:
    refuse_other_documents(wsdl.read_bytes())
    document = _document(wsdl, LocalFiles())
    found = [(service, port) for service, one in document.services.items() for port in one.ports]
    if not found:
        raise DescriptionError(f"{wsdl.name}: it has no service with a port")
    return found


def _listed(wsdl: Path, service: str, port: str) -> Iterator[Listed]:
    try:
        loaded = load_wsdl(SoapOptions(wsdl=wsdl, service=service, port=port, endpoint=NOWHERE))
    except AdapterConfigurationError as error:
        if "none that speaks SOAP" in str(error) or f"no port {port}" in str(error):
            return  # a port for browsers or the like: nothing of it can be called
        raise
    for name in sorted({*loaded.operations, *loaded._left_out}):
        try:
            codec = loaded.codec(loaded.exchange(name)).name
        except AdapterConfigurationError as error:
            problem = str(error).removeprefix(f"operation {name}").lstrip(": ").removeprefix("cannot be used: ")
            yield Listed(name, service, port, problem)
        else:
            yield Listed(name, service, port, note="" if codec == "compiled" else codec)


def _codes(wsdl: Wsdl, operation: str) -> Iterator[str]:
    """The codes that declared faults list; a fault that lists none goes by its element."""
    for fault in wsdl.exchange(operation).faults:
        yield from dict.fromkeys(listed_codes(fault.shape)) or [fault.element]


class _Walk:
    """From shapes, which say what lint will say, to fields; the WSDL's own types add choices."""

    def __init__(self) -> None:
        self._left = MOST_FIELDS
        self._choices = 0

    def message(self, message: Message) -> tuple[Field, ...]:
        if message.tag is not None and not message.is_rpc:
            fields = self._fields(message.body, message.sources[0].type, ())
        else:
            types = {element.qname.text: element.type for element in message.sources}
            members = message.body.members.values()
            fields = tuple(self._field(member, types.get(member.tag), (message.body,)) for member in members)
        if message.header is None:
            return fields
        header = Field(message.header_name, "object", False, note="the parts of the SOAP header")
        return (*fields, replace(header, parts=self._fields(message.header, None, ())))

    def _fields(self, struct: Struct, xsd_type: Any, above: tuple[Struct, ...]) -> tuple[Field, ...]:
        branches = self._branches(xsd_type)
        types = _types(xsd_type)
        fields = [
            replace(self._field(member, types.get(member.tag or ""), (*above, struct)), branch=branches.get(member.tag))
            for member in struct.members.values()
        ]
        return (*self._type(struct), *fields, *self._derived(struct, (*above, struct)))

    def _type(self, struct: Struct) -> Iterator[Field]:
        """Which of the types is meant, where there are several."""
        if struct.derived:
            names = [name for name, one in {struct.name: struct, **struct.derived}.items() if not one.is_abstract]
            yield Field(TYPE, "text", struct.is_abstract, enum=tuple(names), note="which type it is (xsi:type)")

    def _derived(self, struct: Struct, above: tuple[Struct, ...]) -> Iterator[Field]:
        """What only derived types have."""
        for name, member in struct.every().items():
            if name in struct.members:
                continue
            owners = [kind for kind, one in struct.derived.items() if name in one.members]
            field = self._field(member, None, above)
            note = ", ".join(part for part in (field.note, f"of {', '.join(owners)}") if part)
            yield replace(field, required=False, note=note)

    def _field(self, member: Member, xsd_type: Any, above: tuple[Struct, ...]) -> Field:
        self._left -= 1
        if self._left < 0:
            raise DescriptionError(f"the message has more than {MOST_FIELDS} fields, too many for a skeleton")
        field = Field(member.name, "object", member.required, member.many, member.nillable)
        if member.attribute:
            field = replace(field, note="an attribute")
        if member.wild:
            return replace(field, note="elements that the schema does not name, each an object with one member")
        if isinstance(member.shape, Leaf):
            leaf = member.shape
            listed = leaf.listed and not member.many
            note = "a list in one value" if leaf.listed and member.many else field.note
            return replace(field, kind=KINDS[leaf.kind], enum=leaf.enum, many=member.many or listed, note=note)
        if member.shape in above:
            return replace(field, is_cut=True, note="contains itself: go on as above")
        note = "elements that repeat together" if member.group else field.note
        return replace(field, parts=self._fields(member.shape, xsd_type, above), note=note)

    def _branches(self, xsd_type: Any) -> dict[str | None, Branch]:
        """By tag, the branch of the outermost choice that an element stands in."""
        found: dict[str | None, Branch] = {}
        for _, content in getattr(xsd_type, "elements_nested", ()) if isinstance(xsd_type, xsd.ComplexType) else ():
            self._outside(content, content.min_occurs != 0, found)
        return found

    def _outside(self, content: Any, due: bool, found: dict[str | None, Branch]) -> None:
        """Look for choices in a part of a type that is in none. `due`: whether it must be there."""
        if isinstance(content, xsd.Choice) and content.max_occurs == 1:
            self._choices += 1
            for number, child in enumerate(_children(content)):
                self._inside(child, Branch(self._choices, number, due, is_needed=True), found)
            return
        for child in _children(content):
            self._outside(child, due and child.min_occurs != 0, found)

    def _inside(self, content: Any, branch: Branch, found: dict[str | None, Branch]) -> None:
        if isinstance(content, xsd.Element):
            found.setdefault(content.qname.text, branch)
        for number, child in enumerate(_children(content)):
            # Of a choice the first alternative is as good as any; the library calls each of its elements optional.
            is_needed = number == 0 if isinstance(content, xsd.Choice) else child.min_occurs != 0
            self._inside(child, replace(branch, is_needed=branch.is_needed and is_needed), found)


def _children(content: Any) -> list[Any]:
    if isinstance(content, Group):
        return [content.child]
    return list(content) if isinstance(content, OrderIndicator) else []


def _types(xsd_type: Any) -> Mapping[str, Any]:
    """The types of the elements of a complex type, by tag."""
    if not isinstance(xsd_type, xsd.ComplexType):
        return {}
    return {element.qname.text: element.type for _, element in xsd_type.elements if isinstance(element, xsd.Element)}
