"""How the errors of each driver are read: by which code, and which line of theirs says what happened.

A driver that nobody has imported raised nothing: its row is then for no error at all, and telling errors apart imports
none.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.base import Cause
from adapters.sql.codes import MSSQL_NUMBERS, MYSQL_CODES, ORACLE_CODES, POSTGRES_STATES, SQLITE_CODES

Code = str | int
_PRIMARY_CODE = 0xFF  # SQLite's extended result codes carry the primary one in their low byte


@dataclass(frozen=True)
class Driver:
    """`kinds`: gives what it raises. `code`: of an error, empty or 0 where it has none; `line`: what it says.

    `cause`: what a code means. `is_unsendable`: whether an error says that a value cannot be sent, and nothing was.
    """

    kinds: Callable[[], tuple[type[BaseException], ...]]
    code: Callable[[BaseException], Code]
    cause: Callable[[Code], Cause]
    line: Callable[[BaseException], str] = str
    is_unsendable: Callable[[BaseException], bool] = lambda error: False


def driver_of(error: BaseException) -> Driver:
    """Whose error it is."""
    return next((one for one in DRIVERS if isinstance(error, one.kinds())), OTHER)


def oracle_code(error: BaseException) -> str:
    """`ORA-942`, `DPY-4024`: as the table has them; empty where there is none."""
    word, _, number = str(getattr(error.args[0] if error.args else None, "full_code", "")).partition("-")
    return f"{word}-{int(number)}" if number.isdigit() else ""


def mssql_number(error: BaseException) -> int:
    """SQL Server's number of an error, or the library's; 0 where there is none."""
    found = error.args[0] if error.args else 0
    if isinstance(found, tuple):
        found = found[0] if found else 0
    return found if isinstance(found, int) else 0


def _sqlite_code(error: BaseException) -> int:
    found = getattr(error, "sqlite_errorcode", None)
    return found & _PRIMARY_CODE if isinstance(found, int) else 0


def _mysql_number(error: BaseException) -> int:
    found = error.args[0] if error.args else 0
    return found if isinstance(found, int) else 0


def _mysql_line(error: BaseException) -> str:
    return f"{error.args[1]} ({error.args[0]})" if len(error.args) > 1 else str(error)


def _mssql_line(error: BaseException) -> str:
    """The library gives what the server said as bytes, with its own report behind it."""
    found = error.args[0] if error.args and isinstance(error.args[0], tuple) else error.args
    texts = [one.decode(errors="replace") if isinstance(one, bytes) else one for one in found if one]
    said = next((text for text in texts if isinstance(text, str)), type(error).__name__)
    lines = [line for line in said.splitlines() if line and not line.startswith("DB-Lib error message")]
    return f"{lines[0] if lines else said} ({mssql_number(error)})"


def _sqlstate(error: BaseException) -> str:
    state = getattr(error, "sqlstate", None)
    return state if isinstance(state, str) else ""


def _postgres_cause(code: Code) -> Cause:
    fitting = [start for start in POSTGRES_STATES if str(code).startswith(start)]
    return POSTGRES_STATES[max(fitting, key=len)] if fitting else Cause.BROKEN


def _in(causes: Mapping[Any, Cause]) -> Callable[[Code], Cause]:
    return lambda code: causes.get(code, Cause.BROKEN)


def _kinds(module: str, *names: str) -> Callable[[], tuple[type[BaseException], ...]]:
    def kinds() -> tuple[type[BaseException], ...]:
        driver = sys.modules.get(module)
        return () if driver is None else tuple(getattr(driver, name) for name in names)

    return kinds


_UNENCODED = _kinds("asyncpg", "DataError")
_UNSUPPORTED = _kinds("oracledb", "NotSupportedError")


def _not_encoded(error: BaseException) -> bool:
    """Without a severity it is not the server's: asyncpg could not encode a value, and the query never ran."""
    return isinstance(error, _UNENCODED()) and getattr(error, "severity", None) is None


POSTGRES = Driver(
    kinds=_kinds("asyncpg", "PostgresError", "InterfaceError"),
    code=_sqlstate,
    cause=_postgres_cause,
    is_unsendable=_not_encoded,
)
SQLITE = Driver(kinds=lambda: (sqlite3.Error,), code=_sqlite_code, cause=_in(SQLITE_CODES))
MYSQL = Driver(
    kinds=_kinds("asyncmy.errors", "MySQLError"), code=_mysql_number, cause=_in(MYSQL_CODES), line=_mysql_line
)
ORACLE = Driver(
    kinds=_kinds("oracledb", "Error"),
    code=oracle_code,
    cause=_in(ORACLE_CODES),
    is_unsendable=lambda error: isinstance(error, _UNSUPPORTED()),
)
MSSQL = Driver(kinds=_kinds("pymssql", "Error"), code=mssql_number, cause=_in(MSSQL_NUMBERS), line=_mssql_line)
TIME = Driver(kinds=lambda: (TimeoutError,), code=lambda error: "", cause=lambda code: Cause.TIMEOUT)
MACHINE = Driver(kinds=lambda: (OSError,), code=lambda error: "", cause=lambda code: Cause.UNREACHABLE)
OTHER = Driver(kinds=tuple, code=_sqlstate, cause=_postgres_cause)
DRIVERS = (POSTGRES, SQLITE, MYSQL, ORACLE, MSSQL, TIME, MACHINE)
