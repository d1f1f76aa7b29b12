"""What a backend says about an item: passed on only if the standard has nothing against it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.lso.answers import check_answer, settle_alternates
from gateway.lso.models.proposals import DeliveryType
from gateway.lso.problems import pointer
from gateway.lso.request import UseCase
from tests.support.requests import ABSENT, changed

INTERVAL = {"amount": 10, "units": "businessDays"}
PROPOSALS = "alternateProductOfferingProposal"


def answer(**changes: Any) -> dict[str, Any]:
    """A green answer of use case 2a or 2c, with no alternates asked for."""
    green = {"serviceabilityConfidence": "green", "installationInterval": INTERVAL, "deliveryType": "onNetWithBuild"}
    return changed(green, changes)


def alternate(**changes: Any) -> dict[str, Any]:
    product = {"productOffering": {"id": "offering-2"}, "productConfiguration": {"@type": "urn:line"}}
    return changed({"id": "1", **answer(), "alternateProduct": product}, changes)


def found(given: dict[str, Any], use_case: str = "2a", *, alternatives: bool = False) -> list[str]:
    findings = check_answer(given, use_case=UseCase(use_case), provide_alternative=alternatives)
    return [pointer(finding.path) for finding in findings.findings]


@pytest.mark.parametrize("listed", [list, tuple])
def test_every_rule_looks_at_alternates_whatever_lists_them(listed: type) -> None:
    given = answer(serviceabilityConfidence="yellow", **{PROPOSALS: listed([alternate(**{"3rdPartyProvider": "x"})])})

    assert found(given, alternatives=True) == [f"/{PROPOSALS}/0/3rdPartyProvider"]


@pytest.mark.parametrize(
    ("given", "use_case", "alternatives"),
    [
        pytest.param(answer(), "2a", False, id="green"),
        pytest.param(answer(serviceabilityConfidence="yellow"), "2c", False, id="yellow"),
        pytest.param({"serviceabilityConfidence": "red"}, "2a", False, id="red alone"),
        pytest.param(answer(serviceabilityConfidence="red"), "2a", False, id="red with interval"),
        pytest.param(answer(productOffering={"id": "x"}, **{PROPOSALS: [alternate()]}), "2b", True, id="2b, green"),
        pytest.param({"serviceabilityConfidence": "red", PROPOSALS: []}, "2b", True, id="2b, red"),
        pytest.param(
            answer(deliveryType="offNetWithoutBuild", **{"3rdPartyProvider": "Other"}), "2a", False, id="off-net"
        ),
        pytest.param(answer(guaranteedUntilDate="2026-12-31T00:00:00+01:00"), "2a", False, id="guaranteed"),
        pytest.param(
            answer(serviceabilityConfidence="yellow", **{PROPOSALS: [alternate(), alternate(id="2")]}),
            "2a",
            True,
            id="alternates",
        ),
    ],
)
def test_answers_as_the_standard_wants_them_have_no_finding(
    given: dict[str, Any], use_case: str, alternatives: bool
) -> None:
    assert found(given, use_case, alternatives=alternatives) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            answer(serviceabilityConfidence=ABSENT),
            "/serviceabilityConfidence",
            id="no confidence",
            marks=pytest.mark.requirement("87.1-R51", "79.1-R43"),
        ),
        pytest.param(answer(serviceabilityConfidence=None), "/serviceabilityConfidence", id="null confidence"),
        pytest.param(answer(serviceabilityConfidence="Green"), "/serviceabilityConfidence", id="unknown confidence"),
        pytest.param(answer(serviceabilityConfidence=["green"]), "/serviceabilityConfidence", id="confidence a list"),
        pytest.param(
            answer(installationInterval=ABSENT),
            "/installationInterval",
            id="green, no interval",
            marks=pytest.mark.requirement("87.1-R53", "79.1-R44"),
        ),
        pytest.param(
            answer(serviceabilityConfidence="yellow", deliveryType=ABSENT),
            "/deliveryType",
            id="yellow, no delivery type",
            marks=pytest.mark.requirement("87.1-R53", "79.1-R44"),
        ),
        pytest.param(answer(deliveryType=None), "/deliveryType", id="null delivery type"),
        pytest.param(answer(deliveryType="onNet"), "/deliveryType", id="unknown delivery type"),
        pytest.param(
            answer(installationInterval={**INTERVAL, "amount": -1}), "/installationInterval/amount", id="negative"
        ),
        pytest.param(
            answer(installationInterval={**INTERVAL, "amount": 2.5}), "/installationInterval/amount", id="fraction"
        ),
        pytest.param(
            answer(installationInterval={**INTERVAL, "amount": 5.0}), "/installationInterval/amount", id="5.0"
        ),
        pytest.param(
            answer(installationInterval={**INTERVAL, "amount": "5"}), "/installationInterval/amount", id="text"
        ),
        pytest.param(
            answer(installationInterval={**INTERVAL, "amount": True}), "/installationInterval/amount", id="boolean"
        ),
        pytest.param(
            answer(installationInterval={**INTERVAL, "units": "businessWeek"}),
            "/installationInterval/units",
            id="unknown unit",
        ),
        pytest.param(answer(installationInterval={"amount": 5}), "/installationInterval/units", id="no unit"),
        pytest.param(answer(guaranteedUntilDate="2026-12-31"), "/guaranteedUntilDate", id="date only"),
        pytest.param(answer(guaranteedUntilDate="2026-12-31T00:00:00"), "/guaranteedUntilDate", id="no offset"),
        pytest.param(
            answer(**{"3rdPartyProvider": "Other"}),
            "/3rdPartyProvider",
            id="third party on-net",
            marks=pytest.mark.requirement("87.1-O4"),
        ),
        pytest.param(
            {"serviceabilityConfidence": "red", "3rdPartyProviderProductOffering": "Other"},
            "/3rdPartyProviderProductOffering",
            id="third party without delivery type",
            marks=pytest.mark.requirement("87.1-O4"),
        ),
        pytest.param(answer(state="done"), "/state", id="a member that is not the backend's"),
        pytest.param(
            answer(productOffering={"id": "offering-2"}),
            "/productOffering",
            id="another offering in 2a",
            marks=pytest.mark.requirement("87.1-R47", "79.1-R15"),
        ),
        pytest.param(answer(guaranteedUntilDate=datetime(2026, 1, 1, tzinfo=UTC)), "", id="not JSON"),
        pytest.param(answer(serviceabilityConfidenceReason=float("nan")), "/serviceabilityConfidenceReason", id="NaN"),
    ],
)
def test_an_answer_that_breaks_the_standard_has_one_finding_at_its_member(given: dict[str, Any], expected: str) -> None:
    assert found(given) == [expected]


@pytest.mark.requirement("87.1-R53", "87.1-R65")
@pytest.mark.parametrize("colour", ["green", "yellow"])
def test_r53_a_promise_in_2b_names_its_offering(colour: str) -> None:
    given = answer(serviceabilityConfidence=colour, **{PROPOSALS: []})
    assert found(given, "2b", alternatives=True) == ["/productOffering"]
    for blank in (" ", "\u200b"):
        assert found({**given, "productOffering": {"id": blank}}, "2b", alternatives=True) == ["/productOffering/id"]


@pytest.mark.requirement("87.1-R48")
def test_r48_a_red_answer_in_2b_has_no_offering() -> None:
    given = {"serviceabilityConfidence": "red", "productOffering": {"id": "x"}, PROPOSALS: []}
    assert found(given, "2b", alternatives=True) == ["/productOffering"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        *(
            pytest.param(
                {name: ABSENT}, name, id=f"no {name}", marks=pytest.mark.requirement("87.1-R54", "79.1-R45", "79.1-R46")
            )
            for name in ("serviceabilityConfidence", "installationInterval", "alternateProduct", "deliveryType")
        ),
        pytest.param({"id": ABSENT}, "id", id="no id", marks=pytest.mark.requirement("87.1-R54", "87.1-R55")),
        pytest.param({"id": ""}, "id", id="blank id", marks=pytest.mark.requirement("87.1-R55")),
        pytest.param(
            {"serviceabilityConfidence": "red"},
            "serviceabilityConfidence",
            id="red",
            marks=pytest.mark.requirement("87.1-R54", "79.1-R45"),
        ),
        pytest.param(
            {"3rdPartyProvider": "Other"},
            "3rdPartyProvider",
            id="third party on-net",
            marks=pytest.mark.requirement("87.1-O8"),
        ),
        pytest.param({"installationInterval": {**INTERVAL, "amount": 1.0}}, "installationInterval/amount", id="1.0"),
        pytest.param(
            {"alternateProduct": {"productOffering": {"id": "x"}}},
            "alternateProduct/productConfiguration",
            id="no configuration",
        ),
        pytest.param({"surprise": 1}, "surprise", id="unknown member"),
    ],
)
def test_each_alternate_is_held_to_the_standard(changes: dict[str, Any], expected: str) -> None:
    given = answer(serviceabilityConfidence="yellow", **{PROPOSALS: [alternate(id="0"), alternate(**changes)]})
    assert found(given, alternatives=True) == [f"/{PROPOSALS}/1/{expected}"]


@pytest.mark.requirement("87.1-R55", "79.1-R47")
def test_r55_ids_of_alternates_differ() -> None:
    given = {"serviceabilityConfidence": "red", PROPOSALS: [alternate(), alternate(id="2"), alternate()]}
    assert found(given, alternatives=True) == [f"/{PROPOSALS}/2/id"]


@pytest.mark.parametrize(
    ("given", "alternatives"),
    [
        pytest.param(answer(), True, id="asked for, no list", marks=pytest.mark.requirement("87.1-CR2")),
        pytest.param(answer(**{PROPOSALS: []}), False, id="not asked for", marks=pytest.mark.requirement("87.1-O5")),
        pytest.param(answer(**{PROPOSALS: [alternate()]}), True, id="green", marks=pytest.mark.requirement("87.1-O5")),
        pytest.param(answer(**{PROPOSALS: None}), True, id="null"),
    ],
)
def test_alternates_are_there_where_they_are_due_and_nowhere_else(given: dict[str, Any], alternatives: bool) -> None:
    assert found(given, alternatives=alternatives) == [f"/{PROPOSALS}"]


@pytest.mark.parametrize(
    ("colour", "use_case", "alternatives", "expected"),
    [
        pytest.param("green", "2a", True, [], id="2a, green", marks=pytest.mark.requirement("87.1-O5", "87.1-CR2")),
        pytest.param("green", "2c", True, [], id="2c, green", marks=pytest.mark.requirement("87.1-O5", "79.1-O11")),
        pytest.param("yellow", "2a", True, ["1"], id="2a, yellow", marks=pytest.mark.requirement("87.1-O5")),
        pytest.param("red", "2c", True, ["1"], id="2c, red", marks=pytest.mark.requirement("87.1-O5")),
        pytest.param("green", "2b", True, ["1"], id="2b, green", marks=pytest.mark.requirement("87.1-O6")),
        pytest.param("red", "2a", False, None, id="not asked for", marks=pytest.mark.requirement("87.1-O5")),
    ],
)
def test_alternates_are_kept_only_where_the_standard_allows_them(
    colour: str, use_case: str, alternatives: bool, expected: list[str] | None
) -> None:
    given = answer(serviceabilityConfidence=colour, **{PROPOSALS: [alternate()]})
    settled = settle_alternates(given, use_case=UseCase(use_case), provide_alternative=alternatives)
    ids = [proposal["id"] for proposal in settled[PROPOSALS]] if PROPOSALS in settled else None
    assert ids == expected
    assert {name: value for name, value in settled.items() if name != PROPOSALS} == answer(
        serviceabilityConfidence=colour
    )


@pytest.mark.requirement("87.1-CR2")
def test_cr2_the_list_is_empty_where_alternatives_were_asked_for_and_there_are_none() -> None:
    settled = settle_alternates(answer(), use_case=UseCase.ADD_OFFERING, provide_alternative=True)
    assert settled[PROPOSALS] == []
    assert found(settled, alternatives=True) == []


@pytest.mark.requirement("87.1-R55")
def test_r55_missing_ids_are_given_without_a_clash() -> None:
    proposals = [alternate(id=ABSENT), alternate(id="2"), alternate(id=ABSENT), alternate(id=ABSENT)]
    given = answer(serviceabilityConfidence="yellow", **{PROPOSALS: proposals})
    settled = settle_alternates(given, use_case=UseCase.ADD_OFFERING, provide_alternative=True)
    assert [proposal["id"] for proposal in settled[PROPOSALS]] == ["1", "2", "3", "4"]
    assert found(settled, alternatives=True) == []
    assert "id" not in given[PROPOSALS][0]


@pytest.mark.parametrize("proposals", [pytest.param("none", id="text"), pytest.param([None], id="list of null")])
def test_settling_never_hides_a_malformed_list(proposals: Any) -> None:
    given = answer(serviceabilityConfidence="red", **{PROPOSALS: proposals})
    settled = settle_alternates(given, use_case=UseCase.ADD_OFFERING, provide_alternative=True)
    assert found(settled, alternatives=True) != []


def test_a_confidence_that_is_an_enumeration_member_is_a_text_on_the_wire() -> None:
    assert found(answer(deliveryType=DeliveryType.ON_NET_WITH_BUILD)) == []
