"""The one look at ordinary requests lets nothing pass that a rule would speak of, and does let ordinary ones pass."""

from __future__ import annotations

import copy
import re
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.lso.agreement import PLACE_TYPES, REPRESENTATIONS, Agreement
from gateway.lso.rules import KEPT_BY_ORDINARY, RULES
from gateway.lso.rules.context import Context
from gateway.lso.rules.ordinary import is_ordinary
from gateway.lso.visible import SAYS_SOMETHING, says_something
from tests.support.requests import valid_contact, valid_item, valid_place, valid_product, valid_request
from tests.support.ways import ways
from tests.unit.lso.rule_checks import NOW
from tests.unit.lso.samples import address_query

ROLES = ("technical",)
AGREEMENTS = (
    Agreement(contact_roles=ROLES),
    Agreement(contact_roles=(*ROLES, "sellerContactInformation"), place_contact_required=False),
    Agreement(demanded_contact_roles=ROLES, unknown_contact_roles="ignore"),
    Agreement(contact_roles=ROLES, place_types=("GeographicSiteRef",), representations=()),
    Agreement(contact_roles=ROLES, representations=("fieldedAddressRepresentation",), spatial_refs=()),
    Agreement(contact_roles=ROLES, spatial_refs=("WGS 84",)),
    Agreement(place_types=()),
)

PLACES: tuple[dict[str, Any], ...] = (
    {"@type": "GeographicAddressRef", "id": "address-1"},
    {"@type": "GeographicSiteRef", "id": "site-1"},
    address_query(),
    {"@type": "GeographicAddress_Query", "formattedAddressRepresentation": [{"formattedAddress": "Damrak 1"}]},
    {
        "@type": "GeographicAddress_Query",
        "geographicPointRepresentation": [{"spatialRef": "WGS 84", "latitude": "52.4", "longitude": "4.9"}],
    },
    {
        "@type": "GeographicAddress_Query",
        "labelRepresentation": [{"label": "1", "administrativeAuthority": "BAG", "language": "nl"}],
    },
)

SPOILING = st.sampled_from(
    (
        *("", " ", "\u3164", "x", "\u00c5rhus", "technical", "sellerContactInformation", *PLACE_TYPES, "WGS 84"),
        *(None, 0, True, [], {}, ["x"], [{}], {"@type": "x"}, {"role": "x"}),
        *({name: [{"spatialRef": "x"}]} for name in REPRESENTATIONS),
    )
)


def with_places(*places: dict[str, Any]) -> dict[str, Any]:
    product = valid_product(place=[valid_place(place=place) for place in places])
    contacts = [valid_contact(), valid_contact(role="technical")]
    return valid_request(
        relatedContactInformation=contacts, productOfferingQualificationItem=[valid_item(product=product)]
    )


WHOLE = with_places(*PLACES)
"""Ordinary where nothing was narrowed."""


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """A request with some members taken out, replaced or added."""
    body = with_places(*draw(st.lists(st.sampled_from(PLACES), max_size=2)))
    for _ in range(draw(st.integers(0, 3))):
        *above, key = draw(st.sampled_from(list(ways(body))))
        node: Any = body
        for step in above:
            node = node[step]
        match draw(st.sampled_from(("take out", "replace", "add"))):
            case "take out":
                del node[key]
            case "replace":
                node[key] = copy.deepcopy(draw(SPOILING))
            case _ if isinstance(node, dict):
                name = draw(st.sampled_from(("contact", "place", "role", "city", "id", *REPRESENTATIONS)))
                node[name] = copy.deepcopy(draw(SPOILING))
            case _:
                node.append(copy.deepcopy(draw(SPOILING)))
    return body


def spoken(context: Context) -> list[str]:
    return [f"{rule.__name__} {problem.pointer}" for rule in KEPT_BY_ORDINARY for problem in rule(context)]


@given(spoilt(), st.sampled_from(AGREEMENTS))
def test_no_rule_that_is_passed_over_has_anything_against_an_ordinary_request(
    body: dict[str, Any], agreement: Agreement
) -> None:
    context = Context(body, agreement, NOW)

    assert not is_ordinary(context) or spoken(context) == []


@pytest.mark.parametrize(
    "spoiling", ["", " ", "\u3164", "x", "sellerContactInformation", "buyerContactInformation", None, [], {}]
)
@pytest.mark.parametrize("agreement", AGREEMENTS)
def test_nor_against_one_with_any_single_member_spoilt(agreement: Agreement, spoiling: Any) -> None:
    for *above, key in ways(WHOLE):
        body = copy.deepcopy(WHOLE)
        node: Any = body
        for step in above:
            node = node[step]
        node[key] = spoiling
        context = Context(body, agreement, NOW)
        assert not is_ordinary(context) or spoken(context) == [], (above, key)


@pytest.mark.parametrize("place", PLACES, ids=["address", "site", "fields", "text", "point", "label"])
def test_a_request_as_most_are_is_ordinary(place: dict[str, Any]) -> None:
    assert is_ordinary(Context(with_places(place), Agreement(contact_roles=("technical",)), NOW))


def test_a_text_in_a_script_that_is_not_latin_is_for_the_rules_to_judge() -> None:
    body = valid_request(relatedContactInformation=[valid_contact(name="\u039c\u03b1\u03c1\u03af\u03b1")])
    context = Context(body, Agreement(), NOW)

    assert not is_ordinary(context)
    assert spoken(context) == []


def test_what_begins_as_an_ordinary_text_says_something() -> None:
    ordinary = re.compile(SAYS_SOMETHING)
    beginnings = [character for character in map(chr, range(sys.maxunicode + 1)) if ordinary.match(character)]

    assert len(beginnings) > 400
    assert all(map(says_something, beginnings))


def test_the_rules_that_are_passed_over_are_rules() -> None:
    assert set(KEPT_BY_ORDINARY) < set(RULES)
