"""JSON bodies read strictly and with everything kept: number spellings, member order, Unicode.

The response repeats what the Buyer sent, unchanged (87.1-R42), so `1.50` must not come back as `1.5`.
Two trees of one body: `plain` is for validation and mapping, `sent` is for the echo.
Knows JSON (RFC 8259) only, nothing of a POQ; what is wrong inside an object is not looked at here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from gateway.values import value

LONGEST_TEXT = 64 * 1024


class InvalidBody(Exception):
    """There is no JSON object to talk about: 400 invalidBody. The text is for the Buyer and repeats no values."""


@value(frozen=True)
class ReceivedDocument:
    """One body, twice: `plain` with ordinary numbers, `sent` with numbers that remember how they were written. Where
    none needs to, they are the same tree; nobody changes either.

    `size` is its length in bytes.
    """

    plain: dict[str, Any]
    sent: dict[str, Any]
    size: int


_LEAST, _LARGEST = -(2**63), 2**64 - 1
"""Integers that the writer can write."""


class _SpelledFloat(float):
    text: str


class _SpelledInt(int):
    text: str


def read_document(raw: bytes, *, max_depth: int, max_text: int = LONGEST_TEXT) -> ReceivedDocument:
    """Parse a body that must be one JSON object; `max_depth` counts the object itself as 1, `max_text` the bytes of
    a single text or name in it.

    Raises InvalidBody for all cases of 400 invalidBody: empty, not UTF-8, byte order mark, not JSON (NaN, Infinity,
    numbers out of range, trailing data, lone surrogates), nested too deep, a member name twice, no object at the top.
    """
    if not raw.strip(b" \t\r\n"):
        raise InvalidBody("The body is empty")
    plain = _parse_strictly(raw)
    if not isinstance(plain, dict):
        raise InvalidBody("The body is not a JSON object")
    _check_depth(raw, plain, max_depth)
    _check_texts(raw, plain, max_text)
    if _would_be_written_so(plain, raw):
        return ReceivedDocument(plain, plain, len(raw))
    try:
        sent = _KEEPING_DECODER.decode(raw.decode())
    except RecursionError:
        raise InvalidBody("The body is nested too deep") from None
    except ValueError:
        raise InvalidBody("The body contains a number that is out of range") from None
    return ReceivedDocument(plain, sent, len(raw))


def write_document(tree: Any) -> bytes:
    """The JSON text of a `sent` tree, or of any tree of plain values, as UTF-8 without insignificant whitespace.

    Raises TypeError for a value that is not JSON.
    """
    return orjson.dumps(tree, default=_as_spelled, option=orjson.OPT_PASSTHROUGH_SUBCLASS)


def canonical_document(tree: Any) -> bytes:
    """The same for all texts of one document that differ in the order of members and in whitespace only.

    `1.5` and `1.50` stay different, as they do for a Buyer that reads them back.
    """
    return orjson.dumps(tree, default=_as_spelled, option=orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_SORT_KEYS)


def _parse_strictly(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if not _is_utf_8(raw):
            raise InvalidBody("The body is not UTF-8") from None
        raise InvalidBody(f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None


def _is_utf_8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _check_texts(raw: bytes, document: dict[str, Any], most: int) -> None:
    if len(raw) <= most:
        return
    level: list[Any] = [document]
    while level:
        texts = [text for node in level for text in _texts(node)]
        if any(len(text) > most or (len(text) * 4 > most and len(text.encode()) > most) for text in texts):
            raise InvalidBody(f"A text of the body is longer than {most} bytes")
        level = [child for node in level for child in _children(node) if isinstance(child, (dict, list))]


def _children(node: Any) -> Any:
    return node.values() if isinstance(node, dict) else node


def _texts(node: Any) -> Iterator[str]:
    """The names of an object, and the texts in it or in a list."""
    if isinstance(node, dict):
        yield from node
    yield from (child for child in _children(node) if isinstance(child, str))


def _would_be_written_so(plain: dict[str, Any], raw: bytes) -> bool:
    """As most programs write: without whitespace, each member once, numbers spelled as they would be again."""
    try:
        return orjson.dumps(plain) == raw
    except TypeError:  # nested deeper than the writer goes
        return False


def _begins_at_most(raw: bytes, most: int) -> bool:
    """Whether no more than so many objects and lists begin, brackets in texts counted too. By leaving them out: the
    library leaps from one to the next there, and where it counts it looks at every byte.
    """
    without = raw.replace(b"{", b"", most + 1).replace(b"[", b"", most + 1)
    return len(raw) - len(without) <= most


def _check_depth(raw: bytes, document: dict[str, Any], max_depth: int) -> None:
    if _begins_at_most(raw, max_depth):  # each level has at least one
        return
    level: list[Any] = [document]
    for _ in range(max_depth):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise InvalidBody(f"The body is nested deeper than {max_depth} levels")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise InvalidBody(f"The member name {json.dumps(name[:80], ensure_ascii=False)} occurs twice in one object")
    return members


def _spelled_int(text: str) -> int:
    plain = int(text)
    if _LEAST <= plain <= _LARGEST and str(plain) == text:
        return plain
    number = _SpelledInt(text)
    number.text = text
    return number


def _spelled_float(text: str) -> float:
    plain = float(text)
    if orjson.dumps(plain).decode() == text:
        return plain
    number = _SpelledFloat(text)
    number.text = text
    return number


def _as_spelled(value: Any) -> orjson.Fragment:
    if isinstance(value, (_SpelledFloat, _SpelledInt)):
        return orjson.Fragment(value.text)
    raise TypeError(f"{type(value).__name__} is not JSON")


_KEEPING_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_int=_spelled_int, parse_float=_spelled_float)
