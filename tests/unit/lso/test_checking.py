"""Structure and rules together: which of their problems a Buyer is told, and how many at most."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.lso.agreement import Agreement
from gateway.lso.checking import check_request
from gateway.lso.problems import MOST_PROBLEMS
from tests.support.requests import valid_item, valid_place, valid_product, valid_request
from tests.unit.lso.rule_checks import ITEM, NOW

PLACE = f"{ITEM}/product/place/0/place"
ITEMS = "productOfferingQualificationItem"


def told(body: dict[str, Any], agreement: Agreement | None = None) -> list[str]:
    problems = check_request(body, agreement or Agreement(), received_at=NOW)
    return [f"{problem.code} {problem.pointer}" for problem in problems]


def at(place: Any, **entry: Any) -> dict[str, Any]:
    product = valid_product(place=[valid_place(place=place, **entry)])
    return valid_request(productOfferingQualificationItem=[valid_item(product=product)])


NARROW = Agreement(
    place_types=("GeographicAddressRef", "GeographicAddress_Query"), representations=("labelRepresentation",)
)


@pytest.mark.requirement("87.1-R1", "79.1-R1", "P38")
@pytest.mark.parametrize(
    ("place", "code"),
    [
        pytest.param({"id": "", "x": 1}, "missingProperty", id="absent"),
        pytest.param({"@type": "Foo", "id": "", "x": 1}, "invalidValue", id="unknown"),
        pytest.param({"@type": "", "id": ""}, "invalidValue", id="empty"),
        pytest.param({"@type": None, "id": ""}, "invalidFormat", id="null"),
        pytest.param({"@type": "GeographicSiteRef", "x": 1}, "invalidValue", id="not agreed"),
        pytest.param({"@type": "GeographicSiteRef", "id": ""}, "invalidValue", id="not agreed, blank id"),
    ],
)
def test_of_a_place_whose_type_is_refused_nothing_else_is_told(place: dict[str, Any], code: str) -> None:
    assert told(at(place), NARROW) == [f"{code} {PLACE}/@type"]


@pytest.mark.requirement("87.1-R1", "79.1-R1", "P38")
def test_a_description_that_was_not_agreed_lacks_no_representation() -> None:
    agreement = Agreement(place_types=("GeographicAddressRef",))
    body = at({"@type": "GeographicAddress_Query"})

    assert told(body, agreement) == [f"invalidValue {PLACE}/@type"]
    assert told(body) == [f"missingProperty {PLACE}"]


@pytest.mark.requirement("P38")
def test_beside_a_place_whose_type_is_refused_everything_is_told() -> None:
    body = at({"@type": "Foo"}, role="", contact=[{}])
    entry = f"{ITEM}/product/place/0"

    assert told(body) == [
        f"invalidValue {PLACE}/@type",
        f"invalidValue {entry}/role",
        *(f"missingProperty {entry}/contact/0/{name}" for name in ("emailAddress", "name", "number")),
    ]


@pytest.mark.requirement("87.1-R1", "79.1-R1", "P40")
@pytest.mark.parametrize(
    "point",
    [
        pytest.param({"spatialRef": "", "latitude": "1", "longitude": "2"}, id="blank"),
        pytest.param({"spatialRef": "EPSG:4326", "x": 1}, id="structure"),
    ],
)
def test_in_a_representation_that_was_not_agreed_nothing_is_told(point: dict[str, Any]) -> None:
    label = {"label": "", "administrativeAuthority": "A"}
    place = {
        "@type": "GeographicAddress_Query",
        "geographicPointRepresentation": [point],
        "labelRepresentation": [label],
    }

    assert told(at(place), NARROW) == [
        f"invalidValue {PLACE}/geographicPointRepresentation",
        f"invalidValue {PLACE}/labelRepresentation/0/label",
    ]


@pytest.mark.requirement("P47")
def test_more_items_than_agreed_are_refused_with_the_limit() -> None:
    body = valid_request(productOfferingQualificationItem=[valid_item(id=f"item-{n}") for n in range(3)])
    assert told(body, Agreement(max_items=3)) == []

    (problem,) = check_request(body, Agreement(max_items=2), received_at=NOW)

    assert (problem.code, problem.pointer) == ("invalidValue", f"/{ITEMS}")
    assert "2" in problem.message


@pytest.mark.requirement("P47")
def test_of_too_many_items_nothing_else_is_told_but_of_the_envelope() -> None:
    body = valid_request(relatedContactInformation=[], x=1, productOfferingQualificationItem=[{"id": ""}] * 3)

    assert told(body, Agreement(max_items=2)) == [
        "missingProperty /relatedContactInformation",
        f"invalidValue /{ITEMS}",
        "unexpectedProperty /x",
    ]


class Untouchable(dict[str, Any]):
    """An item that must not be looked at."""

    def get(self, *_: Any) -> Any:
        raise AssertionError("an item was looked at")

    __getitem__ = __iter__ = items = __contains__ = keys = get


@pytest.mark.requirement("P47")
def test_items_are_not_looked_at_where_there_are_too_many() -> None:
    body = valid_request()
    body[ITEMS] = [Untouchable()] * 3

    assert told(body, Agreement(max_items=2)) == [f"invalidValue /{ITEMS}"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(valid_request(relatedContactInformation=[{}] * 2000), id="structure"),
        pytest.param({**valid_request(), **{f"m{n}": 1 for n in range(2000)}}, id="members"),
        pytest.param(
            valid_request(
                productOfferingQualificationItem=[
                    valid_item(product=valid_product(place=[valid_place(role="") for _ in range(2000)]))
                ]
            ),
            id="rules",
        ),
    ],
)
def test_there_is_an_end_to_the_problems_that_are_told(body: dict[str, Any]) -> None:
    assert len(told(body)) == MOST_PROBLEMS
