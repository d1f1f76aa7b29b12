"""JSON as it goes over the wire: read strictly, with exact numbers, and written without losing any of them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn

from adapters.base import BadArguments, Cause, NoAnswer
from adapters.rest.schemas import besides_null

MOST_LEVELS = 64
_MOST_EXPONENT = 400  # a number like 1e999999999 is small to send and endless to calculate with


class _Refused(ValueError):
    """The text is for the operator."""


def read_json(content: bytes) -> Any:
    """Plain data; numbers with a fraction or exponent are Decimal. Raises NoAnswer(UNREADABLE).

    Refused: other charsets than UTF-8, NaN and Infinity, a member twice, lone surrogates, more than 64 levels.
    """
    try:
        value = _DECODER.decode(content.decode("utf-8-sig"))
        _check(value)
    except UnicodeDecodeError as error:
        raise NoAnswer(Cause.UNREADABLE, "the reply is not in UTF-8") from error
    except RecursionError as error:
        raise NoAnswer(Cause.UNREADABLE, f"the JSON has more than {MOST_LEVELS} levels") from error
    except _Refused as error:
        raise NoAnswer(Cause.UNREADABLE, f"the JSON has {error}") from error
    except json.JSONDecodeError as error:
        raise NoAnswer(Cause.UNREADABLE, f"no JSON: {error.msg} (line {error.lineno}, column {error.colno})") from error
    except ValueError as error:  # a whole number of thousands of digits
        raise NoAnswer(Cause.UNREADABLE, "the JSON has a number that is out of range") from error
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Refused(f"the member {twice!r} twice")
    return members


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > _MOST_EXPONENT:
        raise _Refused("a number that is out of range")
    return number


def _no_number(text: str) -> NoReturn:
    raise _Refused(f"{text}, which is no number")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_float=_number, parse_constant=_no_number)


def _check(value: Any) -> None:
    """Without recursion: levels and texts."""
    waiting = [(value, 1)]
    while waiting:
        one, level = waiting.pop()
        if isinstance(one, str):
            _check_text(one)
        elif isinstance(one, dict | list):
            if level > MOST_LEVELS:
                raise _Refused(f"more than {MOST_LEVELS} levels")
            if isinstance(one, dict):
                waiting += [(part, level) for part in one]
                waiting += [(part, level + 1) for part in one.values()]
            else:
                waiting += [(part, level + 1) for part in one]


def _check_text(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _Refused("half a character (a lone surrogate)") from None


def plain(value: Any, path: str, schema: Mapping[str, Any] | None = None) -> Any:
    """A value as JSON has it: dates as texts, nothing left that JSON cannot say. Raises BadArguments with the path.

    A member that is null is left out, but where the (flat) `schema` wants it to be there.
    """
    match value:
        case None | bool() | int():
            return value
        case str():
            return _text(value, path)
        case Decimal() | float():
            if not math.isfinite(value):
                raise BadArguments(f"{path}: {value} is no number")
            return value
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return _object(value, path, besides_null(schema or {}))
        case list() | tuple():
            items = besides_null(schema or {}).get("items")
            return [plain(part, f"{path}/{number}", items) for number, part in enumerate(value)]
    raise BadArguments(f"{path}: {type(value).__name__} is nothing that JSON could carry")


def _object(value: Mapping[Any, Any], path: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    members, needed = schema.get("properties", {}), schema.get("required", ())
    return {
        _text(str(name), path): plain(part, f"{path}/{name}", members.get(name))
        for name, part in value.items()
        if part is not None or name in needed
    }


def _text(text: str, path: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadArguments(f"{path}: the text has half a character (a lone surrogate)") from None
    return text


def write_json(value: Any, indent: int | None = None, level: int = 0) -> str:
    """A value that `plain` has made, decimals with all their digits."""
    around, inside, after = _spaces(indent, level)
    match value:
        case Decimal():
            return format(value, "f")
        case dict() if value:
            members = (
                f"{json.dumps(name, ensure_ascii=False)}: {write_json(part, indent, level + 1)}"
                for name, part in value.items()
            )
            return "{" + inside + after.join(members) + around + "}"
        case list() if value:
            return "[" + inside + after.join(write_json(part, indent, level + 1) for part in value) + around + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _spaces(indent: int | None, level: int) -> tuple[str, str, str]:
    if indent is None:
        return "", "", ", "
    inside = "\n" + " " * indent * (level + 1)
    return "\n" + " " * indent * level, inside, "," + inside
