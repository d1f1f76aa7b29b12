"""Whether what came out of a campaign is what must come out. Pure; each function fails with the first thing wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.lso.documents import check_event
from gateway.lso.instants import parse_instant
from gateway.lso.models.events import PoqEventType
from gateway.lso.states import ItemState, PoqState, check_step, poq_state_of
from tests.faults.buyer import Sent
from tests.faults.outside import Arrival
from tests.faults.plans import End, PoqPlan
from tests.faults.process import Life
from tests.support.histories import ITEMS

PROMPT = timedelta(seconds=5)
"""How long a gateway that is awake may take to see that a date has passed."""

_ECHOED = ("externalId", "requestedPOQCompletionDate", "instantSyncQualification", "provideAlternative")


def check_end(sent: Sent, shown: Mapping[str, Any], lives: Sequence[Life]) -> None:
    """Fails unless a final POQ is what its plan allows: nobody lost, nothing made up, dates kept."""
    for name in _ECHOED:
        assert shown.get(name) == sent.body.get(name), f"{name} is not what was sent"
    for asked, item in zip(sent.body[ITEMS], shown[ITEMS], strict=True):
        assert {name: item.get(name) for name in asked} == asked, "an item is not what was sent"
        _check_item(sent.plan, item, shown)
    ends = {item.end for item in sent.plan.items}
    match shown["state"]:
        case "done":
            assert ends <= {End.GREEN, End.RED}
        case "rejected":
            assert End.REFUSED in ends
        case "terminatedWithError":
            assert sent.wanted is not None, "nothing was out of time"
            assert _reached(shown) >= _to_the_millisecond(sent.wanted), "ended before its date"
        case other:
            raise AssertionError(f"stuck: {shown['id']} is still {other}")
    if sent.wanted is not None and _reached(shown) > sent.wanted:
        _check_late_end(sent.wanted, shown, lives)


def _check_item(plan: PoqPlan, shown: Mapping[str, Any], poq: Mapping[str, Any]) -> None:
    item = plan.item(shown["id"])
    match shown["state"]:
        case "done":
            assert item.end in (End.GREEN, End.RED), f"{item.end} became an answer"
            assert shown["serviceabilityConfidence"] == ("green" if plan.is_green(item) else "red"), "a made-up colour"
            if plan.is_green(item):
                assert shown["installationInterval"]["amount"] == item.lead_days, "another item's answer"
            needed = [one["state"] for one in poq[ITEMS] if one["id"] == item.needs]
            assert set(needed) <= {"done"}, "answered before what it needs"
        case "rejected":
            assert item.end is End.REFUSED, f"{item.end} became a refusal"
        case "terminatedWithError":
            assert [one["propertyPath"] for one in shown["terminationError"]] == ["/requestedPOQCompletionDate"]
        case "done.abandoned":
            pass
        case other:
            raise AssertionError(f"{other} in a final POQ")


def _check_late_end(wanted: datetime, shown: Mapping[str, Any], lives: Sequence[Life]) -> None:
    reached = _reached(shown)
    awake = sum((_awake(life, wanted, reached) for life in lives), timedelta())
    assert awake <= PROMPT, f"awake for {awake} after the date before the POQ ended"
    if shown["state"] != "terminatedWithError":
        started = [life.started for life in lives if wanted < life.started < reached]
        assert not started, "a gateway started after the date, and still answered"


def _awake(life: Life, since: datetime, until: datetime) -> timedelta:
    if life.ready is None:
        return timedelta()
    return max(min(life.ended or until, until) - max(life.ready, since), timedelta())


def implied(shown: Mapping[str, Any], kinds: Iterable[PoqEventType]) -> Counter[tuple[str | None, str, str]]:
    """The events that a final POQ's histories imply: item (None for the POQ itself), state and time of each."""
    found: Counter[tuple[str | None, str, str]] = Counter()
    for kind in kinds:
        told = {None: shown} if kind is PoqEventType.POQ_STATE_CHANGE else {one["id"]: one for one in shown[ITEMS]}
        for item_id, one in told.items():
            found.update((item_id, entry["state"], entry["changeDate"]) for entry in one["stateChange"][1:])
    return found


