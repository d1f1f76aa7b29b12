"""Value maps in CSV files: from the text to entries with their places, or every mistake in it.

UTF-8, parted by commas; the first line says `from,to` (in either order). One line is one entry; the key `otherwise`
stands for all that are not there. A cell is a text. Knows no mapping.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.sources.findings import Finding, Location, nearest

COLUMNS = ("from", "to")
MAX_ROWS = 50_000

_Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Table:
    """What a file says: values by key, and where each entry stands."""

    entries: Mapping[str, str]
    places: Mapping[str, Location]


def read_table(text: str, file: str) -> tuple[Table, list[Finding]]:
    """The table of a file's text, as far as it can be read, and what is wrong with it."""
    findings: list[Finding] = []
    rows = list(_rows(text, file, findings))
    if not rows:
        findings = findings or [Finding(Location(file), "MAP-506", "is empty", "write from,to in the first line")]
        return Table({}, {}), findings
    header, body = rows[0], rows[1:]
    wrong = list(_check_header(header, file))
    if wrong:
        return Table({}, {}), wrong
    if len(body) > MAX_ROWS:
        findings.append(Finding(Location(file), "MAP-506", f"has more than {MAX_ROWS} entries"))
    return _table(header[1], body[:MAX_ROWS], file, findings), findings


def _rows(text: str, file: str, findings: list[Finding]) -> Iterator[_Row]:
    """Each record with the line on which it begins; lines with nothing on them are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        findings.append(Finding(Location(file, line), "MAP-506", f"is no CSV: {error}", "close the quotes"))


def _check_header(header: _Row, file: str) -> Iterator[Finding]:
    line, names = header
    for number, name in enumerate(names):
        if name not in COLUMNS or name in names[:number]:
            hint = f"{nearest(name, COLUMNS)}; the first line is from,to"
            at = Location(file, line, _column(names, number))
            yield Finding(at, "MAP-507", f"'{name}' is no column, or stands here twice", hint)
            return
    for name in COLUMNS:
        if name not in names:
            yield Finding(Location(file, line), "MAP-507", f"the column '{name}' is missing", "write from,to")


def _table(names: Sequence[str], body: Sequence[_Row], file: str, findings: list[Finding]) -> Table:
    entries: dict[str, str] = {}
    places: dict[str, Location] = {}
    key_at = list(names).index("from")
    for line, cells in body:
        where = Location(file, line)
        if wrong := _wrong(cells, where):
            findings.append(wrong)
            continue
        key, value = cells[key_at], cells[1 - key_at]
        if key in entries:
            message = f"'{key}' stands here a second time, first in line {places[key].line}"
            findings.append(Finding(where, "MAP-508", message, "keep one of the two"))
            continue
        entries[key], places[key] = value, where
    return Table(entries, places)


def _wrong(cells: Sequence[str], where: Location) -> Finding | None:
    if len(cells) != len(COLUMNS):
        message = f"has {len(cells)} cell(s), not {len(COLUMNS)}"
        return Finding(where, "MAP-506", message, "a value with a comma stands in quotes")
    for number, cell in enumerate(cells):
        at = Location(where.file, where.line, _column(cells, number))
        if not cell:
            return Finding(at, "MAP-506", "a cell is empty", "write the value, or take the line out")
        if cell != cell.strip():
            return Finding(at, "MAP-506", f"'{cell}' has white space at its ends", "take it out")
    return None


def _column(cells: Sequence[str], number: int) -> int:
    """About where a cell begins: quotes are not counted."""
    return 1 + sum(len(cell) + 1 for cell in cells[:number])
