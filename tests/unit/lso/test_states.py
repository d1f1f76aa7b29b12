"""Both state machines, and Table 8 over every small combination of item states."""

from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement, product

import pytest

from gateway.lso.states import (
    FINAL_ITEM_STATES,
    FINAL_POQ_STATES,
    INITIAL_ITEM_STATES,
    INITIAL_POQ_STATES,
    ITEM_TRANSITIONS,
    OPEN_ITEM_STATES,
    POQ_TRANSITIONS,
    TABLE_8,
    IllegalStep,
    ItemState,
    PoqState,
    UnlawfulItemStates,
    check_step,
    poq_state_of,
)

VECTORS = [vector for size in range(1, 7) for vector in combinations_with_replacement(ItemState, size)]

NONE, ALL, SOME, SOME_NOT_ALL, ONE_AT_LEAST = "0", "all", "0 or more", "0 or more, not all", "1 or more"

ROWS = {
    ItemState.DONE_ABANDONED: (NONE, NONE, NONE, SOME_NOT_ALL, SOME),
    ItemState.ACKNOWLEDGED: (ALL, SOME_NOT_ALL, NONE, NONE, NONE),
    ItemState.IN_PROGRESS: (NONE, ONE_AT_LEAST, NONE, NONE, NONE),
    ItemState.DONE: (NONE, SOME_NOT_ALL, ALL, SOME_NOT_ALL, SOME_NOT_ALL),
    ItemState.REJECTED: (NONE, NONE, NONE, ONE_AT_LEAST, NONE),
    ItemState.TERMINATED_WITH_ERROR: (NONE, NONE, NONE, NONE, ONE_AT_LEAST),
}
"""Table 8 cell by cell, columns in the order of PoqState."""


def fits(cell: str, count: int, of: int) -> bool:
    return {
        NONE: count == 0,
        ALL: count == of,
        SOME: True,
        SOME_NOT_ALL: count < of,
        ONE_AT_LEAST: count >= 1,
    }[cell]


def columns_of(vector: tuple[ItemState, ...]) -> list[PoqState]:
    counts = Counter(vector)
    return [
        state
        for column, state in enumerate(PoqState)
        if all(fits(cells[column], counts[item], len(vector)) for item, cells in ROWS.items())
    ]


@pytest.mark.requirement("87.1-R17")
def test_the_columns_of_table_8_exclude_each_other() -> None:
    assert all(len(columns_of(vector)) <= 1 for vector in VECTORS)


@pytest.mark.requirement("87.1-R17")
@pytest.mark.parametrize("column", PoqState)
def test_a_poq_has_a_state_exactly_when_its_column_fits_every_row(column: PoqState) -> None:
    ours = {vector for vector in VECTORS if TABLE_8[column](Counter(vector))}

    assert ours == {vector for vector in VECTORS if columns_of(vector) == [column]}
    assert ours


@pytest.mark.requirement("87.1-R17")
def test_the_state_of_a_poq_is_the_column_its_items_fit_and_else_there_is_none() -> None:
    for vector in VECTORS:
        columns = columns_of(vector)
        if columns:
            assert [poq_state_of(vector)] == columns
        else:
            with pytest.raises(UnlawfulItemStates):
                poq_state_of(vector)


@pytest.mark.requirement("87.1-R17")
@pytest.mark.parametrize(
    "vector",
    [
        (),
        (ItemState.DONE, ItemState.ACKNOWLEDGED),
        (ItemState.REJECTED, ItemState.TERMINATED_WITH_ERROR),
        (ItemState.REJECTED, ItemState.ACKNOWLEDGED),
        (ItemState.TERMINATED_WITH_ERROR, ItemState.IN_PROGRESS),
        (ItemState.DONE_ABANDONED,),
        (ItemState.DONE, ItemState.DONE_ABANDONED),
        (ItemState.IN_PROGRESS, ItemState.DONE_ABANDONED),
    ],
    ids=[
        "no items",
        "work between two items",
        "rejected and out of time",
        "rejected beside an open one",
        "out of time beside an open one",
        "all abandoned",
        "done and abandoned",
        "abandoned beside an open one",
    ],
)
def test_item_states_without_a_column_are_refused(vector: tuple[ItemState, ...]) -> None:
    with pytest.raises(UnlawfulItemStates):
        poq_state_of(vector)


