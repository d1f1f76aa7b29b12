"""From the database's errors to ours: one table for SQLAlchemy, one for each driver it wraps.

No text from here holds an address, a password or a value: only the driver's own first line is quoted, and of that what
`adapters.sql.saying` lets through.

    what SQLAlchemy raises          becomes
    StatementError                  BadArguments (a value the driver cannot send; nothing was sent)
    DBAPIError and below            judged by the driver's own code: `cause_of_driver_error`
    TimeoutError (of the pool)      NoAnswer(OVERLOADED)
    DisconnectionError              NoAnswer(UNREACHABLE)
    anything else                   NoAnswer(BROKEN): a mistake of ours or of the query, never the Buyer's
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from sqlalchemy import exc

from adapters.base import AdapterError, BadArguments, Cause, NoAnswer
from adapters.sql.saying import discreet

try:
    from asyncpg import DataError as AsyncpgDataError
    from asyncpg import InterfaceError as AsyncpgInterfaceError
    from asyncpg import PostgresError
except ImportError:  # PostgreSQL is an extra: without its driver none of its errors can occur
    AsyncpgDataError = AsyncpgInterfaceError = PostgresError = type("NotInstalled", (Exception,), {})

try:
    from asyncmy.errors import MySQLError
except ImportError:
    MySQLError = type("NotInstalled", (Exception,), {})  # type: ignore[misc,assignment]

try:
    from oracledb import Error as OracleError
    from oracledb import NotSupportedError as OracleNotSupported
except ImportError:
    OracleError = OracleNotSupported = type("NotInstalled", (Exception,), {})  # type: ignore[misc,assignment]
try:
    from pymssql import Error as MssqlError
except ImportError:
    MssqlError = type("NotInstalled", (Exception,), {})  # type: ignore[misc,assignment]

# SQLSTATE to cause: the longest beginning that fits wins.
POSTGRES_STATES = {
    "08": Cause.UNREACHABLE,  # connection exceptions
    "57P": Cause.UNREACHABLE,  # shutting down, crashed, starting up
    "57014": Cause.TIMEOUT,  # statement_timeout
    "55P03": Cause.OVERLOADED,  # lock not available
    "53": Cause.OVERLOADED,  # too many connections, out of memory or disk
    "40": Cause.OVERLOADED,  # serialisation failure, deadlock
}
SQLITE_CODES = {
    sqlite3.SQLITE_BUSY: Cause.OVERLOADED,
    sqlite3.SQLITE_LOCKED: Cause.OVERLOADED,
    sqlite3.SQLITE_INTERRUPT: Cause.TIMEOUT,
    sqlite3.SQLITE_CANTOPEN: Cause.UNREACHABLE,
}
# Error numbers of MariaDB and MySQL, and (from 2000 on) of their driver.
MYSQL_CODES = {
    **dict.fromkeys(
        (1053, 1129, 1152, 1158, 1159, 1160, 1161, 1184, 1927), Cause.UNREACHABLE
    ),  # going down, killed, net
    **dict.fromkeys((2002, 2003, 2005, 2006, 2012, 2013, 2014, 2055), Cause.UNREACHABLE),  # no host, gone away, lost
    **dict.fromkeys((1317, 1969, 3024), Cause.TIMEOUT),  # interrupted, max_statement_time, MAX_EXECUTION_TIME
    **dict.fromkeys((1040, 1203, 1226, 1037, 1038, 1041, 1135), Cause.OVERLOADED),  # connections, memory, threads
    **dict.fromkeys((1205, 1213, 1020, 1614, 3572), Cause.OVERLOADED),  # lock waited for, deadlock, row changed
}
# Oracle's and its driver's full codes, without the zeros in front.
ORACLE_CODES = {
    **dict.fromkeys(("ORA-28", "ORA-1012", "ORA-1033", "ORA-1034", "ORA-1089", "ORA-1090"), Cause.UNREACHABLE),
    **dict.fromkeys(("ORA-3113", "ORA-3114", "ORA-3135", "ORA-12154", "ORA-12170", "ORA-12505"), Cause.UNREACHABLE),
    **dict.fromkeys(("ORA-12514", "ORA-12528", "ORA-12537", "ORA-12541", "ORA-12543"), Cause.UNREACHABLE),
    **dict.fromkeys(("DPY-1001", "DPY-4011", "DPY-6000", "DPY-6001", "DPY-6003", "DPY-6005"), Cause.UNREACHABLE),
    **dict.fromkeys(("ORA-40", "ORA-1013", "DPY-4024"), Cause.TIMEOUT),  # cancelled, call_timeout
    **dict.fromkeys(("ORA-18", "ORA-20", "ORA-2391", "ORA-12516", "ORA-12518", "ORA-12519"), Cause.OVERLOADED),
    **dict.fromkeys(("ORA-54", "ORA-60", "ORA-1555", "ORA-4021", "ORA-8177", "ORA-30006"), Cause.OVERLOADED),
    **dict.fromkeys(("ORA-1652", "ORA-4030", "ORA-4031", "ORA-12520"), Cause.OVERLOADED),  # memory, temporary space
}
# Numbers of SQL Server, and (from 20000 on) of the library that speaks to it.
MSSQL_NUMBERS = {
    **dict.fromkeys((233, 6005, 10053, 10054, 10060, 17142, 40613), Cause.UNREACHABLE),  # shutting down, cut, moved
    **dict.fromkeys((20002, 20004, 20006, 20009, 20013, 20047), Cause.UNREACHABLE),  # connecting, reading, writing
    **dict.fromkeys((20003, 1222), Cause.TIMEOUT),  # the query's timeout, the lock's
    **dict.fromkeys((1205, 3960, 3961, 701, 8645, 17809, 10928, 10929, 40501), Cause.OVERLOADED),  # deadlock, memory
}
SQLITE_PRIMARY_CODE = 0xFF  # extended result codes carry the primary one in their low byte


def translate(error: Exception, system: str) -> AdapterError:
    """Our error for anything that a query raised. `system` names the system in the text."""
    if isinstance(error, AdapterError):
        return error
    for kind in type(error).__mro__:
        judge = TABLE.get(kind)
        if judge is not None:
            return judge(error, system)
    return _broken(error, system)


def cause_of_driver_error(error: BaseException) -> Cause:
    """Why a driver gave up: by its code (of PostgreSQL a SQLSTATE), or the kind of exception."""
    if isinstance(error, MySQLError):
        return MYSQL_CODES.get(error.args[0] if error.args else 0, Cause.BROKEN)
    if isinstance(error, OracleError):
        return ORACLE_CODES.get(oracle_code(error), Cause.BROKEN)
    if isinstance(error, MssqlError):
        return MSSQL_NUMBERS.get(mssql_number(error), Cause.BROKEN)
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        fitting = [start for start in POSTGRES_STATES if state.startswith(start)]
        return POSTGRES_STATES[max(fitting, key=len)] if fitting else Cause.BROKEN
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return SQLITE_CODES.get(code & SQLITE_PRIMARY_CODE, Cause.BROKEN)
    if isinstance(error, TimeoutError):
        return Cause.TIMEOUT
    return Cause.UNREACHABLE if isinstance(error, OSError) else Cause.BROKEN


def oracle_code(error: BaseException) -> str:
    """`ORA-942`, `DPY-4024`: as the table above has them; empty where there is none."""
    word, _, number = str(getattr(error.args[0] if error.args else None, "full_code", "")).partition("-")
    return f"{word}-{int(number)}" if number.isdigit() else ""


def mssql_number(error: BaseException) -> int:
    """SQL Server's number of an error, or the library's; 0 where there is none."""
    found = error.args[0] if error.args else 0
    if isinstance(found, tuple):
        found = found[0] if found else 0
    return found if isinstance(found, int) else 0


def _wrapped(error: BaseException, system: str) -> AdapterError:
    driver = _driver_error(error)
    if isinstance(driver, AsyncpgDataError) and getattr(driver, "severity", None) is None:
        # Without a severity it is not the server's: asyncpg could not encode a value, and the query never ran.
        return BadArguments(f"{system}: {_first_line(driver)}")
    if getattr(error, "connection_invalidated", False) and not getattr(driver, "sqlstate", None):
        return NoAnswer(Cause.UNREACHABLE, f"{system}: the connection was lost")
    return NoAnswer(cause_of_driver_error(driver), f"{system}: {_first_line(driver)}")


def _driver_error(error: BaseException) -> BaseException:
    """The driver's own exception below SQLAlchemy's wrapper and its DBAPI emulation."""
    if isinstance(error, exc.DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, exc.EmulatedDBAPIException) and error.__cause__ is not None:
        return error.__cause__
    return error


def _unbindable(error: BaseException, system: str) -> AdapterError:
    orig = getattr(error, "orig", None) or error
    return BadArguments(f"{system}: a value cannot be sent ({_first_line(orig)})")


def _pool_used_up(error: BaseException, system: str) -> AdapterError:
    return NoAnswer(Cause.OVERLOADED, f"{system}: all connections are in use")


def _lost(error: BaseException, system: str) -> AdapterError:
    return NoAnswer(Cause.UNREACHABLE, f"{system}: the connection was lost")


def _timed_out(error: BaseException, system: str) -> AdapterError:
    return NoAnswer(Cause.TIMEOUT, f"{system} gave no rows in time")


def _unreachable(error: BaseException, system: str) -> AdapterError:
    return NoAnswer(Cause.UNREACHABLE, f"{system}: {type(error).__name__}")


def _broken(error: BaseException, system: str) -> AdapterError:
    return NoAnswer(Cause.BROKEN, f"{system}: {type(error).__name__}")


def _first_line(error: BaseException) -> str:
    """What the driver says, without the values in it."""
    if isinstance(error, MySQLError) and len(error.args) > 1:
        line, code = f"{error.args[1]} ({error.args[0]})", error.args[0]
    elif isinstance(error, MssqlError):
        line, code = _of_mssql(error), mssql_number(error)
    else:
        line, code = str(error), getattr(error, "sqlstate", None) or oracle_code(error)
    return discreet(line.partition("\n")[0], code) or type(error).__name__


def _of_mssql(error: BaseException) -> str:
    """The library gives what the server said as bytes, with its own report behind it."""
    found = error.args[0] if error.args and isinstance(error.args[0], tuple) else error.args
    texts = [one.decode(errors="replace") if isinstance(one, bytes) else one for one in found if one]
    said = next((text for text in texts if isinstance(text, str)), type(error).__name__)
    lines = [line for line in said.splitlines() if line and not line.startswith("DB-Lib error message")]
    return f"{lines[0] if lines else said} ({mssql_number(error)})"


Judge = Callable[[BaseException, str], AdapterError]

TABLE: dict[type[BaseException], Judge] = {
    # SQLAlchemy: the statement and what the driver said
    exc.DBAPIError: _wrapped,
    exc.InterfaceError: _wrapped,
    exc.DatabaseError: _wrapped,
    exc.DataError: _wrapped,
    exc.OperationalError: _wrapped,
    exc.IntegrityError: _wrapped,
    exc.InternalError: _wrapped,
    exc.ProgrammingError: _wrapped,
    exc.NotSupportedError: _wrapped,
    exc.EmulatedDBAPIException: _wrapped,
    exc.StatementError: _unbindable,
    # SQLAlchemy: the pool
    exc.TimeoutError: _pool_used_up,
    exc.DisconnectionError: _lost,
    exc.InvalidatePoolError: _lost,
    # SQLAlchemy: used in a wrong way; a query may cause none of these
    **dict.fromkeys(
        (
            exc.SQLAlchemyError,
            exc.AmbiguousColumnError,
            exc.AmbiguousForeignKeysError,
            exc.ArgumentError,
            exc.AwaitRequired,
            exc.CircularDependencyError,
            exc.CompileError,
            exc.ConstraintColumnNotFoundError,
            exc.DuplicateColumnError,
            exc.IdentifierError,
            exc.IllegalStateChangeError,
            exc.InvalidRequestError,
            exc.MissingGreenlet,
            exc.MultipleResultsFound,
            exc.NoDBAPILoaded,
            exc.NoForeignKeysError,
            exc.NoInspectionAvailable,
            exc.NoReferenceError,
            exc.NoReferencedColumnError,
            exc.NoReferencedTableError,
            exc.NoResultFound,
            exc.NoSuchColumnError,
            exc.NoSuchModuleError,
            exc.NoSuchTableError,
            exc.ObjectNotExecutableError,
            exc.PendingRollbackError,
            exc.ResourceClosedError,
            exc.UnboundExecutionError,
            exc.UnreflectableTableError,
            exc.UnsupportedCompilationError,
        ),
        _broken,
    ),
    # Drivers, where SQLAlchemy lets them through unwrapped (while connecting)
    PostgresError: _wrapped,
    AsyncpgInterfaceError: _wrapped,
    sqlite3.Error: _wrapped,
    MySQLError: _wrapped,
    OracleError: _wrapped,
    OracleNotSupported: _unbindable,
    MssqlError: _wrapped,
    TimeoutError: _timed_out,
    OSError: _unreachable,
}
