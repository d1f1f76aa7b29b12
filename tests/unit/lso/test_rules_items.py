"""Rules about items, and about the offerings and specifications that they name."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.lso.agreement import Agreement
from gateway.lso.rules import Catalogue, Offering
from gateway.lso.rules.context import Context
from gateway.lso.rules.items import relations_lead_to_other_items
from tests.support.requests import ABSENT, PRODUCT_TYPE, modified_product, valid_item, valid_product, valid_request
from tests.unit.lso.counting import CountingText
from tests.unit.lso.rule_checks import ITEM, NOW, found

PRODUCT = f"{ITEM}/product"
SPECIFICATION = {"id": "specification-1"}


def of(*items: dict[str, Any]) -> dict[str, Any]:
    return valid_request(provideAlternative=True, productOfferingQualificationItem=list(items))


def related(*ids: Any) -> list[dict[str, Any]]:
    return [{"relationshipType": "CONNECTS_TO_UNI", "id": item_id} for item_id in ids]


@pytest.mark.requirement("87.1-R29", "P19")
def test_r29_each_later_item_with_a_used_id_is_reported() -> None:
    body = of(*(valid_item(id=item_id) for item_id in ("a", "b", "a", "a")))
    prefix = "invalidValue /productOfferingQualificationItem"
    assert found(body) == [f"{prefix}/2/id", f"{prefix}/3/id"]


@pytest.mark.requirement("87.1-R29", "P21")
@pytest.mark.parametrize("action", ["add", "modify", "delete", 5])
def test_r29_the_configuration_is_demanded_whatever_the_action(action: Any) -> None:
    product = valid_product(productConfiguration=ABSENT, **({"id": "product-1"} if action == "modify" else {}))
    assert found(of(valid_item(action=action, product=product))) == [f"missingProperty {PRODUCT}/productConfiguration"]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        pytest.param(
            valid_item(product=valid_product(productOffering=ABSENT)),
            [f"missingProperty {PRODUCT}/productOffering"],
            id="add, neither",
            marks=pytest.mark.requirement("87.1-R37a", "79.1-R17", "P25"),
        ),
        pytest.param(
            valid_item(product=valid_product(productSpecification=SPECIFICATION)),
            [f"unexpectedProperty {PRODUCT}/productSpecification"],
            id="add, both",
            marks=pytest.mark.requirement("87.1-R37a", "P26"),
        ),
        pytest.param(
            valid_item(product=valid_product(productOffering=ABSENT, productSpecification=SPECIFICATION)),
            [],
            id="add, specification",
            marks=pytest.mark.requirement("87.1-R37a"),
        ),
        pytest.param(
            valid_item(product=valid_product(id="product-1")),
            [f"unexpectedProperty {PRODUCT}/id"],
            id="add, product id",
            marks=pytest.mark.requirement("87.1-R37b", "P27"),
        ),
        pytest.param(
            valid_item(action="modify", product=modified_product(id=ABSENT)),
            [f"missingProperty {PRODUCT}/id"],
            id="modify, no product id",
            marks=pytest.mark.requirement("87.1-R39", "P28"),
        ),
        pytest.param(
            valid_item(action="modify", product=modified_product(productOffering=ABSENT)),
            [f"missingProperty {PRODUCT}/productOffering"],
            id="modify, no offering",
            marks=pytest.mark.requirement("87.1-R39", "P28"),
        ),
        pytest.param(
            valid_item(action="modify", product=modified_product(productSpecification=SPECIFICATION)),
            [],
            id="modify, specification beside the offering",
            marks=pytest.mark.requirement("P28"),
        ),
        pytest.param(
            valid_item(action="delete", product=valid_product(id="product-1", productOffering=ABSENT)),
            [],
            id="unknown action",
            marks=pytest.mark.requirement("P20"),
        ),
    ],
)
def test_what_a_product_names_depends_on_the_action(item: dict[str, Any], expected: list[str]) -> None:
    assert found(of(item)) == expected


RELATION = f"{ITEM}/qualificationItemRelationship/0/id"


@pytest.mark.requirement("87.1-R32", "79.1-R24", "P33")
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param("item-2", [], id="other item"),
        pytest.param("item-3", [f"referenceNotFound {RELATION}"], id="no item"),
        pytest.param("item-1", [f"invalidValue {RELATION}"], id="itself"),
        pytest.param(4, [], id="no text is a matter of structure"),
    ],
)
def test_r32_item_relations_lead_to_other_items_of_the_request(target: Any, expected: list[str]) -> None:
    item = valid_item(qualificationItemRelationship=related(target))
    assert found(of(item, valid_item(id="item-2"))) == expected


@pytest.mark.requirement("P33")
def test_an_item_without_id_may_be_the_one_that_is_meant() -> None:
    item = valid_item(qualificationItemRelationship=related("item-3"))
    assert found(of(item, valid_item(id=ABSENT))) == []


def comparisons_of_ids(size: int) -> int:
    items = [valid_item(id=f"item-{n}", qualificationItemRelationship=related(f"none-{n}")) for n in range(size)]
    for item in items:
        item["id"] = CountingText(item["id"])
        item["qualificationItemRelationship"][0]["id"] = CountingText(item["qualificationItemRelationship"][0]["id"])
    context = Context(of(*items), Agreement(), NOW)
    before = CountingText.comparisons
    assert len(list(relations_lead_to_other_items(context))) == size
    return CountingText.comparisons - before


def test_finding_related_items_costs_no_more_than_in_proportion() -> None:
    assert comparisons_of_ids(200) < 12 * comparisons_of_ids(25)  # 8 in proportion, 64 by the square


OFFERED = Catalogue(
    offerings={
        "offering-1": Offering(types=frozenset({PRODUCT_TYPE, "alias"})),
        "offering-2": Offering(types=frozenset({"urn:other"})),
        "offering-3": Offering(),
    },
    specifications={"specification-1": frozenset({PRODUCT_TYPE}), "specification-2": frozenset({"urn:other"})},
)
NO_OFFERING = f"referenceNotFound {PRODUCT}/productOffering/id"
NO_SPECIFICATION = f"referenceNotFound {PRODUCT}/productSpecification/id"
OTHER_TYPE = f"invalidValue {PRODUCT}/productConfiguration/@type"


@pytest.mark.parametrize(
    ("offering", "expected"),
    [
        pytest.param("offering-1", [], id="fits"),
        pytest.param("offering-3", [], id="of any type"),
        pytest.param("offering-9", [NO_OFFERING], id="unknown", marks=pytest.mark.requirement("87.1-R37a", "P29")),
        pytest.param("offering-2", [OTHER_TYPE], id="other type", marks=pytest.mark.requirement("87.1-R37a", "P30")),
        pytest.param(None, [], id="null is a matter of structure"),
    ],
)
def test_offerings_are_looked_up_in_the_catalogue(offering: Any, expected: list[str]) -> None:
    body = of(valid_item(product=valid_product(productOffering={"id": offering})))
    assert found(body, catalogue=OFFERED) == expected


@pytest.mark.parametrize(
    ("specification", "expected"),
    [
        pytest.param("specification-1", [], id="fits"),
        pytest.param("other", [NO_SPECIFICATION], id="unknown", marks=pytest.mark.requirement("87.1-R37a", "P29")),
        pytest.param(
            "specification-2", [OTHER_TYPE], id="other type", marks=pytest.mark.requirement("87.1-R37a", "P30")
        ),
    ],
)
def test_specifications_are_looked_up_in_the_catalogue(specification: str, expected: list[str]) -> None:
    product = valid_product(productOffering=ABSENT, productSpecification={"id": specification})
    assert found(of(valid_item(product=product)), catalogue=OFFERED) == expected


@pytest.mark.requirement("P30")
def test_any_agreed_name_of_the_type_belongs_to_the_offering() -> None:
    body = of(valid_item(product=valid_product(productConfiguration={"@type": "alias"})))
    assert found(body, catalogue=OFFERED) == []


@pytest.mark.parametrize("catalogue", [pytest.param(None, id="none"), pytest.param(Catalogue(), id="empty")])
def test_without_a_catalogue_nothing_is_looked_up(catalogue: Catalogue | None) -> None:
    body = of(valid_item(product=valid_product(productOffering={"id": "offering-9"})))
    assert found(body, catalogue=catalogue) == []
