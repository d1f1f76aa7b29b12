"""A set of mappings is swapped whole; whatever has begun goes on with the set that it began with."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

import pytest

from gateway.lso.identifiers import PoqId
from gateway.qualification.ruling import RuleSet, RuleSets
from gateway.store.errors import StoreUnavailable

OLD, NEW, NEWEST = (RuleSet(cast(Any, name), cast(Any, name)) for name in ("old", "new", "newest"))
POQ, OTHER = PoqId("poq"), PoqId("other")


async def open_are(*ids: PoqId) -> Collection[PoqId]:
    return ids


async def test_open_poqs_stay_with_the_set_that_they_began_with_through_all_swaps() -> None:
    sets = RuleSets(OLD)

    assert await sets.swap(NEW, lambda: open_are(POQ)) == 1
    assert await sets.swap(NEWEST, lambda: open_are(POQ, OTHER)) == 2

    assert (sets.of(POQ), sets.of(OTHER), sets.of(PoqId("later")), sets.present) == (OLD, NEW, NEWEST, NEWEST)


async def test_what_has_ended_is_forgotten_at_the_next_swap() -> None:
    sets = RuleSets(OLD)
    await sets.swap(NEW, lambda: open_are(POQ))

    assert await sets.swap(NEWEST, open_are) == 0

    assert not sets.is_pinned(POQ)


@pytest.mark.parametrize(
    "moments",
    [
        pytest.param(("begin", "end", "swap"), id="before the swap"),
        pytest.param(("begin", "swap", "end"), id="kept only after the swap"),
        pytest.param(("swap", "begin", "end"), id="of a request that began before the swap"),
        pytest.param(("begin", "ask", "end", "swap"), id="while the store is asked"),
        pytest.param(("ask", "begin", "end", "swap"), id="begun and kept after the store was asked"),
        pytest.param(("ask", "begin", "swap", "end"), id="begun after the store was asked, kept after the swap"),
    ],
)
async def test_a_poq_that_begins_around_a_swap_belongs_to_the_set_of_its_request(moments: tuple[str, ...]) -> None:
    sets = RuleSets(OLD)
    beginning = sets.beginning(POQ, OLD)
    kept: set[PoqId] = set()

    def do(moment: str) -> None:
        if moment == "begin":
            beginning.__enter__()
        if moment == "end":
            kept.add(POQ)
            beginning.__exit__(None, None, None)

    asked_at = moments.index("ask") if "ask" in moments else moments.index("swap")
    swapped_at = moments.index("swap")
    for moment in moments[:asked_at]:
        do(moment)

    async def asked() -> Collection[PoqId]:
        found = {*kept}
        for moment in moments[asked_at:swapped_at]:
            do(moment)
        return found

    await sets.swap(NEW, asked)
    for moment in moments[swapped_at:]:
        do(moment)

    assert sets.of(POQ) is OLD
    assert sets.present is NEW


async def test_without_the_store_nothing_is_swapped() -> None:
    sets = RuleSets(OLD)

    async def gone() -> Collection[PoqId]:
        raise StoreUnavailable("gone")

    with pytest.raises(StoreUnavailable):
        await sets.swap(NEW, gone)

    assert sets.present is OLD
    assert sets.of(POQ) is OLD
