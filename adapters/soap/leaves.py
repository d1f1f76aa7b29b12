"""Simple values from their texts, by the kind of their type. Knows no elements."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from adapters.soap.shapes import Kind, Leaf

DATE_LENGTH = len("2026-01-31")
TEXTS = frozenset({Kind.TEXT, Kind.COLLAPSED})

ReadText = Callable[[str], Any]


def text_reader(shape: Leaf) -> ReadText:
    """What reads the texts of a simple type. It raises ValueError, ArithmeticError or KeyError."""
    if shape.enum and shape.kind is Kind.TEXT and not shape.listed:
        return {text: text for text in shape.enum}.__getitem__  # a KeyError says that it is none of them
    if shape.listed or (shape.enum and shape.kind in TEXTS):
        return partial(read_text, shape)
    return READERS[shape.kind]


def read_text(shape: Leaf, text: str) -> Any:
    """A simple value from its text. Raises ValueError, ArithmeticError or KeyError."""
    if shape.listed:
        single = Leaf(shape.kind, shape.enum)
        return [read_text(single, item) for item in text.split()]
    value = READERS[shape.kind](text)
    if shape.enum and shape.kind in TEXTS and value not in shape.enum:
        raise ValueError(text)
    return value


def _collapsed(text: str) -> str:
    return " ".join(text.split())


class _Booleans(dict[str, bool]):
    """By text; blanks around it mean nothing."""

    def __missing__(self, text: str) -> bool:
        stripped = text.strip()
        if stripped == text:
            raise KeyError(text)
        return self[stripped]


BOOLEANS = _Booleans({"true": True, "1": True, "false": False, "0": False})


def _digits(text: str) -> str:
    """A number as XML has it: Python would take `1_000` and the digits of other scripts, too."""
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return text


def _integer(text: str) -> int:
    if "_" in text or not text.isascii():  # as `_digits`, without a call: of many messages half are whole numbers
        raise ValueError(text)
    return int(text)


def _float(text: str) -> float:
    number = float(_digits(text))
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _decimal(text: str) -> Decimal:
    if "_" in text or not text.isascii():
        raise ValueError(text)
    number = Decimal(text.strip())
    if not number.is_finite():
        raise ValueError(text)
    return number


def _date(text: str) -> date:
    # A time zone on a date says nothing about the day that was meant.
    return date.fromisoformat(text.strip()[:DATE_LENGTH])


def _datetime(text: str) -> datetime:
    return datetime.fromisoformat(text.strip())


READERS: dict[Kind, Callable[[str], Any]] = {
    Kind.TEXT: str,
    Kind.COLLAPSED: _collapsed,
    Kind.LEXICAL: _collapsed,
    Kind.BOOLEAN: BOOLEANS.__getitem__,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.FLOAT: _float,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.ANY: str,
}
