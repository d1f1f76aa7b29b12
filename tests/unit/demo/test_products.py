"""The demo Seller's product specifications: they take the standard's examples and refuse what does not fit."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.files import demo_files
from gateway.products.specifications import ProductSpecifications
from tests.unit.demo.answering import REQUESTS, read_request

AEL = "urn:mef:lso:spec:sonata:access-eline-ovc:v5.0.0:all"
UNI = "urn:mef:lso:spec:sonata:carrier-ethernet-operator-uni:v5.0.0:all"
INTERNET = "urn:example:demo-seller:internet-access:v1"
FLOW = "uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow"


@pytest.fixture(scope="module")
def products() -> ProductSpecifications:
    folder = demo_files().parent / "products"
    return ProductSpecifications.load([folder], specifications={}, unknown_types="refuse")


def problems(products: ProductSpecifications, document: Mapping[str, Any]) -> list[str]:
    return [f"{problem.code} {problem.pointer}" for problem in products.check_request(document).problems]


def changed(name: str, number: int, where: str, value: Any) -> tuple[dict[str, Any], str]:
    """A demo request with one attribute of an item's configuration set, or dropped where the value is `...`."""
    document = copy.deepcopy(read_request(name))
    node: Any = document["productOfferingQualificationItem"][number]["product"]["productConfiguration"]
    *parents, last = where.split("/")
    for key in parents:
        node = node[int(key)] if isinstance(node, list) else node[key]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return document, f"/productOfferingQualificationItem/{number}/product/productConfiguration/{where}"


def test_the_types_are_the_ones_that_requests_name(products: ProductSpecifications) -> None:
    assert [products.resolve(name) for name in (AEL, UNI, INTERNET)] == [AEL, UNI, INTERNET]


@pytest.mark.parametrize("name", sorted(file.name for file in REQUESTS.glob("*.json")))
@pytest.mark.requirement("87.1-R20")
def test_the_demo_request_fits(products: ProductSpecifications, name: str) -> None:
    assert problems(products, read_request(name)) == []


@pytest.mark.shared
@pytest.mark.requirement("87.1-R20")
@pytest.mark.parametrize(
    "name",
    [
        "mplify87.1-uc2-add-ael-new-uni.v8.fixed.json",
        "mplify87.1-uc2c-modify-item.v8.fixed.json",
        "mef106-uc2-add-ael-new-uni.v8.fixed.json",
        "mef106-uc3-add-ael-existing-uni.v8.fixed.json",
    ],
)
def test_the_standards_example_fits(products: ProductSpecifications, shared: Path, name: str) -> None:
    document = json.loads((shared / "lso" / "examples" / name).read_text(encoding="utf-8"))
    assert problems(products, document) == []


@pytest.mark.requirement("87.1-R20", "P24")
@pytest.mark.parametrize(
    ("name", "number", "where", "value", "code"),
    [
        pytest.param("access-eline.json", 0, "uniEp", ..., "missingProperty", id="ovc-without-uni-end"),
        pytest.param("access-eline.json", 0, f"{FLOW}/eir", ..., "missingProperty", id="ovc-without-rate"),
        pytest.param("access-eline.json", 0, "ceVlanIdPreservation", "KEEP", "invalidValue", id="ovc-enum"),
        pytest.param("access-eline.json", 0, "maximumFrameSize", 1525, "invalidValue", id="ovc-frame-too-small"),
        pytest.param("access-eline.json", 0, "maximumFrameSize", "1526", "invalidFormat", id="ovc-frame-as-text"),
        pytest.param("access-eline.json", 0, f"{FLOW}/eir/irValue", -1, "invalidValue", id="ovc-negative-rate"),
        pytest.param("access-eline.json", 0, f"{FLOW}/eir/irUnits", "GBIT", "invalidValue", id="ovc-unit"),
        pytest.param("access-eline.json", 0, "colour", "blue", "unexpectedProperty", id="ovc-unknown-attribute"),
        pytest.param("access-eline.json", 1, "listOfPhysicalLinks", ..., "missingProperty", id="uni-without-links"),
        pytest.param(
            "access-eline.json", 1, "listOfPhysicalLinks/0/physicalLink", "10G", "invalidValue", id="uni-enum"
        ),
        pytest.param("access-eline.json", 1, "defaultCeVlanId", 4095, "invalidValue", id="uni-vlan-too-high"),
        pytest.param("access-eline.json", 1, "linkAggregation", True, "invalidValue", id="uni-aggregation-as-flag"),
        pytest.param("internet-access.json", 0, "downstream/irValue", 0, "invalidValue", id="internet-without-rate"),
        pytest.param("internet-access.json", 0, "technology", "STRING", "invalidValue", id="internet-enum"),
        pytest.param("internet-access.json", 0, "managedRouter", "yes", "invalidFormat", id="internet-flag-as-text"),
        pytest.param("internet-access.json", 0, "ipv4Addresses", 17, "invalidValue", id="internet-too-many-addresses"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(
    products: ProductSpecifications, name: str, number: int, where: str, value: Any, code: str
) -> None:
    document, pointer = changed(name, number, where, value)
    assert problems(products, document) == [f"{code} {pointer}"]
