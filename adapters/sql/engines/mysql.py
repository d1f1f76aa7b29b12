"""MariaDB and MySQL, by asyncmy: statements are prepared by the server, so that no value is ever written into one.

What a session sets, and why: the modes of the server that change how a text is read are off, so that the server reads a
query as the check has read it; transactions are read-only; the server ends a query that takes too long; and the limits
at which MariaDB cuts a result short, with a mere warning, are as high as they go. Such a warning is an error here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from adapters.base import Cause, NoAnswer
from adapters.sql import functions
from adapters.sql.dialect import PERCENT, Dialect, call_procedure, driver_arguments, whole_seconds
from adapters.sql.options import SqlOptions
from adapters.sql.session import Command, Rows, Session, given

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

DRIVERNAME = "mysql+asyncmy"
STATEMENTS = 200  # kept prepared by a session
READ_DIFFERENTLY = {
    "ANSI", "ANSI_QUOTES", "DB2", "EMPTY_STRING_IS_NULL", "HIGH_NOT_PRECEDENCE", "IGNORE_SPACE", "MAXDB", "MSSQL",
    "NO_BACKSLASH_ESCAPES", "ORACLE", "PAD_CHAR_TO_FULL_LENGTH", "PIPES_AS_CONCAT", "POSTGRESQL",
}  # fmt: skip
CUT_SHORT = {1260, 1931}  # GROUP_CONCAT; rows examined, steps of a recursion
TIMESTAMP, DATE, TIME, DATETIME, BIT = 7, 10, 11, 12, 16  # types of columns


class MysqlSession:
    """An asyncmy connection. Fulfils `adapters.sql.session.Session`."""

    def __init__(self, connection: Any, another: Callable[[], Any]) -> None:
        """`another` makes a second connection, to stop what runs on the first."""
        self._connection = connection
        self._another = another
        self._is_running = False

    @property
    def is_usable(self) -> bool:
        # the driver's public word for it does not notice that the server has hung up
        return bool(self._connection.connected) and not getattr(self._connection, "_stream_broken", False)

    async def rows(self, command: Command, values: Sequence[Any]) -> Rows:
        self._is_running = True
        try:
            found = await (self._streamed if command.gives else self._prepared)(command, values)
        except Exception:
            self._is_running = False  # the server has said no; only who leaves early leaves something running
            raise
        self._is_running = False
        return found

    async def end(self) -> None:
        """The server would not see that nobody listens any more: it is told, on a connection of its own."""
        try:
            if self._is_running:
                await self._stop()
            await self._connection.ensure_closed()
        finally:
            self._connection.close()

    async def _prepared(self, command: Command, values: Sequence[Any]) -> Rows:
        connection = self._connection
        connection.warned = ()
        cursor = connection.cursor()
        await cursor.execute(command.sql, tuple(values))
        found: Rows = await cursor.fetchmany(command.most)
        _refuse_cut_short(connection.warned)
        return _plain(found, cursor.description)

    async def _streamed(self, command: Command, values: Sequence[Any]) -> Rows:
        from asyncmy.cursors import SSCursor

        self._connection.warned = ()
        cursor = self._connection.cursor(SSCursor)
        await cursor.execute(command.sql, tuple(values))
        columns = cursor.description or ()
        found: Rows = await cursor.fetchmany(command.most) if columns else ()
        if len(found) < command.most:
            await cursor.close()
        else:
            self._connection.close()  # there may be a million more of them
        _refuse_cut_short(self._connection.warned)
        return given(command, [column[0] for column in columns], _plain(found, columns))

    async def _stop(self) -> None:
        from asyncmy.errors import MySQLError

        other = self._another()
        await other.connect()
        try:
            with suppress(MySQLError):  # it has ended by itself
                await other.query(f"KILL {self._connection.thread_id()}")
        finally:
            await other.ensure_closed()


def _refuse_cut_short(warned: Sequence[Sequence[Any]]) -> None:
    for _, code, text in warned:
        if int(code) in CUT_SHORT:
            raise NoAnswer(Cause.TOO_LARGE, f"the database cut the result short: {text}")


def _plain(rows: Rows, description: Sequence[Sequence[Any]]) -> Rows:
    odd = {place: PLAIN[column[1]] for place, column in enumerate(description) if column[1] in PLAIN}
    if not odd:
        return rows
    return [
        [odd[place](value) if place in odd and value is not None else value for place, value in enumerate(row)]
        for row in rows
    ]


def _clock(value: Any) -> Any:
    """A TIME as text: it may be negative, and longer than a day."""
    if not isinstance(value, timedelta):
        return value
    seconds = abs(value).days * 86_400 + abs(value).seconds
    fraction = f".{abs(value).microseconds:06}" if value.microseconds else ""
    sign = "-" if value < timedelta(0) else ""
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def _date(value: Any) -> Any:
    """A zero or partial date is no date: prepared statements give None for it, others its text."""
    return None if isinstance(value, str) else value


PLAIN: dict[int, Callable[[Any], Any]] = {
    **dict.fromkeys((TIMESTAMP, DATE, DATETIME), _date),
    TIME: _clock,
    BIT: int.from_bytes,
}


def _connection(url: URL, options: SqlOptions) -> Any:
    from asyncmy.connection import Connection

    class Watched(Connection):
        """Keeps the warnings of the last statement, where the driver would only write them to a log."""

        warned: Sequence[Sequence[Any]] = ()

        async def show_warnings(self) -> Sequence[Sequence[Any]]:
            self.warned = await super().show_warnings() or ()  # type: ignore[no-untyped-call]
            return ()

    return Watched(  # type: ignore[no-untyped-call]
        **driver_arguments(url, DRIVERNAME)
        | {
            "autocommit": True,
            "charset": "utf8mb4",
            "connect_timeout": whole_seconds(options),
            "local_infile": False,
            "program_name": "poq-gateway",
            "stmt_cache_size": STATEMENTS,
        }
    )


async def connect(url: URL, options: SqlOptions) -> Session:
    """A session of read-only transactions, each one statement."""
    connection = _connection(url, options)
    await connection.connect()
    try:
        await set_up(connection, options)
    except BaseException:
        connection.close()
        raise
    return MysqlSession(connection, lambda: _connection(url, options))


async def set_up(connection: Any, options: SqlOptions) -> None:
    """What a session sets for itself: see above."""
    cursor = connection.cursor()
    await cursor.execute("SELECT @@SESSION.sql_mode")
    ((modes,),) = await cursor.fetchall()
    kept = ",".join(mode for mode in str(modes).split(",") if mode not in READ_DIFFERENTLY)
    settings = {
        "sql_mode": f"'{kept}'",
        "group_concat_max_len": str(2**30),
        "lock_wait_timeout": str(whole_seconds(options)),
    }
    if "mariadb" in connection.get_server_info().lower():
        settings |= {"max_statement_time": f"{options.timeout:.3f}", "max_recursive_iterations": str(2**32 - 1)}
    else:
        settings |= {"max_execution_time": str(round(options.timeout * 1000))}
    await cursor.execute("SET " + ", ".join(f"SESSION {name} = {value}" for name, value in settings.items()))
    await cursor.execute("SET SESSION TRANSACTION READ ONLY")


MYSQL = Dialect(
    name="mysql",
    driver="asyncmy",
    extra="mysql",
    address="mysql://user:password@host/database",
    drivername=DRIVERNAME,
    functions=functions.MYSQL,
    marks=PERCENT,
    connect=connect,
    call=call_procedure,
)
