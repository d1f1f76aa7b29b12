"""Databases for tests: a SQLite file, databases of their own on PostgreSQL and MariaDB; one small inventory in each."""

from __future__ import annotations

import asyncio
import os
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncmy
import asyncpg
from asyncmy.errors import MySQLError
from sqlalchemy import make_url

from tests.conftest import skip_or_fail
from tests.support import kept_databases

POSTGRES = os.environ.get("POQ_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
MARIADB = os.environ.get("POQ_TEST_MARIADB", "mysql://root@127.0.0.1:3306/mysql")

DEFAULT_PORTS = {"postgresql": 5432, "mysql": 3306}

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


ROLE = "poq_test"
"""Whose databases are: an ordinary role, so that row-level security holds in them as for any gateway."""


async def _make_role(server: asyncpg.Connection[asyncpg.Record]) -> None:
    """Roles are the server's: another run may make it at the same moment."""
    with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        await server.execute(f"CREATE ROLE {ROLE}")


@asynccontextmanager
async def postgres_database(template: str | None = None) -> AsyncIterator[str]:
    """A database of its own on a PostgreSQL server, empty or a copy of `template`."""
    kept = kept_databases.take(template) or await _new_database(template)
    try:
        yield _url(kept.name)
    finally:
        if not await kept_databases.give_back(kept, template, POSTGRES):
            await _ask(f"DROP DATABASE {kept.name} WITH (FORCE)")


async def _new_database(template: str | None) -> kept_databases.Kept:
    server = await connect_or_skip()
    name = f"poq_test_{secrets.token_hex(6)}"
    await _make_role(server)
    await server.execute(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template or 'template1'}")
    await server.close()
    return await kept_databases.made(name, POSTGRES)


def drop_kept_databases() -> None:
    """At the end of the run, outside of any event loop."""
    asyncio.run(kept_databases.drop_all(POSTGRES))


async def connect_or_skip() -> asyncpg.Connection[asyncpg.Record]:
    """A connection to the server where tests make databases; without one the test is skipped."""
    try:
        return await asyncpg.connect(POSTGRES, timeout=3)
    except (OSError, asyncpg.PostgresError) as error:
        skip_or_fail(f"no PostgreSQL at POQ_TEST_POSTGRES ({type(error).__name__})")
        raise


@contextmanager
def postgres_template(prepare: Callable[[str], Coroutine[Any, Any, None]]) -> Iterator[str | None]:
    """A database that `prepare` has filled, given its URL, to copy others from: its name; None without a server.

    For fixtures that live longer than an event loop: it has a loop of its own, in a thread of its own.
    """
    name = f"poq_test_template_{secrets.token_hex(6)}"

    async def make() -> str | None:
        if await _ask(f"CREATE DATABASE {name} OWNER {ROLE}"):
            await prepare(_url(name))
            return name
        return None

    with ThreadPoolExecutor(max_workers=1) as thread:
        made = thread.submit(asyncio.run, make()).result()
        yield made
        if made:
            thread.submit(asyncio.run, _ask(f"DROP DATABASE {name} WITH (FORCE)")).result()


async def _ask(statement: str) -> bool:
    try:
        server = await asyncpg.connect(POSTGRES, timeout=3)
    except (OSError, asyncpg.PostgresError):
        return False
    await _make_role(server)
    await server.execute(statement)
    await server.close()
    return True


def _url(name: str) -> str:
    """What a session does is done as the owner's, whoever logs in."""
    return urlsplit(POSTGRES)._replace(path=f"/{name}", query=f"role={ROLE}").geturl()


@asynccontextmanager
async def postgres_inventory() -> AsyncIterator[str]:
    """A database with the inventory on a PostgreSQL server, dropped afterwards; its URL."""
    async with postgres_database() as url:
        own = await asyncpg.connect(url)
        await own.execute(TABLES)
        await own.close()
        yield url


async def mariadb_connection(url: str = MARIADB) -> Any:
    """A connection to MariaDB that may do anything."""
    address = make_url(url)
    place = {"host": address.host, "port": address.port or 3306, "user": address.username or "root"}
    return await asyncmy.connect(
        **place, password=address.password or "", database=address.database, autocommit=True, connect_timeout=3
    )


async def mariadb_asked(connection: Any, statement: str) -> Any:
    """What MariaDB answers to a statement; of several, each behind a line that ends in a semicolon, to the last."""
    cursor = connection.cursor()
    for one in filter(str.strip, statement.split(";\n")):
        await cursor.execute(one)
    return await cursor.fetchall()


@asynccontextmanager
async def mariadb_database() -> AsyncIterator[str]:
    """An empty database of its own on a MariaDB or MySQL server, dropped afterwards; its URL."""
    try:
        server = await mariadb_connection()
    except MySQLError as error:
        skip_or_fail(f"no MariaDB at POQ_TEST_MARIADB ({error})")
        raise
    name = f"poq_test_{secrets.token_hex(6)}"
    await mariadb_asked(server, f"CREATE DATABASE {name}")
    try:
        yield urlsplit(MARIADB)._replace(path=f"/{name}").geturl()
    finally:
        await mariadb_asked(server, f"DROP DATABASE {name}")
        await server.ensure_closed()


@asynccontextmanager
async def mariadb_inventory() -> AsyncIterator[str]:
    """A database with the inventory on a MariaDB server, dropped afterwards; its URL."""
    async with mariadb_database() as url:
        own = await mariadb_connection(url)
        await mariadb_asked(own, TABLES)
        await own.ensure_closed()
        yield url


@asynccontextmanager
async def silenceable(url: str) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A way to the same database server that passes nothing on any more once the event is set."""
    silence = asyncio.Event()
    address = urlsplit(url)
    writers: list[asyncio.StreamWriter] = []

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while data := await reader.read(65_536):
            if not silence.is_set():
                writer.write(data)
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_server, from_server = await asyncio.open_connection(
            address.hostname, address.port or DEFAULT_PORTS[address.scheme]
        )
        await asyncio.gather(pass_on(reader, from_server), pass_on(to_server, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    user = address.netloc.rpartition("@")[0]
    try:
        yield f"{address.scheme}://{user}@{host}:{port}{address.path}", silence
    finally:
        for writer in writers:
            writer.close()
        server.close()
        await server.wait_closed()
