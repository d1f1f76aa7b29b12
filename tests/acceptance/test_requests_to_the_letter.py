"""Each duty of the Buyer's request, broken once over HTTP: the code and the place that the standard wants to see.

A row is one break of a request that is otherwise fine; rows of `add` and `modify` stand side by side, since the
business requirements number them apart.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from tests.support.gateways import Running, configuration, running
from tests.support.requests import modified_product, valid_item, valid_request

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAPPING = """
mapping: generic
version: 1
for: {product: any}
answer:
  - otherwise: {red: Not here}
"""

ITEM = "/productOfferingQualificationItem/0"
PRODUCT = f"{ITEM}/product"
PLACE = f"{PRODUCT}/place/0"
RELATION = {"id": "product-2", "relationshipType": "CONNECTS_TO"}

Break = Callable[[dict[str, Any]], None]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    settings = configuration(products={"unknown_types": "accept"})
    async with running(tmp_path_factory.mktemp("gateway"), settings, {"generic": MAPPING}) as started:
        yield started


def request(action: str) -> dict[str, Any]:
    """A sound request of two items, each with relations of both kinds."""
    related = [{"id": "item-2", "relationshipType": "CONNECTS_TO"}]
    item = valid_item(action=action, qualificationItemRelationship=related)
    if action == "modify":
        item["product"] = modified_product()
    item["product"]["productRelationship"] = [dict(RELATION)]
    return valid_request(productOfferingQualificationItem=[item, valid_item(id="item-2")])


def without(*path: Any) -> Break:
    def change(document: dict[str, Any]) -> None:
        node: Any = document
        for key in path[:-1]:
            node = node[key]
        del node[path[-1]]

    return change


def with_(value: Any, *path: Any) -> Break:
    def change(document: dict[str, Any]) -> None:
        node: Any = document
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value

    return change


I = ("productOfferingQualificationItem", 0)  # noqa: E741 - the error model's own sign
P = (*I, "product")
L = (*P, "place", 0)

ROWS = [
    (
        "instantSyncQualification left out",
        ["87.1-R25", "79.1-R9", "P1"],
        "both",
        without("instantSyncQualification"),
        "missingProperty",
        "/instantSyncQualification",
    ),
    (
        "provideAlternative left out",
        ["87.1-R25", "79.1-R9", "P1"],
        "both",
        without("provideAlternative"),
        "missingProperty",
        "/provideAlternative",
    ),
    (
        "no contact of the Buyer",
        ["87.1-R25", "79.1-R9", "P7"],
        "both",
        with_("otherRole", "relatedContactInformation", 0, "role"),
        "invalidValue",
        "/relatedContactInformation/0/role",
    ),
    (
        "no items",
        ["87.1-R25", "79.1-R12", "P1"],
        "both",
        without("productOfferingQualificationItem"),
        "missingProperty",
        "/productOfferingQualificationItem",
    ),
    (
        "an empty list of items",
        ["87.1-R25", "79.1-R12", "P2"],
        "both",
        with_([], "productOfferingQualificationItem"),
        "missingProperty",
        "/productOfferingQualificationItem",
    ),
    ("an item without id", ["87.1-R29", "79.1-R17", "P18"], "add", without(*I, "id"), "missingProperty", f"{ITEM}/id"),
    (
        "an item without action",
        ["87.1-R29", "79.1-R17", "P18"],
        "add",
        without(*I, "action"),
        "missingProperty",
        f"{ITEM}/action",
    ),
    (
        "an item without offering",
        ["87.1-R37a", "79.1-R17", "P25"],
        "add",
        without(*P, "productOffering"),
        "missingProperty",
        f"{PRODUCT}/productOffering",
    ),
    (
        "an item without configuration",
        ["87.1-R29", "79.1-R17", "P21"],
        "add",
        without(*P, "productConfiguration"),
        "missingProperty",
        f"{PRODUCT}/productConfiguration",
    ),
    ("a product id on add", ["87.1-R37b", "P27"], "add", with_("x", *P, "id"), "unexpectedProperty", f"{PRODUCT}/id"),
    (
        "modify without item id",
        ["87.1-R29", "79.1-R48", "P18"],
        "modify",
        without(*I, "id"),
        "missingProperty",
        f"{ITEM}/id",
    ),
    (
        "modify without product id",
        ["87.1-R39", "79.1-R48", "P28"],
        "modify",
        without(*P, "id"),
        "missingProperty",
        f"{PRODUCT}/id",
    ),
    (
        "modify without offering",
        ["87.1-R39", "79.1-R48", "P28"],
        "modify",
        without(*P, "productOffering"),
        "missingProperty",
        f"{PRODUCT}/productOffering",
    ),
    (
        "modify without configuration",
        ["87.1-R39", "79.1-R48", "P28"],
        "modify",
        without(*P, "productConfiguration"),
        "missingProperty",
        f"{PRODUCT}/productConfiguration",
    ),
    (
        "an attribute of the product outside its configuration",
        ["87.1-R18", "87.1-R22", "P4"],
        "both",
        with_(1, *P, "bandwidth"),
        "unexpectedProperty",
        f"{PRODUCT}/bandwidth",
    ),
    (
        "no @type",
        ["87.1-R19", "P22"],
        "both",
        without(*P, "productConfiguration", "@type"),
        "missingProperty",
        f"{PRODUCT}/productConfiguration/@type",
    ),
    (
        "a relation to a product without its type",
        ["87.1-R31", "79.1-R25", "P32"],
        "add",
        without(*P, "productRelationship", 0, "relationshipType"),
        "missingProperty",
        f"{PRODUCT}/productRelationship/0/relationshipType",
    ),
    (
        "a relation to a product without its id",
        ["87.1-R31", "79.1-R25", "P32"],
        "add",
        without(*P, "productRelationship", 0, "id"),
        "missingProperty",
        f"{PRODUCT}/productRelationship/0/id",
    ),
    (
        "a relation to a product without its type, modify",
        ["87.1-R31", "79.1-R52", "P32"],
        "modify",
        without(*P, "productRelationship", 0, "relationshipType"),
        "missingProperty",
        f"{PRODUCT}/productRelationship/0/relationshipType",
    ),
    (
        "a product in the list of items",
        ["87.1-R30", "79.1-R23", "P33"],
        "add",
        with_("product-2", *I, "qualificationItemRelationship", 0, "id"),
        "referenceNotFound",
        f"{ITEM}/qualificationItemRelationship/0/id",
    ),
    (
        "a product in the list of items, modify",
        ["87.1-R30", "79.1-R50", "79.1-R51", "P33"],
        "modify",
        with_("product-2", *I, "qualificationItemRelationship", 0, "id"),
        "referenceNotFound",
        f"{ITEM}/qualificationItemRelationship/0/id",
    ),
    (
        "an item that relates to itself",
        ["87.1-R32", "P33"],
        "both",
        with_("item-1", *I, "qualificationItemRelationship", 0, "id"),
        "invalidValue",
        f"{ITEM}/qualificationItemRelationship/0/id",
    ),
    (
        "a relation to an item without its id",
        ["87.1-R33", "79.1-R26", "P32"],
        "add",
        without(*I, "qualificationItemRelationship", 0, "id"),
        "missingProperty",
        f"{ITEM}/qualificationItemRelationship/0/id",
    ),
    (
        "a relation to an item without its type",
        ["87.1-R33", "79.1-R53", "P32"],
        "modify",
        without(*I, "qualificationItemRelationship", 0, "relationshipType"),
        "missingProperty",
        f"{ITEM}/qualificationItemRelationship/0/relationshipType",
    ),
    (
        "a place without its role",
        ["87.1-R35", "79.1-R19", "P37"],
        "both",
        without(*L, "role"),
        "missingProperty",
        f"{PLACE}/role",
    ),
    (
        "a place without contact",
        ["87.1-R35", "79.1-R19", "P37"],
        "both",
        without(*L, "contact"),
        "missingProperty",
        f"{PLACE}/contact",
    ),
    (
        "a place without @type",
        ["87.1-R35", "79.1-R19", "P38"],
        "both",
        without(*L, "place", "@type"),
        "missingProperty",
        f"{PLACE}/place/@type",
    ),
    (
        "a place of no known type",
        ["87.1-R1", "79.1-R1", "P38"],
        "both",
        with_("Planet", *L, "place", "@type"),
        "invalidValue",
        f"{PLACE}/place/@type",
    ),
    (
        "a reference without id",
        ["87.1-R35", "P39"],
        "both",
        without(*L, "place", "id"),
        "missingProperty",
        f"{PLACE}/place/id",
    ),
    (
        "a reference described by value too",
        ["79.1-R21", "P39"],
        "both",
        with_([{"city": "Kraków"}], *L, "place", "fieldedAddressRepresentation"),
        "unexpectedProperty",
        f"{PLACE}/place/fieldedAddressRepresentation",
    ),
    (
        "a place contact without number",
        ["87.1-R36", "79.1-R22", "P41"],
        "both",
        without(*L, "contact", 0, "number"),
        "missingProperty",
        f"{PLACE}/contact/0/number",
    ),
    (
        "a sub unit without its number",
        ["87.1-O1", "P41"],
        "both",
        with_([{"subUnitType": "FLAT"}], *L, "subUnit"),
        "missingProperty",
        f"{PLACE}/subUnit/0/subUnitNumber",
    ),
]


def _cases() -> list[Any]:
    return [
        pytest.param(action, change, code, pointer, id=f"{name} ({action})", marks=pytest.mark.requirement(*marks))
        for name, marks, actions, change, code, pointer in ROWS
        for action in (("add", "modify") if actions == "both" else (actions,))
    ]


@pytest.mark.parametrize(("action", "change", "code", "pointer"), _cases())
async def test_one_break_is_one_entry_at_its_place(
    gateway: Running, action: str, change: Break, code: str, pointer: str
) -> None:
    document = request(action)
    change(document)

    status, errors = await gateway.post(document)

    assert status == 422, errors
    assert (code, pointer) in [(error["code"], error["propertyPath"]) for error in errors]
    assert [error["propertyPath"] for error in errors].count(pointer) == 1


@pytest.mark.requirement("87.1-O1", "79.1-O4", "79.1-R24")
@pytest.mark.parametrize("action", ["add", "modify"])
async def test_the_sound_request_is_accepted_with_sub_units(gateway: Running, action: str) -> None:
    document = request(action)
    units = [{"subUnitNumber": "42", "subUnitType": "SUITE"}]
    document["productOfferingQualificationItem"][0]["product"]["place"][0]["subUnit"] = units

    status, answer = await gateway.post(document)

    assert status == 201, answer
    assert answer["productOfferingQualificationItem"][0]["product"]["place"][0]["subUnit"] == units


@pytest.mark.requirement("87.1-R25", "87.1-R21")
async def test_all_breaks_come_in_one_answer_in_the_order_of_the_document(gateway: Running) -> None:
    document = request("add")
    for path in (("provideAlternative",), (*I, "action"), (*L, "contact")):
        without(*path)(document)
    with_(1, *P, "bandwidth")(document)

    status, errors = await gateway.post(document)

    assert status == 422
    assert [(error["code"], error["propertyPath"]) for error in errors] == [
        ("missingProperty", f"{PLACE}/contact"),
        ("unexpectedProperty", f"{PRODUCT}/bandwidth"),
        ("missingProperty", f"{ITEM}/action"),
        ("missingProperty", "/provideAlternative"),
    ]
