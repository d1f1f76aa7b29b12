"""One prepared SELECT or procedure of a SQL system: its contract, what is sent, and the rows as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from adapters.base import RECEIVED_LIMIT, AdapterConfigurationError, Cause, Contract, NoAnswer, Reply
from adapters.sql.options import SqlStep
from adapters.sql.sources import Sources, contract_schemas
from adapters.sql.statement import Statement, call_statement, read_statement
from adapters.sql.values import checked_arguments, plain_rows

if TYPE_CHECKING:
    from adapters.sql.system import SqlSystem


class SqlOperation:
    """One prepared SELECT, or the call of a procedure. Fulfils `adapters.base.Operation`."""

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
    dialect, options = system.dialect, system.options
    fetched = (step.most or options.max_rows) + 1
    if step.query is None:
        name = step.procedure or ""
        if name not in options.procedures:
            raise AdapterConfigurationError(f"{system.name}: procedure: {name} is not among the system's `procedures`")
        try:
            return call_statement(name, options.procedures[name], dialect=dialect, limit=fetched)
        except AdapterConfigurationError as error:
            raise AdapterConfigurationError(f"{system.name}: procedure: {error}") from error
    allowed = dialect.functions | {name.upper() for name in options.functions}
    try:
        return read_statement(step.query, dialect=dialect, functions=allowed, limit=fetched)
    except AdapterConfigurationError as error:
        raise AdapterConfigurationError(f"{system.name}: query: {error}") from error


def _contract(system: SqlSystem, statement: Statement) -> Contract:
    """The names that go in and out, with what stored definitions of tables say of them."""

    def of(properties: Mapping[str, Any]) -> dict[str, Any]:
        required = list(properties)
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    if statement.tree is None:
        return Contract(
            arguments=of(_unknown(statement.names)),
            reply=of(_unknown(statement.columns)),
        )
    sources = Sources(statement.tree, system.tables)
    try:
        sources.check()
    except AdapterConfigurationError as error:
        raise AdapterConfigurationError(f"{system.name}: query: {error}") from error
    system.read |= sources.tables
    arguments, reply = contract_schemas(sources, statement.names, statement.columns, system.dialect.name)
    return Contract(arguments=of(arguments), reply=of(reply))


def _unknown(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: {} for name in names}


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
