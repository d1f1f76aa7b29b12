"""Databases for tests: a SQLite file and a schema of its own on PostgreSQL, with one small inventory in both."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from tests.conftest import skip_or_fail

POSTGRES = os.environ.get("POQ_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")

TABLES = """
CREATE TABLE enni_port (port_ref VARCHAR(20), metro CHAR(6), free_mbps INTEGER, rate NUMERIC(8,2), since DATE);
INSERT INTO enni_port VALUES ('P-1', 'NYC', 4000, 10.50, '2020-01-31'), ('P-2', 'LON', NULL, NULL, NULL),
    ('P-3', 'LON', 10, 1, NULL);
"""

# Runs until it is stopped, whatever the machine.
ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 AS i UNION ALL SELECT i + 1 AS i FROM n) SELECT count(*) AS c FROM n WHERE i < 0"
)


def sqlite_inventory(folder: Path) -> str:
    """A SQLite file with the inventory; its URL."""
    file = folder / "inventory.db"
    connection = sqlite3.connect(file)
    connection.executescript(TABLES)
    connection.close()
    return f"sqlite:///{file}"


@asynccontextmanager
async def postgres_inventory() -> AsyncIterator[str]:
    """A database with the inventory on a PostgreSQL server, dropped afterwards; its URL."""
    try:
        server = await asyncpg.connect(POSTGRES, timeout=3)
    except (OSError, asyncpg.PostgresError) as error:
        skip_or_fail(f"no PostgreSQL at POQ_TEST_POSTGRES ({type(error).__name__})")
    name = f"poq_test_{secrets.token_hex(6)}"
    await server.execute(f"CREATE DATABASE {name}")
    try:
        url = POSTGRES.rpartition("/")[0] + f"/{name}"
        own = await asyncpg.connect(url)
        await own.execute(TABLES)
        await own.close()
        yield url
    finally:
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await server.close()
