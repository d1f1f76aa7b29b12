"""Checking items against their product specification: attributes, relations, places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.lso.problems import Problem
from gateway.products.rules import PlaceRules, RelationRules, SpecificationRules, UnknownTypes
from gateway.products.specifications import ProductSpecifications
from tests.support.requests import ABSENT, PRODUCT_TYPE, valid_item, valid_place, valid_product, valid_request

ITEM = "/productOfferingQualificationItem/0"
PRODUCT = f"{ITEM}/product"
CONFIGURATION = f"{PRODUCT}/productConfiguration"

SCHEMA = f"""
$id: {PRODUCT_TYPE}
type: object
required: [bandwidth]
additionalProperties: false
properties:
  bandwidth: {{type: integer, minimum: 1}}
  since: {{type: string, format: date-time}}
  ports: {{type: array, items: {{type: object, required: [name]}}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "line.yaml").write_text(SCHEMA)
    return tmp_path


def load(folder: Path, unknown_types: UnknownTypes = "refuse", **rules: Any) -> ProductSpecifications:
    specifications = {PRODUCT_TYPE: SpecificationRules(**rules)}
    return ProductSpecifications.load([folder], specifications=specifications, unknown_types=unknown_types)


def found(specifications: ProductSpecifications, **product: Any) -> list[str]:
    body = valid_request(productOfferingQualificationItem=[valid_item(product=valid_product(**product))])
    return shown(specifications.check_request(body).problems)


def shown(problems: Any) -> list[str]:
    return [f"{problem.code} {problem.pointer}" for problem in problems]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param({"bandwidth": 5, "since": "2026-01-01T00:00:00Z"}, [], id="valid"),
        pytest.param({}, [f"missingProperty {CONFIGURATION}/bandwidth"], id="missing"),
        pytest.param({"bandwidth": "5"}, [f"invalidFormat {CONFIGURATION}/bandwidth"], id="type"),
        pytest.param({"bandwidth": 0}, [f"invalidValue {CONFIGURATION}/bandwidth"], id="range"),
        pytest.param({"bandwidth": 5, "since": "today"}, [f"invalidFormat {CONFIGURATION}/since"], id="format"),
        pytest.param({"bandwidth": 5, "speed": 1}, [f"unexpectedProperty {CONFIGURATION}/speed"], id="excluded"),
        pytest.param(
            {"bandwidth": 5, "ports": [{"name": 1}, {}]},
            [f"missingProperty {CONFIGURATION}/ports/1/name"],
            id="nested",
        ),
    ],
)
@pytest.mark.requirement("87.1-R20", "87.1-R21", "P24")
def test_r20_attributes_satisfy_the_schema_of_their_type(
    folder: Path, attributes: dict[str, Any], expected: list[str]
) -> None:
    assert found(load(folder), productConfiguration={"@type": PRODUCT_TYPE, **attributes}) == expected


@pytest.mark.requirement("87.1-R19", "P23")
def test_r19_an_unknown_type_is_refused_or_accepted_as_agreed(folder: Path) -> None:
    unknown = {"@type": PRODUCT_TYPE + "2", "anything": 1}
    assert found(load(folder), productConfiguration=unknown) == [f"invalidValue {CONFIGURATION}/@type"]
    assert found(load(folder, "accept"), productConfiguration=unknown) == []


@pytest.mark.requirement("P23")
def test_the_answer_to_an_unknown_type_names_the_nearest_one(folder: Path) -> None:
    (problem,) = load(folder).check({"productConfiguration": {"@type": PRODUCT_TYPE + "2"}}, at=()).problems
    assert PRODUCT_TYPE in problem.message


@pytest.mark.parametrize(
    "configuration",
    [
        pytest.param(ABSENT, id="absent"),
        pytest.param("text", id="no object"),
        pytest.param({"bandwidth": 0}, id="no type"),
        pytest.param({"@type": 4}, id="type no text"),
        pytest.param({"@type": " "}, id="blank type"),
        pytest.param({"@type": "\u200b"}, id="invisible type"),
    ],
)
@pytest.mark.requirement("P22")
def test_what_is_wrong_in_the_envelope_is_not_reported_again(folder: Path, configuration: Any) -> None:
    assert found(load(folder), productConfiguration=configuration) == []


@pytest.mark.requirement("P22")
def test_a_name_that_says_nothing_means_no_specification_even_as_an_alias(folder: Path) -> None:
    specifications = load(folder, aliases=("\u200b",))
    product = {"productConfiguration": {"@type": "\u200b", "bandwidth": 0}}
    assert found(specifications, **product) == []
    assert specifications.check(product, at=()).problems == ()


def test_an_alias_means_the_specification(folder: Path) -> None:
    specifications = load(folder, aliases=("old-line",))
    assert specifications.resolve("old-line") == PRODUCT_TYPE
    assert specifications.resolve(PRODUCT_TYPE) == PRODUCT_TYPE
    assert specifications.resolve("older-line") is None
    assert specifications.names(PRODUCT_TYPE) == {"old-line", PRODUCT_TYPE}
    assert found(specifications, productConfiguration={"@type": "old-line"}) == [
        f"missingProperty {CONFIGURATION}/bandwidth"
    ]


def test_with_warn_broken_attributes_are_for_the_log_only(folder: Path) -> None:
    body = valid_request(
        productOfferingQualificationItem=[valid_item(product={"productConfiguration": {"@type": PRODUCT_TYPE}})]
    )
    checked = load(folder, validation="warn").check_request(body)
    assert checked.problems == ()
    assert shown(checked.warnings) == [f"missingProperty {CONFIGURATION}/bandwidth"]


