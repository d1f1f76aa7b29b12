"""Rules about places, and the rule that mandatory texts are not blank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from gateway.lso.agreement import Agreement
from gateway.lso.documents import check_create_request
from tests.support.requests import (
    ABSENT,
    CONTACT,
    modified_product,
    valid_contact,
    valid_item,
    valid_place,
    valid_product,
    valid_request,
)
from tests.unit.lso.rule_checks import ITEM, found, problems

PLACE = f"{ITEM}/product/place/0"


def at(*entries: dict[str, Any]) -> dict[str, Any]:
    return valid_request(productOfferingQualificationItem=[valid_item(product=valid_product(place=list(entries)))])


def described(**representations: Any) -> dict[str, Any]:
    return valid_place(place={"@type": "GeographicAddress_Query", **representations})


POINT = {"spatialRef": "EPSG:4326", "latitude": "1", "longitude": "2"}


@pytest.mark.requirement("87.1-R35", "79.1-R19", "P37")
@pytest.mark.parametrize("contact", [pytest.param(ABSENT, id="absent"), pytest.param([], id="empty")])
def test_r35_a_place_needs_a_contact_unless_agreed_otherwise(contact: Any) -> None:
    body = at(valid_place(contact=contact))
    assert found(body) == [f"missingProperty {PLACE}/contact"]
    assert found(body, Agreement(place_contact_required=False)) == []


@pytest.mark.requirement("87.1-R1", "79.1-R1", "P38")
def test_r1_a_type_of_place_that_was_not_agreed_is_refused_and_nothing_else_of_it() -> None:
    agreement = Agreement(place_types=("GeographicAddressRef",), representations=(), spatial_refs=())
    body = at(described(geographicPointRepresentation=[POINT]))
    assert found(body, agreement) == [f"invalidValue {PLACE}/place/@type"]
    assert found(at(valid_place()), agreement) == []


@pytest.mark.requirement("P38")
def test_an_unknown_type_of_place_is_left_to_structure() -> None:
    assert found(at(valid_place(place={"@type": "Castle"}))) == []


@pytest.mark.requirement("P39")
@pytest.mark.parametrize(
    ("representations", "says_nothing"),
    [
        pytest.param({"fieldedAddressRepresentation": [{}]}, True, id="no fields"),
        pytest.param({"fieldedAddressRepresentation": [{}, {"city": " "}]}, True, id="blank"),
        pytest.param({"fieldedAddressRepresentation": [{"city": "\u200b", "subUnit": []}]}, True, id="invisible"),
        pytest.param({"fieldedAddressRepresentation": [{"language": "nl"}]}, True, id="language only"),
        pytest.param({"fieldedAddressRepresentation": [{}, {"city": "X"}]}, False, id="one of two"),
        pytest.param({"fieldedAddressRepresentation": [{"city": 5}]}, False, id="no text is a matter of structure"),
        pytest.param({"fieldedAddressRepresentation": [{}], "labelRepresentation": [{}]}, False, id="and a label"),
        pytest.param({"fieldedAddressRepresentation": []}, False, id="no list is a matter of structure"),
    ],
)
def test_a_described_address_that_says_nothing_is_missing(representations: Any, says_nothing: bool) -> None:
    expected = [f"missingProperty {PLACE}/place"] if says_nothing else []
    assert found(at(described(**representations))) == expected


@pytest.mark.requirement("P38")
@pytest.mark.parametrize("kind", [pytest.param("Castle", id="unknown"), pytest.param(ABSENT, id="absent")])
def test_texts_of_a_place_without_an_agreed_type_are_not_looked_at(kind: Any) -> None:
    assert found(at(valid_place(place={"id": "", **({} if kind is ABSENT else {"@type": kind})}))) == []


@pytest.mark.requirement("87.1-R1", "79.1-R1", "P40")
def test_r1_a_representation_that_was_not_agreed_is_refused_at_its_list() -> None:
    agreement = Agreement(representations=("formattedAddressRepresentation",), spatial_refs=())
    body = at(
        described(geographicPointRepresentation=[POINT], formattedAddressRepresentation=[{"formattedAddress": "Here"}])
    )
    assert found(body, agreement) == [f"invalidValue {PLACE}/place/geographicPointRepresentation"]


@pytest.mark.requirement("87.1-R1", "79.1-R1", "P40")
def test_r1_a_spatial_reference_that_was_not_agreed_is_refused_and_the_agreed_ones_are_named() -> None:
    body = at(described(geographicPointRepresentation=[POINT, {**POINT, "spatialRef": "EPSG:3857"}]))
    (problem,) = problems(body, Agreement(spatial_refs=("EPSG:4326",)))
    assert problem.pointer == f"{PLACE}/place/geographicPointRepresentation/1/spatialRef"
    assert problem.code == "invalidValue"
    assert "EPSG:4326" in problem.message
    assert found(body) == []


def full_request() -> dict[str, Any]:
    """Every text of the request that the standard makes mandatory, in two items (add and modify)."""
    units = [{"subUnitNumber": "4", "subUnitType": "SUITE"}]
    place = described(
        fieldedAddressRepresentation=[{"city": "X", "subUnit": units}],
        formattedAddressRepresentation=[{"formattedAddress": "Here"}],
        geographicPointRepresentation=[POINT],
        labelRepresentation=[{"label": "L", "administrativeAuthority": "A"}],
    )
    relation = [{"relationshipType": "CONNECTS_TO", "id": "product-2"}]
    product = modified_product(
        productSpecification={"id": "specification-1"},
        productRelationship=relation,
        place=[{**place, "subUnit": units}, valid_place()],
    )
    modify = valid_item(action="modify", product=product)
    add = valid_item(id="item-2", qualificationItemRelationship=[{"relationshipType": "CONNECTS_TO", "id": "item-1"}])
    return valid_request(productOfferingQualificationItem=[modify, add])


ITEMS = "productOfferingQualificationItem"
PRODUCT_PATH = (ITEMS, 0, "product")
PLACE_PATH = (*PRODUCT_PATH, "place", 0)


@pytest.mark.requirement("P9")
@pytest.mark.parametrize("blank", ["", " \t", "\u200b"], ids=["empty", "spaces", "invisible"])
@pytest.mark.parametrize(
    "path",
    [
        *(("relatedContactInformation", 0, name) for name in valid_contact()),
        (ITEMS, 0, "id"),
        (*PRODUCT_PATH, "id"),
        (*PRODUCT_PATH, "productOffering", "id"),
        (*PRODUCT_PATH, "productSpecification", "id"),
        (*PRODUCT_PATH, "productConfiguration", "@type"),
        (*PRODUCT_PATH, "productRelationship", 0, "id"),
        (*PRODUCT_PATH, "productRelationship", 0, "relationshipType"),
        (ITEMS, 1, "qualificationItemRelationship", 0, "id"),
        (ITEMS, 1, "qualificationItemRelationship", 0, "relationshipType"),
        (*PLACE_PATH, "role"),
        *((*PLACE_PATH, "contact", 0, name) for name in CONTACT),
        (*PLACE_PATH, "subUnit", 0, "subUnitNumber"),
        (*PLACE_PATH, "place", "fieldedAddressRepresentation", 0, "subUnit", 0, "subUnitType"),
        (*PLACE_PATH, "place", "formattedAddressRepresentation", 0, "formattedAddress"),
        (*PLACE_PATH, "place", "geographicPointRepresentation", 0, "latitude"),
        (*PLACE_PATH, "place", "labelRepresentation", 0, "label"),
        (*PRODUCT_PATH, "place", 1, "place", "id"),
    ],
    ids=lambda path: "/".join(map(str, path)),
)
def test_a_mandatory_text_must_not_be_blank_and_is_reported_once(path: Sequence[Any], blank: str) -> None:
    body = full_request()
    node: Any = body
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = blank
    assert check_create_request(body) == []
    assert found(body) == ["invalidValue /" + "/".join(map(str, path))]


def test_the_full_request_has_nothing_wrong() -> None:
    assert check_create_request(full_request()) == []
    assert found(full_request()) == []
