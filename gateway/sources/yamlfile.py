"""Strict YAML with positions: the 1.2 core schema, one document, no duplicate keys, no anchors, nothing ambiguous.

Why not a ready loader: PyYAML's own reads YAML 1.1 (`on:` becomes a boolean, `0123` octal) and forgets where a value
stood. Its event parser is used; building the tree is ours.

Gives plain data (`dict`, `list`, `str`, `int`, `float`, `bool`, `None`) and the place of each key and value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

import yaml

from gateway.sources.broken import Trouble, trouble, troubles
from gateway.sources.findings import Finding, FindingsError, Location, source_lines
from gateway.sources.positions import Scalar, place_in
from gateway.sources.wording import Said

Path = tuple[str | int, ...]
"""Keys and indices from the top of the file."""

_Parser: Any = getattr(yaml, "CLoader", yaml.Loader)
_MAX_DEPTH = 50
_MAX_CHARACTERS = 2_000_000
_MAX_DIGITS = 18
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_NULL = re.compile(r"(?:~|null|Null|NULL)?\Z")
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_AMBIGUOUS = {
    "a number with leading zeros": re.compile(r"[-+]?0[0-9]+(?:\.[0-9]*)?\Z"),
    "a number that would lose its last zeros": re.compile(r"[-+]?[0-9]+\.[0-9]+0\Z"),
    "some readers take it for a number": re.compile(
        r"[-+]?(?:0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+|[0-9]+(?:_[0-9]+)+(?:\.[0-9_]*)?|\.(?:inf|Inf|INF|nan|NaN|NAN))\Z"
    ),
}
_FIRST = frozenset(["", *"~nNtTfF+-.0123456789"])
"""With what null, truth values and numbers begin."""
_YES_NO = {"yes", "no", "on", "off"}
_OF_ONE_VALUE = frozenset({"YAML-005", "YAML-006", "YAML-008", "YAML-010", "YAML-012"})
"""Mistakes that leave the rest of a file as it is."""


@dataclass(frozen=True)
class SourceDocument:
    """One file that was read: its data and where each part stood."""

    file: str
    text: str
    data: Any
    spans: dict[Path, tuple[int, int]] = field(repr=False)
    keys: dict[Path, tuple[int, int]] = field(repr=False)
    scalars: dict[Path, Scalar] = field(repr=False)

    def location(self, path: Path, *, key: bool = False) -> Location:
        """Where the value at `path` stands (or its key); the nearest known parent if the path is not in the file."""
        known = self.keys if key else self.spans
        while path and path not in known:
            path = path[:-1]
            known = self.spans
        line, column = known.get(path, (0, 0))
        return Location(self.file, line + 1, column + 1)

    def location_in(self, path: Path, offset: int) -> Location:
        """Where character `offset` of the scalar at `path` stands, in quoted, folded and block scalars too."""
        scalar = self.scalars.get(path)
        value = self.value(path) if scalar is not None else None
        if scalar is None or not isinstance(value, str):
            return self.location(path)
        line, column = place_in(self._lines, scalar, value, offset)
        return Location(self.file, line + 1, column + 1)

    @cached_property
    def _lines(self) -> list[str]:
        return source_lines(self.text)

    def value(self, path: Path) -> Any:
        """The data at `path`, which must be there."""
        value = self.data
        for key in path:
            value = value[key]
        return value


def read_yaml_file(path: FilePath, *, name: str | None = None) -> SourceDocument:
    """Read one file. Raises FindingsError, also when the file cannot be read or is not UTF-8."""
    file = name or str(path)
    return read_yaml(_text(path, file), file)


def read_yaml(text: str, file: str) -> SourceDocument:
    """Read one YAML document with positions. Raises FindingsError with every mistake that can be told apart."""
    return _sound(*survey_yaml(text, file))


def survey_yaml_file(path: FilePath) -> tuple[SourceDocument | None, list[Finding]]:
    """As `survey_yaml`. Raises FindingsError where the file cannot be read or is not UTF-8."""
    return survey_yaml(_text(path, str(path)), str(path))


def survey_yaml(text: str, file: str) -> tuple[SourceDocument | None, list[Finding]]:
    """What is wrong with a document, and the document where the rest can be understood in spite of it: for those who
    tell all mistakes at once. Nobody may work with a document that has findings.
    """
    text = text.removeprefix("\ufeff")
    try:
        _check_text(text, file)
        builder, first = _attempt(text, file)
    except FindingsError as error:
        return None, list(error.findings)
    if first is None:
        return _surveyed(builder, text), builder.findings
    told, mended = troubles(text, first, lambda candidate: _attempt(candidate, file)[1])
    broken = [Finding(_at(file, one), "YAML-003", f"is not YAML: {one.said.message}", one.said.hint) for one in told]
    lines = {finding.location.line for finding in broken}
    if mended is not None:
        builder, _ = _attempt(mended.text, file)
    findings = [*broken, *(found for found in builder.findings if found.location.line not in lines)]
    return _surveyed(builder, mended.text) if mended is not None and mended.whole else None, findings


def _attempt(text: str, file: str) -> tuple[_Builder, Trouble | None]:
    """What could be read, and what stopped the parser."""
    builder = _Builder(file)
    try:
        builder.build(iter(_Parser(text).get_event, None))
    except FindingsError:
        pass  # stands among the builder's findings
    except yaml.MarkedYAMLError as error:
        return builder, trouble(error, source_lines(text), builder.last)
    except yaml.YAMLError as error:
        return builder, Trouble(0, 0, Said(str(error)))
    return builder, None


def _surveyed(builder: _Builder, text: str) -> SourceDocument | None:
    if not _OF_ONE_VALUE.issuperset(finding.code for finding in builder.findings):
        return None
    return SourceDocument(builder.file, text, builder.data, builder.spans, builder.keys, builder.scalars)


def _at(file: str, found: Trouble) -> Location:
    return Location(file, found.line + 1, found.column + 1)


def _sound(document: SourceDocument | None, findings: list[Finding]) -> SourceDocument:
    if document is None or findings:
        raise FindingsError(findings)
    return document


def _text(path: FilePath, file: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FindingsError([Finding(Location(file), "YAML-001", f"cannot be read: {error.strerror}")]) from error
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FindingsError([Finding(Location(file, line), "YAML-002", "is not UTF-8", "save it as UTF-8")]) from error
    return text.replace("\r\n", "\n")


def _check_text(text: str, file: str) -> None:
    """Refuse what no parser should see; its own messages about it name no line."""
    if len(text) > _MAX_CHARACTERS:
        raise FindingsError([Finding(Location(file), "YAML-011", f"is longer than {_MAX_CHARACTERS} characters")])
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        before = source_lines(text[: forbidden.start()])
        where = Location(file, len(before), len(before[-1]) + 1)
        message = f"is not YAML: the character U+{ord(forbidden[0]):04X} is not allowed"
        raise FindingsError([Finding(where, "YAML-003", message)])


class _Builder:
    """Builds data from parser events, noting places and mistakes on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.data: Any = None
        self.findings: list[Finding] = []
        self.spans: dict[Path, tuple[int, int]] = {}
        self.keys: dict[Path, tuple[int, int]] = {}
        self.scalars: dict[Path, Scalar] = {}
        self.last: Scalar | None = None
        self._twice = False

    def build(self, events: Iterator[Any]) -> None:
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self._find(event, "YAML-004", "a second document ('---') begins here; one file holds one document")
            elif isinstance(event, yaml.NodeEvent):
                value = self._node(event, events, ())
                self.data = value if documents == 1 else self.data
        if self._twice:
            self._forget_replaced()

    def _forget_replaced(self) -> None:
        """Leave out the places of what stood under a key that came a second time: the later value counts."""
        there = dict(_parts_of(self.data, ()))
        self.spans = {path: place for path, place in self.spans.items() if path in there}
        self.keys = {path: place for path, place in self.keys.items() if path in there}
        self.scalars = {
            path: scalar for path, scalar in self.scalars.items() if not isinstance(there.get(path, {}), dict | list)
        }

    def _find(self, event: Any, code: str, message: str, hint: str = "") -> None:
        mark = event.start_mark
        self.findings.append(Finding(Location(self.file, mark.line + 1, mark.column + 1), code, message, hint))

    def _node(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        mark, kind = event.start_mark, type(event)
        self.spans[path] = (mark.line, mark.column)
        self._plain_node(event)
        if len(path) > _MAX_DEPTH:
            self._find(event, "YAML-007", f"is nested deeper than {_MAX_DEPTH} levels")
            raise FindingsError(self.findings)
        if kind is yaml.ScalarEvent:
            return self._scalar(event, path)
        if kind is yaml.MappingStartEvent:
            return self._mapping(events, path)
        return self._sequence(events, path) if kind is yaml.SequenceStartEvent else None

    def _plain_node(self, event: Any) -> None:
        """Refuse anchors, aliases and tags."""
        if event.anchor is not None:
            what = "an alias" if isinstance(event, yaml.AliasEvent) else "an anchor"
            self._find(event, "YAML-005", f"{what} ('{event.anchor}') is not used here", "write it out")
        if getattr(event, "tag", None) is not None:
            self._find(event, "YAML-006", f"a tag ('{event.tag}') is not used here", "leave it out")

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for event in events:
            if type(event) is yaml.MappingEndEvent:
                break
            key = self._key(event, events, path)
            if key in result:
                self._find(event, "YAML-008", f"the key '{key}' stands here a second time", "keep one of the two")
                self._twice = True
            result[key] = self._node(next(events), events, (*path, key))
        return result

    def _key(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        if not _is_scalar(event):
            self._find(event, "YAML-009", "a key must be a plain text or number")
            self._node(event, events, (*path, "?"))
            return "?"
        self._plain_node(event)
        mark, key = event.start_mark, event.value
        if not event.style:
            if key == "<<":
                self._find(event, "YAML-005", "a merge key ('<<') is not used here", "write it out")
            resolved = self._resolve(event)
            key = key if isinstance(resolved, bool | float) or resolved is None else resolved
        self.keys[(*path, key)] = (mark.line, mark.column)
        return key

    def _sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        result: list[Any] = []
        for event in events:
            if type(event) is yaml.SequenceEndEvent:
                break
            result.append(self._node(event, events, (*path, len(result))))
        return result

    def _scalar(self, event: Any, path: Path) -> Any:
        start, end = event.start_mark, event.end_mark
        style = event.style or ""
        self.scalars[path] = self.last = Scalar((start.line, start.column), (end.line, end.column), style)
        if style:
            return event.value
        if event.value.lower() in _YES_NO:
            self._find(
                event, "YAML-010", f"'{event.value}' is ambiguous", f"write true/false, or quote it: '{event.value}'"
            )
        return self._resolve(event)

    def _resolve(self, event: Any) -> Any:
        """The core schema's value of a plain scalar."""
        text: str = event.value
        if text[:1] not in _FIRST:  # most are words
            return text
        if _NULL.match(text):
            return None
        if text in _BOOL:
            return _BOOL[text]
        for what, pattern in _AMBIGUOUS.items():
            if pattern.match(text):
                self._find(event, "YAML-010", f"'{text}' is ambiguous: {what}", f'quote it: "{text}"')
                return text
        if _INT.match(text) or _FLOAT.match(text):
            return self._number(event, text)
        return text

    def _number(self, event: Any, text: str) -> int | float:
        value = int(text) if _INT.match(text) and len(text) <= _MAX_DIGITS else float(text)
        if math.isinf(value) or (_INT.match(text) and len(text) > _MAX_DIGITS):
            hint = f'quote it if it is a text: "{text}"' if len(text) < 60 else "quote it if it is a text"
            self._find(event, "YAML-012", "the number is too large", hint)
        return value


def _parts_of(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Everything in a document, each part with its path."""
    yield path, value
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _parts_of(part, (*path, key))


def _is_scalar(event: Any) -> bool:
    return isinstance(event, yaml.ScalarEvent)
