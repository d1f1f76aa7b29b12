"""What a table or a query of a database gives, for people: a read-only look at its definitions. Knows no mapping.

Reads no rows. Whatever goes wrong is told in one line (`DescriptionError`), never with the URL in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlglot
from pydantic import SecretStr
from sqlalchemy import inspect
from sqlalchemy.engine.reflection import Inspector
from sqlglot import exp
from sqlglot.errors import SqlglotError

from adapters.base import AdapterConfigurationError, AdapterError, Contract
from adapters.described import Described, DescriptionError, Field
from adapters.sql.catalogue import look_up
from adapters.sql.columns import UNKNOWN, columns_of, spelled
from adapters.sql.definitions import Column
from adapters.sql.dialects import address_of, dialect_of
from adapters.sql.engines.sqlite import SQLITE
from adapters.sql.errors import translate
from adapters.sql.options import SqlOptions, SqlStep
from adapters.sql.sources import Sources, tables_of, written
from adapters.sql.system import SqlSystem

_SECONDS = 30.0

Read = Callable[[Inspector], dict[str, tuple[Column, ...]]]


@dataclass(frozen=True)
class Look:
    """What was seen: the operation, and the columns of the tables that it reads, by table (for the stored copy)."""

    described: Described
    tables: Mapping[str, tuple[Column, ...]]


def database_options(url: str) -> SqlOptions:
    """The options of a system that is not in any configuration yet."""
    return SqlOptions(url=SecretStr(url))


def describe_table(options: SqlOptions, table: str) -> Look:
    """A SELECT of all columns of a table or view by its key. Connects. Raises DescriptionError."""
    look = _run(options, lambda inspector: {spelled(inspector, table): columns_of(inspector, table)})
    ((name, columns),) = look.tables.items()
    query = _select(_Spelling(options), name, columns)
    return Look(_described(look.system, query, look.tables), look.tables)


def describe_query(options: SqlOptions, query: str) -> Look:
    """A query that was written already. Connects, runs nothing. Raises DescriptionError."""
    system = _system(options)
    _checked(system, query)
    names = list(dict.fromkeys(written(table) for table in tables_of(_tree(query, system.dialect.name))))
    look = _run(options, lambda inspector: {name: columns_of(inspector, name) for name in names})
    return Look(_described(system, query.strip(), look.tables), look.tables)


@dataclass(frozen=True)
class _Seen:
    system: SqlSystem
    tables: dict[str, tuple[Column, ...]]


def _system(options: SqlOptions) -> SqlSystem:
    try:
        return SqlSystem("the database", options)
    except AdapterConfigurationError as error:
        raise DescriptionError(str(error)) from error


def _run(options: SqlOptions, read: Read) -> _Seen:
    system = _system(options)
    try:
        return _Seen(system, asyncio.run(_looked(system, read)))
    except DescriptionError:
        raise
    except TimeoutError as error:
        raise DescriptionError(f"the database gave no answer in {_SECONDS:g} s") from error
    except AdapterError as error:
        raise DescriptionError(str(error)) from error
    except Exception as error:  # drivers raise what they like while connecting
        raise DescriptionError(str(translate(error, "the database"))) from error


async def _looked(system: SqlSystem, read: Read) -> dict[str, tuple[Column, ...]]:
    async with asyncio.timeout(_SECONDS):
        return await look_up(system.dialect, system.url, lambda connection: read(inspect(connection)))


class _Spelling:
    """How names are written in a query: in quotes only where they have to be."""

    def __init__(self, options: SqlOptions) -> None:
        dialect = dialect_of("the database", options)
        preparer = address_of(options).get_dialect()().identifier_preparer
        self._reserved = frozenset(preparer.reserved_words)
        self._quote = preparer.quote_identifier
        self._folds = dialect is SQLITE  # upper and lower case are the same there without quotes too

    def written(self, name: str) -> str:
        is_plain = name.isascii() and name.isidentifier() and name.lower() not in self._reserved
        return name if is_plain and (self._folds or name == name.lower()) else self._quote(name)

    def aliases(self, columns: Iterable[Column]) -> dict[str, str]:
        """A name for each column that a mapping can read as `row.name`."""
        names: dict[str, str] = {}
        for column in columns:
            plain = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in column.name.lower())
            is_usable = plain[:1].isalpha() and plain not in self._reserved
            name = base = plain if is_usable else f"c_{plain}"
            number = 1
            while name in names.values():
                number += 1
                name = f"{base}_{number}"
            names[column.name] = name
        return names


def _select(spelling: _Spelling, table: str, columns: Sequence[Column]) -> str:
    """All columns by the key, or by the first column where there is none."""
    keys = [column for column in columns if column.key] or [columns[0]]
    names = spelling.aliases(columns)

    def selected(column: Column) -> str:
        written = spelling.written(column.name)
        return written if written.lower() == names[column.name] else f"{written} AS {names[column.name]}"

    lines = ",\n       ".join(selected(column) for column in columns)
    where = " AND ".join(f"{spelling.written(key.name)} = :{names[key.name]}" for key in keys)
    source = ".".join(spelling.written(part) for part in table.split("."))
    return f"SELECT {lines}\nFROM {source}\nWHERE {where}"


def _checked(system: SqlSystem, query: str) -> Contract:
    if not query.strip():
        raise DescriptionError("the query is empty")
    try:
        return system.operation(SqlStep(query=query)).contract
    except AdapterConfigurationError as error:
        raise DescriptionError(str(error).removeprefix("the database: ")) from error


def _described(system: SqlSystem, query: str, tables: Mapping[str, tuple[Column, ...]]) -> Described:
    contract = _checked(system, query)
    tree = _tree(query, system.dialect.name)
    known = Sources(tree, tables)
    arguments = [Field(name, UNKNOWN, required=True) for name in contract.arguments["properties"]]
    reply = [Field(name, UNKNOWN, required=False) for name in contract.reply["properties"]]
    return Described(
        word="sql",
        definition=(("query", query),),
        arguments=tuple(_typed(field, known.compared.get(field.name)) for field in arguments),
        reply=tuple(_given(field, known.selected.get(field.name), known) for field in reply),
        rows="one",
    )


def _typed(field: Field, column: Column | None) -> Field:
    return field if column is None else replace(field, kind=column.kind, enum=column.enum, note=column.type)


def _given(field: Field, column: Column | None, known: Sources) -> Field:
    if column is None:
        return field
    return replace(_typed(field, column), required=not column.nullable)


def _tree(query: str, dialect: str) -> exp.Expr:
    try:
        return sqlglot.parse_one(query.strip().rstrip(";"), dialect=dialect)
    except SqlglotError as error:
        raise DescriptionError(f"the query is not readable as SQL: {error}") from error
