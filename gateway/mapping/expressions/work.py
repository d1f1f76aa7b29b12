"""The account of an evaluation's work: how long lists and texts may be, and how much many of them may take together.

What makes or walks a list or a text says so here, before it does; then no expression holds the gateway up or fills its
memory, whatever it says.
"""

from __future__ import annotations

import math
import threading
from typing import Any

from gateway.mapping.expressions.errors import ExpressionError

MAX_TEXT = 65_536
MAX_LIST = 2_000

MOST_WORK = 40_000
"""Units of work in one evaluation: one is about what an operation on a small value takes, tenths of a microsecond."""

CHARACTERS = 20
"""So many characters of a text that is read or made are one unit."""


class Account:
    """What is left of the work of an evaluation; without end where nothing is evaluated."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = math.inf


class _Accounts(threading.local):
    """Each thread has its own."""

    def __init__(self) -> None:
        self.mine = Account()


accounts = _Accounts()


def charge(units: float) -> None:
    """Count work. Lists and texts are bounded each for itself; this bounds what many of them take together.

    Raises ExpressionError.
    """
    account = accounts.mine
    account.left -= units
    if account.left < 0:
        raise ExpressionError("takes too much work: use shorter lists or texts, or do a part of it under 'let'")


def bounded(values: list[Any]) -> list[Any]:
    """A list no longer than the language allows."""
    if len(values) > MAX_LIST:
        raise ExpressionError(f"a list of {len(values)} elements is longer than {MAX_LIST}")
    return values


def walked(items: list[Any], units: float = 1) -> list[Any]:
    """A list whose elements are all looked at, each for so many units of work."""
    charge(len(items) * units)
    return items


def joined(left: str, right: str) -> str:
    """The two texts in one; no longer than the language allows."""
    return left + right if makes(len(left) + len(right)) else ""


def makes(characters: int) -> bool:
    """Count a text of that length before it is made; true. Raises ExpressionError where it is too long."""
    if characters > MAX_TEXT:
        raise ExpressionError(f"a text of {characters} characters is longer than {MAX_TEXT}")
    charge(characters // CHARACTERS)
    return True
