"""Databases that fail: each ends as the cause that a mapping can act on, and no message has the password."""

from __future__ import annotations

import inspect
import sqlite3
from pathlib import Path

import asyncpg
import pytest
from asyncmy.errors import MySQLError
from sqlalchemy import exc

from adapters.base import BadArguments, Cause, NoAnswer
from adapters.sql.errors import TABLE, cause_of_driver_error, translate
from tests.support.databases import ENDLESS, sqlite_inventory
from tests.unit.adapters.sql.inventories import opened, prepared, rows

ERRORS = [
    kind
    for _, kind in inspect.getmembers(exc, inspect.isclass)
    if issubclass(kind, Exception) and not issubclass(kind, Warning) and kind.__module__ == exc.__name__
]
PORT = "SELECT metro FROM enni_port WHERE port_ref = 'P-1'"


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_of_sqlalchemy_has_a_row(kind: type[Exception]) -> None:
    assert kind in TABLE


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        pytest.param(asyncpg.exceptions.QueryCanceledError("x"), Cause.TIMEOUT, id="statement-timeout"),
        pytest.param(asyncpg.exceptions.AdminShutdownError("x"), Cause.UNREACHABLE, id="shutting-down"),
        pytest.param(asyncpg.exceptions.CannotConnectNowError("x"), Cause.UNREACHABLE, id="starting-up"),
        pytest.param(asyncpg.exceptions.TooManyConnectionsError("x"), Cause.OVERLOADED, id="too-many-connections"),
        pytest.param(asyncpg.exceptions.DeadlockDetectedError("x"), Cause.OVERLOADED, id="deadlock"),
        pytest.param(asyncpg.exceptions.UndefinedTableError("x"), Cause.BROKEN, id="missing-table"),
        pytest.param(asyncpg.exceptions.DivisionByZeroError("x"), Cause.BROKEN, id="division-by-zero"),
        pytest.param(asyncpg.exceptions.InsufficientPrivilegeError("x"), Cause.BROKEN, id="no-right"),
        pytest.param(MySQLError(1213, "x"), Cause.OVERLOADED, id="mysql-deadlock"),
        pytest.param(MySQLError(3024, "x"), Cause.TIMEOUT, id="mysql-max-execution-time"),
        pytest.param(MySQLError(2013, "x"), Cause.UNREACHABLE, id="mysql-lost"),
        pytest.param(MySQLError(1146, "x"), Cause.BROKEN, id="mysql-missing-table"),
        pytest.param(MySQLError(), Cause.BROKEN, id="mysql-without-a-number"),
        pytest.param(ConnectionResetError("x"), Cause.UNREACHABLE, id="connection-reset"),
        pytest.param(TimeoutError("x"), Cause.TIMEOUT, id="time-ran-out"),
        pytest.param(ValueError("x"), Cause.BROKEN, id="anything-else"),
    ],
)
def test_the_drivers_own_code_decides_the_cause(error: Exception, cause: Cause) -> None:
    assert cause_of_driver_error(error) is cause


def test_an_unknown_exception_is_broken_and_never_quoted() -> None:
    error = translate(RuntimeError("postgresql://u:hidden@h"), "inventory")

    assert isinstance(error, NoAnswer)
    assert error.cause is Cause.BROKEN
    assert "hidden" not in str(error)


def test_a_value_that_cannot_be_sent_is_a_bad_argument() -> None:
    assert isinstance(translate(exc.StatementError("x", None, None, ValueError("y")), "inventory"), BadArguments)


async def test_a_locked_database_is_overloaded(tmp_path: Path) -> None:
    url = sqlite_inventory(tmp_path)
    writer = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    async with opened(url) as system:
        with pytest.raises(NoAnswer, match="locked") as raised:
            await rows(system, PORT)
        writer.execute("ROLLBACK")
        writer.close()

        assert raised.value.cause is Cause.OVERLOADED
        assert await rows(system, PORT) == [{"metro": "NYC"}]


async def test_a_file_that_is_no_database_is_broken(tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("not a database " * 100)
    async with opened(f"sqlite:///{file}") as system:
        with pytest.raises(NoAnswer) as raised:
            await rows(system, PORT)

    assert raised.value.cause is Cause.BROKEN


async def test_the_systems_own_limit_ends_a_query_that_was_given_longer(tmp_path: Path) -> None:
    async with opened(sqlite_inventory(tmp_path), timeout="100 ms") as system:
        with pytest.raises(NoAnswer) as raised:
            await prepared(system, ENDLESS).call({}, timeout=100)

    assert raised.value.cause is Cause.TIMEOUT
