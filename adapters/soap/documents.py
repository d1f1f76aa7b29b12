"""The schema documents of a WSDL as libxml2 wants them: each namespace in one place, every import saying where that is.

libxml2 reads one document for each namespace and passes over the others; WSDLs describe a namespace in several inline
schemas and files, import each other's names without saying where they are, and import in circles. So each document gets
an address of its own, each namespace one document that includes all of its documents, and imports name that.

Reads documents that are loaded already; fetches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlparse

from lxml import etree

from adapters.soap.wellknown import SCHEMAS

XSD = "http://www.w3.org/2001/XMLSchema"
SCHEMA = f"{{{XSD}}}schema"
DERIVATION = "{*}*/{*}*[@base]"  # the extension or restriction of a complexContent or simpleContent
ENUMERATION = f"{{{XSD}}}restriction/{{{XSD}}}enumeration"
IMPORT, INCLUDE, REDEFINE = f"{{{XSD}}}import", f"{{{XSD}}}include", f"{{{XSD}}}redefine"


@dataclass(eq=False)
class Document:
    """One schema. `namespaces`: what its components belong to; a document without its own takes its includers'."""

    number: int
    path: Path
    root: etree._Element
    is_inline: bool
    namespaces: set[str] = field(default_factory=set)
    is_imported: bool = False
    is_included: bool = False

    @property
    def address(self) -> str:
        return f"poq:schema/{self.number}"

    @property
    def namespace(self) -> str:
        return self.root.get("targetNamespace", "")


class Documents:
    """All schemas of the loaded files, and who includes whom."""

    def __init__(self, roots: Mapping[Path, etree._Element]) -> None:
        """`roots`: the WSDL and all that it imports, by path."""
        self.all: list[Document] = []
        self._by_path: dict[Path, Document] = {}
        for path, root in roots.items():
            for schema in [root] if root.tag == SCHEMA else root.iter(SCHEMA):
                document = Document(len(self.all), path, schema, is_inline=root.tag != SCHEMA)
                self.all.append(document)
                if not document.is_inline:
                    self._by_path[path] = document
        self._link()

    def _link(self) -> None:
        for document in self.all:
            document.namespaces.add(document.namespace)
            for part in document.root.iterchildren(IMPORT):
                target = self._target(document, part)
                if target is not None:
                    target.is_imported = True
        for document in self.all:
            self._include(document, document.namespace, set())

    def _include(self, document: Document, namespace: str, seen: set[Document]) -> None:
        """Tell what a document includes which namespace it is included in."""
        for part in document.root.iterchildren(INCLUDE, REDEFINE):
            target = self._target(document, part)
            if target is None or target in seen:
                continue
            seen.add(target)
            target.is_included = True
            if not target.namespace and namespace:
                target.namespaces = (target.namespaces - {""}) | {namespace}
            self._include(target, namespace, seen)

    def _target(self, document: Document, part: etree._Element) -> Document | None:
        where = (part.get("schemaLocation") or "").strip()
        if not where:
            return None
        parsed = urlparse(where)
        if parsed.scheme not in ("", "file"):
            return None
        named = document.path.parent / unquote(parsed.path)
        return self._by_path.get(named.resolve()) or self._by_path.get((document.path.parent / where).resolve())

    def served(self) -> tuple[dict[str, bytes], dict[str, str]]:
        """The documents by address, and the address to import each namespace from."""
        tops: dict[str, list[Document]] = {}
        for document in self._tops():
            tops.setdefault(document.namespace, []).append(document)
        entries = {
            namespace: documents[0].address if len(documents) == 1 else f"poq:namespace/{number}"
            for number, (namespace, documents) in enumerate(tops.items())
        }
        served: dict[str, bytes] = {}
        for namespace, content in SCHEMAS.items():
            if namespace not in entries:
                entries[namespace] = f"poq:{namespace}"
                served[entries[namespace]] = content
        for document in self.all:
            served[document.address] = self._located(document, entries)
        for namespace, documents in tops.items():
            if len(documents) > 1:
                parts = [(None, document.address) for document in documents]
                served[entries[namespace]] = collection("include", namespace, parts)
        return served, entries

    def _tops(self) -> Iterator[Document]:
        """The documents that together include all of their namespace, each content once."""
        wanted = [document for document in self.all if document.is_imported or not document.is_included]
        # Those that nobody includes go first: of a circle of includes one is enough.
        wanted.sort(key=lambda document: document.is_included)
        covered: set[Document] = set()
        contents: set[tuple[str, bytes]] = set()
        for document in wanted:
            content = (document.namespace, etree.tostring(document.root, method="c14n"))
            if document not in covered and content not in contents:
                contents.add(content)
                covered |= self._included(document)
                yield document

    def _included(self, document: Document) -> set[Document]:
        """What a document includes of its own namespace, directly or not."""
        found: set[Document] = set()
        waiting = [document]
        while waiting:
            including = waiting.pop()
            for part in including.root.iterchildren(INCLUDE, REDEFINE):
                target = self._target(including, part)
                if target is not None and target not in found and target.namespace == document.namespace:
                    found.add(target)
                    waiting.append(target)
        return found

    def _located(self, document: Document, entries: Mapping[str, str]) -> bytes:
        """A document with every import and include saying where that is."""
        # Serialised from its place, so that the prefixes declared around an inline schema are declared on it.
        copied = etree.fromstring(etree.tostring(document.root, with_tail=False))
        imported: set[str] = set()
        for part in list(copied.iterchildren(IMPORT)):
            namespace = part.get("namespace", "")
            part.attrib.pop("schemaLocation", "")
            if namespace in entries:
                part.set("schemaLocation", entries[namespace])
            if namespace in imported:
                copied.remove(part)
            imported.add(namespace)
        for part in copied.iterchildren(INCLUDE, REDEFINE):
            target = self._target(document, part)
            if target is not None:
                part.set("schemaLocation", target.address)
        return etree.tostring(copied)


