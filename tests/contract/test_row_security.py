"""The second wall on PostgreSQL: no table shows a transaction more than what it says that it is for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, insert, select, text, update
from structlog.testing import capture_logs

from gateway.lso.identifiers import BuyerId, Dealing, SellerId
from gateway.store.audit import add_entries
from gateway.store.errors import StoreError
from gateway.store.postgresql import PostgresqlDatabase
from gateway.store.records_audit import Action, Actor, AuditEntry
from gateway.store.tables import Instant, metadata
from tests.contract.databases import database_at
from tests.support.databases import POSTGRES, postgres_database

pytestmark = pytest.mark.server

OWN, OTHER_BUYER, OTHER_SELLER = (
    Dealing(BuyerId(buyer), SellerId(seller)) for buyer, seller in (("b-1", "s-1"), ("b-2", "s-1"), ("b-1", "s-2"))
)
KNOWN = (OWN, OTHER_BUYER, OTHER_SELLER)
TABLES = metadata.sorted_tables
AUDIT = frozenset({"audit_entry", "audit_seal"})
"""Of these no Buyer sees anything; it only adds to the first."""


def row(table: Table, dealing: Dealing) -> dict[str, Any]:
    """One row of any table, which with all that it hangs on is this dealing's."""
    name, number = "-".join(dealing), KNOWN.index(dealing) - 9 if dealing in KNOWN else -1
    known = {"id": name, "poq_id": name, "subscription_id": name, "event_id": name}
    known |= {"buyer_id": dealing.buyer, "seller_id": dealing.seller}

    def value(column: Any) -> Any:
        if column.name in known:
            return known[column.name]
        if isinstance(column.type, Instant):
            return datetime(2026, 1, 1, tzinfo=UTC)
        return {"INTEGER": 1, "BIGINT": number, "BOOLEAN": True}.get(str(column.type), "text")

    return {column.name: value(column) for column in table.columns if not column.nullable}


def fill(connection: Connection) -> None:
    for table in TABLES:
        connection.execute(insert(table), [row(table, one) for one in KNOWN])


def counts(connection: Connection) -> dict[str, int]:
    return {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES}


@pytest.fixture
async def database(template: str | None) -> AsyncIterator[PostgresqlDatabase]:
    async with postgres_database(template) as url:
        database = database_at(url)
        assert isinstance(database, PostgresqlDatabase)
        await database.open()
        await database.write(fill)
        yield database
        await database.close()


def all_are(number: int) -> dict[str, int]:
    return {table.name: number for table in TABLES}


async def test_who_says_nothing_sees_nothing(database: PostgresqlDatabase) -> None:
    assert await database._read(counts) == all_are(0)


async def test_each_dealing_sees_its_own_and_the_operator_everything(database: PostgresqlDatabase) -> None:
    for dealing in KNOWN:
        assert await database.of(dealing).read(counts) == all_are(1) | dict.fromkeys(AUDIT, 0)
    assert await database.read(counts) == all_are(3)


@pytest.mark.parametrize("dealing", [("b-3", "s-1"), ("", ""), ("b-1", ""), ("%", "%")])
async def test_a_wrong_buyer_sees_nothing(database: PostgresqlDatabase, dealing: tuple[str, str]) -> None:
    assert await database.of(Dealing(BuyerId(dealing[0]), SellerId(dealing[1]))).read(counts) == all_are(0)


async def test_what_a_transaction_was_for_ends_with_it(database: PostgresqlDatabase) -> None:
    for _ in range(12):  # more than the pool has connections
        await database.of(OWN).read(counts)
        await database.read(counts)
    assert await database._read(counts) == all_are(0)


OWNED = [
    table for table in TABLES if {"buyer_id", "seller_id"} <= set(table.columns.keys()) and table.name not in AUDIT
]


@pytest.mark.parametrize("table", OWNED, ids=lambda table: table.name)
async def test_nothing_is_made_or_changed_for_another(database: PostgresqlDatabase, table: Table) -> None:
    def make(connection: Connection) -> None:
        connection.execute(insert(table), row(table, Dealing(BuyerId("b-9"), SellerId("s-9"))))

    def change_all(connection: Connection) -> int:
        return connection.execute(update(table).values(buyer_id=OWN.buyer)).rowcount

    with pytest.raises(StoreError, match="row-level security"):
        await database.of(OTHER_BUYER).write(make)
    assert await database.of(OWN).write(change_all) == 1


async def test_a_buyer_adds_to_the_audit_what_it_did_itself_and_changes_nothing_of_it(
    database: PostgresqlDatabase,
) -> None:
    def entered(buyer: str) -> AuditEntry:
        return AuditEntry(
            datetime(2026, 1, 1, tzinfo=UTC), Actor("client"), Action.POQ_CREATED, "done", "", buyer, "s-1"
        )

    await database.of(OWN).write(lambda connection: add_entries(connection, entered("b-1")))
    with pytest.raises(StoreError, match="row-level security"):
        await database.of(OWN).write(lambda connection: add_entries(connection, entered("b-2")))

    changed = update(metadata.tables["audit_entry"]).values(outcome="another")
    assert await database.of(OWN).write(lambda connection: connection.execute(changed).rowcount) == 0


async def test_every_table_is_protected_also_from_its_owner(database: PostgresqlDatabase) -> None:
    protected = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")

    found = set(await database.read(lambda connection: connection.execute(protected).scalars().all()))

    assert found >= {table.name for table in TABLES}


async def test_a_role_that_no_policy_holds_is_told_of() -> None:
    async with postgres_database() as url:
        as_superuser = url.replace("?role=poq_test", "")
        with capture_logs() as lines:
            database = database_at(as_superuser)
            await database.open()
            await database.close()

    assert POSTGRES.split("@")[0] in as_superuser
    assert [line["event"] for line in lines if "row-level" in line["event"]] == [
        "row-level security does not hold: the store's role is a superuser, or bypasses it"
    ]
