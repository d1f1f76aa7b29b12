"""What follows from a step of some items for the others and for the POQ (state model, sections 3 to 7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.lso.progress import Stage, overdue, stages
from gateway.lso.states import (
    FINAL_POQ_STATES,
    OPEN_ITEM_STATES,
    ItemState,
    PoqState,
    UnlawfulItemStates,
    check_step,
    poq_state_of,
)

ACK, WORK, DONE = ItemState.ACKNOWLEDGED, ItemState.IN_PROGRESS, ItemState.DONE
REJECTED, LATE, ABANDONED = ItemState.REJECTED, ItemState.TERMINATED_WITH_ERROR, ItemState.DONE_ABANDONED
MOVES = (WORK, DONE, REJECTED, LATE)


def is_lawful(states: list[ItemState]) -> bool:
    try:
        poq_state_of(states)
    except UnlawfulItemStates:
        return False
    return True


VECTORS = st.lists(st.sampled_from(list(ItemState)), min_size=1, max_size=6).filter(is_lawful)


@pytest.mark.requirement("87.1-R9", "87.1-R16", "87.1-R17", "79.1-R95", "79.1-R101")
@given(states=VECTORS, data=st.data())
def test_every_stage_of_any_move_is_lawful_for_each_item_and_the_poq(
    states: list[ItemState], data: st.DataObject
) -> None:
    moves = data.draw(st.dictionaries(st.integers(0, len(states) - 1), st.sampled_from(MOVES)))
    seen = list(states)

    for stage in stages(states, moves):
        before = poq_state_of(seen)
        for position, state in stage.items.items():
            check_step(seen[position], state)
            seen[position] = state
        after = poq_state_of(seen)
        assert stage.items, "a stage moves something"
        assert list(stage.items) == sorted(stage.items), "events go out in the Buyer's order"
        assert stage.poq == (None if after is before else after)
        if after is not before:
            check_step(before, after)

    if poq_state_of(states) in FINAL_POQ_STATES:
        assert seen == states, "nothing leaves a final state"
    elif not {REJECTED, LATE} & {moves[n] for n in moves if states[n] in OPEN_ITEM_STATES}:
        reached = {n: state for n, state in moves.items() if states[n] in OPEN_ITEM_STATES}
        assert all(seen[n] is state for n, state in reached.items())


@pytest.mark.requirement("87.1-R13", "87.1-R11", "79.1-R102")
@given(states=VECTORS.filter(lambda states: poq_state_of(states) not in FINAL_POQ_STATES))
def test_the_deadline_leaves_nothing_open(states: list[ItemState]) -> None:
    seen = list(states)
    for stage in stages(states, overdue(states)):
        for position, state in stage.items.items():
            seen[position] = state

    assert poq_state_of(seen) is PoqState.TERMINATED_WITH_ERROR
    assert [n for n, state in enumerate(seen) if state is DONE] == [
        n for n, state in enumerate(states) if state is DONE
    ]
    if WORK in states:
        assert all(seen[n] is ABANDONED for n, state in enumerate(states) if state is ACK)


@pytest.mark.parametrize(
    ("states", "moves", "expected"),
    [
        pytest.param([ACK, ACK], {0: WORK}, [Stage({0: WORK}, PoqState.IN_PROGRESS)], id="the first begins"),
        pytest.param([WORK, ACK], {1: WORK}, [Stage({1: WORK}, None)], id="a later one begins"),
        pytest.param([WORK, WORK], {1: DONE}, [Stage({1: DONE}, None)], id="one is done"),
        pytest.param([DONE, WORK], {1: DONE}, [Stage({1: DONE}, PoqState.DONE)], id="the last is done"),
        pytest.param(
            [WORK, ACK, ACK], {0: DONE}, [Stage({0: DONE, 1: WORK, 2: WORK}, None)], id="others begin with it (A8)"
        ),
        pytest.param(
            [ACK], {0: DONE}, [Stage({0: WORK}, PoqState.IN_PROGRESS), Stage({0: DONE}, PoqState.DONE)], id="through it"
        ),
        pytest.param(
            [ACK, ACK], {1: REJECTED}, [Stage({0: ABANDONED, 1: REJECTED}, PoqState.REJECTED)], id="rejected at once"
        ),
        pytest.param(
            [WORK, WORK, DONE],
            {0: LATE, 1: REJECTED},
            [Stage({0: ABANDONED, 1: REJECTED}, PoqState.REJECTED)],
            id="rejected wins over late (A9)",
        ),
        pytest.param(
            [ACK, ACK],
            {0: LATE},
            [Stage({0: WORK}, PoqState.IN_PROGRESS), Stage({0: LATE, 1: ABANDONED}, PoqState.TERMINATED_WITH_ERROR)],
            id="late without having begun",
        ),
        pytest.param([DONE, WORK], {0: REJECTED}, [], id="a result too late for its item is dropped"),
        pytest.param([REJECTED, ABANDONED], {1: DONE}, [], id="a result too late for its POQ is dropped"),
    ],
)
@pytest.mark.requirement("87.1-R12", "87.1-R13", "87.1-R14", "79.1-R98")
def test_a_step_takes_along_what_must_go_with_it(
    states: list[ItemState], moves: dict[int, ItemState], expected: list[Stage]
) -> None:
    assert stages(states, moves) == expected
