"""A WSDL from local files, read once: its port, its operations, and the shapes of their messages. Knows no network."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
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
from adapters.soap.envelope import SOAP_11, SOAP_12, Version
from adapters.soap.errors import unusable_wsdl
from adapters.soap.incomplete import left_out, refuse_other_documents
from adapters.soap.options import SoapOptions
from adapters.soap.schemas import MessageSchema
from adapters.soap.shapes import Shape, Shapes, Struct


@dataclass(frozen=True)
class Fault:
    """A fault that an operation declares: its name, and the element of its detail."""

    name: str
    element: str  # local name
    shape: Struct


@dataclass(frozen=True)
class Exchange:
    """One operation: what is sent and what comes back. Tags are `{namespace}name`."""

    name: str
    action: str
    request_tag: str
    request: Struct
    reply_tag: str | None  # None: the reply's body is empty
    reply: Struct
    faults: tuple[Fault, ...]


class LocalFiles:
    """What zeep loads documents through. Keeps every file's content; refuses whatever is not a local file."""

    def __init__(self) -> None:
        self.files: dict[Path, bytes] = {}

    def load(self, url: str) -> bytes:
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
    """A loaded WSDL, at one port."""

    version: Version
    endpoint: str
    schema: MessageSchema
    _types: Any
    _operations: Mapping[str, Any]
    _left_out: Mapping[str, str]
    _shapes: Shapes
    _derived: dict[str, Shape | None] = field(default_factory=dict)

    @property
    def operations(self) -> tuple[str, ...]:
        return tuple(sorted(self._operations))

    def exchange(self, name: str) -> Exchange:
        """Everything needed to call one operation. Raises AdapterConfigurationError."""
        operation = self._operations.get(name)
        if operation is None:
            raise AdapterConfigurationError(self._unknown(name))
        _refuse_unsupported(operation)
        request, reply = operation.input.body, operation.output.body
        try:
            return Exchange(
                name=name,
                action=operation.soapaction or "",
                request_tag=request.qname.text,
                request=self._shapes.message(request),
                reply_tag=reply.qname.text if reply is not None else None,
                reply=self._shapes.message(reply) if reply is not None else Struct(),
                faults=tuple(self._faults(operation)),
            )
        except AdapterConfigurationError as error:
            raise AdapterConfigurationError(f"operation {name}: {error}") from error

    def derived(self, type_name: str) -> Shape | None:
        """The shape of a global type by `{namespace}name`, for a reply that says xsi:type; None if there is none.

        Raises NoAnswer(UNREADABLE) for a type that cannot be read.
        """
        if type_name not in self._derived:
            found = self._types.get_type(etree.QName(type_name), fail_silently=True)
            try:
                self._derived[type_name] = None if found is None else self._shapes.of(found)
            except AdapterConfigurationError as error:
                raise NoAnswer(Cause.UNREADABLE, f"type {type_name}: {error}") from error
        return self._derived[type_name]

    def declared_faults(self) -> list[tuple[str, Struct]]:
        """The elements of all declared faults' details, by local name, with their shapes.

        A shape that is not supported may hold anything: only the operations that declare it are refused, when used.
        """
        found: list[tuple[str, Struct]] = []
        for operation in self._operations.values():
            try:
                found += [(fault.element, fault.shape) for fault in self._faults(operation)]
            except AdapterConfigurationError:
                found.append((operation.name, Struct(wildcard=True)))
        return found

    def _unknown(self, name: str) -> str:
        if name in self._left_out:
            return f"operation {name} cannot be used: {self._left_out[name]}"
        return f"no operation {name}; there are: {', '.join(self.operations)}"

    def _faults(self, operation: Any) -> list[Fault]:
        return [
            Fault(name, part.element.name, self._shapes.message(part.element))
            for name, message in operation.abstract.fault_messages.items()
            for part in message.parts.values()
            if part.element is not None
        ]


def load_wsdl(options: SoapOptions) -> Wsdl:
    """Read a WSDL and all it imports. Raises AdapterConfigurationError, naming the file and what to change."""
    files, path = LocalFiles(), options.wsdl.resolve()
    try:
        refuse_other_documents(files.load(str(path)))
        document = _document(path, files)
        port = _port(document, options)
        version = SOAP_11 if isinstance(port.binding, Soap11Binding) else SOAP_12
        schema = MessageSchema(files.files, version.namespace)
    except AdapterConfigurationError as error:
        # What is said of the file itself begins with its path, which stands in front anyway.
        raise AdapterConfigurationError(f"{options.wsdl}: {str(error).removeprefix(f'{path} ')}") from error
    except (ZeepError, etree.LxmlError, ValueError, LookupError, NotImplementedError, AttributeError) as error:
        raise unusable_wsdl(error, str(options.wsdl), str(path)) from error
    return Wsdl(
        version=version,
        endpoint=_endpoint(port, options),
        schema=schema,
        _types=document.types,
        _operations=port.binding.all(),
        _left_out=left_out(files.files.values(), partial(_defined, document.types)),
        _shapes=Shapes(schema.enums()),
    )


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
    endpoint = options.endpoint or (port.binding_options or {}).get("address")
    if not endpoint or urlparse(endpoint).scheme not in ("http", "https"):
        raise AdapterConfigurationError(f"{options.wsdl}: it has no http address; say `endpoint`")
    return str(endpoint)


def _refuse_unsupported(operation: Any) -> None:
    if operation.style != "document":
        raise AdapterConfigurationError(
            f"operation {operation.name} is of style {operation.style}; only document/literal is supported"
        )
    if operation.input is None or operation.output is None:
        raise AdapterConfigurationError(f"operation {operation.name} is one-way: it answers nothing to decide on")
    if operation.input.body is None:
        raise AdapterConfigurationError(f"operation {operation.name} has no single element as its input's body")
    if operation.input.header is not None and operation.input.header.type.elements:
        raise AdapterConfigurationError(f"operation {operation.name} needs SOAP headers, which are not supported")
