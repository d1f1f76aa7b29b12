"""What is to be done next is found by indexes that hold open POQs only, on every engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from gateway.lso.identifiers import PoqId
from gateway.store import work
from gateway.store.database import Database
from gateway.store.store import Store
from tests.contract.databases import store_on
from tests.contract.test_migrations import bare, opened, to_version, version
from tests.contract.test_store import POQ

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPEN = replace(POQ, id=PoqId("open"), state="inProgress", due=NOW - HOUR, deadline=NOW + HOUR)
LATE = replace(POQ, id=PoqId("late"), state="inProgress", due=NOW - 3 * HOUR, deadline=NOW - 2 * HOUR)
WITHOUT = replace(POQ, id=PoqId("without"), state="inProgress", due=NOW + HOUR)


async def claimed(store: Store) -> list[str]:
    found = await store.operator_claim(now=NOW, until=NOW + HOUR, worker="w", most=9)
    return [one.id for one in found]


async def overdue(store: Store) -> list[str]:
    return [one.id for one in await store.operator_overdue(NOW, most=9)]


async def test_ended_ones_are_never_next(store: Store) -> None:
    await store.create(POQ)
    assert (await claimed(store), await overdue(store), await store.operator_next()) == ([], [], None)


@pytest.mark.parametrize("kept", [[OPEN, LATE, WITHOUT], [WITHOUT, POQ], [OPEN, POQ]], ids=["all", "later", "due"])
async def test_what_is_next_is_found_among_those_that_have_ended(store: Store, kept: list[Any]) -> None:
    for record in kept:
        await store.create(record)
    instants = [at for one in kept for at in (one.due, one.deadline) if at is not None]
    assert await store.operator_next() == min(instants)
    assert await overdue(store) == [one.id for one in kept if one is LATE]
    assert await claimed(store) == [one.id for one in kept if one is OPEN]


def claim(connection: Connection) -> None:
    work.operator_claim(connection, now=NOW, until=NOW + HOUR, worker="w", most=9)


def look_for_overdue(connection: Connection) -> None:
    work.operator_overdue(connection, now=NOW, most=9)


@pytest.mark.parametrize(
    ("look", "indexes"),
    [
        pytest.param(claim, ["ix_poq_due"], id="claim"),
        pytest.param(look_for_overdue, ["ix_poq_deadline"], id="overdue"),
        pytest.param(work.operator_next, ["ix_poq_due", "ix_poq_deadline"], id="next"),
    ],
)
async def test_each_look_uses_its_index(
    database: Database, look: Callable[[Connection], object], indexes: list[str]
) -> None:
    plans: list[str] = []

    def explained(connection: Connection) -> None:
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:  # so few rows are read one after the other otherwise
            connection.execute(text("SET LOCAL enable_seqscan = off"))

        def explain(_c: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            cursor.execute(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{statement}", parameters)
            plans.append(" / ".join(str(row[-1]) for row in cursor.fetchall()))

        event.listen(connection, "before_cursor_execute", explain)
        try:
            look(connection)
        finally:
            event.remove(connection, "before_cursor_execute", explain)

    await database.write(explained)
    assert len(plans) == len(indexes)
    for plan, index in zip(plans, indexes, strict=True):
        assert index in plan


async def test_the_indexes_hold_open_ones_only(database: Database) -> None:
    def written(connection: Connection) -> list[str]:
        if connection.dialect.name == "sqlite":
            found = "SELECT sql FROM sqlite_master WHERE name IN ('ix_poq_due', 'ix_poq_deadline') ORDER BY name"
        else:
            found = "SELECT indexdef FROM pg_indexes WHERE indexname IN ('ix_poq_due', 'ix_poq_deadline') ORDER BY 1"
        return [row[0].replace("(", "").replace(")", "") for row in connection.execute(text(found))]

    deadline, due = await database.read(written)
    assert deadline.endswith("WHERE deadline IS NOT NULL")
    assert due.endswith("WHERE due IS NOT NULL")


async def test_open_ones_of_an_earlier_version_are_found_after_the_update(nowhere: str) -> None:
    async with bare(nowhere) as database:
        await database.write(lambda connection: to_version(connection, "upgrade", "0007"))
        store = store_on(database)
        for record in (POQ, OPEN, LATE, WITHOUT):
            await store.create(record)
        assert await database.read(version) == "0007"
    async with opened(nowhere) as database:
        assert await database.read(version) != "0007"
        store = store_on(database)
        assert await overdue(store) == ["late"]
        assert await claimed(store) == ["open"]
