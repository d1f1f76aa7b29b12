"""A WSDL from local files, read once: its port, its operations, and the shapes of their messages. Knows no network."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlparse

from lxml import etree
from zeep import Settings
from zeep.exceptions import Error as ZeepError
from zeep.wsdl import Document
from zeep.wsdl.bindings.soap import Soap11Binding, Soap12Binding

from adapters.base import AdapterConfigurationError, Cause, NoAnswer
from adapters.locks import LockError, drifted
from adapters.soap.binding import BindingFacts, binding_facts
from adapters.soap.codec import Codec, CompiledCodec
from adapters.soap.declarations import Declarations
from adapters.soap.documents import Documents, schema_facts
from adapters.soap.envelope import SOAP_11, SOAP_12, Version
from adapters.soap.errors import unusable_wsdl
from adapters.soap.exchange import Exchange, body_parts, exchange_of, faults_of
from adapters.soap.incomplete import left_out, refuse_other_documents
from adapters.soap.options import SoapOptions
from adapters.soap.schemas import MessageSchema, Wrapper
from adapters.soap.shapes import Member, Names, Shape, Struct
from adapters.soap.shaping import Shapes
from adapters.soap.wellknown import LOCATIONS
from adapters.soap.zeep_codec import ZeepCodec


class LocalFiles:
    """What zeep loads documents through. Keeps every file's content; refuses whatever is not a local file."""

    def __init__(self) -> None:
        self.files: dict[Path, bytes] = {}

    def load(self, url: str) -> bytes:
        if str(url) in LOCATIONS:
            return LOCATIONS[str(url)]
        parsed = urlparse(str(url))
        if parsed.scheme not in ("", "file"):
            raise AdapterConfigurationError(
                f"{url} would be fetched over a network: save it beside the WSDL and let the import name that file"
            )
        path = Path(unquote(parsed.path) if parsed.scheme else str(url)).resolve()
        try:
            content = path.read_bytes()
        except OSError as error:
            raise AdapterConfigurationError(f"{path} cannot be read: {error.strerror}") from error
        self.files[path] = content
        return content


@dataclass
class Wsdl:
    """A loaded WSDL, at one port. `schema` and `declarations` are None where the configuration does without."""

    version: Version
    endpoint: str
    schema: MessageSchema | None
    declarations: Declarations | None
    _types: Any
    _operations: Mapping[str, Any]
    _facts: Mapping[str, BindingFacts]
    _left_out: Mapping[str, str]
    _shapes: Shapes
    _derived: dict[str, Shape | None] = field(default_factory=dict)
    _elements: dict[str, Member | None] = field(default_factory=dict)

    @property
    def operations(self) -> tuple[str, ...]:
        return tuple(sorted(self._operations))

    @property
    def names(self) -> Names:
        return Names(self.derived, self.element)

    def exchange(self, name: str) -> Exchange:
        """Everything needed to call one operation. Raises AdapterConfigurationError."""
        operation = self._operations.get(name)
        if operation is None:
            raise AdapterConfigurationError(self._unknown(name))
        try:
            exchange = exchange_of(operation, self._facts.get(name, BindingFacts()), self._shapes)
            self.codec(exchange)
            return exchange
        except AdapterConfigurationError as error:
            raise AdapterConfigurationError(f"operation {name}: {error}") from error

    def codec(self, exchange: Exchange) -> Codec:
        """How this operation's messages are written and read. Raises AdapterConfigurationError if they cannot be."""
        if exchange.request.uncompiled or exchange.reply.uncompiled:
            return ZeepCodec(exchange, self.names, self._types)
        return CompiledCodec(exchange, self.names)

    def derived(self, type_name: str) -> Shape | None:
        """The shape of a global type by `{namespace}name`, or by a name that only one has; None if there is none.

        Raises NoAnswer(UNREADABLE) for a type that cannot be read.
        """
        if type_name not in self._derived:
            try:
                found = self._type(type_name)
                self._derived[type_name] = None if found is None else self._shapes.of(found)
            except AdapterConfigurationError as error:
                raise NoAnswer(Cause.UNREADABLE, f"type {type_name}: {error}") from error
        return self._derived[type_name]

    def element(self, name: str) -> Member | None:
        """A global element by `{namespace}name`, or by a name that only one has; None if there is none.

        Raises NoAnswer(UNREADABLE) for an element that cannot be read.
        """
        if name not in self._elements:
            try:
                found = _only(name, self._types.elements)
                self._elements[name] = None if found is None else self._shapes.member(found)
            except AdapterConfigurationError as error:
                raise NoAnswer(Cause.UNREADABLE, f"element {name}: {error}") from error
        return self._elements[name]

    def _type(self, name: str) -> Any:
        try:
            found = self._types.get_type(etree.QName(name), fail_silently=True)
        except (ZeepError, ValueError):
            found = None
        return found if found is not None or name.startswith("{") else _only(name, self._types.types)

    def declared_faults(self) -> list[tuple[str, Struct]]:
        """The elements of all declared faults' details, by local name, with their shapes.

        A shape that is not supported may hold anything: only the operations that declare it are refused, when used.
        """
        found: list[tuple[str, Struct]] = []
        for operation in self._operations.values():
            try:
                found += [(fault.element, fault.shape) for fault in faults_of(operation, self._shapes)]
            except AdapterConfigurationError:
                found.append((operation.name, Struct(wild=ANYTHING)))
        return found

    def _unknown(self, name: str) -> str:
        if name in self._left_out:
            return f"operation {name} cannot be used: {self._left_out[name]}"
        return f"no operation {name}; there are: {', '.join(self.operations)}"


