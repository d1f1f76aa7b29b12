"""What differs between databases: how a plain URL is opened read-only, which functions only read, which values fit.

A further database is one more `Dialect` here (and its driver's errors in `adapters.sql.errors`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.base import AdapterConfigurationError
from adapters.sql import functions
from adapters.sql.options import SqlOptions
from adapters.sql.sqlite_file import SqliteFile
from adapters.sql.stopping import StopFlag

STOP_FLAG = "stop flag"  # where a connection that needs one keeps its flag
PROGRESS_STEPS = 20_000  # SQLite instructions between two looks at the stop flag: under a millisecond


@dataclass(frozen=True)
class Dialect:
    """One kind of database. `name` is sqlglot's name for it, `driver` the package that speaks to it."""

    name: str
    driver: str
    functions: frozenset[str]
    engine: Callable[[URL, SqlOptions, int], AsyncEngine]
    bind: Mapping[type, Callable[[Any], Any]] = field(default_factory=dict)

    def value(self, value: Any) -> Any:
        """An argument as the driver takes it."""
        convert = self.bind.get(type(value))
        return value if convert is None else convert(value)


def _sqlite_engine(url: URL, options: SqlOptions, connections: int) -> AsyncEngine:
    file = SqliteFile(str(url.database))
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"), async_creator=file.connect, **_pool(options, connections)
    )
    event.listen(engine.sync_engine, "checkout", file.check)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        flag = record.info[STOP_FLAG] = StopFlag()
        connection.run_async(lambda driver: driver.set_progress_handler(flag, PROGRESS_STEPS))
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    return engine


def _postgres_engine(url: URL, options: SqlOptions, connections: int) -> AsyncEngine:
    return create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        connect_args={
            "timeout": options.timeout,
            "server_settings": {
                "application_name": "poq-gateway",
                "default_transaction_read_only": "on",
                "statement_timeout": str(round(options.timeout * 1000)),
            },
        },
        **_pool(options, connections),
    )


def _pool(options: SqlOptions, connections: int) -> dict[str, Any]:
    # The wait for a connection is covered by the call's own timeout: the pool's must never be the shorter one.
    return {
        "pool_size": connections,
        "max_overflow": 0,
        "pool_timeout": options.timeout + 1,
        "isolation_level": "AUTOCOMMIT",
        "hide_parameters": True,
        # Nothing is ever begun or written: rolling back would only be one more trip.
        "pool_reset_on_return": None,
        "skip_autocommit_rollback": True,
    }


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


SQLITE = Dialect(
    name="sqlite",
    driver="aiosqlite",
    functions=functions.SQLITE,
    engine=_sqlite_engine,
    bind={
        Decimal: _number,
        date: date.isoformat,
        datetime: lambda moment: moment.isoformat(sep=" "),
    },
)
POSTGRES = Dialect(name="postgres", driver="asyncpg", functions=functions.POSTGRES, engine=_postgres_engine)

DIALECTS = {"sqlite": SQLITE, "postgresql": POSTGRES}


def database(system: str, options: SqlOptions) -> tuple[Dialect, URL]:
    """The dialect and the parsed address of a system. Raises AdapterConfigurationError, never with the URL in it."""
    try:
        url = make_url(options.url.get_secret_value())
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in DIALECTS:
        raise AdapterConfigurationError(
            f"{system}: url must be sqlite:///path/to/file.db or postgresql://user:password@host/database"
        )
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise AdapterConfigurationError(f"{system}: url names no SQLite file; write sqlite:///path/to/file.db")
    dialect = DIALECTS[url.drivername]
    if find_spec(dialect.driver) is None:
        raise AdapterConfigurationError(f"{system}: needs the driver {dialect.driver}: pip install {dialect.driver}")
    return dialect, url
