"""Writes into legacy systems, on every engine: noted before they are made, made by one, forgotten by who began them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from gateway.lso.identifiers import BuyerId, ItemId, PoqId
from gateway.store.changes import Change, ItemChange
from gateway.store.intents import (
    Holder,
    IntentNow,
    IntentRecord,
    IntentState,
    MayNotWrite,
    NewIntent,
    Settled,
)
from gateway.store.records import JsonText
from gateway.store.store import Store
from tests.contract.test_store import ITEM, POQ

AT = datetime(2026, 1, 2, 4, tzinfo=UTC)
LATER = datetime(2026, 1, 2, 5, tzinfo=UTC)
OPEN = replace(
    POQ, state="inProgress", due=AT, items=(replace(ITEM, state="inProgress"), replace(ITEM, state="inProgress"))
)
REPLY = JsonText('{"object":{"state":"held \\u0000"}}')
NEW = NewIntent(
    id="try-1",
    poq_id=OPEN.id,
    position=0,
    item_id=ItemId("item \x00"),
    buyer=BuyerId("buyer-1"),
    mapping="line",
    mapping_version=3,
    step="reserve",
    system="net",
    offering="",
    fingerprint="f-1",
    arguments=JsonText('{"Ref":"item-1"}'),
    begun=AT,
)
ANYBODY = Holder(None)
_numbers = count(2)


def again(**changes: Any) -> NewIntent:
    """Another try."""
    return replace(NEW, **{"id": f"try-{next(_numbers)}", "fingerprint": "another", **changes})


async def open_poq(store: Store) -> None:
    await store.create(OPEN)


async def held_by(store: Store, worker: str) -> None:
    assert await store.operator_claim(now=LATER, until=LATER, worker=worker, most=1)


async def test_a_write_is_new_once(store: Store) -> None:
    await open_poq(store)

    assert await store.begin_write(NEW, ANYBODY) is None
    assert await store.begin_write(again(), ANYBODY) == IntentNow("try-1", IntentState.BEGUN, None)


async def test_its_reply_is_there_for_who_comes_again(store: Store) -> None:
    await open_poq(store)
    await store.begin_write(NEW, ANYBODY)

    assert await store.settle_write("try-1", Settled(IntentState.DONE, LATER, reply=REPLY))

    assert await store.begin_write(again(), ANYBODY) == IntentNow("try-1", IntentState.DONE, REPLY)


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [
        pytest.param({}, True, id="other arguments"),
        pytest.param({"mapping_version": 4}, True, id="a later version of the mapping"),
        pytest.param({"offering": "o-1"}, False, id="another candidate"),
        pytest.param({"offering": "o-1", "fingerprint": "f-1"}, True, id="another candidate, and the same is sent"),
        pytest.param({"step": "order"}, False, id="another step"),
        pytest.param({"step": "order", "fingerprint": "f-1"}, False, id="another step that sends the same"),
        pytest.param({"mapping": "lines"}, False, id="another mapping"),
        pytest.param({"position": 1}, False, id="another item"),
    ],
)
async def test_which_writes_are_the_same(store: Store, changes: dict[str, Any], is_same: bool) -> None:
    await open_poq(store)
    await store.begin_write(NEW, ANYBODY)

    assert isinstance(await store.begin_write(again(**changes), ANYBODY), IntentNow) is is_same


async def test_of_two_that_come_at_once_one_writes(store: Store) -> None:
    await open_poq(store)

    found = await asyncio.gather(*(store.begin_write(again(), ANYBODY) for _ in range(10)))

    assert [one is None for one in found].count(True) == 1


async def test_who_lost_the_poq_writes_nothing_more(store: Store) -> None:
    await open_poq(store)
    await held_by(store, "one")
    await held_by(store, "other")

    assert await store.begin_write(NEW, Holder("one")) == MayNotWrite("another process works on the POQ now")
    assert await store.begin_write(NEW, Holder("other")) is None


@pytest.mark.parametrize("state", ["done", "done.abandoned", "terminatedWithError", "rejected"])
async def test_nothing_is_written_for_an_item_that_has_ended(store: Store, state: str) -> None:
    await open_poq(store)
    await store.change(OPEN.id, lambda _: Change("inProgress", LATER, [ItemChange(0, state)]))

    assert await store.begin_write(NEW, ANYBODY) == MayNotWrite(f"the item has ended meanwhile: {state}")
    assert await store.begin_write(again(position=1), ANYBODY) is None


async def test_nothing_is_written_for_what_is_not_there(store: Store) -> None:
    assert await store.begin_write(NEW, ANYBODY) == MayNotWrite("there is no such POQ any more")


async def test_a_poq_that_is_answered_at_once_need_not_be_there(store: Store) -> None:
    assert await store.begin_write(NEW, None) is None
    await open_poq(store)
    assert await store.begin_write(again(), ANYBODY) == IntentNow("try-1", IntentState.BEGUN, None)


async def test_only_who_began_it_can_say_what_came_of_it(store: Store) -> None:
    await open_poq(store)
    await store.begin_write(NEW, ANYBODY)
    assert await store.withdraw_write("try-1")
    later = again()
    assert await store.begin_write(later, ANYBODY) is None

    assert not await store.withdraw_write("try-1")
    assert not await store.settle_write("try-1", Settled(IntentState.DONE, LATER, reply=REPLY))

    assert await store.begin_write(again(), ANYBODY) == IntentNow(later.id, IntentState.BEGUN, None)


async def test_replies_are_forgotten_when_the_poq_has_ended(store: Store) -> None:
    await open_poq(store)
    for one in (NEW, other := again(poq_id=PoqId("another"))):
        await store.begin_write(one, None)
        await store.settle_write(one.id, Settled(IntentState.DONE, LATER, reply=REPLY))

    await store.change(OPEN.id, lambda _: Change("done", LATER, [], is_final=True))

    assert await store.begin_write(again(), None) == IntentNow("try-1", IntentState.DONE, None)
    assert await store.begin_write(again(poq_id=other.poq_id), None) == IntentNow(other.id, IntentState.DONE, REPLY)


async def test_replies_are_forgotten_with_an_answer_at_once(store: Store) -> None:
    await store.begin_write(NEW, None)
    await store.settle_write("try-1", Settled(IntentState.DONE, LATER, reply=REPLY))

    await store.create(replace(POQ, state="done"), has_written=True)

    assert await store.begin_write(again(), None) == IntentNow("try-1", IntentState.DONE, None)


async def test_an_operator_sees_what_nobody_knows(store: Store) -> None:
    await open_poq(store)
    await store.begin_write(NEW, ANYBODY)
    for number, state in enumerate(IntentState, start=1):
        one = again(id=f"{state}", step=f"step-{number}", begun=LATER)
        await store.begin_write(one, ANYBODY)
        await store.settle_write(one.id, Settled(state, LATER, note=f"note \x00 {state}"))
    lost = again(poq_id=PoqId("never kept"), step="lost", begun=LATER)
    await store.begin_write(lost, None)
    await store.settle_write(lost.id, Settled(IntentState.DONE, LATER, reply=REPLY))

    found = await store.operator_writes(is_open=True, most=10)

    assert [one.id for one in found] == ["try-1", *sorted(["begun", "unknown", lost.id])]
    assert found[0] == IntentRecord(
        id="try-1",
        poq_id=OPEN.id,
        poq_state="inProgress",
        item_id="item \x00",
        position=0,
        buyer="buyer-1",
        mapping="line",
        mapping_version=3,
        step="reserve",
        system="net",
        offering="",
        state=IntentState.BEGUN,
        begun=AT,
        settled=None,
        arguments=JsonText('{"Ref":"item-1"}'),
        note=None,
    )
    assert {one.id: (one.poq_state, one.note) for one in found[1:]} == {
        "begun": ("inProgress", "note \x00 begun"),
        "unknown": ("inProgress", "note \x00 unknown"),
        lost.id: (None, None),
    }
    assert len(await store.operator_writes(poq_id=OPEN.id, most=10)) == 5
    assert len(await store.operator_writes(is_open=True, most=2)) == 2
