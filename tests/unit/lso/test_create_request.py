"""The structure of a create request: each fault of the envelope is reported once, at its place, with its code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.lso.documents import check_create_request
from gateway.lso.instants import parse_instant
from tests.unit.lso.samples import item, qualification, request, told, with_, without

I = "/productOfferingQualificationItem/0"  # noqa: E741

CONTACTS = ("relatedContactInformation",)
ITEM = ("productOfferingQualificationItem", 0)
PRODUCT = (*ITEM, "product")
PLACE = (*PRODUCT, "place", 0)


def test_a_request_with_every_kind_of_member_is_sound() -> None:
    assert check_create_request(request()) == []


@pytest.mark.requirement("P6")
@pytest.mark.parametrize("at", [(), PRODUCT, (*PRODUCT, "productOffering")], ids=["poq", "product", "reference"])
def test_an_href_of_the_buyer_is_accepted(at: tuple[str | int, ...]) -> None:
    assert check_create_request(with_(request(), *at, "href", value="https://buyer.example/x")) == []


@pytest.mark.requirement("87.1-R7", "P1")
@pytest.mark.parametrize(
    "name",
    [
        "instantSyncQualification",
        "provideAlternative",
        "relatedContactInformation",
        "productOfferingQualificationItem",
    ],
)
def test_a_mandatory_member_of_the_poq_is_missed_at_its_place(name: str) -> None:
    assert told(check_create_request(without(request(), name))) == [("missingProperty", f"/{name}")]


@pytest.mark.requirement("P2")
@pytest.mark.parametrize("name", ["relatedContactInformation", "productOfferingQualificationItem"])
def test_an_empty_list_lacks_an_element(name: str) -> None:
    assert told(check_create_request(with_(request(), name, value=[]))) == [("missingProperty", f"/{name}")]


MISSING = {
    "item id": ((*ITEM, "id"), "P18", "87.1-R29"),
    "action": ((*ITEM, "action"), "P18", "87.1-R29"),
    "product": ((*ITEM, "product"), "P18", "87.1-R29"),
    "@type of the configuration": ((*PRODUCT, "productConfiguration", "@type"), "P22", "87.1-R7"),
    "offering id": ((*PRODUCT, "productOffering", "id"), "87.1-R7", "87.1-R21"),
    "relation id": ((*PRODUCT, "productRelationship", 0, "id"), "P32", "87.1-R31"),
    "relation type": ((*PRODUCT, "productRelationship", 0, "relationshipType"), "P32", "87.1-R31"),
    "item relation id": ((*ITEM, "qualificationItemRelationship", 0, "id"), "P32", "87.1-R33"),
    "item relation type": ((*ITEM, "qualificationItemRelationship", 0, "relationshipType"), "P32", "87.1-R33"),
    "place": ((*PLACE, "place"), "P37", "87.1-R35"),
    "place role": ((*PLACE, "role"), "P37", "87.1-R35"),
    "place @type": ((*PLACE, "place", "@type"), "P38", "87.1-R7"),
    "place contact e-mail": ((*PLACE, "contact", 0, "emailAddress"), "P41", "87.1-R36"),
    "place contact name": ((*PLACE, "contact", 0, "name"), "P41", "87.1-R36"),
    "place contact number": ((*PLACE, "contact", 0, "number"), "P41", "87.1-R36"),
    "sub unit type": ((*PLACE, "subUnit", 0, "subUnitType"), "P41", "87.1-R7"),
    "sub unit number": ((*PLACE, "subUnit", 0, "subUnitNumber"), "P41", "87.1-R7"),
    "contact e-mail": ((*CONTACTS, 0, "emailAddress"), "P8", "87.1-R27"),
    "contact name": ((*CONTACTS, 0, "name"), "P8", "87.1-R27"),
    "contact number": ((*CONTACTS, 0, "number"), "P8", "87.1-R27"),
    "contact role": ((*CONTACTS, 0, "role"), "P8", "87.1-R27"),
}


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=pytest.mark.requirement(*requirements), id=name)
        for name, (path, *requirements) in MISSING.items()
    ],
)
def test_a_mandatory_member_below_is_missed_at_its_place(path: tuple[str | int, ...]) -> None:
    pointer = "".join(f"/{key}" for key in path)

    assert told(check_create_request(without(request(), *path))) == [("missingProperty", pointer)]


@pytest.mark.requirement("P3")
@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("instantSyncQualification",), "true"),
        (("provideAlternative",), None),
        (("externalId",), 7),
        (("projectId",), None),
        (CONTACTS, {}),
        (ITEM, "uni"),
        ((*ITEM, "action"), 5),
        (PRODUCT, []),
        ((*PRODUCT, "productConfiguration"), None),
        ((*PRODUCT, "place"), {"place": {}}),
        ((*PLACE, "place"), "Damrak 1"),
        ((*PLACE, "place", "@type"), 3),
        ((*PLACE, "place", "fieldedAddressRepresentation"), "Damrak 1"),
        ((*PLACE, "place", "fieldedAddressRepresentation", 0, "city"), None),
        ((*PLACE, "contact"), "Ada"),
    ],
    ids=[
        "text for true",
        "null flag",
        "number for text",
        "null text",
        "object for list",
        "text for item",
        "number for enum",
        "list for object",
        "null object",
        "object for places",
        "text for place",
        "number for @type",
        "text for representations",
        "null in address",
        "text for contacts",
    ],
)
def test_a_wrong_json_type_is_reported_once_and_nothing_below_it(path: tuple[str | int, ...], value: Any) -> None:
    pointer = "".join(f"/{key}" for key in path)

    assert told(check_create_request(with_(request(), *path, value=value))) == [("invalidFormat", pointer)]


@pytest.mark.requirement("87.1-R22", "P4")
@pytest.mark.parametrize(
    "path",
    [
        ("note",),
        (*CONTACTS, 0, "fax"),
        (*ITEM, "relatedContactInformation"),
        (*PRODUCT, "productCharacteristic"),
        (*PRODUCT, "productOffering", "name"),
        (*PLACE, "note"),
        (*PLACE, "place", "id"),
        (*PLACE, "place", "fieldedAddressRepresentation", 0, "a/b~c"),
        (*PLACE, "contact", 0, "role"),
    ],
    ids=lambda path: "/".join(map(str, path)),
)
def test_an_undefined_member_is_unexpected_at_any_depth(path: tuple[str | int, ...]) -> None:
    pointer = "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)

    assert told(check_create_request(with_(request(), *path, value="x"))) == [("unexpectedProperty", pointer)]


@pytest.mark.requirement("87.1-R22", "P5")
@pytest.mark.parametrize("name", ["id", "state", "stateChange", "creationDate", "expectedPOQCompletionDate"])
def test_a_member_of_the_seller_is_unexpected_in_a_poq(name: str) -> None:
    assert told(check_create_request(with_(request(), name, value="x"))) == [("unexpectedProperty", f"/{name}")]


@pytest.mark.requirement("87.1-R22", "P5")
@pytest.mark.parametrize(
    "name",
    [
        *sorted(qualification()["productOfferingQualificationItem"][0].keys() - item().keys()),
        "guaranteedUntilDate",
        "terminationError",
        "3rdPartyProviderProductOffering",
    ],
)
def test_a_member_of_the_seller_is_unexpected_in_an_item(name: str) -> None:
    assert told(check_create_request(with_(request(), *ITEM, name, value="x"))) == [
        ("unexpectedProperty", f"{I}/{name}")
    ]


@pytest.mark.requirement("P20")
@pytest.mark.parametrize("action", ["delete", "ADD", ""])
def test_an_unknown_action_is_an_invalid_value_that_names_the_known_ones(action: str) -> None:
    (problem,) = check_create_request(with_(request(), *ITEM, "action", value=action))

    assert told([problem]) == [("invalidValue", f"{I}/action")]
    assert problem.reason == "must be one of: add, modify"


@pytest.mark.requirement("P14")
@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01",
        "2026-03-01T12:00:00",
        "2026-02-30T12:00:00Z",
        "2027-02-29T12:00:00Z",
        "2026-03-01T25:00:00Z",
        "2026-03-01T12:60:00Z",
        "2026-03-01T12:00Z",
        "2026-03-01 12:00:00Z",
        "2026-03-01T12:00:00+0100",
        "2026-03-01T12:00:00+24:00",
        "2026-03-01T12:00:00.Z",
        "1 March 2026",
        "",
    ],
)
def test_a_date_that_is_no_rfc_3339_instant_is_an_invalid_format(text: str) -> None:
    problems = check_create_request(with_(request(), "requestedPOQCompletionDate", value=text))

    assert told(problems) == [("invalidFormat", "/requestedPOQCompletionDate")]


@pytest.mark.requirement("P14")
@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T12:00:00Z",
        "2028-02-29T12:00:00Z",
        "2026-03-01T12:00:00-05:30",
        "2026-03-01T12:00:00+00:00",
        "2026-03-01T12:00:00.1Z",
        "2026-03-01T12:00:00.123456789012+01:00",
        "2026-03-01t12:00:00z",
    ],
)
def test_every_spelling_of_an_rfc_3339_instant_is_accepted(text: str) -> None:
    assert check_create_request(with_(request(), "requestedPOQCompletionDate", value=text)) == []


RFC_3339 = st.from_regex(
    r"(0000|0001|20[0-9]{2}|9999)-[01][0-9]-[0-3][0-9][Tt][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]{1,12})?([Zz]|[+-][0-2][0-9]:[0-5][0-9])",
    fullmatch=True,
)


@given(RFC_3339)
@example("2016-12-31T23:59:60Z")
@example("0000-01-01T00:00:00Z")
@example("9999-12-31T23:59:59-23:59")
def test_an_accepted_date_is_an_instant_for_all_who_compare_it(text: str) -> None:
    accepted = check_create_request(with_(request(), "requestedPOQCompletionDate", value=text)) == []

    assert not accepted or parse_instant(text) is not None


def test_problems_come_in_document_order_and_absent_members_last() -> None:
    broken = with_(request(), *ITEM, "action", value="delete")
    broken = with_(broken, "externalId", value=1)
    broken = without(broken, "provideAlternative")
    broken = without(broken, *ITEM, "id")

    assert told(check_create_request(broken)) == [
        ("invalidFormat", "/externalId"),
        ("invalidValue", f"{I}/action"),
        ("missingProperty", f"{I}/id"),
        ("missingProperty", "/provideAlternative"),
    ]


def test_large_and_exact_numbers_in_a_configuration_do_not_matter() -> None:
    sent = orjson.loads(b'{"@type": "urn:example:uni", "big": 18446744073709551615, "small": 1e-300}')

    assert check_create_request(with_(request(), *PRODUCT, "productConfiguration", value=sent)) == []


EXAMPLES = [
    "mef106-uc2-add-ael-new-uni.v8.fixed.json",
    "mef106-uc3-add-ael-existing-uni.v8.fixed.json",
    "mef125-uc2a-epl.v8.fixed.json",
    "mef125-uc2f-evptree.v8.fixed.json",
    "mef125-uc6-epl-modify-bandwidth.v8.fixed.json",
    "mef139-uc3-advanced-ia.v8.fixed.json",
    "mplify139.1-uc8-dedicated-modify.v8-native.json",
    "mplify87.1-uc2-add-ael-new-uni.v8-native.json",
    "mplify87.1-uc2c-modify-item.v8.fixed.json",
]


@pytest.mark.shared
@pytest.mark.requirement("87.1-R21")
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_structure_of_a_published_example_is_sound(shared: Path, name: str) -> None:
    assert check_create_request(orjson.loads((shared / "lso" / "examples" / name).read_bytes())) == []
