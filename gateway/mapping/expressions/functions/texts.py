"""Functions over texts. Patterns run on RE2, whose time is bounded by the text's length, whatever the pattern."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from gateway.mapping.expressions.functions.registry import Parameter, function
from gateway.mapping.expressions.values import MAX_TEXT, ExpressionError, bounded, elements, kind

_TEXT = Parameter("text", "text")
_SILENT = re2.Options()
_SILENT.log_errors = False


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ExpressionError(f"{name}() needs a text, got {kind(value)}; text(…) makes one")
    return value


@function(_TEXT, returns="text", example="upper(row.city)")
def upper(value: Any) -> str:
    """The text in capitals."""
    return _text(value, "upper").upper()


@function(_TEXT, returns="text", example="lower(row.city)")
def lower(value: Any) -> str:
    """The text in small letters."""
    return _text(value, "lower").lower()


@function(_TEXT, returns="text", example="strip(row.stat_cd)")
def strip(value: Any) -> str:
    """The text without white space at its ends."""
    return _text(value, "strip").strip()


@function(_TEXT, Parameter("separator", "text"), returns="list of texts", example="split('A;B', ';')")
def split(value: Any, separator: Any) -> list[str]:
    """The parts between the separators."""
    if not _text(separator, "split"):
        raise ExpressionError("split() needs a separator")
    return bounded(_text(value, "split").split(separator))


@function(
    Parameter("list", "list of texts"), Parameter("separator", "text"), returns="text", example="join(codes, ', ')"
)
def join(items: Any, separator: Any) -> str:
    """The texts of a list in one, with the separator between them."""
    parts = [_text(item, "join") for item in elements(items)]
    _short(sum(map(len, parts)) + len(_text(separator, "join")) * len(parts), "join")
    return str(separator).join(parts)


@function(_TEXT, Parameter("old", "text"), Parameter("new", "text"), returns="text", example="replace(id, '-', '')")
def replace(value: Any, old: Any, new: Any) -> str:
    """The text with each `old` replaced by `new`."""
    if not _text(old, "replace"):
        raise ExpressionError("replace() needs a text to look for")
    grows = _text(value, "replace").count(old) * (len(_text(new, "replace")) - len(old))
    _short(len(value) + grows, "replace")
    return str(value).replace(old, new)


def _short(length: int, name: str) -> None:
    """Refuse a result before it is made: it could be a million times as long as what it is made of."""
    if length > MAX_TEXT:
        raise ExpressionError(f"{name}() would give a text longer than {MAX_TEXT} characters")


@function(_TEXT, Parameter("pattern", "text"), returns="truth value", example="matches(ref, 'ENNI-[0-9]+')")
def matches(value: Any, pattern: Any) -> bool:
    """Whether the whole text fits a regular expression (RE2: no backreferences, no look-around)."""
    return compiled_pattern(_text(pattern, "matches")).fullmatch(_text(value, "matches")) is not None


@lru_cache(maxsize=512)
def compiled_pattern(pattern: str) -> Any:
    """The pattern, ready. Raises ExpressionError."""
    try:
        return re2.compile(pattern, _SILENT)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error.args[0]
        raise ExpressionError(f"matches(): the pattern cannot be read: {reason}") from error
