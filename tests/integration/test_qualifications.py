"""A POQ over HTTP through a whole gateway: what comes back, what is kept, who can read it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.lso.documents import check_qualification
from tests.support.gateways import CANTATA, POQ, SONATA, Running, configuration, running
from tests.support.requests import (
    ABSENT,
    PRODUCT_TYPE,
    modified_product,
    valid_item,
    valid_product,
    valid_request,
)

MAPPING = """
mapping: generic
version: 7
for: {product: any}
answer:
  - when: offering.id == 'offering-1'
    serviceabilityConfidence: green
    installationInterval: {amount: 5, units: businessDays}
    deliveryType: onNetWithoutBuild
    guaranteedUntilDate: =now + days(30)
  - otherwise: {red: Not offered here}
"""

OFFERED = [{"id": f"offering-{number}", "specification": PRODUCT_TYPE} for number in (1, 2)]
SETTINGS = configuration(products={"unknown_types": "accept"})


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path, SETTINGS, {"generic": MAPPING}) as started:
        yield started


@pytest.mark.requirement(
    *("87.1-R3", "87.1-R8", "87.1-R15", "87.1-R43", "87.1-R44", "87.1-R52", "79.1-R3", "79.1-R29", "79.1-R33"),
    *("79.1-R38", "79.1-R39", "79.1-R40", "79.1-R94", "79.1-R100"),
)
@pytest.mark.parametrize("base", [SONATA, CANTATA], ids=["sonata", "cantata"])
async def test_an_immediate_answer_is_done_with_one_entry_of_history(gateway: Running, base: str) -> None:
    status, answer = await gateway.post(valid_request(), base=base)

    item = answer["productOfferingQualificationItem"][0]
    assert status == 201
    assert check_qualification(answer) == []
    assert (answer["state"], item["state"]) == ("done", "done")
    assert [entry["state"] for entry in (*answer["stateChange"], *item["stateChange"])] == ["done", "done"]
    assert answer["creationDate"] == answer["stateChange"][0]["changeDate"]
    assert item["serviceabilityConfidence"] == "green"
    assert datetime.fromisoformat(item["guaranteedUntilDate"]) > datetime.now(UTC)


@pytest.mark.requirement("87.1-R52", "87.1-R64", "79.1-R22")
async def test_the_sellers_contact_stands_after_the_buyers(gateway: Running) -> None:
    request = valid_request()

    _, answer = await gateway.post(request)

    *buyers, seller = answer["relatedContactInformation"]
    assert buyers == request["relatedContactInformation"]
    assert seller == {
        "name": "Seller",
        "number": "+1",
        "emailAddress": "poq@seller.example",
        "role": "sellerContactInformation",
    }


@pytest.mark.requirement("87.1-R42", "79.1-R34", "79.1-R37", "79.1-R61", "79.1-R64")
async def test_what_was_sent_comes_back_as_it_was_spelled(gateway: Running) -> None:
    configuration_text = (
        f'{{"z": 1.50, "@type": "{PRODUCT_TYPE}", "big": 123456789012345678901234567890, "exp": 1e2, "neg": -0,'
        ' "one": 1.0, "name": "Kraków 東京 \\u00e9", "deep": [{"b": 0.10, "a": 100}]}'
    )
    request = valid_request(requestedPOQCompletionDate="2099-01-01T00:00:00.1234567+05:30", externalId="ü-1")
    usual = json.dumps(request["productOfferingQualificationItem"][0]["product"]["productConfiguration"])
    raw = json.dumps(request, ensure_ascii=False).replace(usual, configuration_text)
    headers = {"Content-Type": "application/json"}

    async with gateway.session.post(gateway.url + SONATA + POQ, data=raw.encode(), headers=headers) as response:
        body = await response.text()

    assert response.status == 201, body
    compact = configuration_text.replace(": ", ":").replace(", ", ",").replace("\\u00e9", "é")
    assert compact in body
    assert '"requestedPOQCompletionDate":"2099-01-01T00:00:00.1234567+05:30"' in body
    assert '"externalId":"ü-1"' in body
    async with gateway.session.get(f"{gateway.url}{SONATA}{POQ}/{json.loads(body)['id']}") as shown:
        assert await shown.text() == body


@pytest.mark.requirement("P6")
async def test_hrefs_of_the_buyer_are_ignored_and_the_gateways_own_leads_to_the_poq(gateway: Running) -> None:
    product = valid_product(productOffering={"id": "offering-1", "href": "http://169.254.169.254/"})

    _, answer = await gateway.post(
        valid_request(href="http://nowhere/", productOfferingQualificationItem=[valid_item(product=product)])
    )

    assert (
        answer["productOfferingQualificationItem"][0]["product"]["productOffering"]["href"] == "http://169.254.169.254/"
    )
    async with gateway.session.get(answer["href"]) as response:
        assert await response.json() == answer


@pytest.mark.requirement("87.1-R46", "87.1-R61", "79.1-R28", "79.1-R42", "79.1-R69", "79.1-R87")
async def test_items_come_back_one_to_one_in_their_order(gateway: Running) -> None:
    ids = ["z", "a", "ü", "10", "9"]

    _, answer = await gateway.post(valid_request(productOfferingQualificationItem=[valid_item(id=one) for one in ids]))

    assert [item["id"] for item in answer["productOfferingQualificationItem"]] == ids


@pytest.mark.requirement("87.1-R47", "79.1-R15", "87.1-R3", "79.1-R63", "79.1-R65")
async def test_modify_keeps_the_product_and_its_offering(gateway: Running) -> None:
    product = modified_product(productOffering={"id": "offering-2"})

    status, answer = await gateway.post(
        valid_request(productOfferingQualificationItem=[valid_item(action="modify", product=product)])
    )

    shown = answer["productOfferingQualificationItem"][0]
    assert (status, shown["product"], shown["serviceabilityConfidence"]) == (201, product, "red")


@pytest.mark.requirement(
    *("79.1-R36", "79.1-R63", "79.1-R65", "79.1-R66", "79.1-R67", "79.1-R70", "79.1-R71", "79.1-R72", "79.1-R73"),
    *("79.1-D3", "79.1-D5", "87.1-D2b", "87.1-R10", "87.1-R17", "79.1-R97", "79.1-R99"),
)
@pytest.mark.parametrize(("action", "product"), [("add", valid_product()), ("modify", modified_product())])
async def test_a_promise_is_complete_for_add_and_for_modify(
    gateway: Running, action: str, product: dict[str, Any]
) -> None:
    item = valid_item(action=action, product=product)

    status, answer = await gateway.post(valid_request(productOfferingQualificationItem=[item]))

    shown = answer["productOfferingQualificationItem"][0]
    assert (status, answer["state"], shown["state"], shown["action"]) == (201, "done", "done", action)
    assert (shown["serviceabilityConfidence"], shown["deliveryType"]) == ("green", "onNetWithoutBuild")
    assert shown["installationInterval"] == {"amount": 5, "units": "businessDays"}
    assert datetime.fromisoformat(shown["guaranteedUntilDate"]) > datetime.now(UTC)


@pytest.mark.requirement("79.1-R83", "79.1-R85", "79.1-R86", "79.1-R88", "79.1-D7", "87.1-D5", "87.1-R63", "87.1-R65")
async def test_reading_gives_all_that_was_answered_or_an_error_alone(gateway: Running) -> None:
    _, answer = await gateway.post(valid_request())

    status, shown = await gateway.get(answer["id"])
    unknown, error = await gateway.get("unknown")

    item = shown["productOfferingQualificationItem"][0]
    assert (status, unknown) == (200, 404)
    assert (item["id"], item["state"], item["stateChange"][-1]["state"]) == ("item-1", "done", "done")
    assert {"guaranteedUntilDate", "installationInterval", "deliveryType"} <= item.keys()
    assert set(error) <= {"code", "reason", "message", "referenceError"}


@pytest.mark.requirement("87.1-CR1", "87.1-R48", "87.1-R53", "79.1-R13", "79.1-R16")
async def test_2b_shows_the_offering_that_was_found_beside_the_specification(tmp_path: Path) -> None:
    specification = {"id": PRODUCT_TYPE}
    product = valid_product(productOffering=ABSENT, productSpecification=specification)
    request = valid_request(provideAlternative=True, productOfferingQualificationItem=[valid_item(product=product)])
    schema = {"$id": PRODUCT_TYPE, "$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}
    (tmp_path / "products").mkdir()
    (tmp_path / "products" / "line.json").write_text(json.dumps(schema))
    settings = configuration(products={"folders": ["products"]}, offerings=OFFERED)

    async with running(tmp_path, settings, {"generic": MAPPING}) as gateway:
        status, answer = await gateway.post(request)

    item = answer["productOfferingQualificationItem"][0]
    assert (status, item["serviceabilityConfidence"]) == (201, "green")
    assert item["product"] == {**product, "productOffering": {"id": "offering-1"}}


ACCEPTED = {"products": {"unknown_types": "accept"}, "offerings": OFFERED}


@pytest.mark.requirement("P30", "87.1-R37a")
async def test_an_offering_goes_with_its_specification_only_though_no_schema_describes_it(tmp_path: Path) -> None:
    other = valid_product(productConfiguration={"@type": "urn:other"})
    request = valid_request(productOfferingQualificationItem=[valid_item(), valid_item(id="item-2", product=other)])

    async with running(tmp_path, configuration(**ACCEPTED), {"generic": MAPPING}) as gateway:
        status, errors = await gateway.post(request)

    assert status == 422
    assert [(error["code"], error["propertyPath"]) for error in errors] == [
        ("invalidValue", "/productOfferingQualificationItem/1/product/productConfiguration/@type")
    ]


@pytest.mark.requirement("87.1-R42", "87.1-O6")
async def test_an_alternate_with_the_buyers_configuration_has_it_as_it_was_sent(tmp_path: Path) -> None:
    every = MAPPING.replace("offering.id == 'offering-1'", "offering.id != 'none'")
    product = valid_product(productOffering=ABSENT, productSpecification={"id": PRODUCT_TYPE})
    item = valid_item(product={**product, "productConfiguration": {"@type": PRODUCT_TYPE, "big": 0}})
    request = valid_request(provideAlternative=True, productOfferingQualificationItem=[item])
    raw = json.dumps(request).replace('"big": 0', '"big": 12345678901234567890123')

    async with running(tmp_path, configuration(**ACCEPTED), {"generic": every}) as gateway:
        url = gateway.url + SONATA + POQ
        headers = {"Content-Type": "application/json"}
        async with gateway.session.post(url, data=raw, headers=headers) as response:
            answer = await response.text()
        async with gateway.session.get(f"{url}/{json.loads(answer)['id']}") as response:
            assert await response.text() == answer

    assert answer.count('"big":12345678901234567890123') == 2


@pytest.mark.requirement("87.1-R45", "79.1-R32", "79.1-R58")
async def test_ids_are_unique_among_requests_at_the_same_time(gateway: Running) -> None:
    answers = await asyncio.gather(*(gateway.post(valid_request()) for _ in range(20)))

    assert len({answer["id"] for _, answer in answers}) == 20


@pytest.mark.requirement("87.1-R59", "87.1-R60", "79.1-R81", "79.1-R84")
async def test_a_poq_survives_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path, SETTINGS, {"generic": MAPPING}) as before:
        _, answer = await before.post(valid_request())

    async with running(tmp_path, SETTINGS, {"generic": MAPPING}) as after:
        status, shown = await after.get(answer["id"])

    assert status == 200
    assert {**shown, "href": ""} == {**answer, "href": ""}


@pytest.mark.requirement("C14", "G1")
async def test_a_poq_is_seen_by_its_buyer_and_on_its_interface_only(tmp_path: Path) -> None:
    settings = {**SETTINGS, "buyers": [{"id": "a"}, {"id": "b"}]}

    async with running(tmp_path, settings, {"generic": MAPPING}) as gateway:
        url = f"{gateway.url}{SONATA}{POQ}"
        async with gateway.session.post(url, json=valid_request(), params={"buyerId": "a"}) as response:
            poq_id = (await response.json())["id"]
        seen = {}
        for base, buyer in ((SONATA, "a"), (SONATA, "b"), (CANTATA, "a")):
            async with gateway.session.get(f"{gateway.url}{base}{POQ}/{poq_id}", params={"buyerId": buyer}) as response:
                seen[base, buyer] = response.status

    assert seen == {(SONATA, "a"): 200, (SONATA, "b"): 404, (CANTATA, "a"): 404}


@pytest.mark.requirement("G2", "87.1-R24", "79.1-R35", "79.1-R41")
async def test_a_refused_request_leaves_nothing(gateway: Running, tmp_path: Path) -> None:
    status, errors = await gateway.post(valid_request(provideAlternative=ABSENT))

    assert status == 422
    assert [set(error) - {"code", "reason", "message", "propertyPath", "referenceError"} for error in errors] == [set()]


@pytest.mark.requirement("P45", "C21", "79.1-R41", "79.1-R68")
@pytest.mark.parametrize(("action", "product"), [("add", valid_product()), ("modify", modified_product())])
async def test_an_item_that_no_mapping_answers_is_the_sellers_fault_and_the_body_says_nothing_of_it(
    tmp_path: Path, action: str, product: dict[str, Any]
) -> None:
    other = MAPPING.replace("product: any", "product: urn:other")
    request = valid_request(productOfferingQualificationItem=[valid_item(action=action, product=product)])

    async with running(tmp_path, SETTINGS, {"generic": other}) as gateway:
        status, error = await gateway.post(request)

    assert (status, error) == (500, {"code": "internalError", "reason": error["reason"]})
    assert "mapping" not in json.dumps(error)


@pytest.mark.requirement("87.1-R69", "H1", "L8")
@pytest.mark.parametrize(("method", "path"), [("GET", POQ), ("POST", "/hub"), ("GET", "/hub/x"), ("DELETE", "/hub/x")])
async def test_what_the_seller_does_not_offer_says_so(tmp_path: Path, method: str, path: str) -> None:
    settings = {**SETTINGS, "notifications": {"offered": False}, "list": {"offered": False}}
    async with (
        running(tmp_path, settings, {"generic": MAPPING}) as gateway,
        gateway.session.request(method, gateway.url + SONATA + path) as response,
    ):
        error: Any = await response.json()

    assert (response.status, error["code"]) == (501, "notImplemented")


async def test_the_served_description_names_where_the_api_stands(gateway: Running) -> None:
    async with gateway.session.get(f"{gateway.url}/openapi.json") as response:
        document = await response.json()

    assert [server["url"] for server in document["servers"]] == [
        f"{gateway.url}/mefApi/sonata/productOfferingQualification/v8",
        f"{gateway.url}/mefApi/cantata/productOfferingQualification/v2",
        f"{gateway.url}/mefApi/cantata/productOfferingQualification/v8",
    ]
