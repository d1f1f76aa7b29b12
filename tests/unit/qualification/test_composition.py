"""What is stored of a POQ and what a Buyer reads of it are the same, however it is put together."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from gateway.lso.document import read_document
from gateway.lso.identifiers import BuyerId, Interface, ItemId, PoqId, SellerId
from gateway.lso.request import read_request
from gateway.lso.rules import Catalogue
from gateway.mapping.outcomes import Answer
from gateway.mapping.plan import LoadedMapping
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.answering import AnswerCheck, ItemAnswer, Proposed
from gateway.qualification.composition import (
    Promise,
    Received,
    acknowledged,
    answer_text,
    answered,
    history_entry,
    json_text,
    shown,
    shown_plainly,
)
from gateway.qualification.port import Caller
from gateway.sources.findings import Location
from tests.support.requests import deferred_request, modified_product, valid_item, valid_product, valid_request

NOW = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
BASE = "https://poq.example.com/base"
CALLER = Caller(BuyerId("buyer-1"), SellerId("seller-1"), Interface.SONATA, BASE)
MAPPING = cast(LoadedMapping, SimpleNamespace(name="serviceability", version=3))
RED = {"serviceabilityConfidence": "red", "serviceabilityConfidenceReason": 'No "free" port: null'}

BY_SPECIFICATION = valid_product(productSpecification={"id": "spec-1"})
del BY_SPECIFICATION["productOffering"]

REQUESTS = [
    pytest.param(valid_request(), id="as-it-is"),
    pytest.param({"href": "https://elsewhere.example", **valid_request()}, id="with-a-href"),
    pytest.param(dict(reversed(valid_request().items())), id="the-other-way-round"),
    pytest.param(
        valid_request(projectId='"productOfferingQualificationItem":null', externalId="Zürich \\ 😀"), id="odd-texts"
    ),
    pytest.param(valid_request(productOfferingQualificationItem=[valid_item(product=BY_SPECIFICATION)]), id="2b"),
    pytest.param(
        valid_request(productOfferingQualificationItem=[valid_item(action="modify", product=modified_product())]),
        id="2c",
    ),
    pytest.param(
        valid_request(productOfferingQualificationItem=[valid_item(), valid_item(id="item-2")]), id="several-items"
    ),
]


def received(document: dict[str, Any], **written: Any) -> Received:
    body = read_document(json.dumps(document, **written).encode(), max_depth=64)
    return Received(CALLER, body, read_request(body.plain), {"name": "Desk", "number": "+1", "emailAddress": "a@b.ch"})


def answers(taken: Received, members: dict[str, Any]) -> dict[ItemId, ItemAnswer]:
    """The same for each item, and an offering where the item names none."""
    return {
        item.id: ItemAnswer(members, None if item.offering_id else "offering-7", Location("mapping.yaml", 3, 1))
        for item in taken.request.items
    }


@pytest.mark.parametrize("written", [{"separators": (",", ":")}, {"indent": 2}], ids=["compact", "indented"])
@pytest.mark.parametrize("document", REQUESTS)
def test_what_is_checked_of_an_answered_poq_is_what_is_shown(document: dict[str, Any], written: dict[str, Any]) -> None:
    taken = received(document, **written)
    given = answers(taken, {**RED, "alternateProductOfferingProposal": []})
    mappings = {item.id: MAPPING for item in taken.request.items}
    record = answered(PoqId("poq-1"), taken, given, mappings, NOW)
    assert orjson.loads(shown(record, BASE)) == shown_plainly(record, taken, given, BASE)


CHECK = AnswerCheck(ProductSpecifications([], unknown_types="accept"), Catalogue())
PROMISE = {
    "serviceabilityConfidence": "yellow",
    "installationInterval": {"amount": 5, "units": "calendarDays"},
    "deliveryType": "onNetWithBuild",
}


@pytest.mark.parametrize(
    ("spelled", "color"),
    [("100", "yellow"), ("1e2", "yellow"), ("100.0", "red")],
    ids=["as it is written", "spelled otherwise", "red"],
)
@pytest.mark.parametrize("document", REQUESTS)
def test_the_text_that_an_answer_was_checked_by_is_the_one_that_is_kept(
    document: dict[str, Any], spelled: str, color: str
) -> None:
    text = json.dumps({**document, "provideAlternative": True}, separators=(",", ":"), ensure_ascii=False)
    body = read_document(text.replace('"bandwidth":100', f'"bandwidth":{spelled}').encode(), max_depth=64)
    request = read_request(body.plain)
    item = request.items[0]
    alternate = {"productOffering": {"id": "other"}, "productConfiguration": dict(item.configuration), **PROMISE}
    fields = {**PROMISE, "serviceabilityConfidence": color, "serviceabilityConfidenceReason": "Zürich"}
    offering = "offering-7" if item.offering_id is None and color != "red" else None

    proposed = Proposed(Answer(fields, Location("mapping.yaml", 3, 1), (alternate, alternate)), offering)
    checked = CHECK.checked(item, request, proposed)

    assert isinstance(checked, ItemAnswer), checked
    assert checked.text
    assert answer_text(checked, item, body) == answer_text(replace(checked, text=b""), item, body)


@pytest.mark.parametrize("document", [pytest.param(deferred_request(), id="deferred"), *REQUESTS])
def test_what_is_checked_of_an_acknowledged_poq_is_what_is_shown(document: dict[str, Any]) -> None:
    taken = received(document)
    record = acknowledged(PoqId("poq-1"), taken, Promise(NOW, NOW), NOW)
    assert orjson.loads(shown(record, BASE)) == shown_plainly(record, taken, {}, BASE)


ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))) | st.just(UTC)


@for_all(st.datetimes(datetime(1000, 1, 3), datetime(9999, 12, 29), timezones=ZONES))
def test_the_first_entry_of_history_is_written_as_all_others_are(now: datetime) -> None:
    taken = received(valid_request())
    mappings = {item.id: MAPPING for item in taken.request.items}
    for record in (
        answered(PoqId("poq-1"), taken, answers(taken, RED), mappings, now),
        acknowledged(PoqId("poq-1"), taken, Promise(None, None), now),
    ):
        history = json_text([history_entry(record.state, now)])
        assert [record.state_changes, *(item.state_changes for item in record.items)] == [history] * 2


@pytest.mark.requirement("87.1-R42")
def test_numbers_and_order_stay_as_they_were_sent_in_an_alternate_too() -> None:
    configuration = {"@type": "urn:x", "rate": 1.5, "name": "é"}
    item = valid_item(product=valid_product(productConfiguration=configuration))
    text = json.dumps(valid_request(productOfferingQualificationItem=[item])).replace("1.5", "1.50e0")
    body = read_document(text.encode(), max_depth=64)
    taken = Received(CALLER, body, read_request(body.plain), {})
    alternate = {"id": "1", "alternateProduct": {"productConfiguration": configuration}}
    given = answers(taken, {**RED, "alternateProductOfferingProposal": [alternate]})
    record = answered(PoqId("poq-1"), taken, given, {ItemId(item["id"]): MAPPING}, NOW)
    assert shown(record, BASE).count(b'"rate":1.50e0,"name":"\xc3\xa9"') == 2
    assert orjson.loads(shown(record, BASE)) == shown_plainly(record, taken, given, BASE)
