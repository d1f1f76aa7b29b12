"""The XML Schema of a WSDL, compiled for libxml2, which checks what zeep does not: facets, order, required parts.

Reads files that `adapters.soap.wsdl` has loaded; fetches nothing. Inline schemas may import each other without saying
where they are, and several may describe one namespace: each namespace gets an address that a resolver serves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urljoin, urlparse

from lxml import etree

from adapters.base import AdapterConfigurationError

XSD = "http://www.w3.org/2001/XMLSchema"
ENUMERATION = f"{{{XSD}}}restriction/{{{XSD}}}enumeration"

# Our own description of an envelope, so that a whole document is checked, with the prefixes that it declares on top.
ENVELOPE = """\
<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="{namespace}" elementFormDefault="qualified">
  <xsd:element name="Envelope"><xsd:complexType>
    <xsd:sequence>
      <xsd:element name="Header" minOccurs="0"><xsd:complexType>
        <xsd:sequence><xsd:any processContents="skip" minOccurs="0" maxOccurs="unbounded"/></xsd:sequence>
        <xsd:anyAttribute processContents="skip"/>
      </xsd:complexType></xsd:element>
      <xsd:element name="Body"><xsd:complexType>
        <xsd:sequence><xsd:any processContents="strict" minOccurs="0"/></xsd:sequence>
        <xsd:anyAttribute processContents="skip"/>
      </xsd:complexType></xsd:element>
    </xsd:sequence>
    <xsd:anyAttribute processContents="skip"/>
  </xsd:complexType></xsd:element>
</xsd:schema>"""


class MessageSchema:
    """All schemas of a WSDL and the envelope, as one."""

    def __init__(self, files: Mapping[Path, bytes], envelope_namespace: str) -> None:
        """`files`: the WSDL and what it imports, by path. Raises AdapterConfigurationError."""
        self._parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
        self._roots = {path: etree.fromstring(content, self._parser) for path, content in files.items()}
        documents = _addressed(self._inline(), envelope_namespace)
        self._parser.resolvers.add(_Documents(documents))
        try:
            self._schema = etree.XMLSchema(etree.fromstring(documents[DRIVER], self._parser))
        except etree.XMLSchemaParseError as error:
            raise AdapterConfigurationError(f"its schemas do not fit together: {error}") from error

    def problem(self, envelope: etree._Element) -> str | None:
        """What is wrong with a message, in the schema validator's words; None if it fits."""
        if self._schema.validate(envelope):
            return None
        found = islice(cast("Iterable[Any]", self._schema.error_log), 3)
        return "; ".join(entry.message for entry in found)

    def enums(self) -> dict[str, tuple[str, ...]]:
        """The texts that simple types allow, by qualified name.

        A nameless type goes by its element's name, as zeep names it; where two such types differ, neither is listed.
        """
        found: dict[str, tuple[str, ...]] = {}
        doubtful: set[str] = set()
        for schema in self._schemas():
            for simple in schema.iter(f"{{{XSD}}}simpleType"):
                name = _qualified_name(schema, simple)
                texts = tuple(str(item.get("value")) for item in simple.findall(ENUMERATION))
                if name in found and found[name] != texts:
                    doubtful.add(name)
                found[name] = texts
        return {name: texts for name, texts in found.items() if texts and name not in doubtful}

    def _inline(self) -> list[tuple[Path, etree._Element]]:
        return [
            (path, schema)
            for path, root in self._roots.items()
            if root.tag != f"{{{XSD}}}schema"
            for schema in root.iter(f"{{{XSD}}}schema")
        ]

    def _schemas(self) -> Iterable[etree._Element]:
        for root in self._roots.values():
            yield from root.iter(f"{{{XSD}}}schema")


DRIVER = "poq:driver"


class _Documents(etree.Resolver):
    """Serves the documents that exist in memory only."""

    def __init__(self, documents: Mapping[str, bytes]) -> None:
        super().__init__()
        self._documents = documents

    # lxml calls it with a context, which its type stubs leave out.
    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]
        content = self._documents.get(system_url)
        return None if content is None else self.resolve_string(content, context, base_url=system_url)


def _addressed(inline: list[tuple[Path, etree._Element]], envelope_namespace: str) -> dict[str, bytes]:
    """Each inline schema under an address, an entry for each namespace, and a driver that imports them all."""
    namespaces: dict[str, list[str]] = {}
    for number, (_, schema) in enumerate(inline):
        namespaces.setdefault(schema.get("targetNamespace", ""), []).append(f"poq:schema/{number}")
    entries = {
        namespace: addresses[0] if len(addresses) == 1 else f"poq:namespace/{number}"
        for number, (namespace, addresses) in enumerate(namespaces.items())
    }
    documents = {
        f"poq:schema/{number}": _located(schema, path, entries) for number, (path, schema) in enumerate(inline)
    }
    for namespace, addresses in namespaces.items():
        if len(addresses) > 1:
            documents[entries[namespace]] = _collection("include", namespace, [(None, where) for where in addresses])
    documents["poq:envelope"] = ENVELOPE.format(namespace=envelope_namespace).encode()
    imports = [*entries.items(), (envelope_namespace, "poq:envelope")]
    documents[DRIVER] = _collection("import", "", imports)
    return documents


def _collection(word: str, namespace: str, parts: Iterable[tuple[str | None, str]]) -> bytes:
    schema = etree.Element(f"{{{XSD}}}schema", {"targetNamespace": namespace} if namespace else {})
    for imported, where in parts:
        part = etree.SubElement(schema, f"{{{XSD}}}{word}", schemaLocation=where)
        if imported:
            part.set("namespace", imported)
    return etree.tostring(schema)


def _located(schema: etree._Element, path: Path, entries: Mapping[str, str]) -> bytes:
    """An inline schema as a document of its own, with every import saying where it is."""
    copied = etree.fromstring(etree.tostring(schema, with_tail=False))
    for word in ("import", "include", "redefine"):
        for part in copied.findall(f"{{{XSD}}}{word}"):
            where = part.get("schemaLocation")
            if where and not urlparse(where).scheme:
                part.set("schemaLocation", urljoin(quote(str(path)), where))
            elif not where and part.get("namespace", "") in entries:
                part.set("schemaLocation", entries[part.get("namespace", "")])
    return etree.tostring(copied)


def _qualified_name(schema: etree._Element, simple: etree._Element) -> str:
    parent = simple.getparent()
    name = simple.get("name") or (parent.get("name") if parent is not None else None) or "Anonymous"
    namespace = schema.get("targetNamespace")
    return f"{{{namespace}}}{name}" if namespace else name
