"""Simple types of a schema as checks of a text that are certain: what passes is valid, what does not may be so too.

Whoever meets a text that does not pass asks the schema's own validator. So only what is plain has to be known here, in
its most common form: numbers without blanks, dates without a zone, texts by length, list and simple patterns. Knows no
elements.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from adapters.soap.leaves import READERS
from adapters.soap.patterns import python_pattern
from adapters.soap.shapes import Kind, Leaf

Certain = Callable[[str], Any]
"""The value of a text; None where it is not certain that the schema allows it."""

_LONGEST = 18
"""Digits of a number. Validators differ in how many more they take."""
_LONGEST_MATCHED = 200
"""Characters of a text that is held against a pattern."""

_WHOLE: Final[dict[str, tuple[int | None, int | None]]] = {
    "integer": (None, None),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in (("byte", 8), ("short", 16), ("int", 32))},
    **{f"unsigned{name}": (0, 2**bits - 1) for name, bits in (("Byte", 8), ("Short", 16), ("Int", 32), ("Long", 64))},
    "long": (-(2**63), 2**63 - 1),
}
"""Built-in types of whole numbers, each with its least and its greatest."""
_TEXTS: Final = {"string": False, "normalizedString": True, "token": True}
"""Built-in types of text: whether blanks in it mean nothing."""
_FLOAT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?(?:E-?[0-9]{1,2})?")
_DATE_LENGTH = len("2026-01-31")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])?"
)
_FORMS = {
    "dateTime": _MOMENT,
    "double": _FLOAT,
    "time": re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"),
    "anyURI": re.compile(r"urn:[A-Za-z0-9]+(?:[:._-][A-Za-z0-9]+)*|https?://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._-]+)*/?"),
}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class Unsure(Exception):
    """Something that a schema says is not known here. The text says what, in its own words."""


@dataclass(frozen=True)
class Facets:
    """A simple type: the built-in one that it comes from, and all that is asked for on the way.

    `listed`: the texts that are allowed, None where none are listed; `least` and `most` bound numbers, `shortest` and
    `longest` texts; `digits` and `fraction` are the most of a number; one of each group of `patterns` has to fit.
    """

    base: str
    listed: frozenset[str] | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    shortest: int = 0
    longest: int | None = None
    digits: int | None = None
    fraction: int | None = None
    is_collapsed: bool = False
    patterns: tuple[tuple[str, ...], ...] = ()


def builtin(name: str) -> Facets:
    """A type of XML Schema itself. Raises Unsure."""
    if name in _WHOLE:
        least, most = _WHOLE[name]
        return Facets(
            "integer",
            least=None if least is None else Decimal(least),
            most=None if most is None else Decimal(most),
        )
    if name in _TEXTS:
        return Facets("string", is_collapsed=_TEXTS[name])
    if name in ("boolean", "decimal", "date", "dateTime", "time", "anyURI", "float", "double"):
        return Facets("double" if name == "float" else name)
    raise Unsure(f"the type {name}")


def restricted(base: Facets, facets: list[etree._Element]) -> Facets:
    """The type that a restriction makes of another. Raises Unsure."""
    listed: list[str] = []
    patterns: list[str] = []
    found = base
    for facet in facets:
        name, said = etree.QName(facet).localname, facet.get("value", "")
        if name == "enumeration":
            listed.append(said)
        elif name == "pattern":
            patterns.append(said)
        else:
            found = _narrowed(found, name, said)
    if patterns:
        found = replace(found, patterns=(*found.patterns, tuple(patterns)))
    if listed:
        found = replace(found, listed=frozenset(listed) & (frozenset(listed) if base.listed is None else base.listed))
    return found


def _narrowed(base: Facets, name: str, said: str) -> Facets:
    """With one facet more. One that does not belong to its type is refused by whoever compiles the schema."""
    is_number = base.base in ("integer", "decimal")
    if name in ("minExclusive", "maxExclusive") and base.base == "integer":
        whole = math.floor(Decimal(said)) + 1 if name == "minExclusive" else math.ceil(Decimal(said)) - 1
        name, said = name.replace("Ex", "In"), str(whole)
    if name == "whiteSpace" and base.base == "string":
        return replace(base, is_collapsed=base.is_collapsed or said != "preserve")
    if name in ("length", "minLength", "maxLength") and base.base == "string":
        size = int(said)
        shortest = max(base.shortest, size) if name != "maxLength" else base.shortest
        longest = base.longest if name == "minLength" else size if base.longest is None else min(base.longest, size)
        return replace(base, shortest=shortest, longest=longest)
    if name in ("minInclusive", "maxInclusive") and is_number:
        bound = Decimal(said)
        if name == "minInclusive":
            return replace(base, least=bound if base.least is None else max(base.least, bound))
        return replace(base, most=bound if base.most is None else min(base.most, bound))
    if name in ("totalDigits", "fractionDigits") and is_number:
        size = int(said)
        if name == "totalDigits":
            return replace(base, digits=size if base.digits is None else min(base.digits, size))
        return replace(base, fraction=size if base.fraction is None else min(base.fraction, size))
    raise Unsure(f"{name} of {base.base}")


def certain(facets: Facets, leaf: Leaf) -> Certain:
    """What gives the value of a text that this type certainly allows, as `adapters.soap.leaves` reads it.

    Raises Unsure.
    """
    kind = _KINDS.get(facets.base, Kind.TEXT)
    is_same = leaf.kind is kind or (facets.is_collapsed and (leaf.kind, kind) == (Kind.COLLAPSED, Kind.TEXT))
    if leaf.listed or not is_same:
        raise Unsure(f"a {facets.base} that is read as {leaf.kind}")
    listed = facets.listed
    if leaf.enum:
        listed = frozenset(leaf.enum) if listed is None else listed & frozenset(leaf.enum)
    read = _plain(facets, leaf)
    if listed is not None:
        values = {text: value for text in listed if (value := read(text)) is not None}
        read = values.get
    if not facets.patterns:
        return read
    return _matched(read, [_one_of(group) for group in facets.patterns])


def _one_of(group: tuple[str, ...]) -> re.Pattern[str]:
    known = [python_pattern(pattern) for pattern in group]
    texts = [pattern for pattern in known if pattern is not None]
    if len(texts) < len(known):
        raise Unsure(f"a pattern {' or '.join(group)}")
    try:
        return re.compile("|".join(texts))
    except re.error as error:
        raise Unsure(f"a pattern {' or '.join(group)}") from error


def _matched(read: Certain, patterns: list[re.Pattern[str]]) -> Certain:
    def matched(text: str) -> Any:
        if len(text) > _LONGEST_MATCHED or not all(pattern.fullmatch(text) for pattern in patterns):
            return None
        return read(text)

    return matched


def _plain(facets: Facets, leaf: Leaf) -> Certain:
    """Without what is listed and the patterns."""
    if facets.base == "string":
        return _text(facets)
    if facets.base == "integer":
        return _integer(facets)
    if facets.base == "decimal":
        return _decimal(facets)
    if facets.base == "boolean":
        return _BOOLEANS.get
    if facets.base == "date":
        return _date
    form = _FORMS[facets.base]
    reader = READERS[leaf.kind]

    def formed(text: str) -> Any:
        try:
            return reader(text) if form.fullmatch(text) else None
        except ValueError:
            return None

    return formed


def _date(text: str) -> date | None:
    if len(text) != _DATE_LENGTH or text[4] != "-" or text[7] != "-":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _text(facets: Facets) -> Certain:
    shortest, longest, is_collapsed = facets.shortest, facets.longest, facets.is_collapsed
    if not shortest and longest is None and not is_collapsed:
        return str

    def text(said: str) -> str | None:
        if len(said) < shortest or (longest is not None and len(said) > longest):
            return None
        return None if is_collapsed and " ".join(said.split()) != said else said

    return text


def _integer(facets: Facets) -> Certain:
    # Bounds need not be whole themselves.
    digits = min(facets.digits or _LONGEST, _LONGEST)
    far = 10**digits - 1
    least = -far if facets.least is None else max(-far, math.ceil(facets.least))
    most = far if facets.most is None else min(far, math.floor(facets.most))

    # Of a zero with a sign validators do not think alike.
    def integer(text: str) -> int | None:
        is_plain = text.isdigit() or (text[:1] == "-" and text[1:].isdigit() and text.strip("-0"))
        if not is_plain or not text.isascii() or len(text) > _LONGEST:
            return None
        number = int(text)
        return number if least <= number <= most else None

    return integer


def _decimal(facets: Facets) -> Certain:
    least, most = facets.least, facets.most
    digits = min(facets.digits or _LONGEST, _LONGEST)
    fraction = _LONGEST if facets.fraction is None else facets.fraction

    def decimal(text: str) -> Decimal | None:
        whole, point, behind = text.removeprefix("-").partition(".")
        if not text.isascii() or not whole.isdigit() or (point and not behind.isdigit()):
            return None
        if len(behind) > fraction or len(whole) + len(behind) > digits:
            return None
        number = Decimal(text)
        is_outside = (least is not None and number < least) or (most is not None and number > most)
        return None if is_outside or (text[0] == "-" and not number) else number

    return decimal


_KINDS = {
    "integer": Kind.INTEGER,
    "decimal": Kind.DECIMAL,
    "boolean": Kind.BOOLEAN,
    "date": Kind.DATE,
    "dateTime": Kind.DATETIME,
    "double": Kind.FLOAT,
    "time": Kind.LEXICAL,
    "anyURI": Kind.LEXICAL,
}
