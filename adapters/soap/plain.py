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
from typing import Any, Final, TypeAlias

from adapters.base import NoAnswer
from adapters.soap.declarations import Declarations
from adapters.soap.envelope import Version
from adapters.soap.exchange import Message
from adapters.soap.facets import Certain
from adapters.soap.known import KnownType, known_type
from adapters.xml import charset_of, parse

_LONGEST = 256 * 1024
"""Bytes of a message; larger ones are rare, and may be larger than the parser for XML would take."""
_DEEPEST = 50
"""Levels of elements within each other, fewer than the parser allows."""
_LONGEST_BEGINNING = 4096  # bytes
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


class _Special(Exception):
    """Something that is not read here."""


_Step: TypeAlias = "tuple[dict[str, _Step], str, bool, Certain | None, KnownType | None, str]"
"""A `KnownElement` as it is written: first what may come next, by its tag, then the name of the element, whether there
are many, how its text is read or what it has in it, and the tag that ends it, empty where its own does.

With neither of the two it is the end of the parent. A plain tuple, since taking those apart costs least.
"""

_END: Final[_Step] = ({}, "", False, None, None, "")


class PlainReader:
    """Reads the replies of one operation."""

    def __init__(self, version: Version, tag: str, known: KnownType) -> None:
        """`tag`: of the element in the body, which is of the `known` type."""
        self._version, self._tag, self._root = version, tag, known
        self._beginnings: dict[tuple[bytes, str | None], _Beginning | None] = {}

    def read(self, content: bytes, charset: str | None) -> dict[str, Any] | None:
        """The body's element as plain data; None where this is not certain. `charset` is the HTTP header's."""
        begins = content.find(b"<", content.find(b"Body", 0, _LONGEST_BEGINNING) + 1)
        ends = content.find(b">", begins, _LONGEST_BEGINNING) + 1
        beginning = self._beginning(content[:ends], charset) if len(content) <= _LONGEST else None
        if beginning is None:
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
        try:
            return beginning.read(text.replace(">", "<").split("<"))
        except (_Special, LookupError):  # an unknown tag, no more of them
            return None

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
        self._end, *self._outer = [f"/{name}" for name in reversed(opened)]
        self._prefixes: dict[str, list[str]] = {}
        for prefix, space in spaces.items():
            self._prefixes.setdefault(space, []).append(f"{prefix}:" if prefix else "")
        if None not in spaces:
            self._prefixes[""] = [""]
        self._starts: dict[tuple[KnownType, str], dict[str, _Step]] = {}

    def read(self, pieces: list[str]) -> dict[str, Any]:
        """The text behind the beginning, then tag and text in turn. Raises _Special or LookupError."""
        tags, texts = pieces[1::2], pieces[2::2]
        values, at = self._struct(tags, texts, 0, self._root, self._end, 0)
        is_blank = not "".join((pieces[0], *texts[at:])).strip(_BLANKS)
        if not is_blank or tags[at:] != self._outer:
            raise _Special
        return values

    def _struct(
        self, tags: list[str], texts: list[str], at: int, known: KnownType, end: str, depth: int
    ) -> tuple[dict[str, Any], int]:
        """An element with elements in it, from behind its tag; with where it ends."""
        values = known.nothing()
        steps = self._starts.get((known, end)) or self._start(known, end)
        while True:
            text = texts[at]
            steps, name, many, read, inner, closing = steps[tags[at]]
            at += 1
            if read is None:
                if depth > _DEEPEST or text.strip(_BLANKS):
                    raise _Special
                if inner is None:
                    return values, at
                value, at = self._struct(tags, texts, at, inner, closing, depth + 1)
            else:
                blank = text
                if closing:
                    if tags[at] != closing:
                        raise _Special
                    blank = texts[at]
                    at += 1
                value = read("" if not closing else text if "&" not in text else _resolved(text))
                if value is None or (blank and blank.strip(_BLANKS)):
                    raise _Special
            if many:
                values[name].append(value)
            else:
                values[name] = value

    def _start(self, known: KnownType, end: str) -> dict[str, _Step]:
        """What a type may begin with, with all that can follow until its end, as it is written here."""
        states: list[dict[str, _Step]] = [{end: _END} if at in known.ends else {} for at in range(len(known.steps))]
        for state, elements in zip(states, known.steps, strict=True):
            for tag, (behind, name, many, read, inner) in elements.items():
                for written in self._written(tag):
                    state[written] = (states[behind], name, many, read, inner, f"/{written}")
                    if read is not None:
                        state[f"{written}/"] = (states[behind], name, many, read, inner, "")
        self._starts[known, end] = states[0]
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
