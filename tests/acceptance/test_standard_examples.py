"""The examples that the standards body publishes, against a gateway with the standard's own product schemas.

Dates are moved to the future and `instantSyncQualification` is set to true, since these are the examples' age and not
their content. What is wrong with each example is written down here by hand.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import pytest_asyncio
import yaml

from tests.support.gateways import CANTATA, SONATA, Running, configuration, running

pytestmark = [pytest.mark.shared, pytest.mark.asyncio(loop_scope="module")]

GENERIC = """
mapping: generic
version: 1
for: {product: any}
answer:
  - otherwise: {red: Nothing is delivered here}
"""

ITEM = "/productOfferingQualificationItem"
CONFIGURATION = "product/productConfiguration"

VALID = [
    "mef106-uc2-add-ael-new-uni.v8.fixed",
    "mef106-uc3-add-ael-existing-uni.v8.fixed",
    "mef125-uc2a-epl.v8.fixed",
    "mef125-uc2f-evptree.v8.fixed",
    "mef125-uc3b-evpl-existing-uni.v8.fixed",
    "mef125-uc6-epl-modify-bandwidth.v8.fixed",
    "mef125-uc7-evplan-add-uni.v8.fixed",
    "mef139-uc3-advanced-ia.v8.fixed",
    "mef139-uc7-advanced-ia-modify.v8.fixed",
    "mplify87.1-uc2-add-ael-new-uni.v8.fixed",
    "mplify87.1-uc2c-modify-item.v8.fixed",
    # attributes that no schema excludes are accepted (error model, P24)
    "mef125-uc6-epl-modify-bandwidth.v8",
    "mef139-uc7-advanced-ia-modify.v8",
]

TYPE = f"{CONFIGURATION}/@type"
L2CP = "ingressClassOfServiceMap/l2cp_P"

BROKEN: dict[str, list[tuple[str, str]]] = {
    "mef106-uc2-add-ael-new-uni.v8": [
        ("invalidFormat", f"{ITEM}/0/{CONFIGURATION}/enniEp/{L2CP}"),
        ("invalidFormat", f"{ITEM}/0/{CONFIGURATION}/uniEp/{L2CP}"),
    ],
    "mef106-uc3-add-ael-existing-uni.v8": [
        ("invalidFormat", f"{ITEM}/0/{CONFIGURATION}/enniEp/{L2CP}"),
        ("missingProperty", f"{ITEM}/0/{CONFIGURATION}/enniEp/ingressBandwidthProfilePerClassOfServiceName"),
        ("invalidFormat", f"{ITEM}/0/{CONFIGURATION}/uniEp/{L2CP}"),
    ],
    "mef125-uc2a-epl.v8": [("invalidValue", f"{ITEM}/{item}/{TYPE}") for item in (1, 2)],
    "mef125-uc2f-evptree.v8": [("invalidValue", f"{ITEM}/{item}/{TYPE}") for item in (1, 2, 3, 4)],
    "mef125-uc3b-evpl-existing-uni.v8": [("invalidValue", f"{ITEM}/1/{TYPE}")],
    "mef125-uc7-evplan-add-uni.v8": [("invalidValue", f"{ITEM}/0/{TYPE}")],
    "mef125-uc8-eptree-delete.v8": [
        ("invalidValue", f"{ITEM}/0/action"),
        ("missingProperty", f"{ITEM}/0/{CONFIGURATION}"),
        ("invalidValue", f"{ITEM}/1/action"),
        ("missingProperty", f"{ITEM}/1/{CONFIGURATION}"),
    ],
    "mef139-uc3-advanced-ia.v8": [
        ("invalidValue", f"{ITEM}/0/{TYPE}"),
        ("invalidFormat", f"{ITEM}/2/{CONFIGURATION}/ipv6ConnectionAddressing/0/ipv6Subnet"),
        ("missingProperty", f"{ITEM}/3/product/place/0/contact"),
    ],
    "mplify139.1-uc8-dedicated-modify.v8-native": [("invalidValue", f"{ITEM}/0/{TYPE}")],
    "mplify87.1-uc2-add-ael-new-uni.v8-native": [
        ("invalidFormat", f"{ITEM}/0/{CONFIGURATION}/enniEp/{L2CP}"),
        ("invalidFormat", f"{ITEM}/0/{CONFIGURATION}/uniEp/{L2CP}"),
    ],
    "mplify87.1-uc2c-modify-item.v8": [
        ("invalidFormat", f"{ITEM}/0/{CONFIGURATION}/enniEp/{L2CP}"),
        ("invalidFormat", f"{ITEM}/0/{CONFIGURATION}/uniEp/{L2CP}"),
    ],
}


def _moved(document: dict[str, Any]) -> dict[str, Any]:
    moved = {**document, "instantSyncQualification": True}
    if "requestedPOQCompletionDate" in moved:
        moved["requestedPOQCompletionDate"] = "2099-11-12T09:36:05.668Z"
    return moved


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> AsyncIterator[Running]:
    schemas = [str(shared / "lso" / "productSchema" / tree) for tree in ("sonata", "cantata")]
    settings = configuration(products={"folders": schemas})
    async with running(tmp_path_factory.mktemp("gateway"), settings, {"generic": GENERIC}) as started:
        yield started


@pytest.fixture(scope="session")
def response_schema(shared: Path) -> jsonschema.Draft202012Validator:
    """ProductOfferingQualification of the normative file, undeclared members refused by hand below."""
    file = shared / "lso" / "openapi" / "mef-lso-sonata-product-offering-qualification-management-openapi.yml"
    definition = yaml.safe_load(file.read_text(encoding="utf-8"))
    schema = {"$ref": "#/components/schemas/ProductOfferingQualification", "components": definition["components"]}
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def example(shared: Path, name: str) -> dict[str, Any]:
    text = (shared / "lso" / "examples" / f"{name}.json").read_text(encoding="utf-8")
    return _moved(json.loads(text))


@pytest.mark.requirement("87.1-R7", "87.1-R21", "87.1-R42", "87.1-R46", "87.1-R60", "87.1-R62", "79.1-R34", "79.1-R84")
@pytest.mark.parametrize("base", [SONATA, CANTATA], ids=["sonata", "cantata"])
@pytest.mark.parametrize("name", VALID)
async def test_a_valid_example_is_answered_and_the_answer_fits_the_normative_definition(
    gateway: Running, shared: Path, response_schema: jsonschema.Draft202012Validator, name: str, base: str
) -> None:
    request = example(shared, name)

    status, answer = await gateway.post(request, base=base)

    assert status == 201, answer
    assert [error.message for error in response_schema.iter_errors(answer)] == []
    for member, value in request.items():
        if member not in ("productOfferingQualificationItem", "relatedContactInformation"):
            assert answer[member] == value
    sent_items, shown_items = request["productOfferingQualificationItem"], answer["productOfferingQualificationItem"]
    for sent, shown in zip(sent_items, shown_items, strict=True):
        assert {name: shown[name] for name in sent} == sent
    assert await gateway.get(answer["id"], base=base) == (200, answer)


@pytest.mark.requirement("87.1-R20", "87.1-R21", "P22", "P23", "P24")
@pytest.mark.parametrize("name", BROKEN)
async def test_an_invalid_example_is_refused_and_each_broken_place_is_named(
    gateway: Running, shared: Path, name: str
) -> None:
    status, errors = await gateway.post(example(shared, name))

    assert status == 422, errors
    assert [(error["code"], error["propertyPath"]) for error in errors] == BROKEN[name]


async def test_every_example_request_is_expected_here(shared: Path) -> None:
    requests = {path.name.removesuffix(".json") for path in (shared / "lso" / "examples").glob("*.v8*.json")}
    others = {name for name in requests if "hub" in name or "response" in name or name.endswith("item.v8-native")}

    assert requests - others == {*VALID, *BROKEN}
