"""Items that modify a product, against what the inventory holds: offering, places, relations, what must not change."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.lso.existing import ExistingProduct, check_modified, read_existing
from tests.support.requests import ABSENT, modified_product, valid_item, valid_place, valid_request

PRODUCT = "/productOfferingQualificationItem/0/product"
MEMBERS: dict[str, Any] = {
    "productOffering": "offering-1",
    "productSpecification": "urn:spec",
    "place": [{"role": "INSTALL_LOCATION", "id": "address-1"}],
    "productRelationship": [{"relationshipType": "ENNI", "id": "enni-1"}],
    "frozen": {"/bandwidth": 100},
    "site_no": None,
}
SPECIFICATIONS = {
    "offering-1": frozenset({"urn:spec", "spec-alias"}),
    "offering-2": frozenset({"urn:spec"}),
    "offering-3": frozenset({"urn:other"}),
}
ENNI = [{"relationshipType": "ENNI", "id": "enni-2"}]


def found(
    members: dict[str, Any], *, offering_change: bool = False, item: dict[str, Any] | None = None, **product: Any
) -> list[str]:
    modified = modified_product(**{"productRelationship": ENNI, **product})
    body = valid_request(
        productOfferingQualificationItem=[valid_item(action="modify", product=modified, **(item or {}))]
    )
    problems = check_modified(
        body, {"product-1": read_existing(members)}, offering_change=offering_change, specifications=SPECIFICATIONS
    )
    return [f"{problem.code} {problem.pointer}" for problem in problems]


@pytest.mark.requirement("87.1-R40")
def test_an_item_that_restates_the_product_has_no_problem() -> None:
    assert found(MEMBERS) == []


@pytest.mark.requirement("P42", "87.1-O2", "79.1-O10", "87.1-R41", "79.1-R49")
@pytest.mark.parametrize(
    ("held", "asked", "allowed", "is_fine"),
    [
        pytest.param("offering-1", "offering-1", False, True, id="the same"),
        pytest.param("offering-1", "offering-2", False, False, id="another, not allowed"),
        pytest.param("offering-1", "offering-2", True, True, id="another, allowed"),
        pytest.param("offering-1", "offering-3", True, False, id="allowed, of another specification"),
        pytest.param("offering-1", "offering-9", True, True, id="one that nobody knows is another rule's"),
        pytest.param(None, "offering-2", False, True, id="the inventory names none"),
        pytest.param(None, "offering-3", False, False, id="the inventory names the specification only"),
    ],
)
def test_the_offering_changes_only_where_it_may(held: str | None, asked: str, allowed: bool, is_fine: bool) -> None:
    members = {name: value for name, value in MEMBERS.items() if name != "productOffering"}
    members |= {"productOffering": held} if held else {}
    expected = [] if is_fine else [f"invalidValue {PRODUCT}/productOffering/id"]
    assert found(members, offering_change=allowed, productOffering={"id": asked}) == expected


@pytest.mark.requirement("87.1-R41")
def test_the_specification_is_found_by_the_offering_where_the_inventory_does_not_name_it() -> None:
    members = {"productOffering": "offering-1"}
    problems = found(members, offering_change=True, productOffering={"id": "offering-3"})
    assert problems == [f"invalidValue {PRODUCT}/productOffering/id"]
    assert found(members, offering_change=True, productOffering={"id": "offering-2"}) == []


@pytest.mark.requirement("P42", "87.1-R40")
@pytest.mark.parametrize(
    ("product", "expected"),
    [
        pytest.param({"place": ABSENT}, ["place"], id="places absent"),
        pytest.param({"place": []}, ["place"], id="no place"),
        pytest.param({"place": [valid_place(role="BILLING")]}, ["place"], id="another place only"),
        pytest.param({"productRelationship": ABSENT}, ["productRelationship"], id="relations absent"),
        pytest.param({"productRelationship": []}, ["productRelationship"], id="no relation"),
        pytest.param({"place": ABSENT, "productRelationship": []}, ["place", "productRelationship"], id="both"),
        pytest.param({"place": "here"}, [], id="places that are no list"),
        pytest.param({"place": [None]}, [], id="a place that is no object"),
        pytest.param({"place": [valid_place(role=" ")]}, [], id="a role that says nothing"),
        pytest.param({"productRelationship": [{"id": "x"}]}, [], id="a relation without its type"),
        pytest.param({"productRelationship": None}, [], id="relations that are null"),
    ],
)
def test_what_the_product_has_must_not_be_left_out(product: dict[str, Any], expected: list[str]) -> None:
    assert found(MEMBERS, **product) == [f"missingProperty {PRODUCT}/{name}" for name in expected]


@pytest.mark.requirement("87.1-R40")
def test_a_relation_may_lead_to_another_item_instead() -> None:
    related = [{"relationshipType": "ENNI", "id": "item-2"}]
    assert found(MEMBERS, item={"qualificationItemRelationship": related}, productRelationship=ABSENT) == []


@pytest.mark.requirement("87.1-R40")
def test_a_product_that_has_none_needs_none() -> None:
    members = {**MEMBERS, "place": [], "productRelationship": []}
    assert found(members, place=ABSENT, productRelationship=ABSENT) == []
    assert found({}, place=ABSENT, productRelationship=ABSENT) == []


@pytest.mark.requirement("P42", "87.1-R40")
@pytest.mark.parametrize(
    ("frozen", "configuration", "expected"),
    [
        pytest.param({"/a": 1}, {"a": 1.0}, None, id="the same number, spelled otherwise"),
        pytest.param({"/a": 1}, {"a": 2}, "invalidValue /a", id="another number"),
        pytest.param({"/a": 1}, {"a": True}, "invalidValue /a", id="true is no number"),
        pytest.param({"/a": 1}, {"a": "1"}, "invalidValue /a", id="a text is no number"),
        pytest.param({"/a": 1}, {"a": None}, "invalidValue /a", id="null"),
        pytest.param({"/a": 1}, {}, "missingProperty /a", id="left out"),
        pytest.param({"/a/b/0": "x"}, {"a": {"b": ["x", "y"]}}, None, id="in a list"),
        pytest.param({"/a/b/1": "x"}, {"a": {"b": ["x", "y"]}}, "invalidValue /a/b/1", id="another in a list"),
        pytest.param({"/a/b/1": "x"}, {"a": {"b": ["x"]}}, None, id="beyond the list"),
        pytest.param({"/a/b": "x"}, {"a": "no object"}, None, id="below what is no object"),
        pytest.param({"/a/b": "x"}, {}, "missingProperty /a", id="below what is left out"),
        pytest.param({"/a": {"b": [1, {"c": "d"}]}}, {"a": {"b": [1.0, {"c": "d"}]}}, None, id="an object"),
        pytest.param({"/a": {"b": [1]}}, {"a": {"b": [1, 2]}}, "invalidValue /a", id="a longer list"),
        pytest.param({"/a~1b": 1}, {"a/b": 2}, "invalidValue /a~1b", id="a name with a slash"),
    ],
)
def test_what_cannot_change_must_not(
    frozen: dict[str, Any], configuration: dict[str, Any], expected: str | None
) -> None:
    code, _, pointer = (expected or "").partition(" ")
    problems = found({"frozen": frozen}, productConfiguration={"@type": "urn:spec", **configuration})
    assert problems == ([f"{code} {PRODUCT}/productConfiguration{pointer}"] if expected else [])


@pytest.mark.parametrize(
    "product",
    [
        pytest.param({"id": "product-9"}, id="another product"),
        pytest.param({"id": 5}, id="an id that is no text"),
        pytest.param({"productOffering": "offering-2", "productConfiguration": []}, id="members of another type"),
        pytest.param({"productOffering": {"id": " "}, "productConfiguration": None}, id="an id that says nothing"),
    ],
)
def test_nothing_is_said_of_what_is_not_sound(product: dict[str, Any]) -> None:
    assert found(MEMBERS, **product) == []


def test_nothing_is_said_of_an_item_that_adds() -> None:
    body = valid_request(productOfferingQualificationItem=[valid_item(product=modified_product(place=[]))])
    held = {"product-1": read_existing(MEMBERS)}
    assert list(check_modified(body, held, offering_change=False, specifications={})) == []


def test_what_was_found_is_read() -> None:
    assert read_existing(MEMBERS) == ExistingProduct(
        "offering-1", "urn:spec", ("INSTALL_LOCATION",), ("ENNI",), {("bandwidth",): 100}
    )
    assert read_existing({}) == ExistingProduct(frozen={})


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"productOffering": None}, id="an offering that is null"),
        pytest.param({"productOffering": " "}, id="an offering that says nothing"),
        pytest.param({"productSpecification": 5}, id="a specification that is no text"),
        pytest.param({"place": None}, id="places that are null"),
        pytest.param({"place": {"role": "A"}}, id="places that are no list"),
        pytest.param({"place": [{"id": "a"}]}, id="a place without a role"),
        pytest.param({"productRelationship": [None]}, id="a relation that is null"),
        pytest.param({"productRelationship": [{"relationshipType": None}]}, id="a relation of no type"),
        pytest.param({"frozen": None}, id="frozen that is null"),
        pytest.param({"frozen": {"/a": None}}, id="a frozen value that nobody knows"),
        pytest.param({"frozen": {"a": 1}}, id="a frozen name that is no pointer"),
    ],
)
def test_half_a_record_is_none(members: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"'|Pointer"):
        read_existing({**MEMBERS, **members})
