"""Typed views of a request, and instants."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.lso.instants import parse_instant
from gateway.lso.models.items import PoqProductActionType
from gateway.lso.request import Relation, UseCase, read_request
from tests.support.requests import (
    ABSENT,
    PRODUCT_TYPE,
    deferred_request,
    modified_product,
    valid_item,
    valid_product,
    valid_request,
)


def test_a_request_is_read_with_its_flags_and_date() -> None:
    request = read_request(deferred_request(requestedPOQCompletionDate="2099-01-01T02:00:00+02:00"))
    assert (request.instant, request.provide_alternative) == (False, False)
    assert request.requested_completion == datetime(2099, 1, 1, tzinfo=UTC)
    assert read_request(valid_request()).requested_completion is None


def test_each_item_knows_its_use_case_and_what_it_refers_to() -> None:
    by_specification = valid_product(productOffering=ABSENT, productSpecification={"id": "specification-1"})
    modify = modified_product(productRelationship=[{"relationshipType": "CONNECTS_TO", "id": "product-2"}])
    items = [
        valid_item(),
        valid_item(id="item-2", product=by_specification),
        valid_item(
            id="item-3",
            action="modify",
            product=modify,
            qualificationItemRelationship=[{"relationshipType": "NEEDS", "id": "item-1"}],
        ),
    ]
    first, second, third = read_request(valid_request(productOfferingQualificationItem=items)).items
    assert [item.use_case for item in (first, second, third)] == list(UseCase)
    assert (first.id, first.product_type, first.offering_id, first.product_id) == (
        "item-1",
        PRODUCT_TYPE,
        "offering-1",
        None,
    )
    assert (second.offering_id, second.specification_id) == (None, "specification-1")
    assert (third.action, third.product_id) == (PoqProductActionType.MODIFY, "product-1")
    assert third.relations == (Relation("CONNECTS_TO", "product-2"),)
    assert third.item_relations == (Relation("NEEDS", "item-1"),)
    assert third.path == ("productOfferingQualificationItem", 2)
    assert third.configuration == modify["productConfiguration"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC), id="zulu"),
        pytest.param("2026-03-01t12:00:00.5z", datetime(2026, 3, 1, 12, 0, 0, 500000, tzinfo=UTC), id="small letters"),
        pytest.param("2026-03-01T12:00:00-02:30", datetime(2026, 3, 1, 14, 30, tzinfo=UTC), id="offset"),
        pytest.param("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC), id="leap second"),
        pytest.param("0000-02-29T00:00:00Z", datetime.min.replace(tzinfo=UTC), id="before the first year"),
        pytest.param("9999-12-31T23:59:59-01:00", datetime.max.replace(tzinfo=UTC), id="after the last year"),
        pytest.param("9999-12-31T23:59:60Z", datetime.max.replace(tzinfo=UTC), id="leap second of the last year"),
        pytest.param("2026-03-01", None, id="date"),
        pytest.param("2026-03-01T12:00:00", None, id="no offset"),
        pytest.param("2026-02-30T12:00:00Z", None, id="no such day"),
        pytest.param("2026-W09-7T12:00:00Z", None, id="week date"),
        pytest.param("20260301T120000Z", None, id="basic format"),
        pytest.param("soon", None, id="words"),
    ],
)
def test_instants_are_read_as_rfc_3339_spells_them(text: str, expected: datetime | None) -> None:
    assert parse_instant(text) == expected
