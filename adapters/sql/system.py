"""A SQL database behind the port: a pool of read-only connections and the queries prepared for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

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
from adapters.sql.dialects import STOP_FLAG, Dialect, database
from adapters.sql.errors import translate
from adapters.sql.options import SqlOptions, SqlStep
from adapters.sql.statement import Statement, read_statement
from adapters.sql.stopping import Bounded, Stoppable
from adapters.sql.values import checked_arguments, plain_rows

CLOSE_SECONDS = 5.0
T = TypeVar("T")


class SqlSystem:
    """One configured database. Fulfils `adapters.base.System`."""

    def __init__(self, name: str, options: SqlOptions, *, calls_at_once: int = CALLS_AT_ONCE) -> None:
        """Raises AdapterConfigurationError for an unusable URL; connects to nothing."""
        self.name = name
        self.options = options
        self.dialect, self._url = database(name, options)
        self._calls_at_once = calls_at_once
        self._engine: AsyncEngine | None = None
        self._bounded = Bounded()

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
        if self._engine is None:
            self._engine = self.dialect.engine(self._url, self.options, self._calls_at_once)

    async def close(self) -> None:
        """Take leave of the database, but of a silent one not for longer than `CLOSE_SECONDS`."""
        engine, self._engine = self._engine, None
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._bounded.wait()
                if engine is not None:
                    await engine.dispose()

    async def check(self, *, live: bool, timeout: float) -> Sequence[Checked]:  # noqa: ASYNC109 (the port's)
        """Whether a connection can be had."""
        try:
            await self._within(_connected, timeout)
        except (NoAnswer, BadArguments) as error:
            return [Checked("connection", CheckOutcome.FAILED, str(error))]
        return [Checked("connection", CheckOutcome.OK, self.dialect.name)]

    async def fetch(self, clause: TextClause, values: Mapping[str, Any], seconds: float) -> Sequence[Sequence[Any]]:
        """All rows of one statement. Raises NoAnswer or BadArguments; a query nobody waits for is stopped."""
        return await self._within(lambda engine: _rows(engine, clause, values), seconds)

    async def _within(self, work: Callable[[AsyncEngine], Coroutine[Any, Any, T]], seconds: float) -> T:
        if self._engine is None:
            raise NoAnswer(Cause.UNREACHABLE, f"{self.name} is not open")
        try:
            return await self._bounded.run(work(self._engine), min(seconds, self.options.timeout))
        except TimeoutError as error:
            raise NoAnswer(Cause.TIMEOUT, f"{self.name} gave no rows in time") from error
        except Exception as error:
            raise translate(error, self.name) from error


async def _connected(engine: AsyncEngine) -> None:
    async with engine.connect():
        pass


async def _rows(engine: AsyncEngine, clause: TextClause, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    async with engine.connect() as connection:
        flag = (await connection.get_raw_connection()).info.get(STOP_FLAG)
        query = connection.execute(clause, values)
        result = await (query if flag is None else Stoppable(query, flag))
        return result.fetchall()


class SqlOperation:
    """One prepared SELECT. Fulfils `adapters.base.Operation`."""

    def __init__(self, system: SqlSystem, step: SqlStep) -> None:
        self._system = system
        self._most = step.most
        self._statement = _prepare(system, step)
        self._clause = text(self._statement.bindable)
        self.contract = _contract(self._statement)

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
        values = {name: dialect.value(value) for name, value in checked.items()}
        found = await self._system.fetch(self._clause, values, timeout)
        rows = plain_rows(self._statement.columns, found)
        if self._most is None and len(rows) > self._system.options.max_rows:
            raise NoAnswer(
                Cause.TOO_LARGE, f"more than {self._system.options.max_rows} rows (max_rows of {self._system.name})"
            )
        return Reply(rows, received=_received(rows))


def _prepare(system: SqlSystem, step: SqlStep) -> Statement:
    dialect: Dialect = system.dialect
    allowed = dialect.functions | {name.upper() for name in system.options.functions}
    fetched = (step.most or system.options.max_rows) + 1
    try:
        return read_statement(step.query, dialect=dialect.name, functions=allowed, limit=fetched)
    except AdapterConfigurationError as error:
        raise AdapterConfigurationError(f"{system.name}: query: {error}") from error


def _contract(statement: Statement) -> Contract:
    def of(names: tuple[str, ...]) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {name: {} for name in names},
            "required": list(names),
            "additionalProperties": False,
        }

    return Contract(arguments=of(statement.names), reply=of(statement.columns))


def _literal(value: Any) -> str:
    if isinstance(value, bool | int | float) or not isinstance(value, str):
        return str(value)
    # A line break inside a value would otherwise end the comment it stands in.
    return "'" + value.replace("'", "''").replace("\n", "\\n").replace("\r", "\\r") + "'"


def _received(rows: list[dict[str, Any]]) -> str:
    lines: list[str] = []
    room = RECEIVED_LIMIT
    for row in rows:
        line = json.dumps(row, default=str, ensure_ascii=False)
        lines.append(line)
        room -= len(line) + 1
        if room < 0:
            break
    return "\n".join(lines)[:RECEIVED_LIMIT]
