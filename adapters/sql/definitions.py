"""Definitions of tables as they are stored beside mappings (`*.tables.json`): what a query is held against while a
mapping is loaded, without any database. Knows no SQL; `sources` finds the columns behind a query.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from adapters.base import AdapterConfigurationError

SUFFIX = ".tables.json"

_SCHEMAS: dict[str, dict[str, Any]] = {
    "true or false": {"type": "boolean"},
    "whole number": {"type": "integer"},
    "number": {"type": "number"},
    "text": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
}
_NO_TYPES_OF_ITS_OWN = {"sqlite": frozenset({"true or false", "date", "date-time"})}
"""Kinds that a database takes in a column's definition and does not know in its values."""


@dataclass(frozen=True)
class Column:
    """A column as the database defines it. `type` in the database's own words."""

    name: str
    type: str
    nullable: bool
    kind: str
    key: bool = False
    enum: tuple[str, ...] = ()

    def schema(self, dialect: str) -> dict[str, Any]:
        """Its values as JSON Schema; `dialect`: sqlglot's name of the database."""
        known = {} if self.kind in _NO_TYPES_OF_ITS_OWN.get(dialect, ()) else _SCHEMAS.get(self.kind, {})
        return {**known, "enum": list(self.enum)} if self.enum else dict(known)


Tables = Mapping[str, tuple[Column, ...]]
"""The columns of each table, by its name as the database spells it."""


def definition_text(tables: Tables, query: str) -> str:
    """What is stored of the tables that a query reads."""
    told = {name: [asdict(column) for column in columns] for name, columns in tables.items()}
    return json.dumps({"query": query, "tables": told}, indent=2, ensure_ascii=False) + "\n"


def load_tables(folder: Path) -> Tables:
    """All tables of the definitions in a folder. Raises AdapterConfigurationError with the file and what is wrong."""
    if not folder.is_dir():
        raise AdapterConfigurationError(f"tables: {folder} is no folder")
    found: dict[str, tuple[Column, ...]] = {}
    where: dict[str, Path] = {}
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        for name, columns in _read(path):
            first = found.setdefault(name, columns)
            if first != columns:
                raise AdapterConfigurationError(
                    f"tables: {path} and {where[name]} define {name} differently: "
                    "store both anew (poq-gateway mapping new), or take one away"
                )
            where.setdefault(name, path)
    if not found:
        raise AdapterConfigurationError(f"tables: {folder} has no *{SUFFIX}; poq-gateway mapping new writes them")
    return found


def _read(path: Path) -> Iterator[tuple[str, tuple[Column, ...]]]:
    try:
        tables = json.loads(path.read_bytes())["tables"]
        for name, columns in tables.items():
            yield str(name), tuple(Column(**{**one, "enum": tuple(one.get("enum", ()))}) for one in columns)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise AdapterConfigurationError(f"tables: {path} is no stored definition of tables: {error}") from error
