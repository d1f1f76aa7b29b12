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
from adapters.soap.contents import Content
from adapters.soap.declarations import Declarations
from adapters.soap.decode import reading_plan
from adapters.soap.envelope import Version
from adapters.soap.exchange import Message
from adapters.soap.facets import Certain, Facets, Unsure, certain
from adapters.soap.shapes import TYPE, Leaf, Struct
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


@dataclass(eq=False)
class _Kind:
    """A type as reading wants it: what is there where nothing came, and what may come in each state, by tag.

    `is_read`: whether anything of it can be read here.
    """

    absent: dict[str, None]
    lists: tuple[str, ...]
    has_type: bool
    ends: set[int]
    steps: list[dict[str, _Known]] = field(default_factory=list)
    is_read: bool = True


class _Known(NamedTuple):
    """An element that may come next: the state behind it; `read` where it is a single value, else `inner`."""

    state: int
    name: str
    many: bool
    read: Certain | None
    inner: _Kind | None


@dataclass(eq=False, slots=True)
class _State:
    """`steps`: what may come next, by tag as it is written; `may_end`: nothing need."""

    may_end: bool
    steps: dict[str, _Step] = field(default_factory=dict)


class _Step(NamedTuple):
    """A `_Known` as it is written. `end`: all that ends it, empty where the tag itself does."""

    state: _State
    name: str
    many: bool
    read: Certain | None
    inner: _Kind | None
    end: str


class PlainReader:
    """Reads the replies of one operation."""

    def __init__(self, version: Version, tag: str, content: Content, struct: Struct) -> None:
        """`tag`: of the element in the body, which has `content`. Raises Unsure where no reply could be read."""
        self._version, self._tag = version, tag
        self._kinds: dict[tuple[Content, Struct], _Kind] = {}
        self._root = self._kind(content, struct)
        if not self._root.is_read:
            raise Unsure("something in it is not known")
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

    def _kind(self, content: Content, struct: Struct) -> _Kind:
        """The type of an element, with those of all that it can have in it. Types may contain themselves."""
        known = self._kinds.get((content, struct))
        if known is not None:
            return known
        plan = reading_plan(struct)
        kind = self._kinds[content, struct] = _Kind(plan.absent, plan.lists, bool(struct.derived), set(content.ends))
        kind.steps = [
            {tag: found for tag, step in steps.items() if (found := self._known(tag, step, struct)) is not None}
            for steps in content.steps
        ]
        is_plain = not (content.problem or struct.text or struct.group or struct.mixed or struct.is_abstract)
        kind.is_read = is_plain and bool(kind.steps) and bool(kind.steps[0]) and _has_end(kind) and _is_orderly(kind)
        if not kind.is_read:  # a type that contains it may have been put together already
            kind.steps, kind.ends = [{}], set()
        return kind

    def _known(self, tag: str, step: tuple[int, Any], struct: Struct) -> _Known | None:
        """One element of a type, by its tag; None where it is not certain what it means."""
        state, what = step
        member = struct.elements.get(tag)
        if member is None or what is None:
            return None
        if isinstance(what, Content) and isinstance(member.shape, Struct):
            inner = self._kind(what, member.shape)
            return _Known(state, member.name, member.many, None, inner) if inner.is_read else None
        if isinstance(what, Facets) and isinstance(member.shape, Leaf):
            try:
                return _Known(state, member.name, member.many, certain(what, member.shape), None)
            except Unsure:
                return None
        return None


class _Beginning:
    """A message after its beginning: how tags are written in it, and its end."""

    def __init__(self, root: _Kind, opened: list[str], spaces: dict[str | None, str], *, is_utf8: bool) -> None:
        """`opened`: the tags that are open, as they are written; `spaces`: by the prefixes that are declared."""
        self.is_utf8 = is_utf8
        self._root = root
        self._end, *self._outer = (f"/{name}" for name in reversed(opened))
        self._prefixes: dict[str, list[str]] = {}
        for prefix, space in spaces.items():
            self._prefixes.setdefault(space, []).append(f"{prefix}:" if prefix else "")
        if None not in spaces:
            self._prefixes[""] = [""]
        self._starts: dict[_Kind, _State] = {}

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

    def _struct(self, pairs: Iterator[tuple[str, str]], kind: _Kind, end: str, depth: int) -> dict[str, Any] | None:
        """An element with elements in it, from behind its tag to its end."""
        values: dict[str, Any] = kind.absent.copy()
        for name in kind.lists:
            values[name] = []
        if kind.has_type:
            values[TYPE] = None
        state = self._starts.get(kind) or self._start(kind)
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

    def _start(self, kind: _Kind) -> _State:
        """The first state of a type, with all that can follow, as it is written here."""
        states = [_State(may_end=number in kind.ends) for number in range(len(kind.steps))]
        for state, steps in zip(states, kind.steps, strict=True):
            for tag, known in steps.items():
                for written in self._written(tag):
                    behind, name, many, read, inner = known
                    state.steps[written] = _Step(states[behind], name, many, read, inner, f"/{written}")
                    if read is not None:
                        state.steps[f"{written}/"] = _Step(states[behind], name, many, read, inner, "")
        self._starts[kind] = states[0]
        return states[0]

    def _written(self, tag: str) -> list[str]:
        """All ways to write a tag."""
        space, _, local = tag.removeprefix("{").rpartition("}")
        return [f"{prefix}{local}" for prefix in self._prefixes.get(space, ())]


def plain_reader(version: Version, message: Message, declarations: Declarations | None) -> PlainReader | None:
    """For the replies of an operation; None where the schema says of all of them what is not known here."""
    if message.tag is None or message.header is not None or message.uncompiled or declarations is None:
        return None
    content = declarations.element(message.tag) if not message.is_rpc else None
    try:
        return PlainReader(version, message.tag, content, message.body) if isinstance(content, Content) else None
    except Unsure:
        return None


def _has_end(kind: _Kind) -> bool:
    """Whether an element of the type can end without one that is not known."""
    waiting, seen = [0], {0}
    while waiting:
        at = waiting.pop()
        if at in kind.ends:
            return True
        for step in kind.steps[at].values():
            if step.state not in seen:
                seen.add(step.state)
                waiting.append(step.state)
    return False


def _is_orderly(kind: _Kind) -> bool:
    """Whether nothing can come twice that is no list."""
    behind: list[set[str]] = [set() for _ in kind.steps]
    # From each state all names that can still come.
    changes = True
    while changes:
        changes = False
        for at, steps in enumerate(kind.steps):
            names = {step.name for step in steps.values()}.union(*(behind[step.state] for step in steps.values()))
            if names != behind[at]:
                behind[at], changes = names, True
    return all(step.many or step.name not in behind[step.state] for steps in kind.steps for step in steps.values())


def _resolved(text: str) -> str:
    """A text with the five characters that XML has names for."""
    return _REFERENCE.sub(lambda found: _CHARACTERS[found[1]], text)


def _is_allowed(content: bytes) -> bool:
    """Whether it has only characters that XML knows. Halves of characters are none of UTF-8."""
    return not any(never in content for never in _NEVER)


def _is_blank(text: str | None) -> bool:
    return not (text or "").strip(_BLANKS)