def load_wsdl(options: SoapOptions) -> Wsdl:
    """Read a WSDL and all it imports. Raises AdapterConfigurationError, naming the file and what to change."""
    files, path = LocalFiles(), options.wsdl.resolve()
    try:
        refuse_other_documents(files.load(str(path)))
        document = _document(path, files)
        _refuse_drift(files)
        return _at_port(document, _port(document, options), files.files, options)
    except AdapterConfigurationError as error:
        # What is said of the file itself begins with its path, which stands in front anyway.
        raise AdapterConfigurationError(f"{options.wsdl}: {str(error).removeprefix(f'{path} ')}") from error
    except (ZeepError, etree.LxmlError, ValueError, LookupError, NotImplementedError, AttributeError) as error:
        raise unusable_wsdl(error, str(options.wsdl), str(path)) from error


def _at_port(document: Any, port: Any, files: Mapping[Path, bytes], options: SoapOptions) -> Wsdl:
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    roots = {path: etree.fromstring(content, parser) for path, content in files.items()}
    documents = Documents(roots)
    facts = binding_facts(roots.values(), port.binding.name)
    version = SOAP_11 if isinstance(port.binding, Soap11Binding) else SOAP_12
    operations = port.binding.all()
    wrappers = [found for operation in operations.values() for found in _wrappers(operation, facts)]
    elements = {element.qname.text: element for element in document.types.elements}
    schema = _schema(documents, version, wrappers, options)
    return Wsdl(
        version=version,
        endpoint=_endpoint(port, options),
        schema=schema,
        declarations=Declarations(documents) if schema is not None else None,
        _types=document.types,
        _operations=operations,
        _facts=facts,
        _left_out=left_out(files.values(), partial(_defined, document.types)),
        _shapes=Shapes(schema_facts(documents), document.types.types, elements.get),
    )


def _refuse_drift(files: LocalFiles) -> None:
    """Raises AdapterConfigurationError where a stored copy is not what was stored."""
    try:
        wrong = next(iter(drifted(files.files)), None)
    except LockError as error:
        raise AdapterConfigurationError(str(error)) from error
    if wrong is not None:
        raise AdapterConfigurationError(wrong)


def _schema(
    documents: Documents, version: Version, wrappers: list[Wrapper], options: SoapOptions
) -> MessageSchema | None:
    if not options.schema_check:
        return None
    try:
        return MessageSchema(documents, version.namespace, wrappers)
    except AdapterConfigurationError as error:
        raise AdapterConfigurationError(
            f"{error}; mend them, or say `schema_check: false` (messages are then held against types only)"
        ) from error


def _wrappers(operation: Any, facts: Mapping[str, BindingFacts]) -> Iterator[Wrapper]:
    """What the schema check needs to know of an rpc operation that can be called."""
    said = facts.get(operation.name, BindingFacts())
    if operation.style != "rpc" or said.refusal:
        return
    for message, chosen, suffix in (
        (operation.input, said.input_parts, ""),
        (operation.output, said.output_parts, "Response"),
    ):
        if message is not None:
            parts = tuple(
                (None, element.qname.text) if element.is_global else (element.name, element.type.qname.text)
                for element in body_parts(operation, message, chosen)
            )
            yield Wrapper(f"{operation.name}{suffix}", parts, nillable=bool(suffix))


def _only(name: str, there: Any) -> Any:
    """The type or element that is called so, by its whole name or by its local one where only one has it."""
    if name.startswith("{"):
        return next((one for one in there if one.qname is not None and one.qname.text == name), None)
    found = [one for one in there if one.qname is not None and one.qname.localname == name]
    return found[0] if len(found) == 1 else None


ANYTHING = Member("any", None, Struct(), required=False, many=True, wild=True)


def _document(path: Path, files: LocalFiles) -> Any:
    settings = Settings(strict=True, forbid_dtd=True, forbid_entities=True, force_https=False)
    with warnings.catch_warnings():
        # An operation that zeep can make nothing of is left out; naming it in a step is refused then, with the reason.
        warnings.simplefilter("ignore")
        return Document(str(path), cast(Any, files), settings=settings)


def _defined(types: Any, kind: str, name: str) -> bool:
    try:
        find = types.get_element if kind == "element" else types.get_type
        return find(etree.QName(name)) is not None
    except ZeepError:
        return False


def _port(document: Any, options: SoapOptions) -> Any:
    services = document.services
    service = _chosen("service", options.service, services)
    ports = {
        name: port for name, port in service.ports.items() if isinstance(port.binding, Soap11Binding | Soap12Binding)
    }
    return _chosen("port", options.port, ports)


def _chosen(what: str, name: str | None, there: Mapping[str, Any]) -> Any:
    names = ", ".join(there) or "none that speaks SOAP"
    if name is not None and name not in there:
        raise AdapterConfigurationError(f"it has no {what} {name}; there are: {names}")
    if name is None and len(there) != 1:
        raise AdapterConfigurationError(f"say which `{what}` to use; there are: {names}")
    return there[name] if name is not None else next(iter(there.values()))


def _endpoint(port: Any, options: SoapOptions) -> str:
    endpoint = next(iter(options.addresses), None) or (port.binding_options or {}).get("address")
    if not endpoint or urlparse(endpoint).scheme not in ("http", "https"):
        raise AdapterConfigurationError("it has no http address; say `endpoint`")
    return str(endpoint)
