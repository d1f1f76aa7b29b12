"""Oracle and SQL Server, as far as it goes without a server: what is sent to their drivers, and what their errors mean.

The drivers are the real ones: their addresses, their connecting to a closed port, their errors. Where a server would
have to answer, a scripted connection stands in for the driver's, and what it was asked is looked at.
"""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import oracledb
import pymssql
import pytest
from sqlalchemy.dialects.mssql import BIT

from adapters.base import BadArguments, Cause, NoAnswer
from adapters.described import DescriptionError
from adapters.sql import SqlOptions
from adapters.sql.columns import columns_of
from adapters.sql.definitions import Column
from adapters.sql.describe import database_options, describe_table
from adapters.sql.dialect import driver_arguments
from adapters.sql.dialects import address_of
from adapters.sql.engines import mssql, oracle
from adapters.sql.errors import cause_of_driver_error, translate
from tests.unit.adapters.sql.inventories import made, opened, prepared, rows

ORACLE = "oracle://reader:hidden@127.0.0.1:9/?service_name=inventory"
MSSQL = "mssql://reader:hidden@127.0.0.1:9/inventory"
QUERY = "SELECT metro FROM port WHERE ref = :ref AND kind LIKE '10%' AND (a = :ref OR b = :n)"


def oracle_error(full_code: str, kind: type[Exception] = oracledb.DatabaseError) -> Exception:
    return kind(SimpleNamespace(full_code=full_code, message=f"{full_code}: as it were"))


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        pytest.param(oracle_error("ORA-00060"), Cause.OVERLOADED, id="oracle-deadlock"),
        pytest.param(oracle_error("ORA-08177"), Cause.OVERLOADED, id="oracle-serialisation"),
        pytest.param(oracle_error("ORA-01555"), Cause.OVERLOADED, id="oracle-snapshot-too-old"),
        pytest.param(oracle_error("ORA-00020"), Cause.OVERLOADED, id="oracle-too-many-processes"),
        pytest.param(oracle_error("ORA-03113"), Cause.UNREACHABLE, id="oracle-lost"),
        pytest.param(oracle_error("DPY-4011"), Cause.UNREACHABLE, id="oracle-connection-closed"),
        pytest.param(oracle_error("DPY-4024"), Cause.TIMEOUT, id="oracle-call-timeout"),
        pytest.param(oracle_error("ORA-00942"), Cause.BROKEN, id="oracle-missing-table"),
        pytest.param(oracle_error("ORA-01017"), Cause.BROKEN, id="oracle-wrong-password"),
        pytest.param(oracledb.DatabaseError(), Cause.BROKEN, id="oracle-without-a-code"),
        pytest.param(pymssql.OperationalError((1205, b"deadlocked")), Cause.OVERLOADED, id="mssql-deadlock"),
        pytest.param(pymssql.OperationalError((3960, b"conflict")), Cause.OVERLOADED, id="mssql-snapshot-conflict"),
        pytest.param(pymssql.OperationalError((1222, b"lock")), Cause.TIMEOUT, id="mssql-lock-timeout"),
        pytest.param(pymssql.OperationalError((20003, b"timed out")), Cause.TIMEOUT, id="mssql-timeout"),
        pytest.param(pymssql.OperationalError((20047, b"dead")), Cause.UNREACHABLE, id="mssql-dead"),
        pytest.param(pymssql.OperationalError((18456, b"login failed")), Cause.BROKEN, id="mssql-wrong-password"),
        pytest.param(pymssql.ProgrammingError((208, b"no such object")), Cause.BROKEN, id="mssql-missing-table"),
        pytest.param(pymssql.InterfaceError("closed"), Cause.BROKEN, id="mssql-without-a-number"),
    ],
)
def test_the_drivers_own_code_decides_the_cause(error: Exception, cause: Cause) -> None:
    assert cause_of_driver_error(error) is cause
    assert "as it were" not in str(translate(pymssql.OperationalError((1, b"x")), "s"))


def test_a_value_that_oracle_cannot_be_sent_is_a_bad_argument() -> None:
    assert isinstance(translate(oracle_error("DPY-3002", oracledb.NotSupportedError), "s"), BadArguments)


def test_what_sql_server_said_is_told_without_the_librarys_report() -> None:
    error = translate(
        pymssql.OperationalError((1205, b"Deadlocked.\nDB-Lib error message 20018, severity 13:\nx")), "s"
    )

    assert str(error) == "overloaded: s: Deadlocked. (1205)"


