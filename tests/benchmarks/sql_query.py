"""CPU microseconds of one query by a key, of 12 columns: through the adapter, and through the bare driver, in one run.

    .venv/bin/python -m tests.benchmarks.sql_query [--queries 5000]

Asks SQLite, and the servers of tests/support/databases.py that are there. One query at a time, this process only.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import asyncpg

from adapters.sql import SqlOptions, SqlStep, SqlSystem
from tests.support.databases import mariadb_asked, mariadb_connection, mariadb_database, postgres_database

ROWS = 20_000
TEXTS = ", ".join(f"text_{n}" for n in range(6))
NUMBERS = ", ".join(f"number_{n}" for n in range(5))
QUERY = f"SELECT port_ref, {TEXTS}, {NUMBERS} FROM port WHERE port_ref = "
TABLE = (
    "CREATE TABLE port (port_ref VARCHAR(20) PRIMARY KEY, "
    + ", ".join(f"text_{n} VARCHAR(20)" for n in range(6))
    + ", "
    + ", ".join(f"number_{n} INTEGER" for n in range(5))
    + ")"
)
Ask = Callable[[str], Awaitable[Any]]


def content() -> list[tuple[Any, ...]]:
    return [(f"P-{n}", *(f"text {n} {m}" for m in range(6)), *(n + m for m in range(5))) for n in range(ROWS)]


@asynccontextmanager
async def sqlite() -> AsyncIterator[tuple[str, Ask]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ports.db"
        with sqlite3.connect(file) as connection:
            connection.execute(TABLE)
            connection.executemany(f"INSERT INTO port VALUES ({', '.join('?' * 12)})", content())

        async def ask(key: str) -> Any:
            return connection.execute(QUERY + "?", (key,)).fetchall()

        yield f"sqlite:///{file}", ask
        connection.close()


@asynccontextmanager
async def postgresql() -> AsyncIterator[tuple[str, Ask]]:
    async with postgres_database() as url:
        connection = await asyncpg.connect(url)
        await connection.execute(TABLE)
        await connection.copy_records_to_table("port", records=content())

        async def ask(key: str) -> Any:
            return await connection.fetch(QUERY + "$1", key)

        yield url, ask
        await connection.close()


@asynccontextmanager
async def mariadb() -> AsyncIterator[tuple[str, Ask]]:
    async with mariadb_database() as url:
        connection = await mariadb_connection(url)
        await mariadb_asked(connection, TABLE)
        cursor = connection.cursor()
        await cursor.executemany(f"INSERT INTO port VALUES ({', '.join(['%s'] * 12)})", content())

        async def ask(key: str) -> Any:
            cursor = connection.cursor()
            await cursor.execute(QUERY + "%s", (key,))
            return await cursor.fetchall()

        yield url, ask
        await connection.ensure_closed()


async def cost(ask: Ask, queries: int) -> tuple[float, float]:
    """CPU microseconds a query, and queries a second."""
    for n in range(200):
        await ask(f"P-{n}")
    cpu, clock = process_time(), perf_counter()
    for n in range(queries):
        await ask(f"P-{n * 7919 % ROWS}")
    return (process_time() - cpu) / queries * 1e6, queries / (perf_counter() - clock)


@asynccontextmanager
async def adapter(url: str) -> AsyncIterator[Ask]:
    system = SqlSystem("ports", SqlOptions(url=url))  # type: ignore[arg-type]
    operation = system.operation(SqlStep(query=QUERY + ":key", most=1))
    await system.open()

    async def ask(key: str) -> Any:
        return await operation.call({"key": key}, timeout=10)

    yield ask
    await system.close()


async def measure(queries: int) -> None:
    print(f"{'':12}{'adapter':>22}{'bare driver':>22}   ratio of CPU")  # noqa: T201
    for engine in (sqlite, postgresql, mariadb):
        async with AsyncExitStack() as stack:
            url, bare = await stack.enter_async_context(engine())
            ours = await stack.enter_async_context(adapter(url))
            mine, theirs = await cost(ours, queries), await cost(bare, queries)
        told = "".join(f"{us:10.0f} µs {rate:7.0f}/s" for us, rate in (mine, theirs))
        print(f"{engine.__name__:12}{told}   {mine[0] / theirs[0]:.1f}")  # noqa: T201


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=5_000)
    sys.exit(asyncio.run(measure(parser.parse_args().queries)))
