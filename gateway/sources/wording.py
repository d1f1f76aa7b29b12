"""What libraries say of a broken file, in words for those who wrote it. Knows messages only, no file and no model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Said(NamedTuple):
    """A message, and what to write instead (may be empty)."""

    message: str
    hint: str = ""


PATTERNS: Mapping[str, str] = {
    r"^[a-z][a-z0-9-]*$": "small letters, digits and hyphens, such as broadband-x",
    r"^[A-Za-z][A-Za-z0-9_]*$": "begin with a letter; letters, digits and _ only",
    r"^v[0-9]+$": "v and a number, such as v8",
}
"""How the names look that a pattern asks for."""

_Context = Mapping[str, Any]

_SHAPES: Mapping[str, Callable[[_Context], Said]] = {
    "string_pattern_mismatch": lambda context: _pattern(str(context["pattern"])),
    "string_too_short": lambda _: Said("is empty", "write a text"),
    "string_too_long": lambda context: Said(f"is longer than {context['max_length']} characters"),
    "too_short": lambda _: Said("is an empty list", "name at least one"),
    "too_long": lambda context: Said(f"holds more than {context['max_length']}"),
    "greater_than": lambda context: Said(f"must be more than {context['gt']:g}"),
    "greater_than_equal": lambda context: Said(f"must be {context['ge']:g} or more"),
    "less_than": lambda context: Said(f"must be less than {context['lt']:g}"),
    "less_than_equal": lambda context: Said(f"must be {context['le']:g} or less"),
    "finite_number": lambda _: Said("must be a finite number"),
}


def of_shape(entry: Any) -> Said:
    """One of pydantic's errors about a value that is of the right kind."""
    say = _SHAPES.get(entry["type"])
    if say is not None:
        return say(entry.get("ctx", {}))
    message = entry["msg"].removeprefix("Value error, ")
    return Said(message[:1].lower() + message[1:])


def _pattern(pattern: str) -> Said:
    if pattern == r"\S":
        return Said("is empty", "write a text")
    return Said("cannot be written like this", PATTERNS.get(pattern, f"the pattern is {pattern}"))


_FLOW = "a value with a comma, a quote or a colon in it does not fit between { }: write it on a line of its own"
_QUOTED = "a text that begins with a quote ends with it: put the whole value under '>-'"

A_TAB = Said("a tab", "use spaces")
_INDENTATION = Said(
    "does not follow from the lines above", "the indentation differs from them, or a ':' or quote is missing"
)

_YAML: Mapping[re.Pattern[str], Said] = {
    re.compile(r"expected ',' or"): Said("a ',' or the closing bracket is missing before this", _FLOW),
    re.compile("mapping values are not allowed"): Said(
        "a ':' that cannot stand here", "': ' ends a plain text: put the value under '>-' or into quotes"
    ),
    re.compile("expected (key|'-' indicator|<block end>|'?<document start>)"): _INDENTATION,
    re.compile("expected node content"): Said("a value is missing before this", "quote a text that begins like this"),
    re.compile("tab character"): A_TAB,
    re.compile("could not find expected ':'"): Said("a line that is neither a value nor a key", "write 'key: value'"),
    re.compile("unexpected end of stream|unexpected document"): Said("a quote is not closed", "close it"),
    re.compile("unknown escape character"): Said(
        "a backslash that means nothing here", "use single quotes, or write it twice"
    ),
    re.compile("cannot start any token"): Said("a character that no plain text begins with", "quote the text"),
}


def of_yaml(problem: str, before: str, at: str) -> Said:
    """One of the YAML parser's errors; `before` and `at` are the text of its line before and from its place."""
    if at.startswith("\t"):
        return A_TAB
    said = next((said for pattern, said in _YAML.items() if pattern.search(problem)), Said(problem))
    if said is _INDENTATION and before.strip():
        return Said("a text goes on after its closing quote", _QUOTED)
    return said
