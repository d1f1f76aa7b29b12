"""What else could be delivered: alternates in 2a and 2c, candidates in 2b, and what never passes as either."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.lso.rules import Catalogue, Offering
from gateway.qualification.port import QualificationFailed, Refused
from tests.support.requests import (
    ABSENT,
    PRODUCT_TYPE,
    modified_product,
    valid_item,
    valid_product,
    valid_request,
)
from tests.support.scripted import Bench, bench

ALTERNATES = f"""
mapping: line
version: 1
for: {{product: "{PRODUCT_TYPE}"}}
steps:
  check:
    service: oss
    ask: check
    on: {{any fault: fail}}
answer:
  - when: check.color == 'red'
    red: Not here
  - when: check.color in ['green', 'yellow', check.color]
    serviceabilityConfidence: =check.color
    installationInterval: {{amount: 1, units: businessDays}}
    deliveryType: =check.delivery
    3rdPartyProvider: =check.partner
  - otherwise: fail
alternates:
  each: option
  from: =check.options
  when: option.kbps > 0
  most: 2
  proposal:
    id: =option.id
    productOffering: {{id: =option.offering}}
    productConfiguration:
      =with_value(item.product.productConfiguration, '/bandwidth', option.kbps)
    serviceabilityConfidence: =option.color
    installationInterval: {{amount: =option.days, units: businessDays}}
    deliveryType: =default(option.delivery, 'onNetWithoutBuild')
    3rdPartyProvider: =option.partner
    guaranteedUntilDate: =now + days(30)
"""

CANDIDATES = f"""
mapping: line
version: 1
for: {{product: "{PRODUCT_TYPE}"}}
steps:
  port:
    service: oss
    ask: port
    on: {{any fault: fail}}
answer:
  - when: offering.attributes.mbps <= port.sure
    serviceabilityConfidence: green
    installationInterval: {{amount: 1, units: businessDays}}
    deliveryType: onNetWithoutBuild
  - when: offering.attributes.mbps <= port.maybe
    serviceabilityConfidence: yellow
    installationInterval: {{amount: 9, units: businessDays}}
    deliveryType: onNetWithBuild
  - otherwise: {{red: Too fast for this place}}
