"""Puts what was found in the place of what was expected, in the text of a test file. Everything else stays as it is.

Only the block under `expect:` is written anew, by the lines of the file; the result is read again before it is given
out, so that a rewritten file says what it should and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from gateway.authoring.outcomes import as_found
from gateway.authoring.running import CaseResult
from gateway.sources.findings import FindingsError, source_lines
from gateway.sources.yamlfile import Path, SourceDocument, read_yaml

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9 _./-]*(?<! )")
_RESERVED = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
_NARROW = 100


class CannotUpdate(Exception):
    """The expectation is not written in a way that can be replaced; the text says why."""


@dataclass(frozen=True)
class Renewal:
    """A test file with other expectations. `changed`: of which cases; `kept`: of which not, and why."""

    document: SourceDocument
    changed: Sequence[CaseResult]
    kept: Sequence[tuple[CaseResult, str]]


def renewed_file(document: SourceDocument, failed: Iterable[CaseResult]) -> Renewal:
    """The test file with what was found in these cases. A case that fails for more than its outcome stays as it is:
    what came about without a reply, or from other arguments, is not what anybody meant.
    """
    changed: list[CaseResult] = []
    kept: list[tuple[CaseResult, str]] = []
    for result in failed:
        if result.troubles or result.sent_otherwise:
            kept.append((result, "more than its outcome is not as expected"))
            continue
        try:
            expect = as_found(result.case.said.expect, result.outcome)
            document = with_expectation(document, result.case.path, expect)
        except CannotUpdate as error:
            kept.append((result, str(error)))
        else:
            changed.append(result)
    return Renewal(document, changed, kept)


def with_expectation(document: SourceDocument, case: Path, expect: Any) -> SourceDocument:
    """The file with another expectation of one case, read again. Raises CannotUpdate."""
    text = "\n".join(_replaced(document, case, expect))
    wanted = deepcopy(document.data)
    wanted[case[0]]["expect"] = expect
    try:
        renewed = read_yaml(text, document.file)
    except FindingsError as error:
        raise CannotUpdate(f"the file would not be readable any more: {error.findings[0]}") from error
    if renewed.data != wanted:
        raise CannotUpdate("the file would say something else: write the expectation by hand")
    return renewed


def _replaced(document: SourceDocument, case: Path, expect: Any) -> Iterator[str]:
    lines = document.text.split("\n")
    if len(lines) != len(source_lines(document.text)):
        raise CannotUpdate("the file has line breaks of another kind")
    line, column = document.keys[(*case, "expect")]
    if not re.fullmatch(r"[ ]*(?:-[ ]+)?", lines[line][:column]):
        raise CannotUpdate("the case is written in one line: give 'expect' a line of its own")
    end = _end(lines, line, column)
    yield from lines[:line]
    yield from _block(lines[line][:column], column, expect)
    yield from lines[end:]


def _end(lines: list[str], line: int, column: int) -> int:
    """The line after the block that begins at this line and column; blank lines at its end are not part of it."""
    last = line
    for number in range(line + 1, len(lines)):
        text = lines[number]
        if text.strip():
            if len(text) - len(text.lstrip(" ")) <= column:
                break
            last = number
    return last + 1


def _block(before: str, column: int, expect: Any) -> Iterator[str]:
    if not isinstance(expect, Mapping) or not expect:
        yield f"{before}expect: {_flow(expect)}"
        return
    yield f"{before}expect:"
    yield from _members(expect, column + 2)


def _members(value: Mapping[str, Any], indent: int) -> Iterator[str]:
    for name, member in value.items():
        key = f"{' ' * indent}{_flow(name)}:"
        line = f"{key} {_flow(member)}"
        if len(line) <= _NARROW or not isinstance(member, Mapping | list) or not member:
            yield line
        elif isinstance(member, Mapping):
            yield key
            yield from _members(member, indent + 2)
        else:
            yield key
            for one in member:
                yield from _element(one, indent + 2)


def _element(value: Any, indent: int) -> Iterator[str]:
    line = f"{' ' * indent}- {_flow(value)}"
    if len(line) <= _NARROW or not isinstance(value, Mapping) or not value:
        yield line
        return
    first, *rest = _members(value, indent + 2)
    yield f"{first[:indent]}- {first[indent + 2 :]}"
    yield from rest


def _flow(value: Any) -> str:
    """A value in one line; texts are quoted unless every reader of YAML takes them for a text."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(name)}: {_flow(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _RESERVED:
        return value
    return json.dumps(value, ensure_ascii=False)
