"""Functions that turn one kind of value into another, and units of information rate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from gateway.mapping.expressions.errors import ExpressionError
from gateway.mapping.expressions.functions.registry import Parameter, function
from gateway.mapping.expressions.values import Number, finite, kind

_BITS = {"BPS": 1, "KBPS": 10**3, "MBPS": 10**6, "GBPS": 10**9, "TBPS": 10**12}
_SMALL = 10**14
"""Whole numbers below it are whole, and exact, in any unit."""

_TRUE = {"true", "t", "yes", "y", "1", "on"}
_FALSE = {"false", "f", "no", "n", "0", "off"}

_NUMERAL = re.compile(r"[-+]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,2})?\Z")

_RATE = Parameter("rate", "{irValue, irUnits}")
_ANY = Parameter("value", "any")


@function(
    Parameter("value", "any", nullable=True),
    Parameter("instead", "any", nullable=True),
    returns="value or instead",
    example="default(row.floor, 'ground')",
)
def default(value: Any, instead: Any) -> Any:
    """The value, or what stands instead where it is null. It must never be a promise: lint refuses green and yellow."""
    return instead if value is None else value


def _whole(value: Decimal) -> int | float:
    """An integer where it is one: legacy systems take and give whole numbers."""
    return int(value) if value == value.to_integral_value() else float(value)


def _bits(rate: Any, name: str) -> int | Decimal:
    if not isinstance(rate, Mapping):
        raise ExpressionError(f"{name}() needs an object with irValue and irUnits, got {kind(rate)}")
    value, units = rate.get("irValue"), rate.get("irUnits")
    if (
        not isinstance(units, str)
        or units not in _BITS
        or isinstance(value, bool)
        or not isinstance(value, (int, float, Decimal))
    ):
        raise ExpressionError(f"{name}() needs an irValue and irUnits out of {', '.join(_BITS)}")
    if type(value) is int and -_SMALL < value < _SMALL:
        return value * _BITS[units]
    return Decimal(str(finite(value))) * _BITS[units]


def _in_units(bits: int | Decimal, unit: int) -> int | float:
    """So many bits in a larger unit; whole numbers, which most are, without a decimal."""
    if type(bits) is int and not bits % unit:
        return bits // unit
    return _whole(Decimal(bits) / unit)


@function(_RATE, returns="number", example="mbps(flow.cir)")
def mbps(rate: Any) -> int | float:
    """An information rate of the standard in Mbit/s."""
    return _in_units(_bits(rate, "mbps"), 10**6)


@function(_RATE, returns="number", example="kbps(flow.cir)")
def kbps(rate: Any) -> int | float:
    """An information rate of the standard in kbit/s."""
    return _in_units(_bits(rate, "kbps"), 10**3)


def _decimal(value: Any, name: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ExpressionError(f"{name}() cannot read {kind(value)}")
    if isinstance(value, str) and not _NUMERAL.match(value.strip()):
        raise ExpressionError(f"{name}() cannot read the text as a number")
    read = Decimal(value.strip() if isinstance(value, str) else str(finite(value)))
    return Decimal(finite(read))


@function(_ANY, returns="number", example="number(row.spd_kb) / 1000")
def number(value: Any) -> Number:
    """A text or a number as a number. What is no number fails."""
    return _whole(_decimal(value, "number"))


@function(_ANY, returns="integer", example="integer(row.lead_days)")
def integer(value: Any) -> int:
    """A text or a number as an integer. A fraction fails: it is never cut off."""
    if type(value) is int:
        return int(finite(value))
    read = _decimal(value, "integer")
    if read != read.to_integral_value():
        raise ExpressionError(f"integer() got a fraction: {value}")
    return int(read)


@function(_ANY, returns="text", example="text(row.metro_no)")
def text(value: Any) -> str:
    """A number, a truth value, a date or a text as a text."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
        case int() | Decimal():
            return f"{finite(value):f}" if isinstance(value, Decimal) else str(finite(value))
        case float():
            return str(int(finite(value)) if value.is_integer() else value)
        case _:
            raise ExpressionError(f"text() cannot write {kind(value)}")


@function(_ANY, returns="truth value", example="boolean(row.act_flg)")
def boolean(value: Any) -> bool:
    """true, yes, Y, 1 … and false, no, N, 0 … as a truth value. Anything else fails, a blank too."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, str | int | Decimal) else ""
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ExpressionError(f"boolean() cannot read {kind(value)} as true or false")
