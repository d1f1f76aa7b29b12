"""Oracle, by python-oracledb in its thin way: no Oracle client is needed.

Each query has a read-only transaction to itself. It is not tested against a server here (docs/adapters/sql.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from adapters.base import Cause, NoAnswer
from adapters.sql import functions
from adapters.sql.dialect import Dialect, Marks, driver_arguments
from adapters.sql.options import SqlOptions
from adapters.sql.session import Command, Rows, Session

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

DRIVERNAME = "oracle+oracledb_async"


class OracleSession:
    """A python-oracledb connection. Fulfils `adapters.sql.session.Session`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._running: asyncio.Task[Rows] | None = None

    @property
    def is_usable(self) -> bool:
        return bool(self._connection.is_healthy())

    async def rows(self, command: Command, values: Sequence[Any]) -> Rows:
        # A task of its own: cancelled in the middle of a message, the driver could not tell the server to stop.
        self._running = asyncio.get_running_loop().create_task(self._fetched(command, values))
        return await asyncio.shield(self._running)

    async def end(self) -> None:
        if self._running is not None and not self._running.done():
            self._connection.cancel()
            await asyncio.wait([self._running])
        if self._running is not None and not self._running.cancelled():
            self._running.exception()  # looked at: its caller has left
        await self._connection.close()

    async def _fetched(self, command: Command, values: Sequence[Any]) -> Rows:
        import oracledb

        with self._connection.cursor() as cursor:
            await cursor.execute("SET TRANSACTION READ ONLY")
            try:
                cursor.prefetchrows = cursor.arraysize = min(command.most + 1, 1_000)
                await cursor.execute(command.sql, list(values), fetch_lobs=False)
                found: Rows = await cursor.fetchmany(command.most)
                _refuse_lost_zones(cursor.description, found)
            finally:
                # or the next query would see the database as it is now; a lost connection has been told of already
                with suppress(oracledb.Error):
                    await self._connection.rollback()
        return found


def plain_numbers(cursor: Any, metadata: Any) -> Any:
    """Whole numbers as int, others as Decimal: python-oracledb's output type handler."""
    import oracledb

    if metadata.type_code is not oracledb.DB_TYPE_NUMBER:
        return None
    is_whole = metadata.scale == 0 and metadata.precision != 0
    return cursor.var(int if is_whole else Decimal, arraysize=cursor.arraysize)


def _refuse_lost_zones(description: Sequence[Any], rows: Rows) -> None:
    """The driver gives such times without their zone: hours wrong, and nobody would see it."""
    import oracledb

    zoned = {oracledb.DB_TYPE_TIMESTAMP_TZ, oracledb.DB_TYPE_TIMESTAMP_LTZ}
    for place, column in enumerate(description):
        if column[1] in zoned and any(isinstance(row[place], datetime) and row[place].tzinfo is None for row in rows):
            raise NoAnswer(
                Cause.UNREADABLE, f"column {column[0].lower()} comes without its time zone: CAST it AT TIME ZONE 'UTC'"
            )


async def connect(url: URL, options: SqlOptions) -> Session:
    """A session whose calls the driver ends after the system's timeout."""
    import oracledb

    connection = await oracledb.connect_async(
        **driver_arguments(url, DRIVERNAME) | {"tcp_connect_timeout": options.timeout, "program": "poq-gateway"}
    )
    connection.call_timeout = round(options.timeout * 1000)
    connection.outputtypehandler = plain_numbers
    return OracleSession(connection)


def _rows_of_function(name: str, marks: Mapping[str, str], gives: Sequence[str]) -> str:
    return f"SELECT {', '.join(gives)}\nFROM TABLE({name}({', '.join(marks.values())}))"


ORACLE = Dialect(
    name="oracle",
    driver="oracledb",
    extra="oracle",
    address="oracle://user:password@host:1521/?service_name=NAME",
    drivername=DRIVERNAME,
    functions=functions.ORACLE,
    marks=Marks(":b{}"),
    connect=connect,
    call=_rows_of_function,
    limited=lambda sql, rows: f"{sql}\nFETCH FIRST {rows} ROWS ONLY",
    probe="SELECT 1 AS one FROM dual",
)
