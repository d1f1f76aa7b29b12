"""Finds what is wrong in a WSDL that the library passes over in silence: another document, references to nothing.

Reads documents that are loaded already; fetches nothing, and knows no messages on the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from lxml import etree

from adapters.base import AdapterConfigurationError

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"

Defined = Callable[[str, str], bool]
"""Whether the schemas define an `element` or a `type` (first) of a `{namespace}name` (second)."""


def refuse_other_documents(content: bytes) -> None:
    """Raises AdapterConfigurationError for XML that is no WSDL; what is no XML is left to the library to refuse."""
    with suppress(etree.LxmlError):
        root = _root(content)
        if root.tag != f"{WSDL}definitions":
            raise AdapterConfigurationError(f"this is no WSDL (its root is {etree.QName(root).localname})")


def left_out(contents: Iterable[bytes], defined: Defined) -> dict[str, str]:
    """The operations that the library leaves out, by name, each with the reason: what it names is not defined."""
    roots = [root for root in map(_root, contents) if root.tag == f"{WSDL}definitions"]
    messages = {
        str(message.get("name")): next(_dangling(message, defined), None)
        for root in roots
        for message in root.iterfind(f"{WSDL}message")
    }
    found: dict[str, str] = {}
    for root in roots:
        for operation in root.iterfind(f"{WSDL}portType/{WSDL}operation"):
            reason = next(_reasons(operation, messages), None)
            if reason is not None:
                found[str(operation.get("name"))] = reason
    return found


def _dangling(message: etree._Element, defined: Defined) -> Iterator[str]:
    for part in message.iterfind(f"{WSDL}part"):
        for kind in ("element", "type"):
            name = part.get(kind)
            if name is not None and not defined(kind, _qualified(part, name)):
                yield f"its message {message.get('name')} names the {kind} {name}, which no schema defines"


def _reasons(operation: etree._Element, messages: dict[str, str | None]) -> Iterator[str]:
    for word in ("input", "output", "fault"):
        for use in operation.iterfind(f"{WSDL}{word}"):
            name = str(use.get("message")).rpartition(":")[2]
            reason = messages.get(name, f"it names the message {name}, which is not there")
            if reason is not None:
                yield reason


def _qualified(element: etree._Element, name: str) -> str:
    prefix, _, local = name.rpartition(":")
    namespace = element.nsmap.get(prefix or None)
    return f"{{{namespace}}}{local}" if namespace else local


def _root(content: bytes) -> etree._Element:
    return etree.fromstring(content, etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False))
