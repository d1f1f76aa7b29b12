"""What the work on a deferred POQ gave, and the one change of the stored POQ that follows from it.

Pure: the change is computed inside the store's transaction, from what stands there (`Store.change`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import assert_never

from gateway.lso.problems import Problem, ProblemCode
from gateway.lso.progress import Stage, overdue, stages
from gateway.lso.states import FINAL_POQ_STATES, OPEN_ITEM_STATES, ItemState, PoqState
from gateway.notify.events import item_event, poq_event
from gateway.qualification.composition import history_entry, json_text
from gateway.store.changes import Change, ItemChange, QualificationNow
from gateway.store.records import JsonText, NewEvent

OVERDUE = Problem(
    ProblemCode.OTHER_ISSUE, ("requestedPOQCompletionDate",), "The answer was not complete by the requested date"
)


@dataclass(frozen=True)
class Begun:
    """Work on the item has begun."""


@dataclass(frozen=True)
class Done:
    """The item's answer is complete; `answer` is the Seller's members, by this mapping."""

    answer: JsonText
    mapping: str
    mapping_version: int


@dataclass(frozen=True)
class Rejected:
    """A business check failed (87.1-R12); the Buyer reads the reason in the history (A10)."""

    reason: str


@dataclass(frozen=True)
class OutOfTime:
    """The item cannot be answered in time; `error` says why (87.1-R11)."""

    error: Problem


@dataclass(frozen=True)
class Later:
    """No answer yet. `due`: when it is asked again, None for when an operator says so; `attempts` failed so far."""

    due: datetime | None
    attempts: int
    note: str


Result = Begun | Done | Rejected | OutOfTime | Later


@dataclass(frozen=True)
class Teller:
    """What is needed to say that something changed: the time, ids of events, where the POQ is read.

    `is_silent`: the Buyer gets no notifications.
    """

    at: datetime
    new_id: Callable[[], str]
    href: str
    is_silent: bool = False


def change_of(current: QualificationNow, results: Mapping[int, Result], teller: Teller) -> Change | None:
    """What these results, by position of their item, make of a POQ; None if it is final, or nothing follows.

    A result for an item that is final already came too late and is dropped (state model, section 6).
    """
    states = [ItemState(item.state) for item in current.items]
    targets = {n: target for n, result in results.items() if (target := _target(result)) is not None}
    made = stages(states, targets)
    state = next((stage.poq for stage in reversed(made) if stage.poq), PoqState(current.state))
    if PoqState(current.state) in FINAL_POQ_STATES:
        return None
    at = max(teller.at, current.changed)
    writer = _Writer(current, results, made, replace(teller, at=at))
    items = [*writer.moved(), *writer.postponed()]
    if not items:
        return None
    return Change(
        state=state,
        at=at,
        items=items,
        history=[_entry(stage.poq, at, writer.reason(stage.poq)) for stage in made if stage.poq],
        events=[] if teller.is_silent else list(writer.events()),
        is_final=state in FINAL_POQ_STATES,
    )


def overdue_change(current: QualificationNow, teller: Teller) -> Change | None:
    """What the passing of its deadline makes of a POQ (state model, section 7); None if it has none, or not yet."""
    if current.deadline is None or current.deadline > teller.at:
        return None
    late = overdue([ItemState(item.state) for item in current.items])
    return change_of(current, dict.fromkeys(late, OutOfTime(OVERDUE)), teller)


@dataclass(frozen=True)
class _Writer:
    """One change, in the making."""

    current: QualificationNow
    results: Mapping[int, Result]
    stages: Sequence[Stage]
    teller: Teller

    def moved(self) -> Iterator[ItemChange]:
        """The items that reach another state."""
        steps: dict[int, list[ItemState]] = {}
        for stage in self.stages:
            for position, state in stage.items.items():
                steps.setdefault(position, []).append(state)
        for position, states in sorted(steps.items()):
            history = [_entry(state, self.teller.at, self.reason(state, position)) for state in states]
            yield self._item(position, states[-1], history)

    def postponed(self) -> Iterator[ItemChange]:
        """The items that are asked again later, unless the POQ ended under them."""
        moved = {position for stage in self.stages for position in stage.items}
        for position, result in self.results.items():
            item = self.current.items[position]
            if isinstance(result, Later) and position not in moved and item.state in OPEN_ITEM_STATES:
                yield ItemChange(position, item.state, due=result.due, attempts=result.attempts, note=result.note)

    def reason(self, state: ItemState | PoqState, position: int | None = None) -> str | None:
        """What the history says of a bad end: why the item ended so, for the POQ the first item that did."""
        match str(state):
            case "rejected" | "terminatedWithError" as end:
                ended = (n for stage in self.stages for n, reached in stage.items.items() if reached == end)
                return _why(self.results[next(ended) if position is None else position])
            case "done.abandoned":
                return "Another item of the request could not be answered"
            case _:
                return None

    def events(self) -> Iterator[NewEvent]:
        """In the Buyer's order, then the POQ; stage by stage (state model, section 10)."""
        teller, poq_id = self.teller, self.current.id
        of_item = partial(item_event, time=teller.at, poq_id=poq_id, href=teller.href)
        of_poq = partial(poq_event, time=teller.at, poq_id=poq_id, href=teller.href)
        for stage in self.stages:
            for position, state in stage.items.items():
                item_id = self.current.items[position].item_id
                yield of_item(event_id=teller.new_id(), item_id=item_id, state=state)
            if stage.poq:
                yield of_poq(event_id=teller.new_id(), state=stage.poq)

    def _item(self, position: int, state: ItemState, history: Sequence[JsonText]) -> ItemChange:
        result, before = self.results.get(position), self.current.items[position]
        if state is ItemState.IN_PROGRESS:
            return ItemChange(position, state, history, keeps_due=True)
        if state is ItemState.DONE and isinstance(result, Done):
            by = result.mapping, result.mapping_version
            return ItemChange(position, state, history, result.answer, *by, attempts=before.attempts)
        if state is ItemState.TERMINATED_WITH_ERROR and isinstance(result, OutOfTime):
            answer = json_text({"terminationError": [_termination_error(result.error)]})
            return ItemChange(position, state, history, answer=answer, attempts=before.attempts)
        return ItemChange(position, state, history, attempts=before.attempts)


def _target(result: Result) -> ItemState | None:
    match result:
        case Begun():
            return ItemState.IN_PROGRESS
        case Done():
            return ItemState.DONE
        case Rejected():
            return ItemState.REJECTED
        case OutOfTime():
            return ItemState.TERMINATED_WITH_ERROR
        case Later():
            return None
        case _:
            assert_never(result)


def _why(result: Result) -> str | None:
    match result:
        case Rejected(reason):
            return reason
        case OutOfTime(error):
            return error.reason
        case _:
            return None


def _entry(state: ItemState | PoqState, at: datetime, reason: str | None) -> JsonText:
    return json_text(history_entry(state, at, reason))


def _termination_error(problem: Problem) -> dict[str, str]:
    return {"code": problem.code, "propertyPath": problem.pointer, "value": problem.reason}
