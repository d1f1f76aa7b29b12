"""From arguments to the text of a message, where nothing about them is special: nearly all requests.

Elements of objects, lists and single values only, each of which fits; what does not (a null that is said, a line break,
a derived type, a mistake) is left to `adapters.soap.encode`, which builds the same message element by element, at three
times the cost. What is written here certainly fits the schema: where that is not certain there is no text either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from adapters.soap.declarations import Declarations
from adapters.soap.encode import WRITERS, WriteText
from adapters.soap.envelope import Version
from adapters.soap.exchange import Message
from adapters.soap.known import KnownType, known_type
from adapters.soap.shapes import Kind, Leaf, Member, Struct, reached

_Part: TypeAlias = tuple[str, str, str, str, bool, WriteText | None]
"""An element as it is written: its name, its tag, the texts that begin and end it, whether there are many, and how a
single value is written.
"""


class TextWriter:
    """Writes the requests of one operation."""

    def __init__(self, version: Version, message: Message, known: KnownType) -> None:
        """The message is one element of the `known` type, as `text_writer` has found."""
        structs = reached(message.body)
        tags = [str(message.tag), *(tag for struct in structs for tag in struct.elements)]
        spaces = dict.fromkeys(tag[1:].partition("}")[0] for tag in tags if tag.startswith("{"))
        self._prefixes = {space: f"n{number}:" for number, space in enumerate(spaces)}
        self._parts = {id(struct): [self._part(member) for member in struct.members.values()] for struct in structs}
        self._root = known
        declared = "".join(f' xmlns:{self._prefixes[space][:-1]}="{_attribute(space)}"' for space in spaces)
        tag = self._tag(str(message.tag))
        begin = f'<soap:Envelope xmlns:soap="{version.namespace}"{declared}><soap:Body><{tag}>'
        self._begin = f"<?xml version='1.0' encoding='utf-8'?>\n{begin}"
        self._end = f"</{tag}></soap:Body></soap:Envelope>"

    def text(self, arguments: Mapping[str, Any]) -> bytes | None:
        """The whole envelope; None where something is special."""
        pieces = [self._begin]
        try:
            if not self._put(pieces, self._root, arguments):
                return None
        except ValueError:  # a number that is too long to be written
            return None
        pieces.append(self._end)
        return "".join(pieces).encode()

    def _put(self, pieces: list[str], known: KnownType, values: Any) -> bool:
        """Whether all of an object could be written."""
        struct, steps, state = known.struct, known.steps, 0
        if type(values) is not dict or not values.keys() <= struct.members.keys():
            return False
        for name, tag, opening, closing, many, write in self._parts[id(struct)]:
            value = values.get(name)
            if value is None:
                continue
            if many and type(value) is not list:
                return False
            for item in value if many else (value,):
                element = steps[state].get(tag)
                if element is None:  # something that is needed is not there, or too much is
                    return False
                state, _, _, read, inner = element
                pieces.append(opening)
                if inner is not None:
                    if not self._put(pieces, inner, item):
                        return False
                else:
                    text = write(item) if write is not None else None
                    if text is None or read is None or not text.isprintable() or read(text) is None:
                        return False
                    pieces.append(_escaped(text) if "&" in text or "<" in text or ">" in text else text)
                pieces.append(closing)
        return state in known.ends

    def _part(self, member: Member) -> _Part:
        tag, shape = self._tag(str(member.tag)), member.shape
        write = WRITERS[shape.kind] if isinstance(shape, Leaf) else None
        return member.name, str(member.tag), f"<{tag}>", f"</{tag}>", member.many, write

    def _tag(self, tag: str) -> str:
        space, found, local = tag[1:].partition("}")
        return f"{self._prefixes[space]}{local}" if found else tag


def text_writer(version: Version, message: Message, declarations: Declarations | None) -> TextWriter | None:
    """For the requests of an operation; None where none of them could be written as text."""
    if declarations is None or not _is_textual(message):
        return None
    known = known_type(message, declarations)
    return TextWriter(version, message, known) if known is not None else None


def _is_textual(message: Message) -> bool:
    """Whether its values could be written as text: one element that has elements, objects and single values in it."""
    if message.tag is None or message.header is not None or message.uncompiled:
        return False
    return all(_is_plain(struct) for struct in reached(message.body))


def _is_plain(struct: Struct) -> bool:
    others = (struct.text, struct.attributes, struct.wild, struct.group, struct.derived, struct.is_abstract)
    return not any(others) and all(_is_written_plainly(member.shape) for member in struct.members.values())


def _is_written_plainly(shape: Leaf | Struct) -> bool:
    return isinstance(shape, Struct) or not (shape.listed or shape.kind is Kind.ANY)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attribute(text: str) -> str:
    return _escaped(text).replace('"', "&quot;")