@pytest.mark.requirement("87.1-R20")
@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        pytest.param({"@type": PRODUCT_TYPE, "bandwidth": 1}, [], id="valid"),
        pytest.param(
            {"@type": PRODUCT_TYPE}, ["missingProperty /alternateProduct/productConfiguration/bandwidth"], id="broken"
        ),
        pytest.param({"@type": "other"}, ["invalidValue /alternateProduct/productConfiguration/@type"], id="unknown"),
    ],
)
def test_r20_binds_the_seller_in_alternates(folder: Path, configuration: dict[str, Any], expected: list[str]) -> None:
    proposal = {"alternateProduct": {"productConfiguration": configuration}}
    assert shown(load(folder).check_alternate(proposal).problems) == expected


def related(*types: Any) -> list[dict[str, Any]]:
    return [{"id": "x", "relationshipType": kind} for kind in types]


def relation_problems(specifications: ProductSpecifications, products: Any, items: Any) -> list[Problem]:
    item = valid_item(product=valid_product(productRelationship=products), qualificationItemRelationship=items)
    return specifications.check_relations(item, at=("productOfferingQualificationItem", 0))


RELATIONS = {"UNI": RelationRules(at_least=1), "ENNI": RelationRules(at_most=1)}


@pytest.mark.parametrize(
    ("products", "items", "expected"),
    [
        pytest.param(related("UNI"), ABSENT, [], id="to a product"),
        pytest.param(ABSENT, related("UNI"), [], id="to an item", marks=pytest.mark.requirement("P35")),
        pytest.param(related("UNI", "UNI"), related("UNI"), [], id="several candidates"),
        pytest.param(
            ABSENT,
            ABSENT,
            [f"missingProperty {PRODUCT}/productRelationship"],
            id="missing",
            marks=pytest.mark.requirement("87.1-R23", "79.1-R20", "P35"),
        ),
        pytest.param(related(None), ABSENT, [], id="a faulty one may be it"),
        pytest.param(related("\u200b"), ABSENT, [], id="an invisible one may be it"),
        pytest.param("text", ABSENT, [], id="no list"),
        pytest.param(
            related("UNI", "LAN"),
            related("WAN"),
            [
                f"invalidValue {PRODUCT}/productRelationship/1/relationshipType",
                f"invalidValue {ITEM}/qualificationItemRelationship/0/relationshipType",
            ],
            id="unknown",
            marks=pytest.mark.requirement("87.1-R23", "P34"),
        ),
        pytest.param(
            related("UNI", "ENNI"),
            related("ENNI"),
            [f"invalidValue {ITEM}/qualificationItemRelationship/0/relationshipType"],
            id="too many",
        ),
    ],
)
def test_relations_are_those_of_the_specification(folder: Path, products: Any, items: Any, expected: list[str]) -> None:
    assert shown(relation_problems(load(folder, relations=RELATIONS), products, items)) == expected


def test_without_rules_relations_and_places_are_not_checked(folder: Path) -> None:
    specifications = load(folder)
    assert relation_problems(specifications, related("LAN"), related("WAN")) == []
    assert specifications.check_places(valid_product(place=[valid_place(role="ANY")]), at=()) == []


PLACES = {"INSTALL_LOCATION": PlaceRules(required=True), "BILLING": PlaceRules(required=False)}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        pytest.param([valid_place()], [], id="given"),
        pytest.param(
            ABSENT,
            [f"missingProperty {PRODUCT}/place"],
            id="absent",
            marks=pytest.mark.requirement("87.1-R34", "79.1-R18", "P36"),
        ),
        pytest.param(
            [valid_place(role="BILLING")],
            [f"missingProperty {PRODUCT}/place"],
            id="in another role only",
            marks=pytest.mark.requirement("87.1-R34", "P36"),
        ),
        pytest.param(
            [valid_place(), valid_place(role="MOON")],
            [f"invalidValue {PRODUCT}/place/1/role"],
            id="unknown role",
            marks=pytest.mark.requirement("87.1-R23", "P40"),
        ),
        pytest.param([valid_place(role=ABSENT)], [], id="one without role may be it"),
        pytest.param([valid_place(role="\u200b")], [], id="one with an invisible role may be it"),
        pytest.param("here", [], id="no list"),
    ],
)
def test_places_are_those_of_the_specification(folder: Path, place: Any, expected: list[str]) -> None:
    configuration = {"@type": PRODUCT_TYPE, "bandwidth": 1}
    assert found(load(folder, places=PLACES), place=place, productConfiguration=configuration) == expected


@pytest.mark.requirement("87.1-R23", "79.1-R20", "P36")
def test_a_specification_may_exclude_places(folder: Path) -> None:
    specifications = load(folder, places={})
    assert found(specifications) == [f"unexpectedProperty {PRODUCT}/place"]
    assert found(specifications, place=ABSENT) == []


@pytest.mark.parametrize(
    "body", [{}, {"productOfferingQualificationItem": 3}, {"productOfferingQualificationItem": [1, {}]}]
)
def test_broken_requests_are_left_to_structure(folder: Path, body: dict[str, Any]) -> None:
    checked = load(folder, relations=RELATIONS, places=PLACES).check_request(body)
    assert (checked.problems, checked.warnings) == ((), ())
