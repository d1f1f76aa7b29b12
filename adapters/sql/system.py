"""A SQL database behind the port: a pool of read-only connections and the queries prepared for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from adapters.base import (
    CALLS_AT_ONCE,
    AdapterConfigurationError,
    AdapterError,
    BadArguments,
    Cause,
    Checked,
    CheckOutcome,
    NoAnswer,
)
from adapters.sql.definitions import Tables, load_tables
from adapters.sql.dialects import address_of, dialect_of
from adapters.sql.operation import SqlOperation
from adapters.sql.options import SqlOptions, SqlStep
from adapters.sql.pool import NO_PLACE, Pool
from adapters.sql.session import Command, Rows, Session

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

T = TypeVar("T")

_KEPT = 512
"""Queries that are read once, however many mappings ask them."""


class SqlSystem:
    """One configured database. Fulfils `adapters.base.System`."""

    def __init__(self, name: str, options: SqlOptions, *, calls_at_once: int = CALLS_AT_ONCE) -> None:
        """Raises AdapterConfigurationError for an unusable URL; connects to nothing."""
        self.name = name
        self.options = options
        self.dialect = dialect_of(name, options)
        self.tables = _tables(name, options)
        self.read: set[str] = set()  # of these tables, those that prepared queries read
        self._calls_at_once = calls_at_once
        self._pool: Pool | None = None
        self._prepared = lru_cache(_KEPT)(partial(SqlOperation, self))

    @cached_property
    def url(self) -> URL:
        return address_of(self.options)

    @property
    def timeout(self) -> float:
        return self.options.timeout

    def operation(self, definition: BaseModel) -> SqlOperation:
        """Check a query and prepare it. Raises AdapterConfigurationError with what to change."""
        if not isinstance(definition, SqlStep):
            raise AdapterConfigurationError(
                f"{self.name}: a sql system takes sql steps, not {type(definition).__name__}"
            )
        if definition.most is not None and definition.most > self.options.max_rows:
            raise AdapterConfigurationError(
                f"{self.name}: at most {definition.most} rows are asked for, "
                f"the system's max_rows is {self.options.max_rows}"
            )
        return self._prepared(definition)

    async def open(self) -> None:
        """Make the pool; the first call connects. What it needs is imported now, so that no call waits for that."""
        if self._pool is None:
            with suppress(ImportError):  # told by the first call
                import_module(self.dialect.driver)
            import_module("adapters.sql.errors")
            self._pool = Pool(lambda: self.dialect.connect(self.url, self.options), self._calls_at_once)

    async def close(self) -> None:
        """Take leave of the database; of a silent one only for a few seconds."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    async def check(self, *, live: bool, timeout: float) -> Sequence[Checked]:  # noqa: ASYNC109 (the port's)
        """Whether a connection can be had, and whether tables are as they were stored; with `live`, also a SELECT of 1.

        Of the stored tables those that prepared queries read; all of them, where nothing is prepared.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        try:
            await self._within(self._probed if live else _connected, timeout)
        except (NoAnswer, BadArguments) as error:
            return [Checked("connection", CheckOutcome.FAILED, str(error))]
        connected = Checked("connection", CheckOutcome.OK, self.dialect.name)
        from adapters.sql.drift import drift

        read = {name: columns for name, columns in self.tables.items() if not self.read or name in self.read}
        try:
            async with asyncio.timeout_at(deadline):
                return [connected, *(await drift(self.dialect, self.url, read) if read else ())]
        except Exception as error:  # drivers raise what they like
            return [connected, Checked("tables", CheckOutcome.FAILED, str(_ours(error, self.name)))]

    async def fetch(self, command: Command, values: Sequence[Any], seconds: float) -> Rows:
        """All rows of one statement. Raises NoAnswer or BadArguments; a query nobody waits for is stopped."""
        at_once, pool = self.dialect.at_once, self._pool
        if at_once is not None and pool is not None:  # nothing is waited for: no place, no time limit, no task
            try:
                found = pool.at_once(lambda session: at_once(session, command, values))
            except Exception as error:
                raise _ours(error, self.name) from error
            if found is not None:
                return found
        return await self._within(lambda session: session.rows(command, values), seconds)

    async def _within(self, work: Callable[[Session], Awaitable[T]], seconds: float) -> T:
        pool = self._pool
        if pool is None:
            raise NoAnswer(Cause.UNREACHABLE, f"{self.name} is not open")
        try:
            async with asyncio.timeout(min(seconds, self.options.timeout)):
                return await pool.run(work)
        except TimeoutError as error:
            busy = NO_PLACE if NO_PLACE in getattr(error.__cause__, "args", ()) else ""
            raise NoAnswer(Cause.TIMEOUT, f"{self.name} gave no rows in time{busy and f' ({busy})'}") from error
        except Exception as error:
            raise _ours(error, self.name) from error

    async def _probed(self, session: Session) -> None:
        await session.rows(Command(self.dialect.probe, (), 1), ())


def _ours(error: Exception, system: str) -> AdapterError:
    from adapters.sql.errors import translate  # with all of SQLAlchemy, which nobody needs who only prepares queries

    return translate(error, system)


async def _connected(session: Session) -> None:
    """The pool has done it."""


def _tables(name: str, options: SqlOptions) -> Tables:
    """The definitions that are stored, by table; none where the configuration names no folder of them."""
    try:
        return load_tables(options.tables) if options.tables is not None else {}
    except AdapterConfigurationError as error:
        raise AdapterConfigurationError(f"{name}: {error}") from error
