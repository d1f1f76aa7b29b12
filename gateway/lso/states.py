"""Both state machines of the standard, as tables, and which states of items make which state of a POQ.

Knows nothing of time, of events or of what is stored: whoever changes a state asks here whether it may.


Two ways to be born
-------------------

A POQ that is answered at once is born `done`, and so are its items; that is its whole life. `rejected`,
`terminatedWithError` and `done.abandoned` never occur in it: what would lead there is an error answer, and no POQ
comes about (87.1-R8, R15).

A POQ that is answered later is born `acknowledged` with all its items. Then its items move one by one, and the Buyer
has no part in it: there is no cancel, no change and no deletion. `done`, `rejected`, `terminatedWithError` and
`done.abandoned` are final; nothing leads out of them, and nothing leads back.

`done` of an item says that its answer is complete. Whether the Seller can deliver is another matter: an item that
cannot be delivered is `done` with the confidence `red`.


Only items move
---------------

The state of a POQ is no state of its own. It is a function of its items' states, the five columns of Table 8
(87.1-R17), which exclude each other for any number of items:

    acknowledged           all items are acknowledged
    inProgress             at least one is inProgress, the others acknowledged, inProgress or done
    done                   all are done
    rejected               at least one is rejected, the others rejected, done or done.abandoned
    terminatedWithError    at least one is terminatedWithError, the others that, done or done.abandoned

Other vectors of item states have no column. They must not be seen by anybody, not for one read; so whoever moves an
item also moves, in the same commit, whatever would be left without a column:

  - The last item inProgress becomes done while others are still acknowledged: start those.
  - An item becomes rejected or terminatedWithError while others are open: abandon those (87.1-R13). Items already done
    stay done.
  - One item is rejected and another terminatedWithError at once: there is no such POQ; the first one decides, the other
    is abandoned.

`poq_state_of` is that function, and raises where there is no column.


Steps between
-------------

A step may be missing on the way the Seller's systems tell it: an item can be answered or time out before anybody saw
work on it begin. Such a step is written as two, through `inProgress`, in one commit. So `acknowledged` leads neither to
`done` nor to `terminatedWithError`, for an item as for a POQ, and every history is lawful.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from gateway.lso.models.states import MEFPOQItemTaskStateType, MEFPOQTaskStateType

PoqState = MEFPOQTaskStateType
ItemState = MEFPOQItemTaskStateType

State = TypeVar("State", PoqState, ItemState)

INITIAL_POQ_STATES = frozenset({PoqState.ACKNOWLEDGED, PoqState.DONE})
"""`done` is the birth of an immediate answer, `acknowledged` of a deferred one."""

INITIAL_ITEM_STATES = frozenset({ItemState.ACKNOWLEDGED, ItemState.DONE})

POQ_TRANSITIONS: Mapping[PoqState, frozenset[PoqState]] = MappingProxyType(
    {
        PoqState.ACKNOWLEDGED: frozenset({PoqState.IN_PROGRESS, PoqState.REJECTED}),
        PoqState.IN_PROGRESS: frozenset({PoqState.DONE, PoqState.REJECTED, PoqState.TERMINATED_WITH_ERROR}),
        PoqState.DONE: frozenset(),
        PoqState.REJECTED: frozenset(),
        PoqState.TERMINATED_WITH_ERROR: frozenset(),
    }
)

ITEM_TRANSITIONS: Mapping[ItemState, frozenset[ItemState]] = MappingProxyType(
    {
        ItemState.ACKNOWLEDGED: frozenset({ItemState.IN_PROGRESS, ItemState.REJECTED, ItemState.DONE_ABANDONED}),
        ItemState.IN_PROGRESS: frozenset(
            {ItemState.DONE, ItemState.REJECTED, ItemState.TERMINATED_WITH_ERROR, ItemState.DONE_ABANDONED}
        ),
        ItemState.DONE: frozenset(),
        ItemState.REJECTED: frozenset(),
        ItemState.TERMINATED_WITH_ERROR: frozenset(),
        ItemState.DONE_ABANDONED: frozenset(),
    }
)

FINAL_POQ_STATES = frozenset(state for state, following in POQ_TRANSITIONS.items() if not following)
FINAL_ITEM_STATES = frozenset(state for state, following in ITEM_TRANSITIONS.items() if not following)
OPEN_ITEM_STATES = frozenset(ITEM_TRANSITIONS) - FINAL_ITEM_STATES


class IllegalStep(ValueError):
    """A step that the state machine does not have."""


class UnlawfulItemStates(ValueError):
    """States of items that have no column in Table 8, so that no POQ may show them."""


def _only(counts: Counter[ItemState], *allowed: ItemState) -> bool:
    return counts.total() == sum(counts[state] for state in allowed)


def _is_acknowledged(counts: Counter[ItemState]) -> bool:
    return _only(counts, ItemState.ACKNOWLEDGED)


def _is_in_progress(counts: Counter[ItemState]) -> bool:
    return counts[ItemState.IN_PROGRESS] > 0 and _only(
        counts, ItemState.ACKNOWLEDGED, ItemState.IN_PROGRESS, ItemState.DONE
    )


def _is_done(counts: Counter[ItemState]) -> bool:
    return _only(counts, ItemState.DONE)


def _is_rejected(counts: Counter[ItemState]) -> bool:
    return counts[ItemState.REJECTED] > 0 and _only(
        counts, ItemState.REJECTED, ItemState.DONE, ItemState.DONE_ABANDONED
    )


def _is_terminated_with_error(counts: Counter[ItemState]) -> bool:
    return counts[ItemState.TERMINATED_WITH_ERROR] > 0 and _only(
        counts, ItemState.TERMINATED_WITH_ERROR, ItemState.DONE, ItemState.DONE_ABANDONED
    )


TABLE_8: Mapping[PoqState, Callable[[Counter[ItemState]], bool]] = MappingProxyType(
    {
        PoqState.ACKNOWLEDGED: _is_acknowledged,
        PoqState.IN_PROGRESS: _is_in_progress,
        PoqState.DONE: _is_done,
        PoqState.REJECTED: _is_rejected,
        PoqState.TERMINATED_WITH_ERROR: _is_terminated_with_error,
    }
)
"""For each state of a POQ, whether so many items of each state make it (at least one item)."""


def poq_state_of(item_states: Iterable[ItemState]) -> PoqState:
    """The state of the POQ that has these items (87.1-R17). Raises UnlawfulItemStates where Table 8 has no column."""
    counts = Counter(item_states)
    if counts:
        for state, holds in TABLE_8.items():
            if holds(counts):
                return state
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no items"
    raise UnlawfulItemStates(f"no POQ may consist of {told}")


def check_step(before: State, after: State) -> None:
    """Raises IllegalStep, naming both states, unless the step is in the table of a POQ's or an item's states."""
    kind, transitions = _MACHINES[type(before)]
    if after not in transitions[before]:
        raise IllegalStep(f"{kind} cannot go from {before} to {after}")


_MACHINES: Mapping[type[StrEnum], tuple[str, Mapping[Any, frozenset[Any]]]] = {
    PoqState: ("a POQ", POQ_TRANSITIONS),
    ItemState: ("an item", ITEM_TRANSITIONS),
}
