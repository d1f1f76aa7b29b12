"""Answers that are given again, on every engine: found by their marks, by nobody else, for as long as the window."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.lso.identifiers import BuyerId, Interface, PoqId, SellerId
from gateway.store.records import JsonText
from gateway.store.repeats import AnsweredBefore, GivenAnswer, Keeping, Mark, MarkKind
from gateway.store.store import Store
from tests.contract.test_store import POQ

KEY = Mark(MarkKind.KEY, "key-1", "content-1")
CONTENT = Mark(MarkKind.CONTENT, "content-1", "content-1")
SINCE = POQ.creation_date - timedelta(hours=24)
KEEPING = Keeping((KEY, CONTENT), JsonText('{"id":"as it was"}'), SINCE)
OTHER = replace(POQ, id=PoqId("other"))


async def found(store: Store, *marks: Mark, **changes: object) -> GivenAnswer | None:
    whose = {"buyer": POQ.buyer, "seller": POQ.seller, "interface": POQ.interface, "since": SINCE, **changes}
    return await store.find_answer(marks=marks, **whose)  # type: ignore[arg-type]


async def test_an_answer_is_found_by_each_of_its_marks(store: Store) -> None:
    await store.create(POQ, keeping=KEEPING)

    assert await found(store, KEY) == GivenAnswer(KEY, POQ.id, KEEPING.body)
    assert await found(store, replace(KEY, token="unknown"), CONTENT) == GivenAnswer(CONTENT, POQ.id, KEEPING.body)
    assert await found(store, replace(CONTENT, kind=MarkKind.KEY)) is None, "a content is no key"


async def test_the_answer_tells_with_which_content_the_key_was_used(store: Store) -> None:
    await store.create(POQ, keeping=KEEPING)

    given = await found(store, replace(KEY, content="another"))

    assert given is not None
    assert given.mark.content == "content-1"


@pytest.mark.parametrize(
    "whose",
    [
        pytest.param({"buyer": BuyerId("another")}, id="buyer"),
        pytest.param({"seller": SellerId("another")}, id="seller"),
        pytest.param({"interface": Interface.CANTATA}, id="interface"),
    ],
)
async def test_nobody_else_finds_it(store: Store, whose: dict[str, object]) -> None:
    assert POQ.interface is not Interface.CANTATA
    await store.create(POQ, keeping=KEEPING)

    assert await found(store, KEY, **whose) is None


async def test_after_the_window_it_is_as_if_it_had_never_been(store: Store) -> None:
    await store.create(POQ, keeping=KEEPING)
    late = POQ.creation_date + timedelta(seconds=1)

    assert await found(store, KEY, since=late) is None
    await store.create(replace(OTHER, creation_date=late), keeping=replace(KEEPING, since=late))
    given = await found(store, KEY)
    assert given is not None
    assert given.poq_id == OTHER.id


async def test_the_window_of_another_buyer_takes_nothing_away(store: Store) -> None:
    await store.create(POQ, keeping=KEEPING)
    late = POQ.creation_date + timedelta(seconds=1)
    hasty = replace(OTHER, buyer=BuyerId("hasty"), creation_date=late)

    await store.create(hasty, keeping=replace(KEEPING, since=late))

    assert await found(store, KEY) == GivenAnswer(KEY, POQ.id, KEEPING.body)


async def test_a_second_poq_for_the_same_request_is_not_kept(store: Store) -> None:
    await store.create(POQ, keeping=KEEPING)

    with pytest.raises(AnsweredBefore) as before:
        await store.create(OTHER, keeping=replace(KEEPING, body=JsonText("{}")))

    assert before.value.answer == GivenAnswer(KEY, POQ.id, KEEPING.body)
    assert await store.operator_find(OTHER.id) is None


async def test_of_many_at_the_same_moment_one_is_kept(store: Store) -> None:
    records = [replace(POQ, id=PoqId(f"poq-{n}")) for n in range(8)]

    results = await asyncio.gather(*(store.create(one, keeping=KEEPING) for one in records), return_exceptions=True)

    kept = [one.id for one, result in zip(records, results, strict=True) if result is None]
    assert len(kept) == 1
    assert {result.answer.poq_id for result in results if isinstance(result, AnsweredBefore)} == set(kept)
    assert [result for result in results if not isinstance(result, AnsweredBefore | None)] == []
