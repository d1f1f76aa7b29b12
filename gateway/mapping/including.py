"""What a file takes from others: names of libraries (`include`), value maps in CSV files. Shape and places only.

A library is a YAML file that begins with `library:`. What is taken from it stands in the taking file as if it were
written there, at the head of its section, but every finding about it is told where it really stands. Only the names
that are listed are taken; a name that exists twice is refused. What an expression means is checked by `loading`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path as FilePath
from typing import Any

from gateway.mapping.shelf import Place, Shelf
from gateway.mapping.tables import Table, read_table
from gateway.sources.findings import Finding, FindingsError, Location, nearest
from gateway.sources.positions import Scalar
from gateway.sources.yamlfile import Path, SourceDocument, read_yaml

SECTIONS = ("let", "lookups", "steps")
_LIBRARY = re.compile(r"^(?:library|'library'|\"library\")[ \t]*:", re.MULTILINE)

Validate = Callable[[SourceDocument], list[Finding]]
"""What is wrong with the shape of a library."""


def is_library(text: str) -> bool:
    """Whether this is the text of a library: a file that no mapping is to be read from."""
    return _LIBRARY.search(text) is not None


def is_library_file(path: FilePath) -> bool:
    """The same of a file; false for one that cannot be read."""
    try:
        return is_library(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return False


@dataclass(frozen=True)
class ComposedDocument(SourceDocument):
    """A file with what it takes from others. `homes`: the document that a section's name really stands in."""

    homes: Mapping[Path, SourceDocument] = field(default_factory=dict, repr=False)

    def location(self, path: Path, *, key: bool = False) -> Location:
        home = self.homes.get(path[:2])
        return home.location(path, key=key) if home else super().location(path, key=key)

    def location_in(self, path: Path, offset: int) -> Location:
        home = self.homes.get(path[:2])
        return home.location_in(path, offset) if home else super().location_in(path, offset)


def home_of(document: SourceDocument, path: Path) -> SourceDocument:
    """The document whose text has what stands at this path."""
    while isinstance(document, ComposedDocument) and path[:2] in document.homes:
        document = document.homes[path[:2]]
    return document


@dataclass(frozen=True)
class Composed:
    """A file with all that it consists of.

    `tables`: those that lookups name, by lookup. `taken`: the names of the library that each taken name comes from.
    `named_at`: where files beside this one are named, by file. `texts`: of all files but the first, by file.
    """

    document: SourceDocument
    tables: Mapping[str, Table] = field(default_factory=dict)
    taken: Mapping[Path, frozenset[str]] = field(default_factory=dict)
    named_at: Mapping[str, Location] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """The same for the same texts, and for no others."""
        parts = [self.document.text, *(part for file in sorted(self.texts) for part in (file, self.texts[file]))]
        digest = sha256()
        for part in parts:
            content = part.encode("utf-8", "surrogatepass")
            digest.update(len(content).to_bytes(8, "big") + content)
        return digest.hexdigest()

    def told(self, finding: Finding) -> Finding:
        """A finding about another file also says where that file is named."""
        at = self.named_at.get(finding.location.file)
        if at is None or finding.location.file == self.document.file:
            return finding
        return replace(finding, message=f"{finding.message} (used by {at})")


def compose(document: SourceDocument, home: Place, shelf: Shelf, validate: Validate) -> tuple[Composed, list[Finding]]:
    """The file with what it takes, and what is wrong with what it takes. Raises FindingsError where that cannot be
    read at all: what would be said of the rest would be of no use.
    """
    composer = _Composer(shelf, validate)
    composed = composer.compose(document, home, ())
    if composer.broken:
        raise FindingsError([*composer.broken, *composer.findings])
    return composed, composer.findings


