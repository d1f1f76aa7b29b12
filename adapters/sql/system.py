"""A SQL database behind the port: a pool of read-only connections and the queries prepared for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel

from adapters.base import (
    CALLS_AT_ONCE,
    RECEIVED_LIMIT,
    AdapterConfigurationError,
    BadArguments,
    Cause,
    Checked,
    CheckOutcome,
    Contract,
    NoAnswer,
    Reply,
)
from adapters.sql.definitions import Tables, load_tables
from adapters.sql.dialects import database
from adapters.sql.errors import translate
from adapters.sql.options import SqlOptions, SqlStep
from adapters.sql.pool import NO_PLACE, Pool
from adapters.sql.session import Command, Rows, Session
from adapters.sql.sources import Sources, contract_schemas
from adapters.sql.statement import Statement, read_statement
from adapters.sql.values import checked_arguments, plain_rows

T = TypeVar("T")


class SqlSystem:
    """One configured database. Fulfils `adapters.base.System`."""

    def __init__(self, name: str, options: SqlOptions, *, calls_at_once: int = CALLS_AT_ONCE) -> None:
        """Raises AdapterConfigurationError for an unusable URL; connects to nothing."""
        self.name = name
        self.options = options
        self.dialect, self.url = database(name, options)
        self.tables = _tables(name, options)
        self._calls_at_once = calls_at_once
        self._pool: Pool | None = None

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
        return SqlOperation(self, definition)

    async def open(self) -> None:
        """Make the pool; the first call connects."""
        if self._pool is None:
            self._pool = Pool(lambda: self.dialect.connect(self.url, self.options), self._calls_at_once)

    async def close(self) -> None:
        """Take leave of the database; of a silent one only for a few seconds."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    async def check(self, *, live: bool, timeout: float) -> Sequence[Checked]:  # noqa: ASYNC109 (the port's)
        """Whether a connection can be had; with `live`, whether a question of nothing is answered."""
        try:
            await self._within(self._probed if live else _connected, timeout)
        except (NoAnswer, BadArguments) as error:
            return [Checked("connection", CheckOutcome.FAILED, str(error))]
        return [Checked("connection", CheckOutcome.OK, self.dialect.name)]

    async def fetch(self, command: Command, values: Sequence[Any], seconds: float) -> Rows:
        """All rows of one statement. Raises NoAnswer or BadArguments; a query nobody waits for is stopped."""
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
            raise translate(error, self.name) from error

    async def _probed(self, session: Session) -> None:
        await session.rows(Command(self.dialect.probe, (), 1), ())


async def _connected(session: Session) -> None:
    """The pool has done it."""


class SqlOperation:
    """One prepared SELECT. Fulfils `adapters.base.Operation`."""

    def __init__(self, system: SqlSystem, step: SqlStep) -> None:
        self._system = system
        self._most = step.most
        self._statement = _prepare(system, step)
        self.contract = _contract(system, self._statement)

    def render(self, arguments: Mapping[str, Any]) -> str:
        """The SQL as it is sent, then one comment line for each argument. Raises BadArguments."""
        values = checked_arguments(self._statement.names, arguments)
        return "\n".join([self._statement.sql, *(f"-- :{name} = {_literal(value)}" for name, value in values.items())])

    async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109 (the port's)
        """Fetch the rows, `timeout` in seconds including the wait for a connection.

        With `most` set, up to `most` + 1 rows come back and the caller sees that there are too many; without it, more
        than the system's max_rows is NoAnswer(TOO_LARGE). Raises NoAnswer or BadArguments.
        """
        dialect = self._system.dialect
        checked = checked_arguments(self._statement.names, arguments)
        command = self._statement.command
        found = await self._system.fetch(command, [dialect.value(checked[name]) for name in command.order], timeout)
        rows = plain_rows(self._statement.columns, found)
        if self._most is None and len(rows) > self._system.options.max_rows:
            raise NoAnswer(
                Cause.TOO_LARGE, f"more than {self._system.options.max_rows} rows (max_rows of {self._system.name})"
            )
        return Reply(rows, received=_received(rows))


def _prepare(system: SqlSystem, step: SqlStep) -> Statement:
    dialect = system.dialect
    allowed = dialect.functions | {name.upper() for name in system.options.functions}
    fetched = (step.most or system.options.max_rows) + 1
    try:
        return read_statement(step.query, dialect=dialect, functions=allowed, limit=fetched)
    except AdapterConfigurationError as error:
        raise AdapterConfigurationError(f"{system.name}: query: {error}") from error


def _tables(name: str, options: SqlOptions) -> Tables:
    """The definitions that are stored, by table; none where the configuration names no folder of them."""
    try:
        return load_tables(options.tables) if options.tables is not None else {}
    except AdapterConfigurationError as error:
        raise AdapterConfigurationError(f"{name}: {error}") from error


def _contract(system: SqlSystem, statement: Statement) -> Contract:
    """The names that go in and out, with what stored definitions of tables say of them."""
    sources = Sources(statement.tree, system.tables)
    try:
        sources.check()
    except AdapterConfigurationError as error:
        raise AdapterConfigurationError(f"{system.name}: query: {error}") from error

    def of(properties: Mapping[str, Any]) -> dict[str, Any]:
        required = list(properties)
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    arguments, reply = contract_schemas(sources, statement.names, statement.columns, system.dialect.name)
    return Contract(arguments=of(arguments), reply=of(reply))


def _literal(value: Any) -> str:
    if isinstance(value, bool | int | float) or not isinstance(value, str):
        return str(value)
    # A line break inside a value would otherwise end the comment it stands in.
    return "'" + value.replace("'", "''").replace("\n", "\\n").replace("\r", "\\r") + "'"


def _received(rows: list[dict[str, Any]]) -> str:
    lines: list[str] = []
    room = RECEIVED_LIMIT
    for row in rows:
        line = _json(row)
        lines.append(line)
        room -= len(line) + 1
        if room < 0:
            break
    return "\n".join(lines)[:RECEIVED_LIMIT]


def _json(row: dict[str, Any]) -> str:
    try:
        return orjson.dumps(row, default=str).decode()
    except TypeError:  # a whole number of more than 64 bits
        return json.dumps(row, default=str, ensure_ascii=False, separators=(",", ":"))
