"""SQLite: a file, read in this process.

A query is tried on the spot first, for as many steps as an answer by a key needs; what takes longer, or meets a lock,
is run again in the session's thread, and the next time goes there at once. So the common query costs no change of
threads, and no query holds up the others. A single step may be long too: what has one that can be (EXPLAIN says so) is
never tried on the spot, and what took its time there once is not tried again.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from adapters.sql import functions
from adapters.sql.dialect import Dialect, Marks
from adapters.sql.engines.sqlite_file import SqliteFile
from adapters.sql.options import SqlOptions
from adapters.sql.session import Command, Rows
from adapters.sql.worker import Worker

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

BUSY_MILLISECONDS = 1_000
STEPS = 2_000  # SQLite's own instructions between two looks whether to go on: some 50 µs
LONG = 0.002  # seconds of CPU that nobody else should have to wait
UNBOUNDED = frozenset(
    {"format", "glob", "group_concat", "hex", "instr", "like", "printf", "quote", "replace", "zeroblob"}
    | {"trim(2)", "ltrim(2)", "rtrim(2)"}
)
"""Functions whose one step takes longer than reading its arguments does, some of them with so many arguments only."""
CANNOT_HERE = {sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class SqliteSession:
    """A connection to the file, with a thread of its own once it needs one. Fulfils `adapters.sql.session.Session`."""

    def __init__(self, file: SqliteFile) -> None:
        """Raises NoAnswer without a readable file, sqlite3.Error if it cannot be opened."""
        self._file = file
        self._content = file.content()  # before opening: a file replaced between the two is seen at the next use
        self._worker: Worker | None = None
        self._looks = 0.0  # that a running query may still get to; none: it ends
        self._long: set[str] = set()
        self._explained: set[str] = set()
        self._connection = sqlite3.connect(file.uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False)
        # `interrupt` would do nothing for a query that waits for the thread and does not run yet.
        self._connection.set_progress_handler(self._look, STEPS)
        self._connection.execute("PRAGMA query_only=ON")

    @property
    def is_usable(self) -> bool:
        return self._file.is_still(self._content)

    async def rows(self, command: Command, values: Sequence[Any]) -> Rows:
        found = self.on_the_spot(command, values)
        if found is not None:
            return found
        self._looks = math.inf
        try:
            return await self._thread.run(partial(self._patiently, partial(self._fetched, command, values)))
        except asyncio.CancelledError:
            self._looks = 0
            raise

    async def end(self) -> None:
        self._looks = 0
        if self._worker is None:
            self._connection.close()
            return
        closed = self._worker.run(self._connection.close)
        self._worker.end()
        await closed

    def _look(self) -> bool:
        self._looks -= 1
        return self._looks <= 0

    def on_the_spot(self, command: Command, values: Sequence[Any]) -> Rows | None:
        """The rows; None where the thread must be asked for them."""
        try:
            if command.sql not in self._explained:
                self._explain(command.sql, values)
            if command.sql in self._long:
                return None
            self._looks = 2  # SQLite counts on from one run to the next: the first look may come at once
            began = time.thread_time()
            found = self._fetched(command, values)
        except sqlite3.OperationalError as error:
            code = error.sqlite_errorcode & 0xFF
            if code not in CANNOT_HERE:
                raise
            if code == sqlite3.SQLITE_INTERRUPT:
                self._long.add(command.sql)
            return None
        if time.thread_time() - began > LONG:
            self._long.add(command.sql)
        return found

    def _explain(self, sql: str, values: Sequence[Any]) -> None:
        """Look at the steps of a query for one that may be long: a count of all rows is one, whatever their number."""
        self._looks = math.inf
        for _, opcode, _, _, _, said, *_ in self._connection.execute(f"EXPLAIN {sql}", values).fetchall():
            if opcode == "Count" or not UNBOUNDED.isdisjoint((str(said), str(said).partition("(")[0])):
                self._long.add(sql)
        self._explained.add(sql)

    @property
    def _thread(self) -> Worker:
        self._worker = self._worker or Worker("sqlite")
        return self._worker

    def _fetched(self, command: Command, values: Sequence[Any]) -> Rows:
        cursor = self._connection.execute(command.sql, values)
        try:
            return cursor.fetchmany(command.most)
        finally:
            cursor.close()

    def _patiently(self, fetch: Any) -> Rows:
        """In the thread, where waiting for another program's lock holds up nobody."""
        self._connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        try:
            found: Rows = fetch()
            return found
        finally:
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA busy_timeout=0")


async def connect(url: URL, options: SqlOptions) -> SqliteSession:
    """A session on the URL's file."""
    return SqliteSession(SqliteFile(str(url.database)))


def _read_only(url: URL) -> URL:
    return url.set(database=SqliteFile(str(url.database)).uri, query={"uri": "true"})


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


SQLITE = Dialect(
    name="sqlite",
    driver="sqlite3",
    extra=None,
    address="sqlite:///path/to/file.db",
    catalogue_address=_read_only,
    functions=functions.SQLITE,
    marks=Marks("?{}", is_shared=True),
    connect=connect,
    at_once=SqliteSession.on_the_spot,
    bind={
        Decimal: _number,
        date: date.isoformat,
        datetime: lambda moment: moment.isoformat(sep=" "),
    },
)
