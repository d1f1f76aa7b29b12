"""From a character of a YAML scalar's value back to its place in the file. Knows no document, only one scalar.

Folding, indentation and chomping change white space only: the other characters of the value stand in the source one
after the other, some of them written as an escape. So the n-th of them in the value is the n-th of them in the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.values import value

Place = tuple[int, int]
"""Line and column, from 0."""

_HEX = {"x": 4, "u": 6, "U": 10}
_BLANK_ESCAPES = {"t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", " ": " ", "N": "\x85", "_": "\xa0"}
_BLANK_ESCAPES |= {"L": "\u2028", "P": "\u2029"}


@value(frozen=True)
class Scalar:
    """How a scalar stands in the file: where it begins and ends, and in which style."""

    start: Place
    end: Place
    style: str  # '' plain, ' or " quoted, | or > block


def place_in(lines: Sequence[str], scalar: Scalar, value: str, offset: int) -> Place:
    """Where character `offset` of the scalar's value stands; behind its last character if offset is beyond it."""
    offset = max(0, min(offset, len(value)))
    wanted = sum(1 for character in value[:offset] if not character.isspace())
    visible = offset < len(value) and not value[offset].isspace()
    before = _content_start(lines, scalar)
    number = 0
    for place, length, character in _characters(lines, scalar):
        if character.isspace():
            continue
        if visible and number == wanted:
            return place
        if not visible and number == wanted:
            break
        before = place[0], place[1] + length
        number += 1
    spaces = offset - len(value[:offset].rstrip()) if wanted else 0
    return before[0], max(before[1], min(before[1] + spaces, len(lines[before[0]])))


def _content_start(lines: Sequence[str], scalar: Scalar) -> Place:
    line, column = scalar.start
    if scalar.style not in ("|", ">"):
        return line, column + len(scalar.style)
    following = min(line + 1, len(lines) - 1)
    return following, len(lines[following]) - len(lines[following].lstrip(" "))


def _characters(lines: Sequence[str], scalar: Scalar) -> Iterator[tuple[Place, int, str]]:
    """Each character of the content: its place, how long it is written, what it means."""
    line, column = _content_start(lines, scalar)
    while line < len(lines) and line <= scalar.end[0]:
        text = lines[line]
        end = min(len(text), scalar.end[1]) if line == scalar.end[0] else len(text)
        while column < end:
            length, character = _written(text, column, scalar.style)
            yield (line, column), length, character
            column += length
        line, column = line + 1, 0


def _written(text: str, column: int, style: str) -> tuple[int, str]:
    """How long the character at this place is written, and what it means."""
    if style == "'" and text.startswith("''", column):
        return 2, "'"
    if style != '"' or text[column] != "\\":
        return 1, text[column]
    mark = text[column + 1 : column + 2]
    if mark in _HEX:
        return _HEX[mark], chr(int(text[column + 2 : column + _HEX[mark]], 16))
    # A backslash at the end of a line writes nothing: as good as white space.
    return (2, _BLANK_ESCAPES.get(mark, mark)) if mark else (1, " ")
