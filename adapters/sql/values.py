"""Values on their way into a query and out of it. Knows no connection; every value leaves as plain data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Any
from uuid import UUID

from adapters.base import BadArguments, Cause, NoAnswer

BINDABLE = (str, int, float, bool, Decimal, date, datetime)
_BINDABLE_AS_IT_IS = frozenset(BINDABLE)


def checked_arguments(names: Sequence[str], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a query, all of them and no others. Raises BadArguments, naming each that does not fit.

    A null is refused: compared with it, no row ever fits, and an empty answer would look like a real one.
    """
    if arguments.keys() == frozenset(names) and _BINDABLE_AS_IT_IS.issuperset(map(type, arguments.values())):
        return {name: arguments[name] for name in names}
    given = {name: arguments[name] for name in names if name in arguments}
    null = [name for name, value in given.items() if value is None]
    problems = [
        f"{what}: {', '.join(sorted(found))}"
        for what, found in (
            ("missing", [name for name in names if name not in given]),
            ("unknown", [name for name in arguments if name not in given]),
            ("null", null),
            (
                "not a single value",
                [n for n, value in given.items() if n not in null and not isinstance(value, BINDABLE)],
            ),
        )
        if found
    ]
    if problems:
        raise BadArguments(f"arguments of the query do not fit ({'; '.join(problems)})")
    return given


def plain_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Rows as plain data under lower-case names. Raises NoAnswer(UNREADABLE) for a value that has no plain form."""
    return [_plain_row(columns, row) for row in rows]


def _plain_row(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for column, value in zip(columns, row, strict=True):
        kind = type(value)
        if kind is str:  # the two common cases, without a call
            plain[column] = value.rstrip(" ")
        else:
            plain[column] = value if kind in SAME else _plain(column, value)
    return plain


def _plain(column: str, value: Any) -> Any:
    try:
        convert = PLAIN.get(type(value)) or _nearest(type(value))
        return convert(value)
    except ValueError as error:
        raise NoAnswer(Cause.UNREADABLE, f"column {column}: {error}") from error


def _same(value: Any) -> Any:
    return value


def _text(value: str) -> str:
    # CHAR(n) comes back padded; a padded code would match no lookup.
    return value.rstrip(" ")


def _finite(value: Any) -> Any:
    # NaN compares false with everything, infinity beats every threshold: neither may reach a rule.
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a number to decide on")
    return value


def _decoded(value: bytes) -> str:
    try:
        return _text(bytes(value).decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"{len(value)} bytes that are no UTF-8 text") from error


def _nearest(kind: type) -> Callable[[Any], Any]:
    """For a type that derives from a known one: asyncpg has a UUID of its own, among others."""
    return next((PLAIN[base] for base in kind.__mro__ if base in PLAIN), _unusual)


def _unusual(value: Any) -> Any:
    raise ValueError(f"values of type {type(value).__name__} have no plain form; CAST the column to text")


def _list(value: Sequence[Any]) -> list[Any]:
    return [_plain("", item) for item in value]


def _object(value: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): _plain(name, item) for name, item in value.items()}


SAME = frozenset({type(None), bool, int, date, datetime})
PLAIN: dict[type, Callable[[Any], Any]] = {
    **dict.fromkeys(SAME, _same),
    str: _text,
    float: _finite,
    Decimal: _finite,
    bytes: _decoded,
    memoryview: _decoded,
    time: time.isoformat,
    list: _list,
    tuple: _list,
    dict: _object,
    **dict.fromkeys((UUID, IPv4Address, IPv6Address, IPv4Interface, IPv6Interface, IPv4Network, IPv6Network), str),
}
