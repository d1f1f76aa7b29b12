"""Replies in which nothing is special, nearly all of them, read in one walk over their text: no tree is made of them.

What is read here would pass the schema and be read the same by `adapters.soap.decode`; a test holds them equal. For all
else there is no answer here, and the long way is gone, which also tells what is wrong: attributes (nulls and derived
types among them), comments, CDATA, references to characters, blanks within tags, headers of SOAP, numbers and dates in
an uncommon form, whatever the schema does not allow, and what it says in words that `adapters.soap.declarations` does
not know.

The beginning of a message, up to the tag of what stands in its body, is read by the parser for XML and remembered, with
all prefixes that it declares: a system always sends the same one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from adapters.base import NoAnswer
from adapters.soap.declarations import Declarations
from adapters.soap.envelope import Version
from adapters.soap.exchange import Message
from adapters.soap.facets import Certain
from adapters.soap.known import KnownType, known_type
from adapters.soap.shapes import TYPE
from adapters.xml import charset_of, parse

_LONGEST = 256 * 1024
"""Bytes of a message; larger ones are rare, and may be larger than the parser for XML would take."""
_DEEPEST = 50
"""Levels of elements within each other, fewer than the parser allows."""
_MOST_BEGINNINGS = 32
"""Beginnings that are remembered. A system with more says something new in each, and is read the long way."""

_BLANKS = " \t\n"
_MEANT = bytes(byte for byte in (*b"\t\n", *range(0x20, 0x100)) if byte not in b"<>")
"""Bytes that mean themselves. A carriage return does not: the parser makes line feeds of them."""
_NEVER = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
"""Of what is no ASCII, what XML does not allow."""
_OPENED = re.compile(r"<(/?)([^\s<>/!?]+)[^<>]*?(/?)>")
_REFERENCE = re.compile("&(amp|lt|gt|quot|apos);")
_STRANGE = re.compile("&(?!(?:amp|lt|gt|quot|apos);)")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


Pairs = Iterator[tuple[str, str]]
"""Each tag and the text behind it."""


@dataclass(eq=False, slots=True)
class _State:
    """`steps`: what may come next, by tag as it is written; `may_end`: nothing need."""

    may_end: bool
    steps: dict[str, _Step] = field(default_factory=dict)


class _Step(NamedTuple):
    """A `KnownElement` as it is written. `end`: all that ends it, empty where the tag itself does."""

    state: _State
    name: str
    many: bool
    read: Certain | None
    inner: KnownType | None
    end: str


class PlainReader:
    """Reads the replies of one operation."""

    def __init__(self, version: Version, tag: str, known: KnownType) -> None:
        """`tag`: of the element in the body, which is of the `known` type."""
        self._version, self._tag, self._root = version, tag, known
        self._beginnings: dict[tuple[bytes, str | None], _Beginning | None] = {}

    def read(self, content: bytes, charset: str | None) -> dict[str, Any] | None:
        """The body's element as plain data; None where this is not certain. `charset` is the HTTP header's."""
        begins = content.find(b"<", content.find(b"Body", 0, 4096) + 1)
        ends = content.find(b">", begins) + 1
        beginning = self._beginning(content[:ends], charset)
        if beginning is None or len(content) > _LONGEST:
            return None
        rest = content[ends:]
        marks = rest.translate(None, _MEANT)
        if marks != b"<>" * (len(marks) // 2) or not (rest.isascii() or (beginning.is_utf8 and _is_allowed(rest))):
            return None
        try:
            text = rest.decode()
        except UnicodeDecodeError:
            return None
        if "&" in text and _STRANGE.search(text):
            return None
        # A text, then tag and text in turn.
        return beginning.read(text.replace(">", "<").split("<"))

    def _beginning(self, content: bytes, charset: str | None) -> _Beginning | None:
        known = self._beginnings
        found = known.get((content, charset))
        if found is None and (content, charset) not in known and len(known) < _MOST_BEGINNINGS:
            found = known[content, charset] = self._begun(content, charset)
        return found

    def _begun(self, content: bytes, charset: str | None) -> _Beginning | None:
        """What a beginning says, if it is one of an envelope and has nothing in it that is special."""
        opened: list[str] = []
        for closes, name, is_empty in _OPENED.findall(content.decode(errors="replace")):
            if closes:
                opened = opened[:-1]
            elif not is_empty:
                opened.append(name)
        if len(opened) != 3:  # the envelope, its body and what is in that
            return None
        try:
            root = parse(content + "".join(f"</{name}>" for name in reversed(opened)).encode(), charset)
            known = charset_of(content, charset)
        except NoAnswer:
            return None
        elements = list(root.iter())
        tags, body, inner = [one.tag for one in elements], root[-1], elements[-1]
        expected = [self._version.root, self._version.header, self._version.body, self._tag]
        has_more = any(one.attrib or not _is_blank(one.text) or not _is_blank(one.tail) for one in elements)
        if has_more or tags not in (expected, [expected[0], *expected[2:]]):
            return None
        if body.tag != self._version.body or inner.getparent() is not body:
            return None
        return _Beginning(self._root, opened, inner.nsmap, is_utf8=known == "utf-8")


class _Beginning:
    """A message after its beginning: how tags are written in it, and its end."""

    def __init__(self, root: KnownType, opened: list[str], spaces: dict[str | None, str], *, is_utf8: bool) -> None:
        """`opened`: the tags that are open, as they are written; `spaces`: by the prefixes that are declared."""
        self.is_utf8 = is_utf8
        self._root = root
        self._end, *self._outer = (f"/{name}" for name in reversed(opened))
        self._prefixes: dict[str, list[str]] = {}
        for prefix, space in spaces.items():
            self._prefixes.setdefault(space, []).append(f"{prefix}:" if prefix else "")
        if None not in spaces:
            self._prefixes[""] = [""]
        self._starts: dict[KnownType, _State] = {}

    def read(self, pieces: list[str]) -> dict[str, Any] | None:
        """The text behind the beginning, then tag and text in turn."""
        left = iter(pieces)
        blank = next(left)
        pairs = zip(left, left, strict=True)
        values = None if blank.strip(_BLANKS) else self._struct(pairs, self._root, self._end, 0)
        for end in self._outer:
            tag, blank = next(pairs, ("", ""))
            if tag != end or blank.strip(_BLANKS):
                return None
        return values if next(pairs, None) is None else None

    def _struct(
        self, pairs: Iterator[tuple[str, str]], known: KnownType, end: str, depth: int
    ) -> dict[str, Any] | None:
        """An element with elements in it, from behind its tag to its end."""
        values: dict[str, Any] = known.absent.copy()
        for name in known.lists:
            values[name] = []
        if known.has_type:
            values[TYPE] = None
        state = self._starts.get(known) or self._start(known)
        for tag, text in pairs:
            step = state.steps.get(tag)
            if step is None:
                return values if tag == end and state.may_end and not text.strip(_BLANKS) else None
            state, name, many, read, inner, closing = step
            if read is not None:
                if closing:
                    tag, blank = next(pairs, ("", ""))
                else:
                    text, blank, tag = "", text, ""
                if tag != closing or (blank and blank.strip(_BLANKS)):
                    return None
                value = read(_resolved(text) if "&" in text else text)
            elif inner is None or depth > _DEEPEST or text.strip(_BLANKS):
                return None
            else:
                value = self._struct(pairs, inner, closing, depth + 1)
            if value is None:
                return None
            if many:
                values[name].append(value)
            else:
                values[name] = value
        return None

    def _start(self, known: KnownType) -> _State:
        """The first state of a type, with all that can follow, as it is written here."""
        states = [_State(may_end=number in known.ends) for number in range(len(known.steps))]
        for state, steps in zip(states, known.steps, strict=True):
            for tag, element in steps.items():
                for written in self._written(tag):
                    behind, name, many, read, inner = element
                    state.steps[written] = _Step(states[behind], name, many, read, inner, f"/{written}")
                    if read is not None:
                        state.steps[f"{written}/"] = _Step(states[behind], name, many, read, inner, "")
        self._starts[known] = states[0]
        return states[0]

    def _written(self, tag: str) -> list[str]:
        """All ways to write a tag."""
        space, _, local = tag.removeprefix("{").rpartition("}")
        return [f"{prefix}{local}" for prefix in self._prefixes.get(space, ())]


def plain_reader(version: Version, message: Message, declarations: Declarations | None) -> PlainReader | None:
    """For the replies of an operation; None where none of them could be read."""
    if message.tag is None or message.header is not None or message.uncompiled or declarations is None:
        return None
    known = known_type(message, declarations)
    return PlainReader(version, message.tag, known) if known is not None else None


def _resolved(text: str) -> str:
    """A text with the five characters that XML has names for."""
    return _REFERENCE.sub(lambda found: _CHARACTERS[found[1]], text)


def _is_allowed(content: bytes) -> bool:
    """Whether it has only characters that XML knows. Halves of characters are none of UTF-8."""
    return not any(never in content for never in _NEVER)


def _is_blank(text: str | None) -> bool:
    return not (text or "").strip(_BLANKS)