def test_a_refused_vector_is_told() -> None:
    with pytest.raises(UnlawfulItemStates, match=r"1 acknowledged, 2 done$"):
        poq_state_of([ItemState.DONE, ItemState.ACKNOWLEDGED, ItemState.DONE])


POQ_STEPS = {
    ("acknowledged", "inProgress"),
    ("acknowledged", "rejected"),
    ("inProgress", "done"),
    ("inProgress", "rejected"),
    ("inProgress", "terminatedWithError"),
}

ITEM_STEPS = {
    ("acknowledged", "inProgress"),
    ("acknowledged", "rejected"),
    ("acknowledged", "done.abandoned"),
    ("inProgress", "done"),
    ("inProgress", "rejected"),
    ("inProgress", "terminatedWithError"),
    ("inProgress", "done.abandoned"),
}


@pytest.mark.parametrize(("before", "after"), [*product(PoqState, repeat=2)])
def test_a_poq_takes_the_steps_of_the_standard_and_no_other(before: PoqState, after: PoqState) -> None:
    if (before.value, after.value) in POQ_STEPS:
        check_step(before, after)
    else:
        with pytest.raises(IllegalStep, match=rf"^a POQ cannot go from {before} to {after}$"):
            check_step(before, after)


@pytest.mark.parametrize(("before", "after"), [*product(ItemState, repeat=2)])
def test_an_item_takes_the_steps_of_the_standard_and_no_other(before: ItemState, after: ItemState) -> None:
    if (before.value, after.value) in ITEM_STEPS:
        check_step(before, after)
    else:
        with pytest.raises(IllegalStep, match=rf"^an item cannot go from {before} to {after}$"):
            check_step(before, after)


def test_every_state_has_a_row_and_is_reached_from_birth() -> None:
    assert set(POQ_TRANSITIONS) == set(PoqState) == INITIAL_POQ_STATES.union(*POQ_TRANSITIONS.values())
    assert set(ITEM_TRANSITIONS) == set(ItemState) == INITIAL_ITEM_STATES.union(*ITEM_TRANSITIONS.values())


def test_final_states_are_those_of_the_standard() -> None:
    assert {state.value for state in FINAL_POQ_STATES} == {"done", "rejected", "terminatedWithError"}
    assert {state.value for state in FINAL_ITEM_STATES} == {
        "done",
        "rejected",
        "terminatedWithError",
        "done.abandoned",
    }
    assert {state.value for state in OPEN_ITEM_STATES} == {"acknowledged", "inProgress"}


@pytest.mark.requirement("87.1-R8", "87.1-R15")
def test_both_kinds_of_answer_are_born_in_a_state_that_their_items_make() -> None:
    assert {poq_state_of([item, item]) for item in INITIAL_ITEM_STATES} == INITIAL_POQ_STATES


@pytest.mark.requirement("87.1-R17")
def test_whatever_one_item_does_the_poq_stays_or_takes_a_lawful_step() -> None:
    """From each lawful vector each item takes each of its steps; where one ends badly, the open ones are abandoned."""
    steps = set()
    for vector in filter(columns_of, VECTORS):
        for index, target in (
            (index, after) for index, state in enumerate(vector) for after in ITEM_TRANSITIONS[state]
        ):
            others = vector[:index] + vector[index + 1 :]
            following = (target, *map(_abandoned, others)) if target in BAD_ENDS else (target, *others)
            if columns_of(following):
                steps.add((poq_state_of(vector).value, poq_state_of(following).value))

    assert {step for step in steps if step[0] != step[1]} == POQ_STEPS


BAD_ENDS = (ItemState.REJECTED, ItemState.TERMINATED_WITH_ERROR)


def _abandoned(state: ItemState) -> ItemState:
    return ItemState.DONE_ABANDONED if state in OPEN_ITEM_STATES else state


def _histories(*so_far: ItemState) -> set[str]:
    """Every way from the last state to an end, as text."""
    onward = ITEM_TRANSITIONS[so_far[-1]]
    return set().union(*(_histories(*so_far, after) for after in onward)) if onward else {"-".join(so_far)}


def test_an_items_whole_histories_are_those_of_the_standard() -> None:
    assert _histories(ItemState.ACKNOWLEDGED) == {
        "acknowledged-rejected",
        "acknowledged-done.abandoned",
        "acknowledged-inProgress-done",
        "acknowledged-inProgress-rejected",
        "acknowledged-inProgress-terminatedWithError",
        "acknowledged-inProgress-done.abandoned",
    }