@pytest.mark.parametrize("url", [ORACLE, MSSQL], ids=["oracle", "mssql"])
async def test_a_closed_port_is_unreachable_and_shows_no_password(url: str) -> None:
    async with opened(url, timeout="3 s") as system:
        with pytest.raises(NoAnswer) as raised:
            await rows(system, "SELECT metro FROM port")

    assert raised.value.cause is Cause.UNREACHABLE
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize("url", [ORACLE, MSSQL], ids=["oracle", "mssql"])
def test_their_catalogues_are_asked_by_the_same_drivers(url: str) -> None:
    with pytest.raises(DescriptionError) as told:
        describe_table(database_options(url), "port")

    assert str(told.value).startswith("unreachable: the database: ")
    assert "hidden" not in str(told.value)


def test_a_catalogue_that_knows_no_constraints_still_tells_columns() -> None:
    def unknown(*_: Any) -> Any:
        raise NotImplementedError

    inspector = SimpleNamespace(
        get_table_names=lambda schema: ["port"],
        get_view_names=lambda schema: [],
        get_columns=lambda name, schema: [{"name": "live", "type": BIT(), "nullable": True}],
        get_pk_constraint=lambda name, schema: {},
        get_unique_constraints=unknown,
        get_check_constraints=unknown,
        get_indexes=lambda name, schema: [],
        dialect=SimpleNamespace(name="mssql"),
    )

    assert columns_of(inspector, "PORT") == (Column("live", "BIT", True, "true or false"),)  # type: ignore[arg-type]


def test_the_address_is_what_the_driver_takes() -> None:
    options = [SqlOptions(url=url) for url in (ORACLE, MSSQL)]  # type: ignore[arg-type]
    first, second = map(address_of, options)

    assert "(SERVICE_NAME=inventory)" in driver_arguments(first, oracle.DRIVERNAME)["dsn"]
    assert driver_arguments(second, mssql.DRIVERNAME) == {
        "host": "127.0.0.1:9", "user": "reader", "password": "hidden", "database": "inventory",
    }  # fmt: skip


def test_the_same_query_is_marked_for_each_driver() -> None:
    sent = {url: prepared(made(url), QUERY, most=1)._statement.command for url in (ORACLE, MSSQL)}

    assert sent[ORACLE].sql == (
        "SELECT metro FROM port WHERE ref = :b1 AND kind LIKE '10%' AND (a = :b2 OR b = :b3)\nFETCH FIRST 2 ROWS ONLY"
    )
    assert sent[MSSQL].sql == (
        "SET ROWCOUNT 2;\nSELECT metro FROM port WHERE ref = %s AND kind LIKE '10%%' AND (a = %s OR b = %s)"
    )
    assert {command.order for command in sent.values()} == {("ref", "ref", "n")}


class Scripted:
    """A connection and its cursor: keeps what it was asked, answers each SELECT with `rows` or raises `error`."""

    def __init__(self, rows: list[tuple[Any, ...]], description: Any = (("METRO", None),)) -> None:
        self.rows, self.description = rows, description
        self.asked: list[tuple[str, Any]] = []
        self.threads: set[int] = set()
        self.error: Exception | None = None
        self.arguments: dict[str, Any] = {}
        self.closed = 0

    def cursor(self) -> Scripted:
        return self

    def execute(self, sql: str, values: Any = None, **_: Any) -> None:
        self.threads.add(threading.get_ident())
        self.asked.append((sql, values))
        if self.error is not None and "SELECT" in sql:
            raise self.error

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        return self.rows[:size]

    def close(self) -> None:
        self.closed += 1


class AsyncScripted(Scripted):
    hang = False

    def __enter__(self) -> AsyncScripted:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def is_healthy(self) -> bool:
        return self.error is None

    def cancel(self) -> None:
        self.asked.append(("cancel", None))
        self.ended.set()

    async def execute(self, sql: str, values: Any = None, **options: Any) -> None:  # type: ignore[override]
        self.ended = asyncio.Event()
        super().execute(sql, values)
        if self.hang and "SELECT" in sql:
            await self.ended.wait()
            raise oracle_error("ORA-01013")

    async def fetchmany(self, size: int) -> list[tuple[Any, ...]]:  # type: ignore[override]
        return super().fetchmany(size)

    async def rollback(self) -> None:
        self.asked.append(("rollback", None))

    async def close(self) -> None:  # type: ignore[override]
        super().close()


