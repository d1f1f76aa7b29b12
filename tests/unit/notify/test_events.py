"""The notifications as a Buyer reads them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from gateway.lso.documents import check_event
from gateway.lso.identifiers import ItemId, PoqId
from gateway.lso.models.events import PoqEventType
from gateway.lso.models.states import MEFPOQItemTaskStateType, MEFPOQTaskStateType
from gateway.notify.events import item_event, poq_event

WHEN = datetime(2026, 5, 1, 14, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.requirement("87.1-R77", "87.1-R78", "79.1-R92")
@pytest.mark.parametrize("state", MEFPOQTaskStateType)
def test_an_event_of_a_poq_says_which_one_reached_which_state(state: MEFPOQTaskStateType) -> None:
    event = poq_event(event_id="event-1", time=WHEN, poq_id=PoqId("poq é"), state=state)

    assert (event.id, event.type, event.time) == ("event-1", "poqStateChangeEvent", WHEN)
    body = json.loads(event.body)
    assert check_event(PoqEventType.POQ_STATE_CHANGE, body) == []
    assert body == {
        "eventId": "event-1",
        "eventTime": "2026-05-01T12:30:00.123Z",
        "eventType": "poqStateChangeEvent",
        "event": {"id": "poq é", "state": state.value},
    }


@pytest.mark.requirement("87.1-R77", "87.1-R79", "79.1-R93")
@pytest.mark.parametrize("state", MEFPOQItemTaskStateType)
def test_an_event_of_an_item_says_which_one_of_which_poq(state: MEFPOQItemTaskStateType) -> None:
    event = item_event(
        event_id="event-2",
        time=WHEN,
        poq_id=PoqId("poq-1"),
        item_id=ItemId("item-1"),
        state=state,
        href="https://s.example/poq-1",
    )

    body = json.loads(event.body)
    assert event.type == body["eventType"] == "poqItemStateChangeEvent"
    assert check_event(PoqEventType.POQ_ITEM_STATE_CHANGE, body) == []
    assert body["event"] == {
        "id": "poq-1",
        "href": "https://s.example/poq-1",
        "poqItemId": "item-1",
        "state": state.value,
    }