class _Composer:
    """Reads what one file needs. `broken`: files that cannot be taken from; `findings`: all else."""

    def __init__(self, shelf: Shelf, validate: Validate) -> None:
        self._shelf = shelf
        self._validate = validate
        self._ready: dict[FilePath, Composed | None] = {}
        self.broken: list[Finding] = []
        self.findings: list[Finding] = []

    def compose(self, document: SourceDocument, home: Place, above: tuple[Place, ...]) -> Composed:
        parts = _Parts(document)
        for name, wanted, path in _includes(document):
            library = self._library(document, path, home.beside(name), (*above, home))
            if library is not None:
                parts.named(library, document.location(path, key=True))
                self.findings += parts.take(library, wanted, path)
        for name, file in _tables(document):
            self._table(document, parts, name, home.beside(file))
        return parts.composed()

    def _library(self, document: SourceDocument, path: Path, place: Place, above: tuple[Place, ...]) -> Composed | None:
        at = document.location(path, key=True)
        if place.path in [one.path for one in above]:
            circle = " -> ".join(one.shown for one in (*above, place))
            self.broken.append(Finding(at, "MAP-503", f"libraries include each other in a circle: {circle}"))
            return None
        text = self._text(place, at, self.broken)
        if text is not None and place.path not in self._ready:
            self._ready[place.path] = self._read(text, place, above)
        ready = self._ready.get(place.path)
        if text is not None and ready is None:
            self.broken.append(Finding(at, "MAP-504", f"nothing can be taken from '{place.shown}'", "mend it first"))
        return ready

    def _read(self, text: str, place: Place, above: tuple[Place, ...]) -> Composed | None:
        try:
            library = read_yaml(text, place.shown)
        except FindingsError as error:
            self.broken += error.findings
            return None
        if wrong := self._validate(library):
            self.broken += wrong
            return None
        return self.compose(library, place, above)

    def _table(self, document: SourceDocument, parts: _Parts, name: str, place: Place) -> None:
        at = document.location(("lookups", name))
        text = self._text(place, at, self.findings)
        if text is not None:
            parts.tables[name], wrong = read_table(text, place.shown)
            parts.texts[place.shown] = text
            parts.named_at.setdefault(place.shown, at)
            self.findings += wrong

    def _text(self, place: Place, at: Location, findings: list[Finding]) -> str | None:
        """The text of a file, or None with a finding where the file is named."""
        try:
            return self._shelf.text(place)
        except FindingsError as error:
            for found in error.findings:
                hint = found.hint or "a file is named relative to the one that names it"
                findings.append(replace(found, location=at, message=f"{found.location} {found.message}", hint=hint))
            return None


class _Parts:
    """What one file consists of, while it is put together."""

    def __init__(self, document: SourceDocument) -> None:
        self._document = document
        self._own = document.data if isinstance(document.data, dict) else {}
        self._homes: dict[Path, SourceDocument] = {}
        self._taken: dict[Path, frozenset[str]] = {}
        self.tables: dict[str, Table] = {}
        self.named_at: dict[str, Location] = {}
        self.texts: dict[str, str] = {}

    def named(self, library: Composed, at: Location) -> None:
        """Note where a library, and with it what it is made of, comes in."""
        for file in (library.document.file, *library.named_at):
            self.named_at.setdefault(file, at)
        self.texts[library.document.file] = library.document.text
        self.texts |= library.texts

    def take(self, library: Composed, wanted: list[str], path: Path) -> Iterator[Finding]:
        """Take names; tells those that the library does not have, or that are here already."""
        offered = {name for section in SECTIONS for name in _section(library.document.data, section)}
        for number, name in enumerate(wanted):
            at = self._document.location((*path, number))
            if name not in offered:
                message = f"'{library.document.file}' has no '{name}'"
                yield Finding(at, "MAP-502", message, nearest(name, offered))
            for section in SECTIONS:
                if name in _section(library.document.data, section):
                    yield from self._take(library, (section, name), at, frozenset(offered))

    def _take(self, library: Composed, path: Path, at: Location, offered: frozenset[str]) -> Iterator[Finding]:
        section, name = str(path[0]), str(path[1])
        if name in _section(self._own, section) or path in self._homes:
            other = self._homes.get(path, self._document)
            there, here = library.document.location(path, key=True), other.location(path, key=True)
            message = f"the name '{name}' would stand for two things: {there} and {here}"
            yield Finding(at, "MAP-205", message, "take or define it once")
            return
        self._homes[path] = library.document
        self._taken[path] = offered
        if name in library.tables and section == "lookups":
            self.tables[name] = library.tables[name]

    def composed(self) -> Composed:
        return Composed(self._with_taken(), self.tables, self._taken, self.named_at, self.texts)

    def _with_taken(self) -> SourceDocument:
        if not self._homes:
            return self._document
        one, data = self._document, dict(self._own)
        scalars: dict[Path, Scalar] = dict(one.scalars)
        homes = {path: home for path, home in self._homes.items() if isinstance(self._own.get(path[0], {}), dict)}
        for section in {str(path[0]) for path in homes}:
            taken = {path[1]: home.data[section][path[1]] for path, home in homes.items() if path[0] == section}
            data[section] = {**taken, **data.get(section, {})}
        for home in {id(home): home for home in homes.values()}.values():
            scalars |= {path: found for path, found in home.scalars.items() if homes.get(path[:2]) is home}
        return ComposedDocument(one.file, one.text, data, one.spans, one.keys, scalars, homes)


def _section(data: Any, section: str) -> Mapping[Any, Any]:
    found = data.get(section) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _includes(document: SourceDocument) -> Iterator[tuple[str, list[str], Path]]:
    """Files and the names to take from them, with their places; what has another shape is told by the model."""
    for file, names in _section(document.data, "include").items():
        if isinstance(file, str) and file.endswith(".yaml") and isinstance(names, list):
            yield file, [name for name in names if isinstance(name, str)], ("include", file)


def _tables(document: SourceDocument) -> Iterator[tuple[str, str]]:
    for name, said in _section(document.data, "lookups").items():
        if isinstance(name, str) and isinstance(said, str) and said.endswith(".csv"):
            yield name, said
