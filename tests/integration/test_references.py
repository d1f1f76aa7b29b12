"""Ids that a request names, held against the Seller's systems, over HTTP: before the answer, and in deferred work."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.deferring import acknowledged, is_final, seen
from tests.support.errors import assert_standard_error
from tests.support.gateways import Running, configuration, running
from tests.support.histories import ITEMS
from tests.support.requests import deferred_request, modified_product, valid_item, valid_product, valid_request

REFERENCES = """
references: inventory
version: 1
for: {kinds: [address, product]}
steps:
  row:
    sql: inventory
    query: SELECT kind, offering, spec, metro FROM known WHERE id = :id AND (buyer = :buyer OR buyer = '*')
    with: {id: =reference.id, buyer: =buyer.id}
    rows: one
    on:
      no rows: unknown
      many rows: fail
answer:
  - when: row.kind == reference.kind and row.kind == 'product'
    found:
      productOffering: =row.offering
      productSpecification: =row.spec
      place: "=[{'role': 'INSTALL_LOCATION'}]"
      productRelationship: []
  - when: row.kind == reference.kind
    found: {metro: =row.metro}
  - otherwise: unknown
"""

MAPPING = """
mapping: line
version: 1
for: {product: any}
let:
  site: =place(item, 'INSTALL_LOCATION').place
answer:
  - when: known(site).metro == 'NYC'
    serviceabilityConfidence: green
    installationInterval: {amount: 5, units: businessDays}
    deliveryType: onNetWithoutBuild
  - otherwise: {red: Not in this town}
