"""Which column of which table stands behind a name of a query, as far as it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from adapters.base import AdapterConfigurationError
from adapters.sql.definitions import Column, Tables
from gateway.sources.findings import nearest

_OF_EVERY_TABLE = frozenset({"rowid", "oid", "_rowid_", "ctid", "rownum", "rowscn", "ora_rowscn"})
"""Columns that databases add by themselves."""


def tables_of(tree: exp.Expr) -> list[exp.Table]:
    """The tables of the database that a query reads; names under WITH are none."""
    own = {one.alias_or_name.lower() for one in tree.find_all(exp.CTE)}
    return [table for table in tree.find_all(exp.Table) if table.name.lower() not in own or table.db]


def written(table: exp.Table) -> str:
    """A table as a query writes it, without quotes."""
    return f"{table.db}.{table.name}" if table.db else table.name


class Sources:
    """What is known of one query by the definitions of tables. `selected` and `compared`: the columns behind the names
    that it gives, and behind its arguments; `tables`: those that it reads and whose definitions are known.
    """

    def __init__(self, tree: exp.Expr, tables: Tables) -> None:
        self._tree = tree
        self._known = _Known(tables)
        self._aliases = {one.alias_or_name.lower(): self._known.columns(one) or () for one in tables_of(tree)}
        self.tables = {name for one in tables_of(tree) if (name := self._known.name(one)) is not None}
        self._optional = _tables_without_row(tree)
        is_plain = isinstance(tree, exp.Select) and not list(tree.find_all(exp.CTE, exp.Subquery))
        selects = tree.selects if is_plain and isinstance(tree, exp.Select) else []
        self.selected = {
            one.alias_or_name.lower(): column for one in selects if (column := self._given(one.unalias())) is not None
        }
        self.compared = dict(self._compared())

    def _compared(self) -> Iterator[tuple[str, Column]]:
        for comparison in self._tree.find_all(exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE):
            for one, other in ((comparison.right, comparison.left), (comparison.left, comparison.right)):
                column = self._behind(one)
                if isinstance(other, exp.Placeholder) and column is not None:
                    yield other.name, column

    def _given(self, node: Any) -> Column | None:
        """The column that a query gives: NULL too, where an outer join may find no row of its table."""
        column = self._behind(node)
        return replace(column, nullable=True) if column and self._alias(node) in self._optional else column

    def _behind(self, node: Any) -> Column | None:
        return self._named(node).get(self._alias(node)) if isinstance(node, exp.Column) else None

    def _alias(self, node: exp.Column) -> str:
        """The table that a column is of; empty where that cannot be told."""
        found = list(self._named(node))
        return found[0] if len(found) == 1 else ""

    def _named(self, node: exp.Column) -> dict[str, Column]:
        """The columns that may be meant, by their tables."""
        return {
            alias: one
            for alias, columns in self._aliases.items()
            for one in columns
            if one.name.lower() == node.name.lower() and node.table.lower() in ("", alias)
        }

    def check(self) -> None:
        """Raises AdapterConfigurationError for a column that a table, whose definition is known, does not have."""
        try:
            scopes = traverse_scope(self._tree)
        except SqlglotError:
            return  # more than can be followed: the database will tell
        for scope in scopes:
            for column in scope.columns:
                if column.find_ancestor(exp.Select) is scope.expression:  # not one of a query inside it
                    self._check_column(scope, column)

    def _check_column(self, scope: Scope, column: exp.Column) -> None:
        name = column.name.lower()
        sources = list(_sources(scope, column.table))
        known = [self._known.columns(one) for one in sources if isinstance(one, exp.Table)]
        selected = {one.alias.lower() for one in scope.expression.find_all(exp.Alias)}
        if not sources or len(known) < len(sources) or None in known or name in _OF_EVERY_TABLE | selected:
            return
        there = {one.name.lower(): one.name for columns in known for one in columns or ()}
        if name not in there:
            tables = " or ".join(written(one) for one in sources if isinstance(one, exp.Table))
            hint = nearest(column.name, there.values())
            told = f" ({hint})" if hint else ""
            raise AdapterConfigurationError(f"{tables} has no column {column.name}, by its stored definition{told}")


def _tables_without_row(tree: exp.Expr) -> frozenset[str]:
    """The tables, by their aliases, of which an outer join may find no row."""
    found = {one.table.lower() for one in tree.find_all(exp.Column) if one.args.get("join_mark")}  # Oracle's (+)
    for select in tree.find_all(exp.Select):
        source = select.args.get("from_") or select.args.get("from")
        before = {source.this.alias_or_name.lower()} if source is not None else set()
        for join in select.args.get("joins") or ():
            joined = join.this.alias_or_name.lower()
            found |= before if join.side in ("RIGHT", "FULL") else set()
            found |= {joined} if join.side in ("LEFT", "FULL") else set()
            before.add(joined)
    return frozenset(found)


def _sources(scope: Scope, alias: str) -> Iterator[object]:
    """What a column may belong to: the source of that name, or everything around it where none is named."""
    around: Scope | None = scope
    while around is not None:
        for name, source in around.sources.items():
            if not alias or name.lower() == alias.lower():
                yield source
        around = around.parent


class _Known:
    """Tables by the names that queries give them: with or without a schema, in any case."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._by_name = {name.lower(): name for name in tables}
        self._by_last: dict[str, list[str]] = {}
        for name in tables:
            self._by_last.setdefault(name.lower().rpartition(".")[2], []).append(name)

    def name(self, table: exp.Table) -> str | None:
        """As it was stored."""
        found = self._by_name.get(written(table).lower())
        same = self._by_last.get(table.name.lower(), [])
        return found if found is not None else same[0] if len(same) == 1 else None

    def columns(self, table: exp.Table) -> tuple[Column, ...] | None:
        name = self.name(table)
        return None if name is None else self._tables[name]


def contract_schemas(
    sources: Sources, names: tuple[str, ...], columns: tuple[str, ...], dialect: str
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What is known of a query's arguments and of its columns, by name, as JSON Schema."""
    arguments = {name: of.schema(dialect) if (of := sources.compared.get(name)) else {} for name in names}
    reply: dict[str, Any] = {}
    for name in columns:
        column = sources.selected.get(name)
        schema = column.schema(dialect) if column else {}
        reply[name] = {"anyOf": [schema, {"type": "null"}]} if schema and column and column.nullable else schema
    return arguments, reply
