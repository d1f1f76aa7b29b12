"""SQL systems over the test inventory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from adapters.sql import SqlOptions, SqlStep, SqlSystem
from adapters.sql.operation import SqlOperation
from adapters.sql.session import Command
from tests.support.databases import mariadb_inventory, postgres_inventory, sqlite_inventory


def made(url: str, *, calls_at_once: int = 5, **options: Any) -> SqlSystem:
    return SqlSystem("inventory", SqlOptions(url=SecretStr(url), **options), calls_at_once=calls_at_once)


def prepared(system: SqlSystem, query: str, **step: Any) -> SqlOperation:
    return system.operation(SqlStep(query=query, **step))


def raw(sql: str) -> Command:
    """What no check has seen."""
    return Command(sql, (), 10)


async def rows(system: SqlSystem, query: str, arguments: dict[str, Any] | None = None, **step: Any) -> Any:
    return (await prepared(system, query, **step).call(arguments or {}, timeout=10)).value


@asynccontextmanager
async def opened(url: str, **options: Any) -> AsyncIterator[SqlSystem]:
    system = made(url, **options)
    await system.open()
    try:
        yield system
    finally:
        await system.close()


@asynccontextmanager
async def sqlite(folder: Path, **options: Any) -> AsyncIterator[SqlSystem]:
    async with opened(sqlite_inventory(folder), **options) as system:
        yield system


@asynccontextmanager
async def postgres(folder: Path, **options: Any) -> AsyncIterator[SqlSystem]:
    async with postgres_inventory() as url, opened(url, **options) as system:
        yield system


@asynccontextmanager
async def mariadb(folder: Path, **options: Any) -> AsyncIterator[SqlSystem]:
    async with mariadb_inventory() as url, opened(url, **options) as system:
        yield system
