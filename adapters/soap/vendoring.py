"""A copy of a WSDL with all that it imports, in one folder, each import naming the file beside it. Fetches nothing.

An import over a network is taken from a file of the same name beside the document that imports it, where there is one.
Knows no messages: whether the WSDL can be used is said by `adapters.soap.wsdl`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlparse

from lxml import etree

from adapters.described import DescriptionError
from adapters.soap.documents import XSD
from adapters.soap.wellknown import LOCATIONS

WSDL = "http://schemas.xmlsoap.org/wsdl/"
_REFERENCES = {
    f"{{{XSD}}}import": "schemaLocation",
    f"{{{XSD}}}include": "schemaLocation",
    f"{{{XSD}}}redefine": "schemaLocation",
    f"{{{WSDL}}}import": "location",
}
_MOST_FILES = 500
_STRANGE = re.compile(r"[^A-Za-z0-9._-]+")


def vendored(wsdl: Path) -> dict[str, bytes]:
    """The contents of the copies by their file names, the WSDL itself first. Raises DescriptionError."""
    collector = _Collector()
    collector.add(wsdl.resolve(), str(wsdl))
    return {collector.names[path]: content for path, content in collector.rewritten()}


class _Collector:
    """Gathers documents, each once, and gives each a name of its own."""

    def __init__(self) -> None:
        self.names: dict[Path, str] = {}
        self._documents: dict[Path, tuple[bytes, etree._Element]] = {}

    def add(self, first: Path, shown: str) -> None:
        waiting = [(first, shown)]
        while waiting:
            path, said = waiting.pop(0)
            if path in self.names:
                continue
            if len(self.names) == _MOST_FILES:
                raise DescriptionError(f"it imports more than {_MOST_FILES} files")
            self.names[path] = self._free_name(path)
            content, root = _read(path, said)
            self._documents[path] = (content, root)
            waiting += [(_located(path, where), where) for _, _, where in _references(root)]

    def rewritten(self) -> Iterator[tuple[Path, bytes]]:
        for path, (content, root) in self._documents.items():
            changed = False
            for element, attribute, where in _references(root):
                name = self.names[_located(path, where)]
                if name != where:
                    element.set(attribute, name)
                    changed = True
            yield (
                path,
                etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8") if changed else content,
            )

    def _free_name(self, path: Path) -> str:
        stem, suffix = _STRANGE.sub("_", path.stem) or "document", _STRANGE.sub("_", path.suffix)
        taken, number, name = set(self.names.values()), 1, f"{stem}{suffix}"
        while name in taken:
            number += 1
            name = f"{stem}-{number}{suffix}"
        return name


def _read(path: Path, said: str) -> tuple[bytes, etree._Element]:
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise DescriptionError(f"{said} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
        root = etree.fromstring(content, parser)
    except (etree.LxmlError, ValueError) as error:
        raise DescriptionError(f"{said} is no well-formed XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise DescriptionError(f"{said} has a DOCTYPE, which is refused")
    return content, root


def _references(root: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
    """The elements that name other documents: the element, its attribute, and what that says."""
    for element in root.iter(*_REFERENCES):
        attribute = _REFERENCES[str(element.tag)]
        where = element.get(attribute)
        if where and where.strip() and where.strip() not in LOCATIONS:
            yield element, attribute, where


def _located(importing: Path, where: str) -> Path:
    """The file that an import means. Raises DescriptionError for what would have to be fetched."""
    where = where.strip()
    try:
        parsed = urlparse(where)
        beside = importing.parent / Path(unquote(parsed.path)).name
        if parsed.scheme in ("", "file"):
            named = importing.parent / unquote(parsed.path if parsed.scheme else where)
            return (named if named.exists() else importing.parent / where).resolve()
        if not beside.is_file():
            name = importing.name
            as_what = beside.name or "a file"
            raise DescriptionError(
                f"{name} imports {where}, and nothing is fetched: save it as {as_what} beside {name}"
            )
        return beside.resolve()
    except (OSError, ValueError) as error:
        raise DescriptionError(f"{importing.name} imports {where!r}, which is no file: {error}") from error
