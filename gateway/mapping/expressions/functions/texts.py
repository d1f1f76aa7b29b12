"""Functions over texts. Patterns run on RE2, whose time is bounded by the text's length, whatever the pattern."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from gateway.mapping.expressions.errors import ExpressionError
from gateway.mapping.expressions.functions.registry import Parameter, function
from gateway.mapping.expressions.values import elements, kind
from gateway.mapping.expressions.work import CHARACTERS, MAX_LIST, charge, makes, walked

_TEXT = Parameter("text", "text")
_SILENT = re2.Options()
_SILENT.log_errors = False
_SILENT.max_mem = 1024 * 1024

LONGEST_PATTERN = 1_000
_STEPS = 70
"""So many steps of a pattern's program are one unit of work, where the quick way of RE2 is not to be had."""
_UNKNOWN_PATTERN = 15_000
"""Units of work to make a pattern ready, at most; it is then known."""


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ExpressionError(f"{name}() needs a text, got {kind(value)}; text(…) makes one")
    return value


@function(_TEXT, returns="text", example="upper(row.city)")
def upper(value: Any) -> str:
    """The text in capitals."""
    text = _text(value, "upper")
    return text.upper() if makes(3 * len(text)) else ""


@function(_TEXT, returns="text", example="lower(row.city)")
def lower(value: Any) -> str:
    """The text in small letters."""
    text = _text(value, "lower")
    return text.lower() if makes(3 * len(text)) else ""


@function(_TEXT, returns="text", example="strip(row.stat_cd)")
def strip(value: Any) -> str:
    """The text without white space at its ends."""
    charge(len(_text(value, "strip")) // CHARACTERS)
    return str(value).strip()


@function(_TEXT, Parameter("separator", "text"), returns="list of texts", example="split('A;B', ';')")
def split(value: Any, separator: Any) -> list[str]:
    """The parts between the separators."""
    if not _text(separator, "split"):
        raise ExpressionError("split() needs a separator")
    charge(len(_text(value, "split")) // CHARACTERS)
    parts = value.count(separator) + 1
    if parts > MAX_LIST:
        raise ExpressionError(f"split() would give a list of {parts} elements, longer than {MAX_LIST}")
    charge(parts)
    return list(str(value).split(separator))


@function(
    Parameter("list", "list of texts"), Parameter("separator", "text"), returns="text", example="join(codes, ', ')"
)
def join(items: Any, separator: Any) -> str:
    """The texts of a list in one, with the separator between them."""
    parts = [_text(item, "join") for item in walked(elements(items))]
    makes(sum(map(len, parts)) + len(_text(separator, "join")) * len(parts))
    return str(separator).join(parts)


@function(_TEXT, Parameter("old", "text"), Parameter("new", "text"), returns="text", example="replace(id, '-', '')")
def replace(value: Any, old: Any, new: Any) -> str:
    """The text with each `old` replaced by `new`."""
    if not _text(old, "replace"):
        raise ExpressionError("replace() needs a text to look for")
    charge(len(_text(value, "replace")) // CHARACTERS)
    grows = value.count(old) * (len(_text(new, "replace")) - len(old))
    makes(len(value) + grows)  # counted before it is made: it could be a million times as long
    return str(value).replace(old, new)


@function(_TEXT, Parameter("pattern", "text"), returns="truth value", example="matches(ref, 'ENNI-[0-9]+')")
def matches(value: Any, pattern: Any) -> bool:
    """Whether the whole text fits a regular expression (RE2: no backreferences, no look-around)."""
    compiled = compiled_pattern(_text(pattern, "matches"))
    charge(len(_text(value, "matches")) * compiled.programsize // _STEPS)
    return compiled.fullmatch(value) is not None


@lru_cache(maxsize=512)
def compiled_pattern(pattern: str) -> Any:
    """The pattern, ready. Raises ExpressionError."""
    if len(pattern) > LONGEST_PATTERN:
        raise ExpressionError(f"matches(): the pattern is longer than {LONGEST_PATTERN} characters")
    charge(_UNKNOWN_PATTERN)
    try:
        return re2.compile(pattern, _SILENT)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error.args[0]
        raise ExpressionError(f"matches(): the pattern cannot be read: {reason}") from error
