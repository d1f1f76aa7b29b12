"""A PostgreSQL database for one test, with a second way in for what an operator does to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from gateway.store.postgresql import PostgresqlDatabase
from tests.contract.databases import make_tables
from tests.support.databases import POSTGRES, postgres_database, postgres_template

Operator = Callable[[str], Awaitable[object]]
"""Runs a statement, in which {name} is the database, in another database of the server; gives its first value."""


@pytest.fixture(scope="session")
def template() -> Iterator[str | None]:
    with postgres_template(make_tables) as name:
        yield name


@pytest.fixture
async def url(template: str | None) -> AsyncIterator[str]:
    """Of a database with the tables and nothing in them."""
    async with postgres_database(template) as url:
        yield url


@pytest.fixture
async def operator(url: str) -> AsyncIterator[Operator]:
    server = await asyncpg.connect(POSTGRES)

    async def run(statement: str) -> object:
        return await server.fetchval(statement.format(name=urlsplit(url).path[1:]))

    yield run
    await server.close()


@pytest.fixture
async def postgresql(url: str) -> AsyncIterator[PostgresqlDatabase]:
    """Open."""
    database = PostgresqlDatabase(url)
    await database.open()
    yield database
    await database.close()
