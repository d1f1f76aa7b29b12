"""What judges a campaign has to find what is wrong: a good life of a POQ, and the same one spoilt in every way."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

import pytest

from gateway.lso.models.events import PoqEventType
from tests.faults.buyer import Sent
from tests.faults.outside import Arrival
from tests.faults.plans import End, ItemPlan, PoqPlan, plans
from tests.faults.process import Life
from tests.faults.verdicts import check_deliveries, check_end, check_ids, check_order
from tests.support.histories import ITEMS, check_lawful
from tests.support.requests import valid_contact

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
BOTH = [*PoqEventType]
GREEN = {
    "serviceabilityConfidence": "green",
    "serviceabilityConfidenceReason": "It is there",
    "deliveryType": "onNetWithoutBuild",
}

Told = tuple[str | None, str, int]

LIFE: list[Told] = [
    ("poq-1-0", "inProgress", 1),
    (None, "inProgress", 1),
    ("poq-1-1", "inProgress", 2),
    ("poq-1-0", "done", 3),
    ("poq-1-1", "done", 4),
    (None, "done", 4),
]
"""What a Buyer is told of the good life: item, state, seconds after the start."""


def at(second: float) -> str:
    return (START + timedelta(seconds=second)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def history(*states: str) -> list[dict[str, str]]:
    """State and second, as in `done@3`."""
    parts = [state.split("@") for state in ("acknowledged@0", *states)]
    return [{"state": state, "changeDate": at(float(second))} for state, second in parts]


def sent(*ends: End, wanted: float | None = None, needs: str | None = None) -> Sent:
    items = [ItemPlan(f"poq-1-{n}", (), 0, end, needs if n else None, 10 + n) for n, end in enumerate(ends)]
    plan = PoqPlan("poq-1", tuple(items), wanted)
    date = None if wanted is None else START + timedelta(seconds=wanted)
    return Sent(plan, plan.request(date), date)


def good(request: Mapping[str, Any]) -> dict[str, Any]:
    """The POQ that LIFE tells of."""
    histories = (history("inProgress@1", "done@3"), history("inProgress@2", "done@4"))
    answers = [GREEN | {"installationInterval": {"amount": 10 + n, "units": "businessDays"}} for n in range(2)]
    items = [
        {**asked, "state": "done", "stateChange": entries, **answer}
        for asked, entries, answer in zip(request[ITEMS], histories, answers, strict=True)
    ]
    contacts = [*request["relatedContactInformation"], valid_contact(role="sellerContactInformation")]
    own = {"id": "1", "state": "done", "creationDate": at(0), "stateChange": history("inProgress@1", "done@4")}
    return copy.deepcopy({**request, **own, ITEMS: items, "relatedContactInformation": contacts})


def overdue(request: Mapping[str, Any], second: float) -> dict[str, Any]:
    """The same POQ, ended while its second item was in work."""
    shown = good(request)
    shown |= {"state": "terminatedWithError", "stateChange": history("inProgress@1", f"terminatedWithError@{second}")}
    ended = {name: value for name, value in shown[ITEMS][1].items() if name not in {*GREEN, "installationInterval"}}
    error = {"code": "otherIssue", "propertyPath": "/requestedPOQCompletionDate", "value": "late"}
    ended |= {"state": shown["state"], "terminationError": [error]}
    ended["stateChange"] = history("inProgress@2", f"terminatedWithError@{second}")
    shown[ITEMS][1] = ended
    return shown


def arrivals(life: Sequence[Told]) -> list[Arrival]:
    return [_arrival(*told) for told in life]


def _arrival(item: str | None, state: str, second: int) -> Arrival:
    kind = PoqEventType.POQ_ITEM_STATE_CHANGE if item else PoqEventType.POQ_STATE_CHANGE
    event = {"id": "1", **({"poqItemId": item} if item else {}), "state": state}
    body = {"eventId": f"{item} {state}", "eventTime": at(second), "eventType": str(kind), "event": event}
    return Arrival("all", f"/mef/listener/{kind}", body, accepted=True)


def test_a_good_life_is_accepted() -> None:
    asked = sent(End.GREEN, End.GREEN)
    shown, calls = good(asked.body), arrivals(LIFE)

    check_lawful(shown)
    check_end(asked, shown, [])
    check_deliveries(shown, [calls[0], *calls], BOTH)
    check_deliveries(shown, [calls[1], calls[5]], [PoqEventType.POQ_STATE_CHANGE])
    check_order(shown, calls)
    check_ids(calls)


def test_a_poq_that_ends_at_its_date_is_accepted() -> None:
    asked = sent(End.GREEN, End.NEVER, wanted=4)
    shown = overdue(asked.body, 4.2)

    check_lawful(shown)
    check_end(asked, shown, [life(0, 2), life(4.1)])


def life(started: float, ended: float | None = None) -> Life:
    """Ready as soon as it is started."""
    begun = START + timedelta(seconds=started)
    return Life(begun, begun, None if ended is None else START + timedelta(seconds=ended))


@pytest.mark.parametrize(
    ("ends", "found"),
    [
        pytest.param((End.GREEN, End.RED), "made-up colour", id="green-where-the-legacy-system-said-no"),
        pytest.param((End.GREEN, End.REFUSED), "REFUSED became an answer", id="an-answer-where-it-refused"),
        pytest.param((End.GREEN, End.NEVER), "NEVER became an answer", id="an-answer-where-it-said-nothing"),
    ],
)
def test_an_answer_that_nobody_gave_is_found(ends: tuple[End, End], found: str) -> None:
    asked = sent(*ends)
    with pytest.raises(AssertionError, match=found):
        check_end(asked, good(asked.body), [])


def other_answer(shown: dict[str, Any]) -> None:
    shown[ITEMS][1]["installationInterval"]["amount"] = 10


def other_item(shown: dict[str, Any]) -> None:
    shown[ITEMS][0]["product"]["productConfiguration"]["bandwidth"] = 1


def other_id(shown: dict[str, Any]) -> None:
    shown["externalId"] = "poq-2"


def still_open(shown: dict[str, Any]) -> None:
    shown["state"] = "inProgress"


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (other_answer, "another item's answer"),
        (other_item, "an item is not what was sent"),
        (other_id, "externalId is not what was sent"),
        (still_open, "stuck"),
    ],
)
def test_what_is_mixed_up_or_stuck_is_found(spoil: Callable[[dict[str, Any]], None], found: str) -> None:
    asked = sent(End.GREEN, End.GREEN)
    shown = good(asked.body)
    spoil(shown)
    with pytest.raises(AssertionError, match=found):
        check_end(asked, shown, [])


def test_an_item_answered_before_what_it_needs_is_found() -> None:
    asked = sent(End.GREEN, End.GREEN, needs="poq-1-0")
    shown = good(asked.body)
    shown[ITEMS][0]["state"] = "done.abandoned"
    with pytest.raises(AssertionError, match="before what it needs"):
        check_end(asked, shown, [])


@pytest.mark.parametrize(
    ("wanted", "ended", "lives", "found"),
    [
        pytest.param(None, 4, [], "nothing was out of time", id="without-a-date"),
        pytest.param(5, 4, [life(0)], "before its date", id="too-early"),
        pytest.param(4, 20, [life(0)], "awake for", id="much-too-late"),
        pytest.param(4, 20, [life(0, 5), life(10)], "awake for", id="much-too-late-over-a-restart"),
    ],
)
def test_a_wrong_end_by_date_is_found(wanted: float | None, ended: float, lives: list[Life], found: str) -> None:
    asked = sent(End.GREEN, End.GREEN, wanted=wanted)
    with pytest.raises(AssertionError, match=found):
        check_end(asked, overdue(asked.body, ended), lives)


def test_an_answer_by_a_gateway_that_started_after_the_date_is_found() -> None:
    asked = sent(End.GREEN, End.GREEN, wanted=2)
    with pytest.raises(AssertionError, match="started after the date"):
        check_end(asked, good(asked.body), [life(0, 1.5), life(3)])


def refused(calls: list[Arrival], number: int) -> list[Arrival]:
    calls[number].accepted = False
    return calls


def changed(calls: list[Arrival], number: int, **members: Any) -> list[Arrival]:
    calls[number] = Arrival("all", calls[number].target, {**calls[number].body, **members}, accepted=True)
    return calls


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        pytest.param(lambda calls: calls[:-1], "missing", id="the-last-is-missing"),
        pytest.param(lambda calls: [calls[0], *calls[2:]], "missing", id="one-is-missing"),
        pytest.param(lambda calls: [], "missing", id="all-are-missing"),
        pytest.param(lambda calls: refused(calls, 5), "never arrived", id="the-last-was-refused"),
        pytest.param(lambda calls: refused(calls, 2), "before an earlier one arrived", id="one-was-refused"),
        pytest.param(lambda calls: [*calls, calls[3]], "after a later one", id="a-repeat-too-late"),
        pytest.param(lambda calls: changed(calls, 3, eventTime=at(9)), "too much", id="another-time"),
        pytest.param(lambda calls: changed([calls[0], *calls], 1, eventTime=at(9)), "repeat", id="repeats-differ"),
        pytest.param(
            lambda calls: [*calls, *arrivals([("poq-1-0", "rejected", 5)])], "too much", id="what-never-happened"
        ),
    ],
)
def test_wrong_deliveries_are_found(spoil: Callable[[list[Arrival]], list[Arrival]], found: str) -> None:
    shown = good(sent(End.GREEN, End.GREEN).body)
    with pytest.raises(AssertionError, match=found):
        check_deliveries(shown, spoil(arrivals(LIFE)), BOTH)


@pytest.mark.parametrize(
    ("order", "found"),
    [
        pytest.param([0, 1, 3, 2, 4, 5], "before an earlier one", id="commits-changed-places"),
        pytest.param([0, 1, 2, 3, 5, 4], "does not follow", id="poq-before-its-item"),
        pytest.param([1, 0, 2, 3, 4, 5], "does not follow", id="poq-before-its-first-item"),
        pytest.param([0, 1, 2, 3, 4], "the events end before", id="without-the-end"),
    ],
)
def test_a_wrong_order_is_found(order: list[int], found: str) -> None:
    shown = good(sent(End.GREEN, End.GREEN).body)
    calls = arrivals(LIFE)
    with pytest.raises(AssertionError, match=found):
        check_order(shown, [calls[number] for number in order])


@pytest.mark.parametrize(
    ("number", "members", "found"),
    [
        (4, {"eventId": "poq-1-0 done"}, "one event id for several changes"),
        (0, {"eventId": "another"}, "several event ids for one change"),
    ],
)
def test_ids_that_are_not_unique_are_found(number: int, members: dict[str, Any], found: str) -> None:
    calls = arrivals(LIFE)
    with pytest.raises(AssertionError, match=found):
        check_ids([*calls, *changed(arrivals(LIFE), number, **members)])


def test_plans_follow_from_the_seed_alone() -> None:
    first, second, other = ([*islice(plans(Random(seed), 10), 100)] for seed in (1, 1, 2))

    assert first == second
    assert first != other
    assert {item.end for plan in first for item in plan.items} == {*End}
