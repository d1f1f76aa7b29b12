"""The engine for several replicas: one PostgreSQL database, a pool of connections. All that is PostgreSQL's is here.

How a transaction is run and given up is in attempt.py. The time limits stand on the server too, so that what a
gateway that has vanished left there ends by itself. Connections stay with the server: a pooler between the two must
keep sessions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit
from weakref import WeakSet

from sqlalchemy import Connection, NullPool, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gateway.loggers import logger
from gateway.lso.identifiers import Dealing
from gateway.store.attempt import Attempts
from gateway.store.database import Transactions
from gateway.store.errors import StoreError, StoreUnavailable, first_line, translated
from gateway.store.migrations import check_version, migrate
from gateway.store.security import bypasses, everything, only_of

if TYPE_CHECKING:
    from asyncpg import Connection as DriverConnection

T = TypeVar("T")

CLOSE_SECONDS = 2.0
"""How long to take leave of a server that does not answer."""

SHARE_OF_THE_SERVER = 0.9
"""Of a caller's time: what the server itself ends leaves a reason, and a connection that can go on."""

MIGRATION_LOCK = 0x706F7167
"""The advisory lock ("poqg") of those that bring the tables up to date, one after the other."""

_log = logger()

NO_URL = "the URL of the store must be postgresql://user:password@host/database"


class PostgresqlDatabase:
    """A `Database` on a PostgreSQL server; several processes may use it at once."""

    def __init__(self, url: str, *, shared: bool = False, connections: int = 10, time_limit: float = 5.0) -> None:
        """`url`: postgresql://user:password@host/database, with libpq's parameters (`sslmode`, several hosts).

        `shared`: only use the tables as they are, beside the gateways that are running (an operator's command).
        `connections`: the most that this process opens. `time_limit`: seconds that one read or write may take its
        caller, all included: waiting for a connection, for a locked row, for the server.

        Raises StoreError for a URL of something else, and where the driver is missing. Connects to nothing.
        """
        _check(url)
        self._url = url
        self._shared = shared
        self._connections = connections
        self._time_limit = time_limit
        self._attempts = Attempts(time_limit)
        self._made: WeakSet[DriverConnection] = WeakSet()
        self._engine: AsyncEngine | None = None

    async def open(self) -> None:
        """Several may open at once: one migrates, the others wait for it."""
        if self._engine is not None:
            return
        await self._prepare()
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self._connect,
            pool_size=self._connections,
            max_overflow=0,
            pool_timeout=self._time_limit,
            hide_parameters=True,
        )

    async def close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is None:
            return
        await self._attempts.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await engine.dispose()
        for connection in list(self._made):
            connection.terminate()

    def of(self, dealing: Dealing) -> Transactions:
        """Row-level security shows them nothing of others (security.py)."""
        return _OfDealing(self, dealing)

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await self._write(everything(work))

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._read(everything(work))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await self._attempts.run(self._opened(isolation_level="READ COMMITTED"), work)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        snapshot = self._opened(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return await self._attempts.run(snapshot, work)

    def _opened(self, **options: Any) -> AsyncEngine:
        if self._engine is None:
            raise StoreUnavailable("the store is not open")
        return self._engine.execution_options(**options)

    async def _prepare(self) -> None:
        """In one transaction on a connection of its own, which takes the time it takes."""
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: self._connect(limited=False),
            poolclass=NullPool,
            isolation_level="READ COMMITTED",
            hide_parameters=True,
        )
        with translated():
            async with engine.begin() as connection:
                await connection.run_sync(check_version if self._shared else _migrate)

    async def _connect(self, *, limited: bool = True) -> DriverConnection:
        """A connection to a server that takes writes. `limited`: the server ends what takes too long."""
        import asyncpg

        settings = _session(self._time_limit * SHARE_OF_THE_SERVER if limited else 0)
        try:
            connection: DriverConnection = await asyncpg.connect(
                self._url, timeout=self._time_limit, target_session_attrs="read-write", server_settings=settings
            )
        except asyncpg.PostgresError as error:
            raise StoreUnavailable(f"no connection to PostgreSQL: {first_line(error)}") from error
        except asyncpg.TargetServerAttributeNotMatched as error:
            raise StoreUnavailable("no connection to PostgreSQL: the server takes no writes") from error
        except OSError as error:  # TimeoutError is one
            raise StoreUnavailable(f"no connection to PostgreSQL: {first_line(error)}") from error
        except (asyncpg.InterfaceError, ValueError):
            raise StoreUnavailable(NO_URL) from None  # what the parser quotes may be of a password
        self._made.add(connection)
        try:
            await connection.execute(_DURABLE)
        except BaseException:
            connection.terminate()
            raise
        return connection


class _OfDealing:
    """The transactions of one Buyer with one Seller."""

    def __init__(self, database: PostgresqlDatabase, dealing: Dealing) -> None:
        self._database = database
        self._dealing = dealing

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await self._database._write(only_of(self._dealing, work))

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._database._read(only_of(self._dealing, work))


_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
"""A commit that returned survives a loss of power; whoever wants more (a standby that has it too) keeps that."""


def _session(limit: float) -> dict[str, str]:
    """What holds for a session; `limit` in seconds, 0 for none."""
    milliseconds = str(round(limit * 1000))
    return {
        "application_name": "poq-gateway",
        "statement_timeout": milliseconds,
        "lock_timeout": milliseconds,
        "idle_in_transaction_session_timeout": milliseconds,
        # a gateway whose machine has gone holds its locks for two minutes at most
        "tcp_keepalives_idle": "60",
        "tcp_keepalives_interval": "20",
        "tcp_keepalives_count": "3",
    }


def _migrate(connection: Connection) -> None:
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise StoreUnavailable(f"the database keeps texts as {encoding}, which cannot hold any text: make it with UTF8")
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
    everything(migrate)(connection)
    if bypasses(connection):
        _log.warning("row-level security does not hold: the store's role is a superuser, or bypasses it")


def _check(url: str) -> None:
    """Raises StoreError, without a word of the URL: it may have a password in it."""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        scheme = ""
    if scheme not in ("postgresql", "postgres"):
        raise StoreError(NO_URL)
    if find_spec("asyncpg") is None:
        raise StoreError("a store on PostgreSQL needs the driver asyncpg: pip install 'poq-gateway[postgresql]'")