"""

PRODUCT_TYPE = "urn:example:spec:line:v1"
ROWS = [
    ("address-1", "address", "*", None, None, "NYC"),
    ("address-2", "address", "*", None, None, "LON"),
    ("product-1", "product", "one", "offering-1", PRODUCT_TYPE, None),
    ("product-2", "product", "two", "offering-1", PRODUCT_TYPE, None),
]
ITEM = f"/{ITEMS}/0/product"


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    path = tmp_path / "inventory.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE known (id TEXT, kind TEXT, buyer TEXT, offering TEXT, spec TEXT, metro TEXT)")
        connection.executemany("INSERT INTO known VALUES (?, ?, ?, ?, ?, ?)", ROWS)
        connection.commit()
    return path


@pytest.fixture
async def gateway(tmp_path: Path, inventory: Path) -> AsyncIterator[Running]:
    settings = configuration(
        products={"unknown_types": "accept"},
        buyers=[{"id": "one"}, {"id": "two"}],
        systems={"inventory": {"sql": {"url": "sqlite:///inventory.db", "timeout": "2 s"}}},
        work={"first_pause": "10 ms", "longest_pause": "20 ms"},
        offerings=[
            {"id": "offering-1", "specification": PRODUCT_TYPE},
            {"id": "offering-2", "specification": PRODUCT_TYPE},
            {"id": "offering-3", "specification": "urn:example:spec:other:v1"},
        ],
    )
    async with running(tmp_path, settings, {"line": MAPPING, "inventory": REFERENCES}) as started:
        yield started


def at(address: str) -> dict[str, Any]:
    place = {"@type": "GeographicAddressRef", "id": address}
    return valid_product(place=[{**valid_product()["place"][0], "place": place}])


def asking_for(product: dict[str, Any], *, action: str = "add", deferred: bool = False) -> dict[str, Any]:
    make = deferred_request if deferred else valid_request
    return make(**{ITEMS: [valid_item(action=action, product=product)]})


async def problems(gateway: Running, request: dict[str, Any]) -> list[tuple[str, str]]:
    status, body = await gateway.post(request, buyer="one")
    assert status == 422, body
    return [(one["code"], one["propertyPath"].removeprefix(ITEM)) for one in body]


async def test_what_an_id_stands_for_answers_the_item(gateway: Running) -> None:
    answers = [await gateway.post(asking_for(at(address)), buyer="one") for address in ("address-1", "address-2")]
    assert [body[ITEMS][0]["serviceabilityConfidence"] for _, body in answers] == ["green", "red"]


@pytest.mark.requirement("P40", "79.1-R24", "87.1-R51")
@pytest.mark.parametrize("deferred", [False, True], ids=["immediate", "deferred"])
async def test_an_unknown_address_is_refused_before_anything_is_kept(gateway: Running, deferred: bool) -> None:
    assert await problems(gateway, asking_for(at("nowhere"), deferred=deferred)) == [
        ("referenceNotFound", "/place/0/place/id")
    ]


@pytest.mark.requirement("P31", "C14", "79.1-R62")
@pytest.mark.parametrize("deferred", [False, True], ids=["immediate", "deferred"])
@pytest.mark.parametrize("product", ["product-2", "product-9"], ids=["another Buyer's", "nobody's"])
async def test_another_buyers_product_is_as_unknown_as_nobodys(gateway: Running, product: str, deferred: bool) -> None:
    request = asking_for(modified_product(id=product), action="modify", deferred=deferred)
    status, body = await gateway.post(request, buyer="one")

    reason = "is no product of this Buyer"
    assert (status, body) == (422, [{"code": "referenceNotFound", "propertyPath": f"{ITEM}/id", "reason": reason}])


@pytest.mark.requirement("P42", "87.1-R40", "87.1-R41", "87.1-O2", "79.1-R49", "79.1-O10")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, None, id="as it is"),
        pytest.param({"productOffering": {"id": "offering-2"}}, None, id="another offering of the specification"),
        pytest.param(
            {"productOffering": {"id": "offering-3"}},
            [("invalidValue", "/productOffering/id"), ("invalidValue", "/productConfiguration/@type")],
            id="an offering of another specification",
        ),
        pytest.param({"place": []}, [("missingProperty", "/place")], id="places left out"),
    ],
)
async def test_a_product_to_modify_is_held_against_the_inventory(
    gateway: Running, changes: dict[str, Any], expected: list[tuple[str, str]] | None
) -> None:
    request = asking_for(modified_product(**changes), action="modify")
    if expected is None:
        status, body = await gateway.post(request, buyer="one")
        assert status == 201, body
    else:
        assert await problems(gateway, request) == expected


@pytest.mark.requirement("87.1-R21")
async def test_unknown_ids_are_told_together_with_everything_else(gateway: Running) -> None:
    request = asking_for(at("nowhere"))
    del request["provideAlternative"]
    _, body = await gateway.post(request, buyer="one")
    assert [(one["code"], one["propertyPath"]) for one in body] == [
        ("referenceNotFound", f"{ITEM}/place/0/place/id"),
        ("missingProperty", "/provideAlternative"),
    ]


@pytest.mark.requirement("P45")
async def test_an_immediate_answer_needs_every_id_answered(gateway: Running, inventory: Path) -> None:
    inventory.unlink()  # noqa: ASYNC240 - a test's own file
    async with gateway.session.post(
        f"{gateway.url}/mefApi/sonata/productOfferingQualification/v8/productOfferingQualification",
        json=asking_for(at("address-1")),
        params={"buyerId": "one"},
    ) as response:
        await assert_standard_error(response, 500, "internalError")


@pytest.mark.requirement("P46")
async def test_a_deferred_answer_waits_for_the_ids_to_be_answered(gateway: Running, inventory: Path) -> None:
    away = inventory.rename(inventory.with_suffix(".away"))  # noqa: ASYNC240 - a test's own file
    known = await acknowledged(gateway, asking_for(at("address-1"), deferred=True), buyer="one")
    unknown = await acknowledged(gateway, asking_for(at("nowhere"), deferred=True), buyer="one")
    await seen(gateway, known, lambda shown: shown["state"] == "inProgress", buyer="one")
    away.rename(inventory)

    answered = await seen(gateway, known, is_final, buyer="one")
    refused = await seen(gateway, unknown, is_final, buyer="one")
    assert answered[ITEMS][0]["serviceabilityConfidence"] == "green"
    assert refused["state"] == "rejected"
    assert refused["stateChange"][-1]["changeReason"] == "product.place.0.place.id is no known address"