def check_deliveries(shown: Mapping[str, Any], arrivals: Sequence[Arrival], kinds: Iterable[PoqEventType]) -> None:
    """Fails unless one registration was told all that one POQ's histories imply, in order, and nothing else."""
    firsts: list[Arrival] = []
    accepted: set[str] = set()
    for arrival in arrivals:
        event_id = arrival.body["eventId"]
        if not firsts or event_id != firsts[-1].body["eventId"]:
            assert event_id not in [one.body["eventId"] for one in firsts], "an event came after a later one"
            assert not firsts or firsts[-1].body["eventId"] in accepted, "an event came before an earlier one arrived"
            firsts.append(arrival)
        assert arrival.body == firsts[-1].body, "a repeat says something else"
        accepted |= {event_id} if arrival.accepted else set()
    assert not firsts or firsts[-1].body["eventId"] in accepted, "the last event never arrived"
    told = Counter(_told(one) for one in firsts)
    wanted = implied(shown, kinds)
    assert told == wanted, f"of {shown['id']}: missing {wanted - told}, too much {told - wanted}"
    for one in firsts:
        _check_form(one, shown)


def check_order(shown: Mapping[str, Any], arrivals: Sequence[Arrival]) -> None:
    """Fails unless all events of a POQ, told in this order, make a lawful life of it (state model, section 10).

    Between two stages, and at the latest when the Buyer's order of items begins anew, the items make a lawful POQ.
    """
    positions = {item["id"]: position for position, item in enumerate(shown[ITEMS])}
    items = [ItemState.ACKNOWLEDGED for _ in positions]
    poq, last = PoqState.ACKNOWLEDGED, -1
    events = list({one.body["eventId"]: one.body for one in arrivals}.values())
    times = [instant for one in events if (instant := parse_instant(one["eventTime"]))]
    assert times == sorted(times), "an event came before an earlier one"
    for event in (one["event"] for one in events):
        position = positions.get(event.get("poqItemId"), len(items))
        if position <= last:
            assert poq_state_of(items) == poq, "the POQ changed and its event came too late"
        last = position
        if position < len(items):
            check_step(items[position], ItemState(event["state"]))
            items[position] = ItemState(event["state"])
        else:
            check_step(poq, PoqState(event["state"]))
            poq, last = PoqState(event["state"]), -1
            assert poq_state_of(items) == poq, "the POQ's event does not follow from its items'"
    assert (poq, items) == (shown["state"], [item["state"] for item in shown[ITEMS]]), "the events end before the POQ"


def check_ids(arrivals: Iterable[Arrival]) -> None:
    """Fails unless each change has one event id, and each event id stands for one change."""
    changes = {(one.body["eventId"], (one.poq_id, _told(one))) for one in arrivals}
    assert len({event_id for event_id, _ in changes}) == len(changes), "one event id for several changes"
    assert len({change for _, change in changes}) == len(changes), "several event ids for one change"


def _told(arrival: Arrival) -> tuple[str | None, str, str]:
    event = arrival.body["event"]
    return event.get("poqItemId"), event["state"], arrival.body["eventTime"]


def _check_form(arrival: Arrival, shown: Mapping[str, Any]) -> None:
    kind = PoqEventType(arrival.body["eventType"])
    assert check_event(kind, arrival.body) == []
    assert arrival.target.endswith(f"/listener/{kind}")
    assert arrival.poq_id == shown["id"]


def _reached(shown: Mapping[str, Any]) -> datetime:
    instant = parse_instant(shown["stateChange"][-1]["changeDate"])
    assert instant is not None
    return instant


def _to_the_millisecond(instant: datetime) -> datetime:
    """As histories tell it, cut off."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
