"""The XML Schema of a WSDL, compiled for libxml2, which checks what zeep does not: facets, order, required parts.

Knows no files: `adapters.soap.documents` says where each schema is. Fetches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from lxml import etree

from adapters.base import AdapterConfigurationError
from adapters.soap.documents import XSD, Documents, collection

# Our own description of an envelope, so that a whole document is checked, with the prefixes that it declares on top.
# What is in the header is checked by itself: attributes of SOAP may stand on any element there.
ENVELOPE = """\
<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="{namespace}" elementFormDefault="qualified">
  <xsd:element name="Envelope"><xsd:complexType>
    <xsd:sequence>
      <xsd:element name="Header" minOccurs="0"><xsd:complexType>
        <xsd:sequence><xsd:any processContents="skip" minOccurs="0" maxOccurs="unbounded"/></xsd:sequence>
        <xsd:anyAttribute processContents="skip"/>
      </xsd:complexType></xsd:element>
      <xsd:element name="Body"><xsd:complexType>
        <xsd:sequence><xsd:any processContents="strict" minOccurs="0" maxOccurs="unbounded"/></xsd:sequence>
        <xsd:anyAttribute processContents="skip"/>
      </xsd:complexType></xsd:element>
    </xsd:sequence>
    <xsd:anyAttribute processContents="skip"/>
  </xsd:complexType></xsd:element>
</xsd:schema>"""

DRIVER = "poq:driver"
WRAPPERS = "poq:wrappers"
"""The namespace of rpc wrappers while they are checked: no schema of the WSDL declares them, or another one does."""


_VALUES = (
    (re.compile(r"(?<=: )'.*' (?=is not a valid value)", re.DOTALL), "the value "),
    (re.compile(r"(?<=The value )'.*' (?=(?:is not|is less|is greater|has|must be) )", re.DOTALL), ""),
    (re.compile(r"(?<=key-sequence )\[.*\]", re.DOTALL), "[…]"),
)
"""Where libxml2 quotes what a message holds: it may be anybody's."""


@dataclass(frozen=True)
class Wrapper:
    """The wrapper of one direction of an rpc operation: its own name, and each part as (name, type or element).

    `parts`: the local name and `{namespace}name` of its type, or None and `{namespace}name` of an element.
    """

    name: str
    parts: tuple[tuple[str | None, str], ...]
    nillable: bool


class MessageSchema:
    """All schemas of a WSDL and the envelope, as one."""

    def __init__(self, documents: Documents, envelope_namespace: str, wrappers: Iterable[Wrapper] = ()) -> None:
        """Raises AdapterConfigurationError for schemas that do not fit together."""
        served, entries = documents.served()
        served["poq:envelope"] = ENVELOPE.format(namespace=envelope_namespace).encode()
        served[WRAPPERS] = _wrappers(wrappers, entries)
        imports = [*entries.items(), (envelope_namespace, "poq:envelope"), (WRAPPERS, WRAPPERS)]
        served[DRIVER] = collection("import", "", imports)
        parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
        parser.resolvers.add(_Served(served))
        try:
            self._schema = etree.XMLSchema(etree.fromstring(served[DRIVER], parser))
        except etree.XMLSchemaParseError as error:
            raise AdapterConfigurationError(f"its schemas do not fit together: {error}") from error

    def problem(self, message: etree._Element) -> str | None:
        """What is wrong with a message, in the schema validator's words but without values; None if it fits."""
        if self._schema.validate(message):
            return None
        found = islice(cast("Iterable[Any]", self._schema.error_log), 3)
        return "; ".join(_without_values(entry.message) for entry in found)

    def wrapped_problem(self, message: etree._Element, element: etree._Element, wrapper: str) -> str | None:
        """As `problem`, with `element` of the message taken for that wrapper of rpc style."""
        tag = element.tag
        element.tag = f"{{{WRAPPERS}}}{wrapper}"
        try:
            problem = self.problem(message)
        finally:
            element.tag = tag
        return None if problem is None else problem.replace(f"{{{WRAPPERS}}}{wrapper}", str(tag))


class _Served(etree.Resolver):
    """Serves the documents that exist in memory only, and refuses all others."""

    def __init__(self, documents: Mapping[str, bytes]) -> None:
        super().__init__()
        self._documents = documents

    # lxml calls it with a context, which its type stubs leave out.
    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]
        content = self._documents.get(system_url)
        return None if content is None else self.resolve_string(content, context, base_url=system_url)


def _wrappers(wrappers: Iterable[Wrapper], entries: Mapping[str, str]) -> bytes:
    """A schema of the wrappers. Parts may come in any order: each is there once, by its name."""
    schema = etree.Element(f"{{{XSD}}}schema", targetNamespace=WRAPPERS, elementFormDefault="unqualified")
    for namespace, address in entries.items():
        part = etree.SubElement(schema, f"{{{XSD}}}import", schemaLocation=address)
        if namespace:
            part.set("namespace", namespace)
    for wrapper in wrappers:
        element = etree.SubElement(schema, f"{{{XSD}}}element", name=wrapper.name)
        group = etree.SubElement(etree.SubElement(element, f"{{{XSD}}}complexType"), f"{{{XSD}}}all")
        for name, what in wrapper.parts:
            part = etree.SubElement(group, f"{{{XSD}}}element")
            if name is None:
                part.set("ref", _prefixed(what))
            else:
                part.set("name", name)
                part.set("type", _prefixed(what))
                part.set("nillable", "true" if wrapper.nillable else "false")
    return etree.tostring(schema)


def _prefixed(name: str) -> Any:
    """A name as an attribute's value; lxml finds its prefix or declares one, which its type stubs leave out."""
    return etree.QName(name)


def _without_values(message: str) -> str:
    for pattern, instead in _VALUES:
        message = pattern.sub(instead, message)
    return message
