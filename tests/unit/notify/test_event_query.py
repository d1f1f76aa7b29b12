"""The query of a registration (error model, section 9)."""

from __future__ import annotations

import pytest

from gateway.lso.models.events import PoqEventType
from gateway.notify.event_query import QueryNotUnderstood, wanted_types

POQ, ITEM = PoqEventType.POQ_STATE_CHANGE, PoqEventType.POQ_ITEM_STATE_CHANGE


@pytest.mark.requirement("87.1-R68")
@pytest.mark.parametrize(
    ("query", "types"),
    [
        pytest.param(None, {POQ, ITEM}, id="absent"),
        pytest.param("", {POQ, ITEM}, id="empty"),
        pytest.param("  ", {POQ, ITEM}, id="blank"),
        pytest.param("eventType=poqStateChangeEvent", {POQ}, id="one"),
        pytest.param("eventType=poqItemStateChangeEvent", {ITEM}, id="the-other"),
        pytest.param("eventType=poqStateChangeEvent,poqItemStateChangeEvent", {POQ, ITEM}, id="list"),
        pytest.param("eventType=poqItemStateChangeEvent,poqItemStateChangeEvent", {ITEM}, id="one-twice"),
        pytest.param("eventType = poqStateChangeEvent , poqItemStateChangeEvent ", {POQ, ITEM}, id="spaces"),
        pytest.param("eventType%20=%20poqStateChangeEvent", {POQ}, id="encoded-spaces"),
        pytest.param("eventType=poqStateChangeEvent%2CpoqItemStateChangeEvent", {POQ, ITEM}, id="encoded-comma"),
        pytest.param("eventType%3DpoqStateChangeEvent", {POQ}, id="encoded-whole"),
        pytest.param("eventType=poqStateChangeEvent&eventType=poqItemStateChangeEvent", {POQ, ITEM}, id="repeated"),
        pytest.param("eventType=poqStateChangeEvent,+poqItemStateChangeEvent", {POQ, ITEM}, id="plus-as-a-space"),
    ],
)
def test_the_types_asked_for_are_read(query: str | None, types: set[PoqEventType]) -> None:
    assert wanted_types(query) == types


@pytest.mark.requirement("H6")
@pytest.mark.parametrize(
    "query",
    [
        pytest.param("eventType=poqCreateEvent", id="event-of-an-older-version"),
        pytest.param("eventType=poqStateChangeEvent,other", id="one-unknown"),
        pytest.param("eventType=POQSTATECHANGEEVENT", id="other-case"),
        pytest.param("eventtype=poqStateChangeEvent", id="name-in-other-case"),
        pytest.param("eventType=", id="nothing-asked"),
        pytest.param("eventType=poqStateChangeEvent,", id="comma-at-the-end"),
        pytest.param("eventType", id="no-sign"),
        pytest.param("poqStateChangeEvent", id="value-only"),
        pytest.param("state=done", id="another-attribute"),
        pytest.param("eventType=poqStateChangeEvent&state=done", id="another-attribute-too"),
        pytest.param("eventType=poqStateChangeEvent&", id="empty-part"),
        pytest.param("eventType=poqStateChangeEvent;eventType=poqItemStateChangeEvent", id="semicolon"),
        pytest.param("?eventType=poqStateChangeEvent", id="question-mark"),
        pytest.param("eventType==poqStateChangeEvent", id="two-signs"),
        pytest.param("eventType=poqState ChangeEvent", id="space-inside"),
        pytest.param("eventType=poqStateChangeEvent%00", id="null"),
        pytest.param("%FF", id="no-utf-8"),
        pytest.param("\x00", id="null-alone"),
    ],
)
def test_a_query_that_would_not_be_applied_is_refused(query: str) -> None:
    with pytest.raises(QueryNotUnderstood):
        wanted_types(query)
