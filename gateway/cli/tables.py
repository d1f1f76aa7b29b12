"""What operators' commands print: plain tables, instants in UTC to the second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

LONGEST = 200
"""Characters of one cell."""


def instant(value: datetime) -> str:
    """`2026-11-23T08:00:00Z`; `value` is aware and in UTC."""
    return value.isoformat(timespec="seconds").replace("+00:00", "Z")


def plain(text: str) -> str:
    """A text of somebody else as one that a terminal only shows: control characters are spelled, long ones cut."""
    shown = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows as lines, their columns under each other."""
    rows = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
