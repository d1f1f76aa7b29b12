"""What values of each database become: the table of docs/adapters/sql.md, row by row, against the databases themselves.

Each row is written by the database's own statements into a table of its own; what comes back through the adapter is
compared with its type.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from adapters.base import Cause, NoAnswer
from adapters.sql import SqlOptions, SqlStep, SqlSystem
from adapters.sql.engines import mysql
from tests.support.databases import mariadb_asked, mariadb_connection, mariadb_database, postgres_database

MOMENT = datetime(2026, 1, 31, 10, 30)
NO_ANSWER = Cause.UNREADABLE


@asynccontextmanager
async def sqlite(folder: Path, table: str, row: str) -> AsyncIterator[str]:
    connection = sqlite3.connect(folder / "values.db")
    connection.executescript(f"{table}; {row};")
    connection.close()
    yield f"sqlite:///{folder / 'values.db'}"


@asynccontextmanager
async def postgresql(folder: Path, table: str, row: str) -> AsyncIterator[str]:
    async with postgres_database() as url:
        connection = await asyncpg.connect(url)
        await connection.execute(f"{table}; {row}")
        await connection.close()
        yield url


@asynccontextmanager
async def mariadb(folder: Path, table: str, row: str) -> AsyncIterator[str]:
    async with mariadb_database() as url:
        connection = await mariadb_connection(url)
        await mariadb_asked(connection, f"SET sql_mode = '', time_zone = '+02:00';\n{table};\n{row}")
        await connection.ensure_closed()
        yield url


VALUES: dict[Callable[..., Any], list[tuple[str, str, Any]]] = {
    sqlite: [
        ("INTEGER", "NULL", None),
        ("INTEGER", "9223372036854775807", 9223372036854775807),
        ("NUMERIC", "1.5", 1.5),
        ("BOOLEAN", "TRUE", 1),
        ("CHAR(6)", "'AB    '", "AB"),
        ("TEXT", "' ä'", " ä"),
        ("BLOB", "x'c3a4'", "ä"),
        ("BLOB", "x'ff01'", NO_ANSWER),
        ("DATE", "'2026-01-31'", "2026-01-31"),
        ("TIMESTAMP", "'2026-01-31 10:30:00'", "2026-01-31 10:30:00"),
        ("REAL", "9e999", NO_ANSWER),
    ],
    postgresql: [
        ("integer", "NULL", None),
        ("bigint", "9223372036854775807", 9223372036854775807),
        ("numeric(8,2)", "10.50", Decimal("10.50")),
        ("numeric", "'NaN'", NO_ANSWER),
        ("float8", "'Infinity'", NO_ANSWER),
        ("float8", "0.1", 0.1),
        ("boolean", "true", True),
        ("smallint", "1", 1),
        ("char(6)", "'AB'", "AB"),
        ("varchar(6)", "'AB  '", "AB"),
        ("text", "' ä'", " ä"),
        ("json", "'{\"a\": 1}'", '{"a": 1}'),
        ("jsonb", "'{\"a\":1}'", '{"a": 1}'),
        ("bytea", "'\\xc3a4'", "ä"),
        ("bytea", "'\\xff01'", NO_ANSWER),
        ("bit(3)", "B'101'", NO_ANSWER),
        ("date", "'2026-01-31'", date(2026, 1, 31)),
        ("timestamp", "'2026-01-31 10:30'", MOMENT),
        ("timestamptz", "'2026-01-31 12:30+02'", MOMENT.replace(tzinfo=UTC)),
        ("time", "'10:30'", "10:30:00"),
        ("interval", "'1 day'", NO_ANSWER),
        ("uuid", "'00000000-0000-0000-0000-000000000007'", "00000000-0000-0000-0000-000000000007"),
        ("inet", "'10.0.0.1'", "10.0.0.1"),
        ("text[]", "'{a,b}'", ["a", "b"]),
    ],
    mariadb: [
        ("int", "NULL", None),
        ("bigint unsigned", "18446744073709551615", 18446744073709551615),
        ("decimal(8,2)", "10.50", Decimal("10.50")),
        ("double", "0.1", 0.1),
        ("tinyint(1)", "true", 1),
        ("boolean", "2", 2),
        ("bit(1)", "b'1'", 1),
        ("bit(9)", "b'100000001'", 257),
        ("char(6)", "'AB'", "AB"),
        ("varchar(6)", "'AB  '", "AB"),
        ("varchar(9) character set latin1", "'é€'", "é€"),
        ("longtext", "repeat('ä', 100000)", "ä" * 100_000),
        ("json", "'{\"a\": 1}'", '{"a": 1}'),
        ("blob", "x'c3a4'", "ä"),
        ("blob", "x'ff01'", NO_ANSWER),
        ("enum('a','b')", "'b'", "b"),
        ("set('x','y')", "'x,y'", "x,y"),
        ("date", "'2026-01-31'", date(2026, 1, 31)),
        ("date", "'0000-00-00'", None),
        ("date", "'2026-00-00'", None),
        ("datetime", "'0000-00-00 00:00:00'", None),
        ("datetime(6)", "'2026-01-31 10:30:00.5'", MOMENT + timedelta(milliseconds=500)),
        ("time", "'10:30'", "10:30:00"),
        ("time", "'-00:00:01'", "-00:00:01"),
        ("time(3)", "'838:59:58.5'", "838:59:58.500000"),
        ("year", "2026", 2026),
        ("uuid", "'00000000-0000-0000-0000-000000000007'", "00000000-0000-0000-0000-000000000007"),
    ],
}
SERVER = pytest.mark.server


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param(sqlite, id="sqlite"),
        pytest.param(postgresql, id="postgresql", marks=SERVER),
        pytest.param(mariadb, id="mariadb", marks=SERVER),
    ],
)
async def test_values_become_what_the_documentation_says(engine: Callable[..., Any], tmp_path: Path) -> None:
    values = VALUES[engine]
    table = ", ".join(f"v{n} {kind}" for n, (kind, _, _) in enumerate(values))
    row = ", ".join(written for _, written, _ in values)
    found: list[Any] = []
    async with engine(tmp_path, f"CREATE TABLE t ({table})", f"INSERT INTO t VALUES ({row})") as url:
        system = SqlSystem("values", SqlOptions(url=url))  # type: ignore[arg-type]
        await system.open()
        for n in range(len(values)):
            operation = system.operation(SqlStep(query=f"SELECT v{n} FROM t"))
            try:
                found.append((await operation.call({}, timeout=10)).value[0][f"v{n}"])
            except NoAnswer as error:
                found.append(error.cause)
        await system.close()

    told = [(kind, written, type(value), value) for (kind, written, _), value in zip(values, found, strict=True)]
    assert told == [(kind, written, type(wanted), wanted) for kind, written, wanted in values]


@pytest.mark.server
async def test_a_timestamp_of_mariadb_comes_in_the_servers_zone(tmp_path: Path) -> None:
    """As every other client of the server sees it: the adapter does not set a zone of its own."""
    async with mariadb(tmp_path, "CREATE TABLE t (a timestamp)", "INSERT INTO t VALUES ('2026-01-31 12:30')") as url:
        connection = await mariadb_connection(url)
        ((seen,),) = await mariadb_asked(connection, "SELECT a FROM t")
        await connection.ensure_closed()
        system = SqlSystem("values", SqlOptions(url=url))  # type: ignore[arg-type]
        await system.open()
        reply = await system.operation(SqlStep(query="SELECT a FROM t")).call({}, timeout=10)
        await system.close()

    assert reply.value == [{"a": seen}]


MODES = ["NO_BACKSLASH_ESCAPES", "ANSI", "ORACLE,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH"]


@pytest.mark.server
@pytest.mark.parametrize("mode", MODES)
async def test_mariadb_reads_a_text_as_the_check_has_read_it_whatever_its_mode(tmp_path: Path, mode: str) -> None:
    query = r"""SELECT "it's \"so\"" AS a, 'b\\' AS b, 1 || 0 AS c FROM t WHERE a = :a"""
    async with mariadb(tmp_path, "CREATE TABLE t (a char(9))", "INSERT INTO t VALUES ('x')") as url:
        system = SqlSystem("values", SqlOptions(url=url))  # type: ignore[arg-type]
        command = system.operation(SqlStep(query=query))._statement.command
        connection = await mariadb_connection(url)
        await mariadb_asked(connection, f"SET SESSION sql_mode = '{mode}'")  # as if it were the server's own
        await mysql.set_up(connection, system.options)
        session = mysql.MysqlSession(connection, lambda: None)
        found = [await session.rows(command, [value]) for value in ("x", "x\\' OR '1'='1")]
        await session.end()

    assert [[tuple(row) for row in rows] for rows in found] == [[('it\'s "so"', "b\\", 1)], []]


CUT = {
    "recursion": "WITH RECURSIVE n(i) AS (SELECT 1 AS i UNION ALL SELECT i + 1 AS i FROM n WHERE i < 5000) "
    "SELECT count(*) AS c FROM n",
    "group-concat": "WITH RECURSIVE n(i) AS (SELECT 1 AS i UNION ALL SELECT i + 1 AS i FROM n WHERE i < 900) "
    "SELECT LENGTH(GROUP_CONCAT('0123456789' SEPARATOR '')) AS c FROM n",
}


@pytest.mark.server
@pytest.mark.parametrize(("query", "count"), [(CUT["recursion"], 5000), (CUT["group-concat"], 9000)], ids=CUT)
async def test_mariadb_cuts_nothing_short(tmp_path: Path, query: str, count: int) -> None:
    async with mariadb(tmp_path, "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)") as url:
        system = SqlSystem("values", SqlOptions(url=url))  # type: ignore[arg-type]
        await system.open()
        reply = await system.operation(SqlStep(query=query)).call({}, timeout=10)
        await system.close()

    assert reply.value == [{"c": count}]