"""


def option(**changes: Any) -> dict[str, Any]:
    return {"id": None, "offering": "o-2", "kbps": 10, "color": "green", "days": 2, **changes}


def check(color: str, *options: Any, **changes: Any) -> dict[str, Any]:
    return {"color": color, "delivery": "onNetWithBuild", "partner": None, "options": list(options), **changes}


async def ask(reply: Any, *, wanted: bool = True, action: str = "add") -> dict[str, Any]:
    item = valid_item() if action == "add" else valid_item(action=action, product=modified_product())
    document = valid_request(provideAlternative=wanted, productOfferingQualificationItem=[item])
    answers = await bench(ALTERNATES, oss={"check": reply}).answers(document)
    return dict(answers["item-1"].members)


@pytest.mark.requirement("87.1-R54", "87.1-R55", "87.1-O5", "79.1-R45", "79.1-R46", "79.1-R47", "79.1-R74", "79.1-R76")
@pytest.mark.requirement("79.1-R75", "79.1-O11", "79.1-O15")
@pytest.mark.parametrize("action", ["add", "modify"])
@pytest.mark.parametrize("color", ["yellow", "red"])
async def test_alternates_come_with_the_standards_five_members_and_an_id_of_their_own(color: str, action: str) -> None:
    members = await ask(check(color, option(), option(offering="o-3", color="yellow")), action=action)

    first, second = members["alternateProductOfferingProposal"]
    assert first["id"] != second["id"]
    assert first["alternateProduct"] == {
        "productOffering": {"id": "o-2"},
        "productConfiguration": {"@type": PRODUCT_TYPE, "bandwidth": 10},
    }
    assert (first["serviceabilityConfidence"], first["installationInterval"]["amount"]) == ("green", 2)
    assert (second["serviceabilityConfidence"], second["deliveryType"]) == ("yellow", "onNetWithoutBuild")


@pytest.mark.requirement("87.1-O5", "79.1-O7", "79.1-O11", "79.1-O13")
async def test_no_alternates_where_none_were_asked_for() -> None:
    assert "alternateProductOfferingProposal" not in await ask(check("yellow", option()), wanted=False)


@pytest.mark.requirement("87.1-O5", "87.1-CR2")
async def test_no_alternates_beside_green_and_an_empty_list_says_so() -> None:
    assert (await ask(check("green", option())))["alternateProductOfferingProposal"] == []


@pytest.mark.requirement("87.1-CR2")
async def test_an_empty_list_where_none_is_found() -> None:
    assert (await ask(check("red")))["alternateProductOfferingProposal"] == []


async def test_only_as_many_alternates_as_the_mapping_wants_and_only_those_that_it_wants() -> None:
    options = [option(kbps=0, offering="zero"), option(offering="a"), option(offering="b"), option(offering="c")]

    members = await ask(check("red", *options))

    shown = members["alternateProductOfferingProposal"]
    assert [one["alternateProduct"]["productOffering"]["id"] for one in shown] == ["a", "b"]


@pytest.mark.requirement("P45", "87.1-R54", "87.1-O4")
@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(check("yellow", option(color="red")), id="a red alternate"),
        pytest.param(check("yellow", option(color="maybe")), id="an alternate of an unknown colour"),
        pytest.param(check("yellow", option(days=None)), id="an alternate without interval"),
        pytest.param(check("yellow", option(offering=None)), id="an alternate without offering"),
        pytest.param(check("yellow", option(id="x"), option(id="x")), id="two alternates with one id"),
        pytest.param(check("yellow", option(kbps=None)), id="an option with a gap"),
        pytest.param(check("yellow", option(partner="Other")), id="a third party of an alternate on the own network"),
        pytest.param(check("yellow", options=None), id="no list of options"),
        pytest.param(check("GREEN"), id="an unknown colour"),
        pytest.param(check("green", delivery="byPigeon"), id="an unknown delivery type"),
        pytest.param(check("green", delivery=None), id="no delivery type"),
        pytest.param(check("green", partner="Other Carrier"), id="a third party on the own network"),
    ],
)
async def test_a_mapping_that_computes_nonsense_fails_the_poq(reply: Any) -> None:
    with pytest.raises(QualificationFailed):
        await ask(reply)


@pytest.mark.requirement("87.1-O4", "79.1-O6", "79.1-O12")
async def test_a_third_party_is_named_where_the_delivery_is_off_net() -> None:
    members = await ask(check("green", delivery="offNetWithBuild", partner="Other Carrier"))

    assert members["3rdPartyProvider"] == "Other Carrier"


@pytest.mark.requirement(
    "87.1-D3", "87.1-O7", "87.1-O8", "79.1-D4", "79.1-D6", "79.1-O3", "79.1-O8", "79.1-O9", "79.1-O14"
)
async def test_an_alternate_says_until_when_it_holds_and_who_delivers_it_off_net() -> None:
    members = await ask(check("red", option(delivery="offNetWithoutBuild", partner="Other Carrier")))

    (alternate,) = members["alternateProductOfferingProposal"]
    assert alternate["guaranteedUntilDate"] == "2026-12-23T12:00:00.000Z"
    assert (alternate["deliveryType"], alternate["3rdPartyProvider"]) == ("offNetWithoutBuild", "Other Carrier")


@pytest.mark.requirement("79.1-R82")
async def test_there_is_always_a_reason() -> None:
    assert (await ask(check("green")))["serviceabilityConfidenceReason"].strip()


def by_specification(port: Any, *speeds: int) -> Bench:
    offered = tuple({"id": f"o-{mbps}", "attributes": {"mbps": mbps}} for mbps in speeds)
    return bench(CANDIDATES, catalogue=offered, oss={"port": port})


def specification_request() -> dict[str, Any]:
    product = valid_product(productOffering=ABSENT, productSpecification={"id": PRODUCT_TYPE})
    item = valid_item(product=product)
    return valid_request(provideAlternative=True, productOfferingQualificationItem=[item])


@pytest.mark.requirement("87.1-CR1", "87.1-R48", "87.1-R49", "87.1-O6", "79.1-R13", "79.1-R14", "79.1-O2", "79.1-CR1")
async def test_2b_leads_with_the_best_offering_and_the_others_are_alternates() -> None:
    tried = by_specification({"sure": 100, "maybe": 1000}, 10_000, 1000, 100)

    answer = (await tried.answers(specification_request()))["item-1"]

    assert (answer.offering, answer.members["serviceabilityConfidence"]) == ("o-100", "green")
    others = answer.members["alternateProductOfferingProposal"]
    assert [(one["alternateProduct"]["productOffering"]["id"], one["serviceabilityConfidence"]) for one in others] == [
        ("o-1000", "yellow")
    ]


async def test_2b_asks_the_same_question_once_for_all_candidates() -> None:
    tried = by_specification({"sure": 100, "maybe": 1000}, 1, 2, 3)

    await tried.answers(specification_request())

    assert len(tried.systems["oss"].asked) == 1


@pytest.mark.requirement("87.1-R48")
@pytest.mark.parametrize("speeds", [(10_000,), ()], ids=["no candidate can be delivered", "nothing is offered"])
async def test_2b_red_names_no_offering(speeds: tuple[int, ...]) -> None:
    tried = by_specification({"sure": 100, "maybe": 1000}, *speeds)
    if not speeds:  # the catalogue is known, and empty
        tried.offered = Catalogue({}, {})

    answer = (await tried.answers(specification_request()))["item-1"]

    assert (answer.offering, answer.members["serviceabilityConfidence"]) == (None, "red")


@pytest.mark.requirement("P45", "87.1-R48")
@pytest.mark.parametrize(
    ("offerings", "passes"),
    [
        pytest.param({"o-100": Offering(PRODUCT_TYPE), "o-1000": Offering(PRODUCT_TYPE)}, True, id="both are offered"),
        pytest.param({"o-1000": Offering(PRODUCT_TYPE)}, False, id="the best one is not offered"),
        pytest.param({"o-100": Offering(PRODUCT_TYPE)}, False, id="the alternate is not offered"),
        pytest.param(
            {"o-100": Offering("other", frozenset({"other"})), "o-1000": Offering(PRODUCT_TYPE)},
            False,
            id="the best one is of another specification",
        ),
    ],
)
async def test_2b_never_promises_what_the_seller_does_not_offer(offerings: dict[str, Offering], passes: bool) -> None:
    tried = by_specification({"sure": 100, "maybe": 1000}, 100, 1000)
    tried.offered = Catalogue(offerings)

    if passes:
        assert (await tried.answers(specification_request()))["item-1"].offering == "o-100"
    else:
        with pytest.raises(QualificationFailed):
            await tried.answers(specification_request())


UNRANKED = CANDIDATES.replace("serviceabilityConfidence: yellow", "serviceabilityConfidence: =port.second")


@pytest.mark.requirement("P45")
async def test_2b_fails_where_a_candidate_has_no_colour_though_another_is_green() -> None:
    offered = tuple({"id": f"o-{mbps}", "attributes": {"mbps": mbps}} for mbps in (100, 1000))
    tried = bench(UNRANKED, catalogue=offered, oss={"port": {"sure": 100, "maybe": 1000, "second": "mauve"}})

    with pytest.raises(QualificationFailed, match="neither green, yellow nor red"):
        await tried.answers(specification_request())


@pytest.mark.requirement("P44")
async def test_2b_refuses_for_one_candidate_though_another_has_no_colour() -> None:
    offered = tuple({"id": f"o-{mbps}", "attributes": {"mbps": mbps}} for mbps in (1000, 10_000))
    refusing = UNRANKED.replace("{red: Too fast for this place}", "{refuse: invalidValue, reason: Too fast}")
    tried = bench(refusing, catalogue=offered, oss={"port": {"sure": 100, "maybe": 1000, "second": "mauve"}})

    with pytest.raises(Refused) as refused:
        await tried.answers(specification_request())

    assert [problem.reason for problem in refused.value.problems] == ["Too fast"]


async def test_2b_fails_where_one_candidate_cannot_be_told() -> None:
    tried = by_specification({"sure": None, "maybe": 1000}, 100, 10_000)

    with pytest.raises(QualificationFailed):
        await tried.answers(specification_request())
