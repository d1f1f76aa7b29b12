"""Rules about the request as a whole, and the rule table itself."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.lso.agreement import Agreement
from gateway.lso.documents import check_create_request
from tests.support.requests import (
    ABSENT,
    deferred_request,
    modified_product,
    valid_item,
    valid_product,
    valid_request,
)
from tests.unit.lso.rule_checks import found


@pytest.mark.parametrize(
    "request_body",
    [
        pytest.param(valid_request(), id="immediate"),
        pytest.param(deferred_request(), id="deferred"),
        pytest.param(
            valid_request(productOfferingQualificationItem=[valid_item(action="modify", product=modified_product())]),
            id="modify",
        ),
    ],
)
def test_valid_requests_break_neither_structure_nor_rules(request_body: dict[str, Any]) -> None:
    assert check_create_request(request_body) == []
    assert found(request_body) == []


@pytest.mark.requirement("87.1-R28", "79.1-R11", "P13")
def test_r28_deferred_needs_a_requested_completion_date() -> None:
    body = deferred_request(requestedPOQCompletionDate=ABSENT)
    assert found(body) == ["missingProperty /requestedPOQCompletionDate"]


@pytest.mark.requirement("87.1-R28", "P13", "P15")
@pytest.mark.parametrize("date", [pytest.param(ABSENT, id="absent"), pytest.param("2001-01-01T00:00:00Z", id="past")])
def test_r28_immediate_does_not_care_about_the_requested_date(date: Any) -> None:
    assert found(valid_request(requestedPOQCompletionDate=date)) == []


PAST = ["invalidValue /requestedPOQCompletionDate"]


@pytest.mark.requirement("P15")
@pytest.mark.parametrize(
    ("date", "expected"),
    [
        pytest.param("2026-03-01T11:59:59Z", PAST, id="a second ago"),
        pytest.param("2026-03-01T12:00:01Z", [], id="in a second"),
        pytest.param("2026-03-01T12:00:00Z", [], id="this very instant"),
        pytest.param("2026-03-01T13:30:00+02:00", PAST, id="past by its offset"),
        pytest.param("2026-03-01T11:30:00-01:00", [], id="ahead by its offset"),
        pytest.param("2026-03-01t11:59:59.9999999z", PAST, id="small letters and seven digits"),
        pytest.param("0000-01-01T00:00:00Z", PAST, id="year nought"),
        pytest.param("9999-12-31T23:59:59-23:59", [], id="beyond the last year"),
        pytest.param("2016-12-31T23:59:60Z", PAST, id="leap second"),
        pytest.param("2026-03-01", [], id="no date-time is a matter of structure"),
        pytest.param(17, [], id="no text is a matter of structure"),
    ],
)
def test_requested_date_is_compared_as_an_instant(date: Any, expected: list[str]) -> None:
    assert found(deferred_request(requestedPOQCompletionDate=date)) == expected


def by_specification(**changes: Any) -> dict[str, Any]:
    product = valid_product(productOffering=ABSENT, productSpecification={"id": "specification-1"})
    return valid_item(product=product, **changes)


@pytest.mark.requirement("87.1-R26", "79.1-R10", "P17")
def test_r26_items_by_specification_need_alternatives_reported_once() -> None:
    items = [by_specification(), by_specification(id="item-2")]
    body = valid_request(productOfferingQualificationItem=items)
    assert found(body) == ["invalidValue /provideAlternative"]
    assert found({**body, "provideAlternative": True}) == []


@pytest.mark.requirement("87.1-R26", "P17")
@pytest.mark.parametrize(
    "product",
    [
        pytest.param(valid_product(), id="by offering"),
        pytest.param(modified_product(productSpecification={"id": "specification-1"}), id="modify"),
    ],
)
def test_r26_asks_no_other_use_case_for_alternatives(product: dict[str, Any]) -> None:
    item = valid_item(action="modify" if "id" in product else "add", product=product)
    assert found(valid_request(productOfferingQualificationItem=[item])) == []


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({}, id="empty"),
        pytest.param(dict.fromkeys(valid_request()), id="all null"),
        pytest.param(dict.fromkeys(valid_request(), "text"), id="all texts"),
        pytest.param({key: [[], 1, None, {}] for key in valid_request()}, id="lists of anything"),
        pytest.param(valid_request(productOfferingQualificationItem=[{}, valid_item(product=7)]), id="broken items"),
        pytest.param(
            valid_request(productOfferingQualificationItem=[valid_item(action="delete")]), id="unknown action"
        ),
        pytest.param(
            valid_request(productOfferingQualificationItem=[valid_item(product=valid_product(place=[None, {}, 3]))]),
            id="broken places",
        ),
    ],
)
def test_rules_stay_silent_about_what_only_structure_can_judge(broken: dict[str, Any]) -> None:
    assert check_create_request(broken) != []
    assert found(broken, Agreement(place_contact_required=False)) == []
