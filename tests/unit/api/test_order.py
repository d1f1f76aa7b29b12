"""The first check that finds something answers (error model, section 3): all faults at once, cured one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gateway.api import pipeline
from gateway.lso.problems import Problem, ProblemCode
from gateway.qualification.port import Refused
from tests.support.client import POQS, SONATA, Client, FakeQualifications, caller, serving, settings
from tests.support.errors import assert_standard_error


@dataclass(frozen=True)
class Sent:
    method: str
    path: str
    query: str
    accept: str
    content_type: str
    body: bytes


POST_WITH_ALL_FAULTS = Sent("PATCH", f"{POQS}/", "nonsense=1", "text/html", "text/plain", b"x" * 2000)

CURES_OF_A_POST: list[tuple[str, dict[str, Any], int]] = [
    ("path", {}, 404),
    ("method", {"path": POQS}, 405),
    ("query", {"method": "POST"}, 400),
    ("entitlement", {"query": "buyerId=buyer-9"}, 403),
    ("accept", {"query": "buyerId=buyer-1"}, 406),
    ("content-type", {"accept": "*/*"}, 415),
    ("size", {"content_type": "application/json"}, 413),
    ("syntax", {"body": b"x"}, 400),
    ("content", {"body": b"{}"}, 422),
]


@pytest.fixture
def qualifications() -> FakeQualifications:
    qualifications = FakeQualifications()
    qualifications.stored[caller(), "poq-1"] = b"{}"
    return qualifications


@pytest.fixture
async def client(qualifications: FakeQualifications) -> AsyncIterator[Client]:
    async with serving(settings(("buyer-1", "buyer-2"), body_bytes=1000), qualifications) as client:
        yield client


async def answer_to(client: Client, sent: Sent) -> int:
    headers = {"Accept": sent.accept, "Content-Type": sent.content_type}
    async with client.request(
        sent.method, f"{sent.path}?{sent.query}", data=sent.body or None, headers=headers
    ) as response:
        if response.status >= 400:
            await assert_standard_error(response, response.status)
        return response.status


@pytest.mark.parametrize("cures", range(len(CURES_OF_A_POST)), ids=[word for word, _, _ in CURES_OF_A_POST])
async def test_the_first_fault_of_a_post_answers(
    client: Client, qualifications: FakeQualifications, cures: int
) -> None:
    qualifications.fails = Refused([Problem(ProblemCode.OTHER_ISSUE, ("a",), "b")])
    sent = POST_WITH_ALL_FAULTS
    for _, cured, _ in CURES_OF_A_POST[: cures + 1]:
        sent = replace(sent, **cured)
    assert await answer_to(client, sent) == CURES_OF_A_POST[cures][2]


async def test_the_first_fault_of_a_get_answers(client: Client) -> None:
    sent = Sent("GET", f"{POQS}/poq-9", "nonsense=1", "text/html", "text/plain", b"")
    statuses = []
    cures: list[dict[str, Any]] = [
        {},
        {"query": "buyerId=buyer-9"},
        {"query": "buyerId=buyer-1"},
        {"path": f"{POQS}/poq-1"},
        {"accept": "*/*"},
    ]
    for cured in cures:
        sent = replace(sent, **cured)
        statuses.append(await answer_to(client, sent))
    assert statuses == [400, 403, 404, 406, 200]


@pytest.mark.requirement("H1")
async def test_an_operation_that_is_switched_off_says_so_before_all_that_concerns_the_request(client: Client) -> None:
    sent = Sent("POST", f"{SONATA}/hub", "nonsense=1", "text/html", "text/plain", b"x")
    assert await answer_to(client, sent) == 501


def test_the_steps_stand_in_the_order_of_the_error_model() -> None:
    assert [step.__name__ for step in pipeline.STEPS] == [
        "find_path",
        "find_method",
        "show_page",
        "identify",
        "admit",
        "check_offered",
        "check_query",
        "entitle",
        "find_resource",
        "check_headers",
        "take_body",
        "check_syntax",
        "process",
    ]
