"""Names of the request: what no request can have is found when the mapping is loaded."""

from __future__ import annotations

import pytest

from gateway.mapping.requesting import check_configuration, check_request
from gateway.mapping.world import Schema
from tests.support.mappings import HEAD, loaded

BODY = """\
let:
  a: >-
    =%s
answer: [{otherwise: fail}]
"""
LIST = "take an element or write a comprehension"


def found(expression: str, body: str = BODY) -> list[tuple[str, int, str]]:
    above = HEAD.count("\n")
    return [(one.code, one.location.line - above, one.hint) for one in check_request(loaded(body % expression))]


@pytest.mark.parametrize(
    "expression",
    [
        "item.product.productConfiguration.anything.at.all[0]",
        "item.product.productOffering.id",
        "item.product.place[0].place.id",
        "item.product.place[0].place.fieldedAddressRepresentation[0].streetName",
        "item.product.place[0].place['@type']",
        "poq.productOfferingQualificationItem[0].action",
        "poq.relatedContactInformation[0].postalAddress.city",
        "place(item, 'INSTALL_LOCATION').subUnit[0].subUnitType",
        "place(related('CONNECTS_TO_UNI'), 'INSTALL_LOCATION').place.id",
        "relation(item, 'CONNECTS_TO_ENNI').id",
        "related('CONNECTS_TO_UNI').answer.deliveryType",
        "[r.id for r in default(item.qualificationItemRelationship, [])]",
        "buyer.id + default(buyer.name, '') + seller.id",
        "item[poq.externalId]",
    ],
)
def test_what_a_request_may_have_is_read(expression: str) -> None:
    assert found(expression) == []


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        pytest.param("item.product.productConfi", "did you mean 'productConfiguration'?", id="a member of the product"),
        pytest.param("item['produkt']", "did you mean 'product'?", id="between brackets"),
        pytest.param("poq.externalIdd", "did you mean 'externalId'?", id="of the POQ"),
        pytest.param("buyer.idd", "did you mean 'id'?", id="of the Buyer"),
        pytest.param("seller.name", "known: id", id="of the Seller"),
        pytest.param("item.product.place.role", LIST, id="a list"),
        pytest.param("item.id.text", "", id="of a text"),
        pytest.param("place(item, 'X').plce", "did you mean 'place'?", id="of a place's entry"),
        pytest.param("place(item, 'X').place.idd", "did you mean 'id'?", id="of a choice of places"),
        pytest.param("relation(item, 'X').place", "known: href, id, relationshipType", id="of a relation"),
        pytest.param("related('X').anwser", "did you mean 'answer'?", id="of a related item"),
        pytest.param("[p.rolle for p in item.product.place]", "did you mean 'role'?", id="of all elements"),
    ],
)
def test_what_no_request_has_is_found(expression: str, hint: str) -> None:
    assert found(expression) == [("MAP-210", 3, hint)]


def test_a_slip_behind_a_name_under_let_is_found_where_it_stands() -> None:
    body = """\
let:
  where: =place(item, 'X').place
  spot: =where if item.action == 'add' else None
answer:
  - when: spot.%s == 'a'
    red: x
  - otherwise: fail
"""
    assert found("id", body) == []
    assert found("idd", body) == [("MAP-210", 5, "did you mean 'id'?")]


@pytest.mark.parametrize(
    "outlines",
    [
        pytest.param([{"properties": {"speed": {}, "@type": {"type": "string", "enum": ["a"]}}}], id="one"),
        pytest.param([{"properties": {"@type": {"type": "string", "enum": [one]}}} for one in "ab"], id="two"),
        pytest.param([{"properties": {"speed": {}}}], id="one that does not have it"),
        pytest.param([{"properties": {"speed": {}}}, {}], id="two of which nothing is known"),
    ],
)
def test_what_holds_of_every_configuration_holds_whatever_is_known_of_the_products(outlines: list[Schema]) -> None:
    mapping = loaded(BODY % "item.product.productConfiguration['@type'] == 5 or item.actoin == 'add'")

    assert [one.code for one in check_request(mapping)] == ["MAP-210", "MAP-411"]
    assert [one.code for one in check_configuration(mapping, outlines, {})] == ["MAP-210", "MAP-411"]
