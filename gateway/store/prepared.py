"""An INSERT of whole rows, put together once: what is written with every POQ should not be compiled anew each time.

SQLAlchemy builds a statement for each call, looks it up by its structure and converts row by row; on SQLite that takes
several times as long as the insert itself. So there the text and the conversions are kept, and the driver is called
directly; what it raises comes in SQLAlchemy's words as ever. Other engines wait for a server anyway.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, Table, exc, insert
from sqlalchemy.dialects import sqlite

_SQLITE = sqlite.dialect()


class RowInsert:
    """Inserts rows of one table. What a row leaves out is null, or the column's default."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: dict[tuple[str, ...], _Prepared] = {}

    def run(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Raises what `Connection.execute` does."""
        for columns, some in groupby(rows, tuple):
            if connection.dialect.name == _SQLITE.name:
                self._run_on_sqlite(connection, columns, some)
            else:
                connection.execute(insert(self._table), list(some))

    def _run_on_sqlite(self, connection: Connection, columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> None:
        driver = cast(sqlite3.Connection, connection.connection.dbapi_connection)
        prepared = self._known.get(columns) or self._known.setdefault(columns, _Prepared(self._table, columns))
        try:
            driver.executemany(prepared.text, map(prepared.bound, rows))
        except sqlite3.Error as error:
            raise exc.DBAPIError.instance(prepared.text, None, error, sqlite3.Error, hide_parameters=True) from error


class _Prepared:
    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        names, places = ", ".join(columns), ", ".join("?" * len(columns))
        self.text = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608 - names of ours
        self._values = itemgetter(*columns)
        processors = [table.c[name].type.bind_processor(_SQLITE) for name in columns]
        self._conversions: list[tuple[int, Callable[[Any], Any]]] = [
            (place, convert) for place, convert in enumerate(processors) if convert is not None
        ]

    def bound(self, row: Mapping[str, Any]) -> list[Any]:
        values = list(self._values(row))
        for place, convert in self._conversions:
            if values[place] is not None:
                values[place] = convert(values[place])
        return values
