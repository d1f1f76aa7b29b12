"""Our OpenAPI document against the four normative files: equal but for a short list of differences we mean."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import yaml

from gateway.lso.identifiers import Interface
from gateway.lso.openapi import openapi_document
from gateway.lso.operations import Side, base_path
from tests.unit.lso.openapi_comparison import ABSENT, Difference, differences

FILES = {
    (Interface.SONATA, Side.SELLER): "mef-lso-sonata-product-offering-qualification-management-openapi.yml",
    (Interface.SONATA, Side.BUYER): "mef-lso-sonata-product-offering-qualification-notification-openapi.yml",
    (Interface.CANTATA, Side.SELLER): "mef-lso-cantata-product-offering-qualification-management-openapi.yml",
    (Interface.CANTATA, Side.BUYER): "mef-lso-cantata-product-offering-qualification-notification-openapi.yml",
}

SERVERS = tuple(base_path(Side.SELLER, interface) for interface in Interface)


Standard = Mapping[tuple[Interface, Side], dict[str, Any]]


class Allowed(NamedTuple):
    where: str
    wanted: Any
    given: Any
    reason: str

    def covers(self, difference: Difference) -> bool:
        return fnmatchcase(difference.where, self.where) and (self.wanted, self.given) == difference[1:]


DEFAULT_RESPONSE = {
    "required": False,
    "content": {"application/json;charset=utf-8": {"ref": "Error"}},
    "headers": {},
}

ALLOWED = (
    Allowed("schemas/*/additionalProperties", True, False, "87.1-R22 forbids the undefined; the definition is silent"),
    Allowed(
        "schemas/ProductOfferingQualification_Create/properties/href",
        ABSENT,
        {"type": "string"},
        "an href in a request is to be ignored, not refused (error model P6)",
    ),
    Allowed(
        "schemas/MEFProductConfiguration/discriminator",
        {"propertyName": "@type"},
        ABSENT,
        "without a mapping, tools look for a component named like the URN and fail",
    ),
    Allowed("paths/*/responses/default", ABSENT, DEFAULT_RESPONSE, "the guide lets other statuses bear an Error"),
)


@pytest.fixture
def ours() -> dict[str, Any]:
    return openapi_document(version="8.0.0", servers=SERVERS)


@pytest.fixture(scope="module")
def standard(shared: Path) -> Standard:
    folder = shared / "lso" / "openapi"
    return {key: yaml.safe_load((folder / name).read_text(encoding="utf-8")) for key, name in FILES.items()}


EACH_FILE = pytest.mark.parametrize(("interface", "side"), FILES, ids=[f"{i}-{s}" for i, s in FILES])


@pytest.mark.shared
@pytest.mark.requirement("87.1-R7", "87.1-R21")
@EACH_FILE
def test_our_document_asks_for_what_the_standard_asks_for(
    standard: Standard, ours: dict[str, Any], interface: Interface, side: Side
) -> None:
    found = differences(standard[interface, side], ours)

    assert [difference for difference in found if not any(row.covers(difference) for row in ALLOWED)] == []


@pytest.mark.shared
@pytest.mark.parametrize("row", ALLOWED, ids=lambda row: row.where)
def test_every_allowed_difference_occurs(standard: Standard, ours: dict[str, Any], row: Allowed) -> None:
    found = [difference for key in FILES for difference in differences(standard[key], ours)]

    assert any(row.covers(difference) for difference in found), f"no longer needed: {row.reason}"


@pytest.mark.shared
def test_our_document_has_no_path_and_no_schema_of_its_own(standard: Standard, ours: dict[str, Any]) -> None:
    sides = [standard[Interface.SONATA, side] for side in Side]

    assert set(ours["paths"]) == {path for document in sides for path in document["paths"]}
    assert set(ours["components"]["schemas"]) == {
        name for document in sides for name in document["components"]["schemas"]
    }


@pytest.mark.shared
@EACH_FILE
def test_the_base_path_is_that_of_the_standard(standard: Standard, interface: Interface, side: Side) -> None:
    (server,) = standard[interface, side]["servers"]

    assert urlsplit(server["url"]).path == base_path(side, interface) + "/"


@pytest.mark.shared
def test_the_files_of_one_side_differ_in_nothing_we_compare(standard: Standard) -> None:
    for side in Side:
        sonata, cantata = (standard[interface, side] for interface in Interface)
        assert differences(sonata, cantata) == []


def _schemas(document: dict[str, Any]) -> Any:
    return document["components"]["schemas"]


def _list(document: dict[str, Any]) -> Any:
    return document["paths"]["/productOfferingQualification"]["get"]


SPOILED: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "schema gone": (lambda d: _schemas(d).pop("SubUnit"), "schemas/SubUnit"),
    "property gone": (
        lambda d: _schemas(d)["Duration"]["properties"].pop("units"),
        "schemas/Duration/properties/units",
    ),
    "property added": (
        lambda d: _schemas(d)["SubUnit"]["properties"].update(x={"type": "string"}),
        "schemas/SubUnit/properties/x",
    ),
    "no longer required": (lambda d: _schemas(d)["SubUnit"]["required"].pop(), "schemas/SubUnit/required"),
    "other type": (
        lambda d: _schemas(d)["Duration"]["properties"]["amount"].update(type="number"),
        "schemas/Duration/properties/amount/type",
    ),
    "other minimum": (
        lambda d: _schemas(d)["Duration"]["properties"]["amount"].update(minimum=1),
        "schemas/Duration/properties/amount/minimum",
    ),
    "other length": (
        lambda d: _schemas(d)["Error"]["properties"]["reason"].pop("maxLength"),
        "schemas/Error/properties/reason/maxLength",
    ),
    "no format": (
        lambda d: _schemas(d)["MEFPOQStateChange"]["properties"]["changeDate"].pop("format"),
        "schemas/MEFPOQStateChange/properties/changeDate/format",
    ),
    "enum value gone": (lambda d: _schemas(d)["TimeUnit"]["enum"].pop(), "schemas/TimeUnit/enum"),
    "list may be empty": (
        lambda d: _schemas(d)["ProductOfferingQualification_Create"]["properties"]["relatedContactInformation"].pop(
            "minItems"
        ),
        "schemas/ProductOfferingQualification_Create/properties/relatedContactInformation/minItems",
    ),
    "other reference": (
        lambda d: _schemas(d)["ContactInformation"]["properties"].update(
            postalAddress={"$ref": "#/components/schemas/SubUnit"}
        ),
        "schemas/ContactInformation/properties/postalAddress/ref",
    ),
    "other mapping": (
        lambda d: _schemas(d)["PlaceRefOrQuery"]["discriminator"]["mapping"].pop("GeographicSiteRef"),
        "schemas/PlaceRefOrQuery/discriminator/mapping/GeographicSiteRef",
    ),
    "opened": (
        lambda d: _schemas(d)["SubUnit"].update(additionalProperties=True),
        "schemas/SubUnit/additionalProperties",
    ),
    "path gone": (lambda d: d["paths"].pop("/hub"), "paths/hub"),
    "method gone": (lambda d: d["paths"]["/hub/{id}"].pop("delete"), "paths/hub/{id}/delete"),
    "response gone": (
        lambda d: _list(d)["responses"].pop("501"),
        "paths/productOfferingQualification/get/responses/501",
    ),
    "header gone": (
        lambda d: _list(d)["responses"]["200"]["headers"].pop("X-Total-Count"),
        "paths/productOfferingQualification/get/responses/200/headers/X-Total-Count",
    ),
    "parameter gone": (
        lambda d: _list(d)["parameters"].pop(),
        "paths/productOfferingQualification/get/parameters/query limit",
    ),
    "parameter required": (
        lambda d: _list(d)["parameters"][0].update(required=True),
        "paths/productOfferingQualification/get/parameters/query state/required",
    ),
    "body optional": (
        lambda d: d["paths"]["/hub"]["post"]["requestBody"].update(required=False),
        "paths/hub/post/requestBody/required",
    ),
    "operation renamed": (
        lambda d: d["paths"]["/hub"]["post"].update(operationId="x"),
        "paths/hub/post/operationId",
    ),
}


@pytest.mark.parametrize(("spoil", "where"), SPOILED.values(), ids=SPOILED)
def test_the_comparison_reports_a_spoiled_document(
    ours: dict[str, Any], spoil: Callable[[dict[str, Any]], Any], where: str
) -> None:
    spoiled = copy.deepcopy(ours)
    spoil(spoiled)

    assert [difference.where for difference in differences(ours, spoiled)] == [where]
