"""The columns of a table as the database's catalogue has them. Reads no rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sqlglot
from sqlalchemy import types
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import NoSuchTableError
from sqlglot import exp
from sqlglot.errors import SqlglotError

from adapters.described import DescriptionError
from adapters.sql.definitions import Column

_KINDS: tuple[tuple[type[types.TypeEngine[Any]], str], ...] = (
    (types.Boolean, "true or false"),
    (types.Integer, "whole number"),
    (types.Numeric, "number"),
    (types.DateTime, "date-time"),
    (types.Date, "date"),
    (types.String, "text"),
)
SQLGLOT_NAMES = {"postgresql": "postgres", "mariadb": "mysql", "mssql": "tsql"}
UNKNOWN = "of an unknown type"


def columns_of(inspector: Inspector, table: str) -> tuple[Column, ...]:
    """The columns of a table or view, in its own order. Raises DescriptionError if there is no such table."""
    schema, _, name = table.rpartition(".")
    try:
        found = inspector.get_columns(*_found_name(inspector, name, schema or None))
    except NoSuchTableError as error:
        known = sorted([*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)])
        there = ", ".join(known[:20]) + (" …" if len(known) > 20 else "")
        raise DescriptionError(f"the database has no table {table}; there are: {there or 'none'}") from error
    if not found:
        raise DescriptionError(f"the table {table} has no columns")
    keys = _keys(inspector, *_found_name(inspector, name, schema or None))
    listed = _listed_values(inspector, *_found_name(inspector, name, schema or None))
    return tuple(
        Column(
            str(one["name"]),
            str(one["type"]),
            bool(one["nullable"]) and one["name"] not in keys,
            _kind(one["type"]),
            one["name"] in keys,
            tuple(getattr(one["type"], "enums", ())) or listed.get(str(one["name"]).lower(), ()),
        )
        for one in found
    )


def spelled(inspector: Inspector, table: str) -> str:
    """The table as the database spells it, where only the case differs."""
    schema, _, name = table.rpartition(".")
    found, _ = _found_name(inspector, name, schema or None)
    return f"{schema}.{found}" if schema else found


def _found_name(inspector: Inspector, name: str, schema: str | None) -> tuple[str, str | None]:
    known = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    same = [one for one in known if one.lower() == name.lower()]
    return (same[0] if len(same) == 1 and name not in known else name), schema


def _keys(inspector: Inspector, name: str, schema: str | None) -> frozenset[str]:
    """The columns that name one row: the primary key, or else the smallest unique set."""
    primary = inspector.get_pk_constraint(name, schema).get("constrained_columns") or []
    unique = [frozenset(one["column_names"]) for one in _known(inspector.get_unique_constraints, name, schema)]
    unique += [
        frozenset(map(str, index["column_names"]))
        for index in inspector.get_indexes(name, schema)
        if index["unique"] and None not in index["column_names"]
    ]
    sizes = [len(one) for one in unique]
    return frozenset(primary) or (unique[sizes.index(min(sizes))] if sizes else frozenset())


def _listed_values(inspector: Inspector, name: str, schema: str | None) -> dict[str, tuple[str, ...]]:
    """The texts that CHECK constraints of the form `column IN ('A', 'B')` allow, by column in lower case."""
    found: dict[str, tuple[str, ...]] = {}
    kind = inspector.dialect.name
    for one in _known(inspector.get_check_constraints, name, schema):
        try:
            tree = sqlglot.parse_one(one["sqltext"], dialect=SQLGLOT_NAMES.get(kind, kind))
        except SqlglotError:
            continue
        while isinstance(tree, exp.Paren):
            tree = tree.this
        column = _column_below(tree.this) if isinstance(tree, exp.In) else None
        texts = [literal.name for literal in tree.expressions if isinstance(literal, exp.Literal) and literal.is_string]
        if column is not None and texts and len(texts) == len(tree.expressions):
            found[column.name.lower()] = tuple(dict.fromkeys(texts))
    return found


def _known(ask: Callable[[str, str | None], Iterable[Any]], name: str, schema: str | None) -> Iterable[Any]:
    """What the catalogue says; nothing, where SQLAlchemy cannot ask that of it (SQL Server)."""
    try:
        return ask(name, schema)
    except NotImplementedError:
        return ()


def _column_below(node: Any) -> exp.Column | None:
    while isinstance(node, exp.Paren | exp.Cast):
        node = node.this
    return node if isinstance(node, exp.Column) else None


def _kind(column_type: types.TypeEngine[Any]) -> str:
    return next((kind for known, kind in _KINDS if isinstance(column_type, known)), UNKNOWN)
