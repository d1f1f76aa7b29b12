"""What the suites of the store's contract share: a database of each engine, open and empty."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.store.database import Database
from gateway.store.store import Store
from tests.contract.databases import ENGINES, database_at, make_tables, postgresql, store_on
from tests.support.databases import postgres_template
from tests.support.sqlite_tables import with_tables


@pytest.fixture(scope="session")
def template() -> Iterator[str | None]:
    with postgres_template(make_tables) as name:
        yield name


@pytest.fixture(params=ENGINES)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Open, with the tables and nothing in them; closed and gone after the test, which may close and open it too."""
    template = request.getfixturevalue("template") if request.param is postgresql else None
    async with request.param(tmp_path, template) as where:
        if request.param is not postgresql:
            with_tables(Path(where))
        database = database_at(where)
        await database.open()
        yield database
        await database.close()


@pytest.fixture
def store(database: Database) -> Store:
    return store_on(database)


@pytest.fixture(params=ENGINES)
async def nowhere(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """Where `database_at` makes a database: there is nothing yet, not even tables."""
    async with request.param(tmp_path, None) as where:
        yield where
