"""What is told of a text that is no YAML: where the mistake was made, and how the rest can be read in spite of it.

The parser ends at its first mistake, and names the place where it noticed. A quote, a bracket or a ':' that is missing
is told where it is missing. Then the line is mended as its writer may have meant it, so that the parser finds the next
mistake. Nothing works with a mended text: it only serves to tell more. Knows texts and the parser's errors, no model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import yaml

from gateway.sources.findings import source_lines
from gateway.sources.positions import Scalar
from gateway.sources.wording import A_TAB, Said, of_yaml

_ENTRY = re.compile(r"(?P<head> *(?:- +)*(?:[^\s:#'\"{\[][^:#'\"{\[]*: +)?)(?P<value>\S.*)\Z")
"""One line: list marks and a key, and the value behind them."""
_KEY = re.compile(r" *(?:- +)*[^\s:#'\"{\[,]+:(?: |\Z)")
_GLUED = re.compile(r" *(?:- +)*(?P<key>[A-Za-z_][\w-]*):(?P<value>[^\s:/].*)\Z")
_TAB_WIDTHS = (1, 2, 4, 8)
"""The first leaves every column where it is."""
_SHOWN_LINES = 5
_MOST = 20
"""Mistakes that are told of one text; mending reads it several times for each."""
_MOST_CHARACTERS = 200_000


class Trouble(NamedTuple):
    """A mistake: its line and column, from 0, and what is said of it."""

    line: int
    column: int
    said: Said


class Mended(NamedTuple):
    """A text with one mistake less. `whole`: no line of it is left out, so that the rest means what it meant."""

    text: str
    whole: bool


Attempt = Callable[[str], Trouble | None]
"""Reads a text; gives its first mistake."""


def trouble(error: yaml.MarkedYAMLError, lines: Sequence[str], last: Scalar | None) -> Trouble:
    """The parser's error in our words, at the place to mend. `last`: the last value that was read before it."""
    opened, mark = error.context_mark, error.problem_mark or error.context_mark
    problem = str(error.problem or error.context)
    if mark is None:
        return Trouble(0, 0, Said(problem))
    if opened is not None and "end of stream" in problem and "quoted scalar" in str(error.context):
        return Trouble(opened.line, opened.column, of_yaml(problem, "", ""))
    if last is not None and _ran_on(last, mark, lines):
        return Trouble(*last.start, of_yaml("unexpected end of stream", "", ""))
    if opened is not None and "could not find expected ':'" in problem:
        return Trouble(opened.line, opened.column, of_yaml(problem, "", ""))
    line = lines[mark.line] if mark.line < len(lines) else ""
    if opened is not None and "expected ',' or" in problem and opened.line < mark.line and _left(line, opened, lines):
        bracket = lines[opened.line][opened.column : opened.column + 1]
        return Trouble(opened.line, opened.column, Said(f"a '{bracket}' is not closed", "close it"))
    if "mapping values are not allowed" in problem and (above := _above(mark, line, lines)) is not None:
        return above
    said = of_yaml(problem, line[: mark.column], line[mark.column :])
    return Trouble(mark.line, mark.column, _with_other_tabs(said, mark.line, lines))


def mended(text: str, found: Trouble, attempt: Attempt) -> tuple[Mended, Trouble | None] | None:
    """The text without this mistake, and the next one, which stands further down; None where that cannot be had."""
    if len(text) > _MOST_CHARACTERS:
        return None
    for candidate in _candidates(source_lines(text), found):
        following = attempt(candidate.text)
        if following is None or following.line > found.line:
            return candidate, following
    return None


def troubles(text: str, first: Trouble, attempt: Attempt) -> tuple[list[Trouble], Mended | None]:
    """This mistake and those that come behind it, and the text without them, if they could all be mended."""
    told, whole, following = [first], True, first
    while len(told) < _MOST:
        better = mended(text, following, attempt)
        if better is None:
            return told, None
        (text, was_whole), after = better
        whole = whole and was_whole
        if after is None:
            return told, Mended(text, whole)
        told.append(after)
        following = after
    return told, None


def _with_other_tabs(said: Said, line: int, lines: Sequence[str]) -> Said:
    """Tabs are mended all at once: a file that was indented with them has one finding."""
    others = [str(number + 1) for number in range(line + 1, len(lines)) if _is_tabbed(lines[number])]
    if said != A_TAB or not others:
        return said
    shown = ", ".join(others[:_SHOWN_LINES]) + (", …" if len(others) > _SHOWN_LINES else "")
    return Said(said.message, f"{said.hint}, in {'lines' if len(others) > 1 else 'line'} {shown} too")


def _is_tabbed(line: str) -> bool:
    return "\t" in line[: len(line) - len(line.lstrip())]


def _ran_on(last: Scalar, mark: yaml.Mark, lines: Sequence[str]) -> bool:
    """Whether a quote that was not closed took lines with it, up to the next quote of the file."""
    (first, _), (end, column) = last.start, last.end
    if last.style not in ("'", '"') or end <= first or mark.line != end or lines[end][column : mark.column].strip():
        return False
    return any(_KEY.match(line) for line in lines[first + 1 : end + 1])


def _left(line: str, opened: yaml.Mark, lines: Sequence[str]) -> bool:
    """Whether a line that begins with a key stands no deeper than the line where a bracket was opened."""
    return bool(_KEY.match(line)) and _indent(line) <= _indent(lines[opened.line])


def _above(mark: yaml.Mark, line: str, lines: Sequence[str]) -> Trouble | None:
    """What is wrong in the lines above one that looks right by itself."""
    if not _KEY.fullmatch(line[: mark.column + 1]):
        return None
    before = next((number for number in range(mark.line - 1, -1, -1) if lines[number].strip()), None)
    if before is None:
        return None
    glued = _GLUED.match(lines[before])
    if glued and _indent(lines[before]) == _indent(line):
        said = Said("a space is missing behind ':'", f"write '{glued['key']}: …'")
        return Trouble(before, glued.end("key"), said)
    column = _indent(line)
    return Trouble(mark.line, column, of_yaml("expected key", "", line[column:]))


def _candidates(lines: list[str], found: Trouble) -> Iterator[Mended]:
    """The text as it may have been meant, the likeliest first."""
    number = found.line
    line = lines[number] if number < len(lines) else ""
    if _is_tabbed(line):
        for width in _TAB_WIDTHS:
            yield Mended("\n".join(map(_untabbed(width), lines)), False)
    if glued := _GLUED.match(line):
        yield _with(lines, number, f"{line[: glued.start('value')]} {glued['value']}", whole=True)
    if line[found.column : found.column + 1] in ("'", '"'):
        yield _with(lines, number, line.rstrip() + line[found.column], whole=True)
    if entry := _ENTRY.match(line):
        quoted = entry["value"].rstrip().replace("'", "''")
        yield _with(lines, number, f"{entry['head']}'{quoted}'", whole=True)
    end = number + 1
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > _indent(line)):
        end += 1
    yield Mended("\n".join([*lines[:number], *[""] * (end - number), *lines[end:]]), False)
    yield _with(lines, number, "", whole=False)


def _with(lines: list[str], number: int, line: str, *, whole: bool) -> Mended:
    return Mended("\n".join([*lines[:number], line, *lines[number + 1 :]]), whole)


def _untabbed(width: int) -> Callable[[str], str]:
    def untab(line: str) -> str:
        content = line.lstrip()
        return line[: len(line) - len(content)].expandtabs(width) + content

    return untab


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