@pytest.fixture
def of_mssql(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    script = Scripted([("NYC",), ("LON",), ("PAR",)])

    def connect(**arguments: Any) -> Scripted:
        script.arguments = arguments
        return script

    monkeypatch.setattr(pymssql, "connect", connect)
    return script


@pytest.fixture
def of_oracle(monkeypatch: pytest.MonkeyPatch) -> AsyncScripted:
    script = AsyncScripted([("NYC",), ("LON",), ("PAR",)])

    async def connect(**arguments: Any) -> AsyncScripted:
        script.arguments = arguments
        return script

    monkeypatch.setattr(oracledb, "connect_async", connect)
    return script


async def test_sql_server_is_asked_in_a_thread_for_no_more_rows_than_are_wanted(of_mssql: Scripted) -> None:
    async with opened(MSSQL, timeout="2.5 s") as system:
        found = await rows(system, "SELECT metro FROM port WHERE a LIKE '1%'", most=1)
        await rows(system, "SELECT metro FROM port WHERE a = :a", {"a": 1}, most=1)

    assert found == [{"metro": "NYC"}, {"metro": "LON"}]
    assert of_mssql.arguments["autocommit"] is True
    assert of_mssql.arguments["timeout"] == of_mssql.arguments["login_timeout"] == 3
    assert ("SET LOCK_TIMEOUT 2500", None) in of_mssql.asked
    assert of_mssql.asked[-2:] == [
        ("SET ROWCOUNT 2;\nSELECT metro FROM port WHERE a LIKE '1%'", None),
        ("SET ROWCOUNT 2;\nSELECT metro FROM port WHERE a = %s", (1,)),
    ]
    assert threading.get_ident() not in of_mssql.threads
    assert len(of_mssql.threads) == 1


async def test_a_dead_connection_to_sql_server_is_not_used_again(of_mssql: Scripted) -> None:
    of_mssql.error = pymssql.OperationalError((20047, b"dead"))
    async with opened(MSSQL) as system:
        with pytest.raises(NoAnswer):
            await rows(system, "SELECT metro FROM port")
        of_mssql.error = None
        of_mssql.asked.clear()
        await rows(system, "SELECT metro FROM port")

    assert ("SET LOCK_TIMEOUT 10000", None) in of_mssql.asked, "a new connection was made"


async def test_oracle_is_asked_in_a_read_only_transaction_of_its_own(of_oracle: AsyncScripted) -> None:
    async with opened(ORACLE, timeout="2 s") as system:
        found = await rows(system, "SELECT metro FROM port WHERE a = :a", {"a": 1}, most=1)

    assert found == [{"metro": "NYC"}, {"metro": "LON"}]
    assert of_oracle.asked == [
        ("SET TRANSACTION READ ONLY", None),
        ("SELECT metro FROM port WHERE a = :b1\nFETCH FIRST 2 ROWS ONLY", [1]),
        ("rollback", None),
    ]
    assert of_oracle.call_timeout == 2000  # type: ignore[attr-defined]
    assert of_oracle.closed == 1


async def test_a_query_of_oracle_that_nobody_waits_for_is_cancelled(of_oracle: AsyncScripted) -> None:
    of_oracle.hang = True
    async with opened(ORACLE, calls_at_once=1) as system:
        with pytest.raises(NoAnswer) as raised:
            await prepared(system, "SELECT metro FROM port").call({}, timeout=0.05)
        of_oracle.hang = False
        again = await rows(system, "SELECT metro FROM port", most=2)

    assert raised.value.cause is Cause.TIMEOUT
    assert ("cancel", None) in of_oracle.asked
    assert len(again) == 3


@pytest.mark.parametrize("zone", [None, UTC], ids=["lost", "kept"])
async def test_a_time_of_oracle_that_lost_its_zone_is_unreadable(of_oracle: AsyncScripted, zone: Any) -> None:
    of_oracle.description = (("CHANGED", oracledb.DB_TYPE_TIMESTAMP_TZ),)
    of_oracle.rows = [(datetime(2026, 1, 31, 10, tzinfo=zone),)]
    async with opened(ORACLE) as system:
        answer = asyncio.gather(rows(system, "SELECT changed FROM port"), return_exceptions=True)
        (found,) = await answer

    assert getattr(found, "cause", None) is (Cause.UNREADABLE if zone is None else None)


@pytest.mark.parametrize(
    ("precision", "scale", "kind"),
    [(10, 0, int), (10, 2, Decimal), (0, -127, Decimal), (0, 0, Decimal)],
    ids=["whole", "decimal", "any-number", "unknown"],
)
def test_numbers_of_oracle_are_whole_or_decimal_and_never_float(precision: int, scale: int, kind: type) -> None:
    cursor = SimpleNamespace(arraysize=1, var=lambda kind, arraysize: kind)
    metadata = SimpleNamespace(type_code=oracledb.DB_TYPE_NUMBER, precision=precision, scale=scale)

    assert oracle.plain_numbers(cursor, metadata) is kind
