"""What is wrong with a file that a person wrote, and where: `file:line:column CODE message`."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LINE_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, order=True)
class Location:
    """A place in a file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True)
class Finding:
    """One mistake, with what to write instead in `hint` (may be empty)."""

    location: Location
    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.location} {self.code} {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


class FindingsError(Exception):
    """A file cannot be used. `findings` holds every mistake, in the order of the file."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(set(findings)))
        super().__init__("\n".join(map(str, self.findings)))


def source_lines(text: str) -> list[str]:
    """The lines of a text as YAML counts them."""
    return _LINE_BREAK.split(text)


def raise_if_any(findings: Iterable[Finding]) -> None:
    """Raise FindingsError if there is a finding."""
    found = list(findings)
    if found:
        raise FindingsError(found)


def show(finding: Finding, text: str) -> str:
    """The finding with its source line and a caret below the place."""
    lines = source_lines(text)
    if not 1 <= finding.location.line <= len(lines):
        return str(finding)
    source = lines[finding.location.line - 1]
    before = source[: finding.location.column - 1].ljust(finding.location.column - 1)
    caret = "".join(map(_blank, before)) + "^"
    return f"{finding}\n    {source}\n    {caret}"


def _blank(character: str) -> str:
    """White space as wide as the character is on a terminal."""
    if character == "\t":
        return "\t"
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return ""
    return "  " if unicodedata.east_asian_width(character) in "WF" else " "


def as_data(finding: Finding) -> dict[str, str | int]:
    """The finding for programs; `line` and `column` count from 1, `hint` may be empty."""
    where = finding.location
    place: dict[str, str | int] = {"file": where.file, "line": where.line, "column": where.column}
    return {**place, "code": finding.code, "message": finding.message, "hint": finding.hint}


def as_annotation(finding: Finding) -> str:
    """The finding as GitHub Actions shows it beside the line (a workflow command)."""
    where = finding.location
    place = f"file={_property(where.file)},line={where.line},col={where.column},title={_property(finding.code)}"
    text = f"{finding.message} ({finding.hint})" if finding.hint else finding.message
    return f"::error {place}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def nearest(name: str, valid: Iterable[str]) -> str:
    """A hint that names the closest valid name, or else all of a few, or nothing."""
    names: Sequence[str] = sorted(set(valid))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    if names and len(names) <= 12:
        return "known: " + ", ".join(names)
    return ""
