"""What results make of a POQ: which states, histories, answers and events, in which order; nothing is stored here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import orjson
import pytest

from gateway.lso.documents import check_event
from gateway.lso.identifiers import BuyerId, Interface, ItemId, PoqId, SellerId
from gateway.lso.models.events import PoqEventType
from gateway.lso.problems import Problem, ProblemCode
from gateway.qualification.results import (
    OVERDUE,
    Begun,
    Done,
    Later,
    OutOfTime,
    Rejected,
    Result,
    Teller,
    change_of,
    overdue_change,
)
from gateway.store.changes import Change, ItemNow, QualificationNow
from gateway.store.records import JsonText

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HREF = "https://gateway.example/base/productOfferingQualification/poq-1"
ACK, WORK, DONE, REJECTED = "acknowledged", "inProgress", "done", "rejected"
LATE, ABANDONED = "terminatedWithError", "done.abandoned"
GREEN = JsonText('{"serviceabilityConfidence":"green"}')
ANSWERED = Done(GREEN, "line", 4)
TOO_SLOW = Problem(ProblemCode.OTHER_ISSUE, ("requestedPOQCompletionDate",), "The survey takes longer")
SLOWER = Problem(ProblemCode.OTHER_ISSUE, ("requestedPOQCompletionDate",), "The other survey takes longer")
OTHER_FAILED = "Another item of the request could not be answered"


def poq(*states: str, changed: datetime = NOW, deadline: datetime | None = None) -> QualificationNow:
    """A POQ whose items are in these states; each has failed twice."""
    vector = set(states)
    of_poq = next((one for one in (REJECTED, LATE) if one in vector), WORK if vector - {ACK, DONE} else None)
    return QualificationNow(
        id=PoqId("poq-1"),
        interface=Interface.SONATA,
        buyer=BuyerId("buyer-1"),
        seller=SellerId("seller-1"),
        state=of_poq or (DONE if vector == {DONE} else ACK),
        changed=changed,
        deadline=deadline,
        items=[ItemNow(ItemId(f"item-{n}"), state, 2) for n, state in enumerate(states)],
    )


def teller(at: datetime = NOW) -> Teller:
    numbers = count(1)
    return Teller(at, lambda: f"event-{next(numbers)}", HREF)


def changed(current: QualificationNow, results: Mapping[int, Result], at: datetime = NOW) -> Change:
    change = change_of(current, results, teller(at))
    assert change is not None
    return change


def told(change: Change) -> list[tuple[str, str]]:
    """The events of a change, each lawful by itself: about which item (or the POQ), and the state."""
    found = []
    for number, event in enumerate(change.events, 1):
        body = orjson.loads(event.body)
        assert check_event(PoqEventType(event.type), body) == []
        assert (body["eventId"], body["eventType"]) == (event.id, event.type) == (f"event-{number}", event.type)
        assert datetime.fromisoformat(body["eventTime"]) == event.time == change.at
        assert (body["event"]["id"], body["event"]["href"]) == ("poq-1", HREF)
        is_item = event.type == PoqEventType.POQ_ITEM_STATE_CHANGE
        assert ("poqItemId" in body["event"]) is is_item
        found.append((body["event"]["poqItemId"] if is_item else "poq", body["event"]["state"]))
    return found


def entries(history: Sequence[JsonText]) -> list[dict[str, Any]]:
    return [orjson.loads(entry) for entry in history]


def reached(change: Change) -> dict[int, list[str]]:
    return {item.position: [entry["state"] for entry in entries(item.history)] for item in change.items}


@pytest.mark.requirement(
    *("87.1-R77", "87.1-R78", "87.1-R79", "79.1-R92", "79.1-R93", "87.1-R75", "79.1-R91", "87.1-R11", "87.1-R12"),
    *("87.1-R13", "87.1-R14", "79.1-R102"),
)
@pytest.mark.parametrize(
    ("current", "results", "events"),
    [
        pytest.param(
            poq(ACK, ACK), {1: Begun()}, [("item-1", WORK), ("poq", WORK)], id="the first that begins begins the POQ"
        ),
        pytest.param(poq(WORK, ACK), {1: Begun()}, [("item-1", WORK)], id="a later one only itself"),
        pytest.param(poq(WORK, WORK), {0: ANSWERED}, [("item-0", DONE)], id="done while others are open"),
        pytest.param(poq(DONE, WORK), {1: ANSWERED}, [("item-1", DONE), ("poq", DONE)], id="the last is done"),
        pytest.param(
            poq(WORK, WORK),
            {1: ANSWERED, 0: ANSWERED},
            [("item-0", DONE), ("item-1", DONE), ("poq", DONE)],
            id="several in the Buyer's order, whichever came first",
        ),
        pytest.param(
            poq(ACK),
            {0: ANSWERED},
            [("item-0", WORK), ("poq", WORK), ("item-0", DONE), ("poq", DONE)],
            id="through inProgress, each step told",
        ),
        pytest.param(
            poq(WORK, ACK, ACK),
            {0: ANSWERED},
            [("item-0", DONE), ("item-1", WORK), ("item-2", WORK)],
            id="the others begin (A8)",
        ),
        pytest.param(
            poq(DONE, WORK, ACK, WORK),
            {3: Rejected("no")},
            [("item-1", ABANDONED), ("item-2", ABANDONED), ("item-3", REJECTED), ("poq", REJECTED)],
            id="rejected, the open ones abandoned, the done one stays",
        ),
        pytest.param(
            poq(ACK, ACK),
            {0: Rejected("no")},
            [("item-0", REJECTED), ("item-1", ABANDONED), ("poq", REJECTED)],
            id="rejected before anything began",
        ),
        pytest.param(
            poq(WORK, WORK),
            {0: OutOfTime(TOO_SLOW)},
            [("item-0", LATE), ("item-1", ABANDONED), ("poq", LATE)],
            id="out of time",
        ),
        pytest.param(
            poq(WORK, WORK),
            {0: OutOfTime(TOO_SLOW), 1: Rejected("no")},
            [("item-0", ABANDONED), ("item-1", REJECTED), ("poq", REJECTED)],
            id="rejected wins over out of time (A9)",
        ),
        pytest.param(
            poq(ACK, WORK),
            {0: OutOfTime(TOO_SLOW)},
            [("item-0", WORK), ("item-0", LATE), ("item-1", ABANDONED), ("poq", LATE)],
            id="out of time through inProgress",
        ),
    ],
)
def test_each_step_is_told_once_in_the_order_of_the_items_then_the_poq(
    current: QualificationNow, results: dict[int, Result], events: list[tuple[str, str]]
) -> None:
    change = changed(current, results)

    assert told(change) == events
    steps = [(f"item-{n}", state) for n, states in reached(change).items() for state in states]
    steps += [("poq", entry["state"]) for entry in entries(change.history)]
    assert sorted(steps) == sorted(events), "the histories say the same"
    of_poq = [state for who, state in events if who == "poq"]
    assert change.state == (of_poq[-1] if of_poq else current.state)
    assert change.is_final == (change.state in (DONE, REJECTED, LATE))


@pytest.mark.parametrize(
    ("current", "results"),
    [
        pytest.param(poq(REJECTED, ABANDONED), {1: ANSWERED}, id="the POQ was rejected"),
        pytest.param(poq(LATE, ABANDONED), {0: ANSWERED, 1: Rejected("no")}, id="the POQ ran out of time"),
        pytest.param(poq(DONE), {0: Later(NOW, 1, "not yet")}, id="the POQ is done"),
        pytest.param(poq(DONE, WORK), {0: Rejected("no")}, id="the item is done"),
        pytest.param(poq(DONE, WORK), {0: Later(NOW, 1, "not yet")}, id="the item is done, and was to be asked again"),
        pytest.param(poq(WORK), {0: Begun()}, id="it has begun already"),
        pytest.param(poq(WORK), {}, id="nothing came"),
    ],
)
def test_a_result_that_comes_too_late_changes_nothing(current: QualificationNow, results: dict[int, Result]) -> None:
    assert change_of(current, results, teller()) is None


def test_a_late_result_is_dropped_and_the_others_count() -> None:
    change = changed(poq(DONE, WORK, WORK), {0: Rejected("too late"), 1: Rejected("no line"), 2: ANSWERED})

    assert reached(change) == {1: [REJECTED], 2: [DONE]}
    assert [entry["changeReason"] for entry in entries(change.history)] == ["no line"]


@pytest.mark.requirement("87.1-R66", "79.1-R89", "87.1-R12")
def test_the_reason_of_a_rejection_stands_in_the_histories_and_nowhere_else() -> None:
    change = changed(poq(WORK, WORK, WORK), {2: Rejected("no line"), 1: Rejected("no duct")})
    first, *others = change.items

    assert entries(first.history)[0]["changeReason"] == OTHER_FAILED
    assert [entries(item.history)[0]["changeReason"] for item in others] == ["no duct", "no line"]
    assert entries(change.history)[0]["changeReason"] == "no duct"
    assert [(item.answer, item.due) for item in change.items] == [(None, None)] * 3


@pytest.mark.requirement("87.1-R11", "79.1-R102")
def test_what_is_out_of_time_says_why_each_item_for_itself() -> None:
    change = changed(poq(WORK, WORK), {0: OutOfTime(TOO_SLOW), 1: OutOfTime(SLOWER)})

    for item, problem in zip(change.items, (TOO_SLOW, SLOWER), strict=True):
        assert orjson.loads(item.answer or "{}") == {
            "terminationError": [
                {"code": "otherIssue", "propertyPath": "/requestedPOQCompletionDate", "value": problem.reason}
            ]
        }
        assert entries(item.history)[0]["changeReason"] == problem.reason
    assert entries(change.history)[0]["changeReason"] == TOO_SLOW.reason


def test_an_answer_is_kept_with_the_mapping_that_gave_it() -> None:
    (item,) = changed(poq(WORK), {0: ANSWERED}).items

    assert (item.answer, item.mapping, item.mapping_version) == (GREEN, "line", 4)
    assert (item.due, item.note, item.attempts) == (None, None, 2)


def test_what_is_asked_again_later_changes_no_state_and_tells_nobody() -> None:
    again = NOW + timedelta(minutes=5)
    change = changed(poq(WORK, ACK), {0: Later(again, 3, "busy"), 1: Later(None, 0, "look at the map")})

    assert (change.state, change.history, change.events, change.is_final) == (WORK, [], [], False)
    assert [(item.state, item.due, item.attempts, item.note) for item in change.items] == [
        (WORK, again, 3, "busy"),
        (ACK, None, 0, "look at the map"),
    ]


def test_what_was_to_be_asked_later_is_not_once_the_poq_has_ended() -> None:
    change = changed(poq(WORK, WORK), {0: Later(NOW, 3, "busy"), 1: Rejected("no")})

    assert [(item.state, item.due, item.note) for item in change.items] == [
        (ABANDONED, None, None),
        (REJECTED, None, None),
    ]


def test_beginning_leaves_the_time_of_an_item_as_it_is() -> None:
    assert [item.keeps_due for item in changed(poq(ACK, ACK), {0: Begun()}).items] == [True]
    begun = changed(poq(WORK, ACK), {0: ANSWERED}).items
    assert [item.keeps_due for item in begun] == [False, True]


def test_the_clock_may_go_back_but_no_history_does() -> None:
    change = changed(poq(WORK, WORK, changed=NOW), {0: ANSWERED, 1: ANSWERED}, at=NOW - timedelta(hours=1))

    assert change.at == NOW
    assert told(change)[-1] == ("poq", DONE)
    times = {entry["changeDate"] for one in (change, *change.items) for entry in entries(one.history)}
    assert {datetime.fromisoformat(time) for time in times} == {NOW}


@pytest.mark.requirement("87.1-R11", "87.1-R13", "79.1-R102")
@pytest.mark.parametrize(
    ("states", "events"),
    [
        pytest.param(
            (DONE, WORK, ACK, WORK),
            [("item-1", LATE), ("item-2", ABANDONED), ("item-3", LATE), ("poq", LATE)],
            id="who was at work is late, who was not is abandoned",
        ),
        pytest.param(
            (ACK, ACK),
            [
                *[("item-0", WORK), ("item-1", WORK), ("poq", WORK)],
                *[("item-0", LATE), ("item-1", LATE), ("poq", LATE)],
            ],
            id="where nobody was at work all are late, through inProgress",
        ),
        pytest.param((WORK,), [("item-0", LATE), ("poq", LATE)], id="the only one is late"),
    ],
)
def test_a_date_that_passes_ends_the_poq(states: tuple[str, ...], events: list[tuple[str, str]]) -> None:
    change = overdue_change(poq(*states, deadline=NOW), teller())

    assert change is not None
    assert told(change) == events
    assert change.is_final
    late = [item for item in change.items if item.state == LATE]
    assert late
    for item in late:
        (error,) = orjson.loads(item.answer or "{}")["terminationError"]
        assert error == {"code": "otherIssue", "propertyPath": OVERDUE.pointer, "value": OVERDUE.reason}
        assert entries(item.history)[-1]["changeReason"] == OVERDUE.reason
    assert all(item.answer is None for item in change.items if item.state == ABANDONED)


@pytest.mark.parametrize(
    "current",
    [
        pytest.param(poq(WORK, deadline=NOW + timedelta(microseconds=1)), id="not yet"),
        pytest.param(poq(WORK), id="without a deadline"),
        pytest.param(poq(DONE, deadline=NOW), id="done in time"),
    ],
)
def test_what_is_not_overdue_goes_on(current: QualificationNow) -> None:
    assert overdue_change(current, teller()) is None