def collection(word: str, namespace: str, parts: Iterable[tuple[str | None, str]]) -> bytes:
    """A schema that only imports or includes (`word`) others: the namespace, None for an include, and the address."""
    schema = etree.Element(SCHEMA, {"targetNamespace": namespace} if namespace else {})
    for imported, where in parts:
        part = etree.SubElement(schema, f"{{{XSD}}}{word}", schemaLocation=where)
        if imported:
            part.set("namespace", imported)
    return etree.tostring(schema)


@dataclass(frozen=True)
class SchemaFacts:
    """What the library's model of the schemas does not tell. Names are `{namespace}name`.

    `enums`: the texts that simple types allow. A nameless type goes by its element's name, as the library names it;
    where two such types differ, neither is listed. `mixed`: types with text between their elements.
    `derived`: the global types that derive from another, directly or not.
    `substitutes`: the elements that may stand in the place of another. `abstract`: elements that never stand
    themselves, and types that need a derived one.
    """

    enums: Mapping[str, tuple[str, ...]]
    mixed: frozenset[str]
    substitutes: Mapping[str, tuple[str, ...]]
    derived: Mapping[str, tuple[str, ...]]
    abstract: frozenset[str]


def schema_facts(documents: Documents) -> SchemaFacts:
    """Read all schemas once."""
    mixed: set[str] = set()
    abstract: set[str] = set()
    substitutes: dict[str, list[str]] = {}
    derived: dict[str, list[str]] = {}
    for document in documents.all:
        for namespace in document.namespaces:
            for node in document.root.iter(f"{{{XSD}}}complexType"):
                content = node.find(f"{{{XSD}}}complexContent")
                if "true" in (node.get("mixed"), content.get("mixed") if content is not None else None):
                    mixed.add(_name(namespace, node))
                if node.get("abstract") in ("true", "1"):
                    abstract.add(_name(namespace, node))
                base = next((part.get("base") for part in node.iterfind(DERIVATION)), None)
                if base and node.get("name"):
                    derived.setdefault(qualified(node, base, namespace), []).append(_name(namespace, node))
            for node in document.root.iterchildren(f"{{{XSD}}}element"):
                if node.get("abstract") in ("true", "1"):
                    abstract.add(_name(namespace, node))
                head = node.get("substitutionGroup")
                if head:
                    substitutes.setdefault(qualified(node, head, namespace), []).append(_name(namespace, node))
    return SchemaFacts(
        enums=_enums(documents),
        mixed=frozenset(mixed),
        substitutes=_all_below(substitutes),
        derived=_all_below(derived),
        abstract=frozenset(abstract),
    )


def _all_below(direct: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {head: tuple(dict.fromkeys(_closed(head, direct, set()))) for head in direct}


def _closed(head: str, direct: Mapping[str, list[str]], seen: set[str]) -> Iterator[str]:
    if head in seen:
        return
    seen.add(head)
    for name in direct.get(head, ()):
        yield name
        yield from _closed(name, direct, seen)


def _enums(documents: Documents) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    doubtful: set[str] = set()
    for document in documents.all:
        for simple in document.root.iter(f"{{{XSD}}}simpleType"):
            texts = tuple(str(item.get("value")) for item in simple.findall(ENUMERATION))
            for namespace in document.namespaces:
                name = _name(namespace, simple)
                if name in found and found[name] != texts:
                    doubtful.add(name)
                found[name] = texts
    return {name: texts for name, texts in found.items() if texts and name not in doubtful}


def qualified(element: etree._Element, name: str, default: str | None = None) -> str:
    """A name as it stands in a document, with the namespace of its prefix; `default` where none is declared."""
    prefix, _, local = name.strip().rpartition(":")
    namespace = element.nsmap.get(prefix or None, None if prefix else default)
    return f"{{{namespace}}}{local}" if namespace else local


def _name(namespace: str, node: etree._Element) -> str:
    parent = node.getparent()
    name = node.get("name") or (parent.get("name") if parent is not None else None) or "Anonymous"
    return f"{{{namespace}}}{name}" if namespace else name
