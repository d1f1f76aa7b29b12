"""What a request leaves in the log: one line with agreed fields, and nothing that the Buyer wrote."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from gateway.qualification.port import QualificationFailed, Unavailable
from tests.support.client import POQS, FakeQualifications, send_raw, serving, settings

JSON = {"Content-Type": "application/json"}


async def test_a_request_leaves_one_line_without_anything_the_buyer_wrote() -> None:
    async with serving(settings(("buyer-1", "buyer-2")), FakeQualifications()) as client:
        with capture_logs() as lines:
            response = await client.post(f"{POQS}?buyerId=buyer-2", data=b'{"secret":"secret"}', headers=JSON)
    [line] = lines
    assert line.pop("ms") >= 0
    assert line == {
        "event": "request answered",
        "log_level": "info",
        "request_id": response.headers["X-Request-Id"],
        "operation": "createProductOfferingQualification",
        "status": 201,
        "client": "anonymous",
        "buyer_id": "buyer-2",
        "seller_id": "seller-1",
    }


@pytest.mark.parametrize(
    "target", [pytest.param("/secret", id="path"), pytest.param(f"{POQS}?secret=secret", id="query")]
)
async def test_a_refused_request_leaves_one_line_without_its_target(target: str) -> None:
    async with serving(settings(), FakeQualifications()) as client:
        with capture_logs() as lines:
            await client.get(target)
    [line] = lines
    assert line["status"] in (404, 501)
    assert line["buyer_id"] is None
    assert "secret" not in str(line)


@pytest.mark.requirement("C21")
@pytest.mark.parametrize(
    ("fault", "event", "field"),
    [
        pytest.param(ValueError("why"), "unexpected fault", "exc_info", id="unexpected"),
        pytest.param(QualificationFailed("why"), "qualification failed", "reason", id="qualification"),
    ],
)
async def test_a_fault_is_logged_once_with_its_cause(fault: Exception, event: str, field: str) -> None:
    qualifications = FakeQualifications()
    qualifications.fails = fault
    async with serving(settings(), qualifications) as client:
        with capture_logs() as lines:
            response = await client.post(POQS, data=b"{}", headers=JSON)
    line, answered = lines
    assert (line["event"], line["log_level"], str(line[field])) == (event, "error", "why")
    assert line["request_id"] == answered["request_id"] == response.headers["X-Request-Id"]


async def test_being_unavailable_is_a_warning_with_the_cause() -> None:
    qualifications = FakeQualifications()
    qualifications.fails = Unavailable("database is locked")
    async with serving(settings(), qualifications) as client:
        with capture_logs() as lines:
            await client.post(POQS, data=b"{}", headers=JSON)
    assert [(line["log_level"], line.get("cause")) for line in lines] == [
        ("warning", "database is locked"),
        ("info", None),
    ]


async def test_an_unreadable_message_leaves_one_line_without_its_content() -> None:
    async with serving(settings(), FakeQualifications()) as client:
        with capture_logs() as lines:
            answer = await send_raw(client, b"secret\r\n\r\n")
    [line] = lines
    assert (line["event"], line["request_id"]) == ("request unreadable", answer.headers["X-Request-Id"])
    assert "secret" not in str(line)
