"""The places of a create request: each is checked as what its `@type` says it is, and as nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.lso.documents import check_create_request
from tests.unit.lso.samples import address_query, request, told, with_, without

PLACE = ("productOfferingQualificationItem", 0, "product", "place", 0)
PL = "/productOfferingQualificationItem/0/product/place/0"


@pytest.mark.parametrize(
    "place",
    [
        {"@type": "GeographicAddressRef", "id": "a"},
        {"@type": "GeographicAddressRef", "id": "a", "href": "https://seller.example/a"},
        {"@type": "GeographicSiteRef", "id": "s"},
        {"@type": "GeographicAddress_Query", "formattedAddressRepresentation": [{"formattedAddress": "Damrak 1"}]},
        {
            "@type": "GeographicAddress_Query",
            "geographicPointRepresentation": [{"spatialRef": "WGS 84", "latitude": "52.4", "longitude": "4.9"}],
        },
        {
            "@type": "GeographicAddress_Query",
            "labelRepresentation": [{"label": "1", "administrativeAuthority": "BAG", "language": "nl"}],
        },
    ],
    ids=["address", "address with href", "site", "text", "point", "label"],
)
def test_each_kind_of_place_is_accepted(place: dict[str, Any]) -> None:
    assert check_create_request(with_(request(), *PLACE, "place", value=place)) == []


@pytest.mark.requirement("P38")
@pytest.mark.parametrize(
    ("place", "code"),
    [
        ({}, "missingProperty"),
        ({"id": 3, "nonsense": True}, "missingProperty"),
        ({"@type": "GeographicPoint", "id": 3, "nonsense": True}, "invalidValue"),
        ({"@type": "FieldedAddress", "city": "Amsterdam"}, "invalidValue"),
    ],
    ids=["empty", "absent", "unknown", "of an older version"],
)
def test_of_a_place_without_a_known_type_only_that_is_reported(place: dict[str, Any], code: str) -> None:
    problems = check_create_request(with_(request(), *PLACE, "place", value=place))

    assert told(problems) == [(code, f"{PL}/place/@type")]


@pytest.mark.requirement("P39")
@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"@type": "GeographicAddressRef"}, [("missingProperty", "/id")]),
        ({"@type": "GeographicSiteRef"}, [("missingProperty", "/id")]),
        ({"@type": "GeographicAddress_Query"}, [("missingProperty", "")]),
        ({"@type": "GeographicAddress_Query", "labelRepresentation": []}, [("missingProperty", "")]),
        (
            {"@type": "GeographicAddress_Query", "href": "x"},
            [("missingProperty", ""), ("unexpectedProperty", "/href")],
        ),
        (
            {"@type": "GeographicAddressRef", "id": "a", "labelRepresentation": []},
            [("unexpectedProperty", "/labelRepresentation")],
        ),
        ({**address_query(), "id": "a"}, [("unexpectedProperty", "/id")]),
    ],
    ids=[
        "address without id",
        "site without id",
        "no representation",
        "empty representation",
        "only an undefined member",
        "representation on a reference",
        "id on a description",
    ],
)
def test_a_place_is_checked_as_what_its_type_says(place: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    problems = check_create_request(with_(request(), *PLACE, "place", value=place))

    assert told(problems) == [(code, f"{PL}/place{below}") for code, below in expected]


@pytest.mark.requirement("P41")
@pytest.mark.parametrize(
    ("name", "value"),
    [("countryCode", "NLD"), ("countryCode", "N"), ("language", "nld"), ("language", "")],
    ids=["long country", "short country", "long language", "no language"],
)
def test_a_code_of_two_letters_has_two(name: str, value: str) -> None:
    representation = (*PLACE, "place", "fieldedAddressRepresentation", 0)
    problems = check_create_request(with_(request(), *representation, name, value=value))

    assert told(problems) == [("invalidFormat", f"{PL}/place/fieldedAddressRepresentation/0/{name}")]


def test_the_contact_of_a_place_is_left_to_the_agreement() -> None:
    assert check_create_request(without(request(), *PLACE, "contact")) == []
