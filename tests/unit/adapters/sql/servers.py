"""Database servers that tests may break things on: what is done differently on each."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from asyncmy.errors import MySQLError

from tests.support.databases import (
    mariadb_asked,
    mariadb_connection,
    mariadb_inventory,
    postgres_inventory,
)

Ask = Callable[[str], Awaitable[Any]]


@dataclass(frozen=True)
class Server:
    """`running` counts the endless queries of this database; `end_others` ends the connections to it.

    `raising` makes a function `odd()` that fails with a given code; `wait` takes and keeps a lock that readers meet.
    """

    name: str
    inventory: Callable[[], AbstractAsyncContextManager[str]]
    asking: Callable[[str], AbstractAsyncContextManager[Ask]]
    running: str
    end_others: Callable[[Ask], Awaitable[None]]
    raising: Callable[[Any], str]
    lock: str
    crowded: Callable[[str], tuple[str, str]]


def at(url: str, *, user: str, password: str = "hidden", database: str | None = None) -> str:
    """The same server, as somebody else."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{user}:{password}@{host}", path=database or parts.path, query="").geturl()


@asynccontextmanager
async def _postgresql(url: str) -> AsyncIterator[Ask]:
    connection = await asyncpg.connect(urlsplit(url)._replace(query="").geturl())  # as who may do anything

    async def ask(statement: str) -> Any:
        return await connection.fetch(statement)

    try:
        yield ask
    finally:
        await connection.close()


@asynccontextmanager
async def _mariadb(url: str) -> AsyncIterator[Ask]:
    connection = await mariadb_connection(url)

    async def ask(statement: str) -> Any:
        return await mariadb_asked(connection, statement)

    try:
        yield ask
    finally:
        connection.close()


async def _end_postgresql(ask: Ask) -> None:
    await ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


async def _end_mariadb(ask: Ask) -> None:
    for (one,) in await ask(
        "SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()"
    ):
        with suppress(MySQLError):  # gone by itself meanwhile
            await ask(f"KILL {one}")


POSTGRESQL = Server(
    name="postgresql",
    inventory=postgres_inventory,
    asking=_postgresql,
    running="SELECT count(*) FROM pg_stat_activity "
    "WHERE query LIKE 'WITH RECURSIVE%' AND state = 'active' AND datname = current_database()",
    end_others=_end_postgresql,
    raising=lambda code: (
        "CREATE FUNCTION odd() RETURNS int LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'as it were' USING ERRCODE = '{code}'; END $$"
    ),
    lock="BEGIN; LOCK TABLE enni_port IN ACCESS EXCLUSIVE MODE",
    crowded=lambda user: (f"CREATE ROLE {user} LOGIN CONNECTION LIMIT 0", f"DROP ROLE {user}"),
)
MARIADB = Server(
    name="mariadb",
    inventory=mariadb_inventory,
    asking=_mariadb,
    running="SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'WITH RECURSIVE%' AND db = database()",
    end_others=_end_mariadb,
    raising=lambda code: (
        "CREATE FUNCTION odd() RETURNS int DETERMINISTIC "
        f"BEGIN SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {code}; RETURN 1; END"
    ),
    lock="LOCK TABLES enni_port WRITE",
    crowded=lambda user: (
        f"CREATE USER {user}@'%' IDENTIFIED BY 'hidden' WITH MAX_USER_CONNECTIONS 1;\n"
        f"GRANT SELECT ON *.* TO {user}@'%'",
        f"DROP USER {user}@'%'",
    ),
)
SERVERS = [pytest.param(one, id=one.name, marks=pytest.mark.server) for one in (POSTGRESQL, MARIADB)]


def some_user() -> str:
    return f"poq_test_{secrets.token_hex(4)}"
