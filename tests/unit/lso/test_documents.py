"""The structure of what we answer, of registrations and of events."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.lso.documents import (
    check_errors,
    check_event,
    check_event_subscription,
    check_event_subscription_input,
    check_found,
    check_qualification,
)
from gateway.lso.models.events import PoqEventType
from tests.unit.lso.samples import qualification, told, with_, without

ITEM = ("productOfferingQualificationItem", 0)
I = "/productOfferingQualificationItem/0"  # noqa: E741


@pytest.mark.requirement("87.1-R43", "87.1-R60")
@pytest.mark.parametrize("name", ["id", "state", "stateChange", "creationDate"])
def test_an_answer_needs_what_the_seller_adds(name: str) -> None:
    assert check_qualification(qualification()) == []
    assert told(check_qualification(without(qualification(), name))) == [("missingProperty", f"/{name}")]


@pytest.mark.requirement("87.1-R43", "87.1-R62")
@pytest.mark.parametrize("name", ["id", "action", "product", "state", "stateChange"])
def test_an_answered_item_needs_what_was_sent_and_its_state(name: str) -> None:
    assert told(check_qualification(without(qualification(), *ITEM, name))) == [("missingProperty", f"{I}/{name}")]


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("state",), "done.abandoned", "invalidValue"),
        ((*ITEM, "serviceabilityConfidence"), "maybe", "invalidValue"),
        ((*ITEM, "serviceabilityConfidence"), None, "invalidFormat"),
        ((*ITEM, "installationInterval", "amount"), -1, "invalidValue"),
        ((*ITEM, "installationInterval", "amount"), 1.5, "invalidFormat"),
        ((*ITEM, "installationInterval", "units"), "weeks", "invalidValue"),
        ((*ITEM, "stateChange"), [], "missingProperty"),
        ((*ITEM, "stateChange", 0, "changeDate"), "2026-02-01", "invalidFormat"),
        ((*ITEM, "note"), "x", "unexpectedProperty"),
    ],
    ids=[
        "abandoned poq",
        "unknown confidence",
        "null confidence",
        "negative interval",
        "broken interval",
        "unknown unit",
        "no history",
        "date only",
        "undefined member",
    ],
)
def test_a_wrong_answer_does_not_pass(path: tuple[str | int, ...], value: Any, code: str) -> None:
    pointer = "".join(f"/{key}" for key in path)

    assert told(check_qualification(with_(qualification(), *path, value=value))) == [(code, pointer)]


def test_a_listed_poq_has_no_items() -> None:
    entry = {"id": "poq-1", "state": "done", "creationDate": "2026-02-01T08:00:00Z"}

    assert check_found(entry) == []
    assert told(check_found({**entry, "productOfferingQualificationItem": []})) == [
        ("unexpectedProperty", "/productOfferingQualificationItem")
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"callback": "https://buyer.example"}, []),
        ({"callback": "https://buyer.example", "query": ""}, []),
        pytest.param({}, [("missingProperty", "/callback")], marks=pytest.mark.requirement("87.1-R67", "H2")),
        pytest.param({"callback": 1}, [("invalidFormat", "/callback")], marks=pytest.mark.requirement("H3")),
        pytest.param(
            {"callback": "x", "query": ["a"]}, [("invalidFormat", "/query")], marks=pytest.mark.requirement("H5")
        ),
        pytest.param(
            {"callback": "x", "id": "1"}, [("unexpectedProperty", "/id")], marks=pytest.mark.requirement("H7")
        ),
    ],
    ids=["callback", "empty query", "no callback", "callback no text", "query no text", "id"],
)
def test_a_registration_is_checked(body: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert told(check_event_subscription_input(body)) == expected


def test_an_answered_registration_needs_its_id() -> None:
    assert told(check_event_subscription({"callback": "https://buyer.example"})) == [("missingProperty", "/id")]


@pytest.mark.requirement("87.1-R77")
@pytest.mark.parametrize("name", ["event", "eventId", "eventTime", "eventType"])
@pytest.mark.parametrize("event_type", PoqEventType)
def test_an_event_needs_its_four_members(event_type: PoqEventType, name: str) -> None:
    of_item = event_type is PoqEventType.POQ_ITEM_STATE_CHANGE
    event = {
        "eventId": "e1",
        "eventTime": "2026-02-01T08:00:00Z",
        "eventType": event_type.value,
        "event": {"id": "poq-1", "state": "done", **({"poqItemId": "uni"} if of_item else {})},
    }

    assert check_event(event_type, event) == []
    assert told(check_event(event_type, without(event, name))) == [("missingProperty", f"/{name}")]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"code": "invalidQuery", "reason": "r"}, []),
        (400, [{"code": "invalidQuery", "reason": "r"}], [("invalidFormat", "")]),
        (400, {"code": "notFound", "reason": "r"}, [("invalidValue", "/code")]),
        (401, {"code": "missingCredentials"}, [("missingProperty", "/reason")]),
        (403, {"code": "accessDenied", "reason": "r" * 255}, []),
        (403, {"code": "accessDenied", "reason": "r" * 256}, [("invalidFormat", "/reason")]),
        (404, {"code": "notFound", "reason": "r", "traceId": "1"}, [("unexpectedProperty", "/traceId")]),
        (422, [{"code": "otherIssue", "reason": "r", "propertyPath": "/a"}], []),
        (422, [], [("missingProperty", "")]),
        (422, {"code": "otherIssue", "reason": "r"}, [("invalidFormat", "")]),
        (422, [{"code": "other", "reason": "r"}], [("invalidValue", "/0/code")]),
        (
            500,
            {"code": "internalError", "reason": "r", "referenceError": "no uri"},
            [("invalidFormat", "/referenceError")],
        ),
        (501, {"code": "notImplemented", "reason": "r"}, []),
        (503, {"reason": "r"}, []),
        (503, {"reason": "r", "code": "busy"}, [("unexpectedProperty", "/code")]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_body_of_a_refusal_is_checked_by_its_status(
    status: int, body: Any, expected: list[tuple[str, str]]
) -> None:
    assert told(check_errors(status, body)) == expected
