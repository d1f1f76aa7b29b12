"""Traces, on every engine: kept with the answer or the change, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.lso.identifiers import PoqId
from gateway.store.changes import Change, ItemChange, QualificationNow
from gateway.store.errors import IdTaken
from gateway.store.records import JsonText, StoredTrace
from gateway.store.store import Store
from tests.contract.test_store import ITEM, POQ

AT = datetime(2026, 1, 2, 4, tzinfo=UTC)
FIRST = StoredTrace("line", 1, JsonText('{"outcome":"failed \\u0000"}'))
SECOND = StoredTrace("line", 2, JsonText('{"outcome":"green"}'))
OPEN = replace(POQ, state="inProgress", items=(replace(ITEM, state="inProgress"), replace(ITEM, state="inProgress")))


def change(**states: str) -> Change:
    return Change("inProgress", AT, [ItemChange(int(at[1:]), state) for at, state in states.items()])


async def test_a_trace_comes_with_its_poq(store: Store) -> None:
    await store.create(POQ, {1: FIRST})

    assert await store.operator_traces(POQ.id) == {1: FIRST}
    assert await store.operator_versions(POQ.id) == {1: ("line", 1)}


async def test_a_poq_that_is_not_kept_leaves_no_trace(store: Store) -> None:
    await store.create(POQ, {0: FIRST})

    with pytest.raises(IdTaken):
        await store.create(POQ, {0: SECOND})

    assert await store.operator_traces(POQ.id) == {0: FIRST}


async def test_the_last_trace_of_an_item_stays(store: Store) -> None:
    await store.create(OPEN, {0: FIRST, 1: FIRST})

    await store.change(OPEN.id, lambda _: change(_0="done"), {0: SECOND})

    assert await store.operator_traces(OPEN.id) == {0: SECOND, 1: FIRST}


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(None, id="the POQ has ended"),
        pytest.param(change(_1="done"), id="the item has ended"),
        pytest.param(change(_0="done.abandoned"), id="the item is abandoned in the same change"),
    ],
)
async def test_a_result_that_is_not_heard_leaves_no_trace(store: Store, made: Change | None) -> None:
    await store.create(OPEN, {0: FIRST})

    await store.change(OPEN.id, lambda _: made, {0: SECOND})

    assert await store.operator_traces(OPEN.id) == {0: FIRST}


async def test_a_change_that_fails_leaves_no_trace(store: Store) -> None:
    await store.create(OPEN, {0: FIRST})

    def decide(_: QualificationNow) -> Change:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.change(OPEN.id, decide, {0: SECOND})

    assert await store.operator_traces(OPEN.id) == {0: FIRST}


async def test_an_operator_finds_any_poq_and_those_that_are_open(store: Store) -> None:
    await store.create(POQ)
    await store.create(replace(OPEN, id=PoqId("open")))

    assert await store.operator_find(POQ.id) == POQ
    assert await store.operator_find("nowhere") is None
    assert await store.operator_open() == {"open"}
