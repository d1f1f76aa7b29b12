"""What every store does, whatever its database. A new engine is one more row of the fixture in conftest.py."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import pytest
from sqlalchemy import Connection, insert, select

from gateway.lso.identifiers import BuyerId, Interface, ItemId, PoqId, SellerId
from gateway.store.database import Database
from gateway.store.errors import IdTaken, StoreUnavailable
from gateway.store.queries import insert_qualification
from gateway.store.records import JsonText, StoredItem, StoredQualification
from gateway.store.store import Store
from gateway.store.tables import poq
from tests.contract.databases import Held

BUYER, SELLER = BuyerId("buyer-1"), SellerId("seller-1")


ITEM = StoredItem(
    ItemId("item-1"),
    "done",
    request=JsonText('{"id":"item-1","product":{"productConfiguration":{"speed":1.50,"name":"ü😀"}}}'),
    answer=JsonText('{"serviceabilityConfidence":"red"}'),
    state_changes=JsonText('[{"state":"done"}]'),
    mapping="access-eline-ovc",
    mapping_version=3,
)
POQ = StoredQualification(
    id=PoqId("poq-1"),
    interface=Interface.SONATA,
    buyer=BUYER,
    seller=SELLER,
    state="done",
    creation_date=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    requested_completion=datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
    requested_completion_text="2026-02-03T05:05:06.00+01:00",
    external_id="order 66",
    project_id="Projekt Ü",
    envelope=JsonText('{"instantSyncQualification":true,"productOfferingQualificationItem":null}'),
    state_changes=JsonText('[{"state":"done"}]'),
    items=(ITEM, replace(ITEM, item_id=ItemId("item-0"), answer=None, mapping=None, mapping_version=None)),
)


async def read_back(store: Store, record: StoredQualification) -> StoredQualification | None:
    return await store.get(record.buyer, record.seller, record.interface, record.id)


@pytest.mark.requirement("87.1-R42", "87.1-R59")
async def test_a_qualification_comes_back_as_it_was_stored(store: Store) -> None:
    await store.create(POQ)
    assert await read_back(store, POQ) == POQ


async def test_a_qualification_with_nothing_optional_comes_back(store: Store) -> None:
    bare = replace(
        POQ, requested_completion=None, requested_completion_text=None, external_id=None, project_id=None, items=()
    )
    await store.create(bare)
    assert await read_back(store, bare) == bare


async def test_what_is_open_comes_back_with_what_has_ended(store: Store) -> None:
    later = POQ.creation_date + timedelta(hours=1)
    items = (
        ITEM,
        replace(ITEM, state="inProgress", answer=None, due=later),
        ITEM,
        replace(ITEM, state="inProgress", answer=None, note="the inventory does not answer"),
        replace(ITEM, state="inProgress", answer=None, attempts=3),
    )
    for n, times in enumerate([{}, {"due": later}, {"deadline": later}, {"expected_completion": later}]):
        record = replace(POQ, id=PoqId(f"poq-{n}"), state="inProgress", items=items, **times)
        await store.create(record)
        assert await read_back(store, record) == record


@pytest.mark.requirement("87.1-R46")
async def test_many_items_keep_their_order(store: Store) -> None:
    items = tuple(replace(ITEM, item_id=ItemId(f"item {(n * 7919) % 2000}")) for n in range(2000))
    await store.create(replace(POQ, items=items))
    found = await read_back(store, POQ)
    assert found is not None
    assert found.items == items


@pytest.mark.requirement("87.1-R59", "C14", "G1")
@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"id": PoqId("poq-2")}, id="unknown-id"),
        pytest.param({"id": PoqId("")}, id="empty-id"),
        pytest.param({"id": PoqId("poq-1' OR '1'='1")}, id="hostile-id"),
        pytest.param({"id": PoqId("POQ-1")}, id="other-case"),
        pytest.param({"buyer": BuyerId("buyer-2")}, id="other-buyer"),
        pytest.param({"seller": SellerId("seller-2")}, id="other-seller"),
        pytest.param({"interface": Interface.CANTATA}, id="other-interface"),
    ],
)
async def test_only_the_buyers_own_qualification_is_found(store: Store, other: dict[str, Any]) -> None:
    await store.create(POQ)
    assert await read_back(store, replace(POQ, **other)) is None


@pytest.mark.requirement("87.1-R45")
async def test_an_id_is_used_once_and_the_first_one_stays(store: Store) -> None:
    await store.create(POQ)
    with pytest.raises(IdTaken):
        await store.create(replace(POQ, buyer=BuyerId("buyer-2"), state="acknowledged"))
    assert await read_back(store, POQ) == POQ


@pytest.mark.parametrize(
    ("instant", "kept"),
    [
        pytest.param(
            datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))),
            datetime(2025, 12, 31, 19, tzinfo=UTC),
            id="offset",
        ),
        pytest.param(
            datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            id="before-1970",
        ),
        pytest.param(
            datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-5))),
            datetime.max.replace(tzinfo=UTC),
            id="after-the-last-instant-in-utc",
        ),
        pytest.param(
            datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))),
            datetime.min.replace(tzinfo=UTC),
            id="before-the-first-instant-in-utc",
        ),
    ],
)
async def test_instants_are_kept_to_the_microsecond(store: Store, instant: datetime, kept: datetime) -> None:
    record = replace(POQ, creation_date=instant, requested_completion=instant)
    await store.create(record)
    found = await read_back(store, record)
    assert found is not None
    assert (found.creation_date, found.requested_completion) == (kept, kept)


async def test_a_transaction_that_fails_half_way_leaves_nothing(store: Store) -> None:
    broken = replace(POQ, items=(ITEM, replace(ITEM, state=cast(str, None))))
    with pytest.raises(Exception, match="poq_item"):
        await store.create(broken)
    assert await read_back(store, POQ) is None
    await store.create(POQ)


async def test_a_mistake_of_ours_shows_no_payload(store: Store) -> None:
    secret = replace(ITEM, request=JsonText('"s3cret"'), state=cast(str, None))
    with pytest.raises(Exception, match="poq_item") as caught:
        await store.create(replace(POQ, items=(secret, secret), envelope=JsonText('"s3cret"')))
    assert "s3cret" not in str(caught.value)


async def test_many_writers_and_readers_at_once_all_succeed(store: Store) -> None:
    records = [replace(POQ, id=PoqId(f"poq-{n}")) for n in range(30)]

    async def write_then_read(record: StoredQualification) -> StoredQualification | None:
        await store.create(record)
        return await read_back(store, record)

    assert await asyncio.gather(*map(write_then_read, records)) == records


async def test_a_read_does_not_wait_for_a_write_under_way(database: Database, store: Store) -> None:
    await store.create(POQ)
    held = Held()

    def slow_write(connection: Connection) -> None:
        connection.execute(poq.update().values(state="inProgress"))
        held.here(connection)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(database.write(slow_write))
        await held.reached()
        try:
            assert await read_back(store, POQ) == POQ
        finally:
            held.may_end()
    assert await read_back(store, POQ) == replace(POQ, state="inProgress")


async def test_a_read_is_of_one_moment_however_long_it_takes(database: Database, store: Store) -> None:
    await store.create(POQ)
    held = Held()

    def slow_read(connection: Connection) -> list[str]:
        before = connection.execute(select(poq.c.state)).scalar_one()
        held.here(connection)
        return [before, connection.execute(select(poq.c.state)).scalar_one()]

    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(database.read(slow_read))
        await held.reached()
        try:
            await database.write(lambda connection: connection.execute(poq.update().values(state="inProgress")))
        finally:
            held.may_end()
    assert reading.result() == ["done", "done"]


async def test_a_caller_cancelled_before_its_turn_leaves_nothing(database: Database, store: Store) -> None:
    held = Held()

    def slow_write(connection: Connection) -> None:
        connection.execute(poq.update().values(state="inProgress"))
        held.here(connection)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(database.write(slow_write))
        await held.reached()
        waiting = tasks.create_task(store.create(POQ))
        await asyncio.wait([waiting], timeout=0)
        waiting.cancel()
        await asyncio.wait([waiting])
        held.may_end()
    assert await read_back(store, POQ) is None
    await store.create(POQ)
    assert await read_back(store, POQ) == POQ


async def test_a_caller_cancelled_during_its_turn_leaves_nothing(database: Database, store: Store) -> None:
    held = Held()

    def slow_insert(connection: Connection) -> None:
        insert_qualification(connection, POQ)
        held.here(connection)

    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(database.write(slow_insert))
        await held.reached()
        writing.cancel()
        await asyncio.wait([writing])
        held.may_end()
    await store.create(POQ)
    assert await read_back(store, POQ) == POQ


async def test_a_caller_cancelled_during_the_commit_leaves_the_whole(database: Database, store: Store) -> None:
    held = Held()

    def insert_then_commit_slowly(connection: Connection) -> None:
        insert_qualification(connection, POQ)
        held.at_the_commit(connection)

    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(database.write(insert_then_commit_slowly))
        await held.reached()
        writing.cancel()
        await asyncio.wait([writing])
        held.may_end()
    await store.close()
    await store.open()
    assert await read_back(store, POQ) == POQ


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StoreUnavailable, match=r"read-?only"):
        await database.read(lambda connection: connection.execute(insert(poq), {"id": "x"}))


async def test_what_was_stored_is_there_after_closing_and_opening(database: Database, store: Store) -> None:
    await store.create(POQ)
    await store.close()
    await store.open()
    assert await read_back(store, POQ) == POQ


async def test_a_closed_store_is_unavailable_and_closing_twice_is_fine(store: Store) -> None:
    await store.operator_check()
    await store.close()
    await store.close()
    for call in (store.create(POQ), read_back(store, POQ), store.operator_check()):
        with pytest.raises(StoreUnavailable):
            await call
