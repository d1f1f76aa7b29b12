"""A copy of a WSDL with all that it imports, in one folder, each import naming the file beside it.

Reads and fetches nothing itself: `Collector` says which document it wants next and takes its content; files and
networks are somebody else's. Knows no messages: whether the WSDL can be used is said by `adapters.soap.wsdl`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urldefrag, urljoin, urlparse

from lxml import etree

from adapters.described import DescriptionError
from adapters.soap.documents import SCHEMA, XSD
from adapters.soap.wellknown import LOCATIONS

WSDL = "http://schemas.xmlsoap.org/wsdl/"
_REFERENCES = {
    f"{{{XSD}}}import": "schemaLocation",
    f"{{{XSD}}}include": "schemaLocation",
    f"{{{XSD}}}redefine": "schemaLocation",
    f"{{{WSDL}}}import": "location",
}
MOST_FILES = 500
LARGEST = 16 * 1024 * 1024
"""Bytes of one document."""
MOST_BYTES = 64 * 1024 * 1024
"""Bytes of all documents together."""

_STRANGE = re.compile(r"[^A-Za-z0-9._-]+")

Locate = Callable[[str, str], str]
"""The place (an absolute path or address) that a document at a place means by what it says. Raises DescriptionError."""


def vendored(wsdl: Path) -> dict[str, bytes]:
    """The contents of the copies by their file names, the WSDL itself first, from files only.

    An import over a network is taken from a file of the same name beside the document that imports it, where there is
    one. Raises DescriptionError.
    """
    collector = Collector(str(wsdl.resolve()), str(wsdl), located_in_files)
    while (wanted := collector.wanted()) is not None:
        place, said = wanted
        collector.give(read_file(place, said))
    return collector.files()


def read_file(place: str, said: str) -> bytes:
    """A document of this machine. Raises DescriptionError."""
    try:
        return Path(place).read_bytes()
    except (OSError, ValueError) as error:
        raise DescriptionError(f"{said} cannot be read: {getattr(error, 'strerror', None) or error}") from error


class Collector:
    """Gathers documents, each once, and gives each a name of its own."""

    def __init__(self, first: str, said: str, locate: Locate) -> None:
        """`first`: the place of the WSDL; `said`: what it is called in what is told of it."""
        self._locate = locate
        self._waiting = [(first, said)]
        self._names: dict[str, str] = {}
        self._documents: dict[str, tuple[bytes, etree._Element]] = {}
        self._bytes = 0

    def wanted(self) -> tuple[str, str] | None:
        """The place of the next document and what it is called, None when all are there. Raises DescriptionError."""
        while self._waiting and self._waiting[0][0] in self._documents:
            self._waiting.pop(0)
        if not self._waiting:
            return None
        if len(self._documents) == MOST_FILES:
            raise DescriptionError(f"it imports more than {MOST_FILES} files")
        return self._waiting[0]

    def give(self, content: bytes) -> None:
        """The content of the document that was wanted. Raises DescriptionError if it cannot be used."""
        place, said = self._waiting.pop(0)
        self._bytes += len(content)
        if len(content) > LARGEST or self._bytes > MOST_BYTES:
            raise DescriptionError(f"{said} is too large ({self._bytes} bytes in all)")
        root = _parsed(content, said)
        self._names[place] = self._free_name(place, root)
        self._documents[place] = (content, root)
        self._waiting += [(self._locate(place, where), where) for _, _, where in _references(root)]

    def files(self) -> dict[str, bytes]:
        """The copies by their file names, the first document first."""
        return {self._names[place]: content for place, content in self._rewritten()}

    def _rewritten(self) -> Iterator[tuple[str, bytes]]:
        for place, (content, root) in self._documents.items():
            changed = False
            for element, attribute, where in _references(root):
                name = self._names[self._locate(place, where)]
                if name != where:
                    element.set(attribute, name)
                    changed = True
            whole = etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")
            yield place, whole if changed else content

    def _free_name(self, place: str, root: etree._Element) -> str:
        stem, suffix = _name_parts(place, root)
        taken, number, name = {one.lower() for one in self._names.values()}, 1, f"{stem}{suffix}"
        while name.lower() in taken:  # file systems may not tell the cases apart
            number += 1
            name = f"{stem}-{number}{suffix}"
        return name


def _name_parts(place: str, root: etree._Element) -> tuple[str, str]:
    """A file name for a document: `service?xsd=2` has none, so what it is gives the ending."""
    if not _is_address(place):
        path = PurePosixPath(Path(place).as_posix())
        return _STRANGE.sub("_", path.stem) or "document", _STRANGE.sub("_", path.suffix)
    parsed = urlparse(place)
    path = PurePosixPath(unquote(parsed.path))
    suffix = ".xsd" if root.tag == SCHEMA else ".wsdl"
    stem = path.stem if path.suffix.lower() in (".wsdl", ".xsd", ".asmx", ".svc", ".php") else path.name
    query = "" if parsed.query.lower() in ("", "wsdl", "singlewsdl") else f"-{unquote(parsed.query)}"
    return _STRANGE.sub("_", f"{stem}{query}").strip("_.")[:80] or "document", suffix


def _parsed(content: bytes, said: str) -> etree._Element:
    try:
        parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
        root = etree.fromstring(content, parser)
    except (etree.LxmlError, ValueError) as error:
        raise DescriptionError(f"{said} is no well-formed XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise DescriptionError(f"{said} has a DOCTYPE, which is refused")
    return root


def _references(root: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
    """The elements that name other documents: the element, its attribute, and what that says."""
    for element in root.iter(*_REFERENCES):
        attribute = _REFERENCES[str(element.tag)]
        where = element.get(attribute)
        if where and where.strip() and where.strip() not in LOCATIONS:
            yield element, attribute, where


def _is_address(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def located_in_files(importing: str, where: str) -> str:
    """The file that an import of a file means. Raises DescriptionError for what would have to be fetched."""
    where, folder, name = where.strip(), Path(importing).parent, Path(importing).name
    try:
        parsed = urlparse(where)
        beside = folder / Path(unquote(parsed.path)).name
        if parsed.scheme in ("", "file"):
            named = folder / unquote(parsed.path if parsed.scheme else where)
            return str((named if named.exists() else folder / where).resolve())
        if not beside.is_file():
            as_what = beside.name or "a file"
            raise DescriptionError(
                f"{name} imports {where}, and nothing is fetched here: save it as {as_what} beside {name}, "
                "or take poq-gateway wsdl fetch"
            )
        return str(beside.resolve())
    except (OSError, ValueError) as error:
        raise DescriptionError(f"{name} imports {where!r}, which is no file: {error}") from error


def located_anywhere(importing: str, where: str) -> str:
    """The file or address that an import means. Raises DescriptionError for what is neither."""
    where = where.strip()
    try:
        if _is_address(importing):
            found = urldefrag(urljoin(importing, where)).url
            if not _is_address(found):
                raise DescriptionError(f"{importing} imports {where}, which is no http address")
            return found
        return urldefrag(where).url if _is_address(where.lower()) else located_in_files(importing, where)
    except ValueError as error:
        raise DescriptionError(f"{importing} imports {where!r}, which is no address: {error}") from error
