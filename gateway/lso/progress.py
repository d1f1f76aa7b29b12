"""How a deferred POQ moves on: from what happened to some of its items to lawful steps of all of it.

`states.py` says which states and steps there are; here is what follows from a step for the other items and for the POQ
(state model, sections 3 to 7). Pure: knows nothing of time, events or the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.lso.states import FINAL_POQ_STATES, OPEN_ITEM_STATES, ItemState, PoqState, check_step, poq_state_of

_THROUGH_IN_PROGRESS = frozenset({ItemState.IN_PROGRESS, ItemState.DONE, ItemState.TERMINATED_WITH_ERROR})
"""What an acknowledged item reaches only after it has been inProgress (or is that itself)."""


@dataclass(frozen=True)
class Stage:
    """One step of a POQ. `items`: what they reach, by position, in the Buyer's order; `poq`: None if it stays."""

    items: Mapping[int, ItemState]
    poq: PoqState | None


def stages(states: Sequence[ItemState], moves: Mapping[int, ItemState]) -> list[Stage]:
    """The steps that take items in these states where `moves` says, and whatever must go with them (87.1-R11 to R17).

    All of them belong in one commit. A move of an item that is final is dropped: it came too late. Rejected wins over
    terminatedWithError (A9). Raises IllegalStep for a move that no item can make.
    """
    if poq_state_of(states) in FINAL_POQ_STATES:
        return []
    wanted = {n: state for n, state in sorted(moves.items()) if states[n] in OPEN_ITEM_STATES and states[n] != state}
    vector = list(states)
    begun = {n: ItemState.IN_PROGRESS for n, state in wanted.items() if _must_begin(states[n], state)}
    steps = (begun, _ends(states, wanted, begun))
    return [_stage(vector, step) for step in steps if step]


def overdue(states: Sequence[ItemState]) -> dict[int, ItemState]:
    """What the passing of the requested completion date does to the items (state model, section 7, A4)."""
    begun = [n for n, state in enumerate(states) if state is ItemState.IN_PROGRESS]
    ended = begun or [n for n, state in enumerate(states) if state in OPEN_ITEM_STATES]
    return dict.fromkeys(ended, ItemState.TERMINATED_WITH_ERROR)


def _must_begin(state: ItemState, wanted: ItemState) -> bool:
    return state is ItemState.ACKNOWLEDGED and wanted in _THROUGH_IN_PROGRESS


def _ends(states: Sequence[ItemState], wanted: Mapping[int, ItemState], begun: Iterable[int]) -> dict[int, ItemState]:
    """The step after the begun ones: what ends, and what that leaves without a column in Table 8."""
    step: dict[int, ItemState] = {n: state for n, state in wanted.items() if state is not ItemState.IN_PROGRESS}
    begun = {*begun}
    left = [n for n, state in enumerate(states) if state in OPEN_ITEM_STATES and n not in step]
    if ItemState.REJECTED in step.values():
        late = [n for n, state in step.items() if state is ItemState.TERMINATED_WITH_ERROR]
        return step | dict.fromkeys([*left, *late], ItemState.DONE_ABANDONED)
    if ItemState.TERMINATED_WITH_ERROR in step.values():
        return step | dict.fromkeys(left, ItemState.DONE_ABANDONED)
    in_work = [n for n in left if n in begun or states[n] is ItemState.IN_PROGRESS]
    return step if in_work or not step else step | dict.fromkeys(left, ItemState.IN_PROGRESS)


def _stage(vector: list[ItemState], step: Mapping[int, ItemState]) -> Stage:
    """Take the step in `vector`, checked."""
    before = poq_state_of(vector)
    for position, state in step.items():
        check_step(vector[position], state)
        vector[position] = state
    after = poq_state_of(vector)
    if after is before:
        return Stage(dict(sorted(step.items())), None)
    check_step(before, after)
    return Stage(dict(sorted(step.items())), after)
