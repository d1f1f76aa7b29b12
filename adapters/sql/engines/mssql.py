"""Microsoft SQL Server, by pymssql: it brings its own TDS library. It blocks, so each session has a thread.

SQL Server has no read-only transactions: what holds is the check of the query and the rights of the account. It is not
tested against a server here (docs/adapters/sql.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from adapters.sql import functions
from adapters.sql.dialect import PERCENT, Dialect, driver_arguments, whole_seconds
from adapters.sql.drivers import mssql_number
from adapters.sql.options import SqlOptions
from adapters.sql.session import Command, Rows, Session, given
from adapters.sql.worker import Worker

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

DRIVERNAME = "mssql+pymssql"
DEAD = {20003, 20004, 20006, 20047}  # the library's: out of time, read, write, dead
AS_CHECKED = ("SET QUOTED_IDENTIFIER ON", "SET ANSI_NULLS ON", "SET IMPLICIT_TRANSACTIONS OFF")


class MssqlSession:
    """A pymssql connection and its thread. Fulfils `adapters.sql.session.Session`.

    A query that nobody waits for any more cannot be stopped by the library from outside: it ends with the system's
    timeout, and holds its place until then.
    """

    def __init__(self, worker: Worker, connection: Any) -> None:
        self._worker = worker
        self._connection = connection
        self._is_dead = False

    @property
    def is_usable(self) -> bool:
        return not self._is_dead

    async def rows(self, command: Command, values: Sequence[Any]) -> Rows:
        return await self._worker.run(partial(self._fetched, command, values))

    async def end(self) -> None:
        closed = self._worker.run(self._connection.close)
        self._worker.end()
        await closed

    def _fetched(self, command: Command, values: Sequence[Any]) -> Rows:
        import pymssql

        cursor = self._connection.cursor()
        try:
            if values:
                cursor.execute(command.sql, tuple(values))
            else:
                cursor.execute(command.sql.replace("%%", "%"))  # which the library only does where there are values
            found: Rows = cursor.fetchmany(command.most)
        except pymssql.Error as error:
            self._is_dead = mssql_number(error) in DEAD
            raise
        columns = [column[0] for column in cursor.description or ()]
        cursor.close()
        return given(command, columns, found) if command.gives else found


async def connect(url: URL, options: SqlOptions) -> Session:
    """A session for statements of their own: nothing is begun, nothing is kept locked."""
    worker = Worker("mssql")
    arguments = driver_arguments(url, DRIVERNAME) | {
        "appname": "poq-gateway",
        "autocommit": True,
        "charset": "UTF-8",
        "login_timeout": whole_seconds(options),
        "timeout": whole_seconds(options),
        "read_only": True,  # with availability groups: a replica for reading
        "use_datetime2": False,
    }
    try:
        return MssqlSession(worker, await worker.run(partial(_connected, arguments, round(options.timeout * 1000))))
    except BaseException:
        worker.end()
        raise


def _connected(arguments: dict[str, Any], milliseconds: int) -> Any:
    import pymssql

    connection = pymssql.connect(**arguments)
    try:
        cursor = connection.cursor()
        for setting in (*AS_CHECKED, f"SET LOCK_TIMEOUT {milliseconds}"):
            cursor.execute(setting)
        cursor.close()
    except BaseException:
        connection.close()
        raise
    return connection


def _executed(name: str, marks: Mapping[str, str], gives: Sequence[str]) -> str:
    arguments = ", ".join(f"@{argument} = {mark}" for argument, mark in marks.items())
    return f"SET NOCOUNT ON; SET ROWCOUNT 0;\nEXEC {name} {arguments}".rstrip()


MSSQL = Dialect(
    name="tsql",
    driver="pymssql",
    extra="mssql",
    address="mssql://user:password@host:1433/database",
    drivername=DRIVERNAME,
    functions=functions.MSSQL,
    marks=PERCENT,
    connect=connect,
    call=_executed,
    limited=lambda sql, rows: f"SET ROWCOUNT {rows};\n{sql}",
)
