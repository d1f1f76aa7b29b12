"""Databases that tests use one after the other: each test finds one as if it were new."""

from __future__ import annotations

from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.support.databases import POSTGRES, postgres_database

pytestmark = pytest.mark.server

ROW = """
INSERT INTO subscription (id, interface, buyer_id, seller_id, callback, poq_events, item_events, created)
VALUES ('a', 'sonata', 'b', 's', 'https://listener.example', true, true, 0)
"""


async def told(url: str, *statements: str) -> None:
    session = await asyncpg.connect(url)
    for statement in statements:
        await session.execute(statement)
    await session.close()


def name_of(url: str) -> str:
    return urlsplit(url).path[1:]


def of_an_operator(url: str) -> str:
    """Whose rights have no end."""
    return urlsplit(POSTGRES)._replace(path=urlsplit(url).path).geturl()


async def test_the_next_test_finds_no_rows_and_numbers_from_one(template: str) -> None:
    async with postgres_database(template) as url:
        await told(of_an_operator(url), ROW, "SELECT nextval('audit_entry_number_seq')")
    async with postgres_database(template) as again:
        session = await asyncpg.connect(of_an_operator(again))
        rows = await session.fetchval("SELECT count(*) FROM subscription")
        number = await session.fetchval("SELECT nextval('audit_entry_number_seq')")
        await session.close()

    assert name_of(again) == name_of(url), "it is used again"
    assert (rows, number) == (0, 1)


async def test_what_stands_in_an_empty_database_is_gone() -> None:
    async with postgres_database() as url:
        await told(url, "CREATE TABLE t (n INTEGER)", "CREATE TYPE colour AS ENUM ('red')")
    async with postgres_database() as again:
        await told(again, "CREATE TABLE t (n INTEGER)", "CREATE TYPE colour AS ENUM ('red')")

    assert name_of(again) == name_of(url)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("CREATE TABLE more (n INTEGER)", id="a table"),
        pytest.param("ALTER TABLE poq ADD COLUMN more INTEGER", id="a column"),
        pytest.param("DROP TABLE trace", id="a table less"),
        pytest.param("ALTER TABLE poq NO FORCE ROW LEVEL SECURITY", id="row security"),
        pytest.param("UPDATE alembic_version SET version_num = 'r9999'", id="the version"),
        pytest.param("ALTER DATABASE {name} SET synchronous_commit = off", id="a setting"),
        pytest.param("ALTER DATABASE {name} CONNECTION LIMIT 3", id="a limit"),
        pytest.param("GRANT ALL ON poq TO PUBLIC", id="a right"),
    ],
)
async def test_a_database_that_is_no_longer_what_it_was_is_not_used_again(template: str, change: str) -> None:
    async with postgres_database(template) as url:
        await told(of_an_operator(url), change.format(name=name_of(url)))
    async with postgres_database(template) as other:
        pass

    assert name_of(other) != name_of(url)
    server = await asyncpg.connect(POSTGRES)
    left = await server.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name_of(url))
    await server.close()
    assert left == 0


async def test_whoever_is_still_in_it_is_sent_away(template: str) -> None:
    async with postgres_database(template) as url:
        late = await asyncpg.connect(url)
        await late.execute("BEGIN; LOCK TABLE poq")
    async with postgres_database(template) as again:
        await told(again, "SET lock_timeout = 1000", "SELECT count(*) FROM poq")

    assert name_of(again) == name_of(url)
    assert late.is_closed()
