"""A case gets what a Buyer would get, whatever the scripted systems do, and fails with what is different."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.authoring.running import Surroundings
from gateway.lso.agreement import Agreement
from gateway.lso.identifiers import BuyerId, Dealing, SellerId
from gateway.lso.rules import Catalogue, Offering
from tests.unit.authoring.files import LINE, REFERENCES, case, report, result, told

GREEN = """\
  legacy:
    port: [{free: 4}]
    check: {Code: A, Days: 3, Net: IN}
"""


@pytest.mark.parametrize(
    ("legacy", "expect"),
    [
        pytest.param("{port: [{free: 4}], check: {Code: A, Days: 3, Net: IN}}", "{serviceabilityConfidence: green}"),
        pytest.param("{port: [{free: 0}]}", "{red: No port is free}", id="red, nobody else is asked"),
        pytest.param("{port: []}", "{red: There is no port}", id="no rows"),
        pytest.param("{port: {rows: []}}", "red", id="no rows, spelled out"),
        pytest.param("{port: [{free: 4}, {free: 4}]}", "fail", id="more rows than meant"),
        pytest.param("{port: no answer}", "fail", id="silence"),
        pytest.param("{port: [{free: 1}]}", "{refuse: invalidValue, reason: The last port is kept}", id="refusal"),
        pytest.param(
            "{port: [{free: 1}]}", "{refuse: invalidValue, at: /productOfferingQualificationItem/0/product}", id="at"
        ),
        pytest.param("{port: [{free: 4}], check: {Code: ASK}}", "ask an operator", id="a person is asked"),
        pytest.param("{port: [{free: 4}], check: {fault: BROKEN}}", "fail", id="a fault nobody thought of"),
        pytest.param("{port: [{free: 4}], check: {fault: BUSY}}", "fail", id="busy to the end"),
        pytest.param("{port: [{free: null}]}", "fail", id="a gap"),
    ],
)
async def test_an_outcome_is_as_expected(tmp_path: Path, legacy: str, expect: str) -> None:
    found = await result(tmp_path, case(f"  legacy: {legacy}\n  expect: {expect}\n"))

    assert (found.passed, told(found), list(found.troubles)) == (True, [], [])


@pytest.mark.parametrize(
    ("legacy", "expect", "differences"),
    [
        pytest.param(
            "{port: [{free: 4}], check: {Code: A, Days: 3, Net: IN}}",
            "{serviceabilityConfidence: yellow, installationInterval: {amount: 4, units: businessDays}}",
            [("/serviceabilityConfidence", "yellow", "green"), ("/installationInterval/amount", 4, 3)],
            id="each field",
        ),
        pytest.param(
            "{port: [{free: 0}]}",
            "{red: No port is there}",
            [("/serviceabilityConfidenceReason", "No port is there", "No port is free")],
            id="the reason of a red answer",
        ),
        pytest.param(
            "{port: [{free: 0}]}",
            "{serviceabilityConfidence: red, deliveryType: onNetWithBuild}",
            [("/deliveryType", "onNetWithBuild", None)],
            id="a member that is not there",
        ),
        pytest.param(
            "{port: [{free: 1}]}",
            "{serviceabilityConfidence: red}",
            [
                (
                    "",
                    {"serviceabilityConfidence": "red"},
                    {
                        "refuse": "invalidValue",
                        "at": "/productOfferingQualificationItem/0/product",
                        "reason": "The last port is kept",
                    },
                )
            ],
            id="another kind of outcome",
        ),
    ],
)
async def test_what_is_different_is_told_field_by_field(
    tmp_path: Path, legacy: str, expect: str, differences: list[tuple[str, object, object]]
) -> None:
    found = await result(tmp_path, case(f"  legacy: {legacy}\n  expect: {expect}\n"))

    assert (found.passed, told(found)) == (False, differences)


async def test_a_promise_where_none_is_expected_fails_with_the_row_that_made_it(tmp_path: Path) -> None:
    found = await result(tmp_path, case(f"{GREEN}  expect: fail\n"))

    assert not found.passed
    assert found.rule is not None
    assert LINE.splitlines()[found.rule.line - 1] == "  - when: check.Code == 'A'"


async def test_an_error_in_an_expression_is_told_at_its_place(tmp_path: Path) -> None:
    body = "  legacy: {port: [{free: 4}], check: {Code: A, Days: 3, Net: ORBIT}}\n  expect: red\n"
    found = await result(tmp_path, case(body))

    assert found.error == "the lookup 'delivery' has no entry for 'ORBIT'"
    assert found.rule is not None
    line = LINE.splitlines()[found.rule.line - 1]
    assert line[found.rule.column - 1 :] == "lookup(delivery, check.Net)"


@pytest.mark.requirement("87.1-R53")
async def test_an_answer_that_breaks_the_standard_is_none(tmp_path: Path) -> None:
    body = "  legacy: {port: [{free: 4}], check: {Code: A, Days: 3, Net: GONE}}\n  expect: fail\n"
    found = await result(tmp_path, case(body))

    assert found.passed
    assert "/deliveryType: is missing" in found.error


@pytest.mark.parametrize("outcome", ["fail", "red", "{serviceabilityConfidence: green}"])
async def test_a_step_without_a_reply_fails_the_case_whatever_it_expects(tmp_path: Path, outcome: str) -> None:
    found = await result(tmp_path, case(f"  legacy: {{port: [{{free: 4}}]}}\n  expect: {outcome}\n"))

    assert not found.passed
    assert list(found.troubles) == ["'check' is asked, and the test has no reply for it: write one under 'legacy'"]


async def test_replies_come_in_turn(tmp_path: Path) -> None:
    legacy = "{port: [{free: 4}], check: {in turn: [{fault: BUSY}, {Code: A, Days: 3, Net: NEAR}]}}"
    found = await result(tmp_path, case(f"  legacy: {legacy}\n  expect: {{deliveryType: onNetWithBuild}}\n"))

    assert found.passed


async def test_a_step_that_is_asked_more_often_than_it_replies_fails_the_case(tmp_path: Path) -> None:
    legacy = "{port: [{free: 4}], check: {in turn: [{fault: BUSY}, {fault: BUSY}]}}"
    found = await result(tmp_path, case(f"  legacy: {legacy}\n  expect: fail\n"))

    assert list(found.troubles) == ["'check' is asked 3 times, and the test has 2 replies"]


@pytest.mark.parametrize(
    ("sends", "differences"),
    [
        pytest.param("port: {ref: OFFER-1}", [], id="partly named"),
        pytest.param("port: {ref: OFFER-1, buyer: buyer}", [], id="a Buyer nobody named"),
        pytest.param('check: {At: "2026-01-01T00:00:00.000Z"}', [], id="the moment nobody named"),
        pytest.param("check: {Poq: null}", [], id="what is left out"),
        pytest.param("check: {Ref: OFFER-2}", [("/check/Ref", "OFFER-2", "OFFER-1")], id="another value"),
        pytest.param("check: {Reference: X}", [("/check/Reference", "X", None)], id="another name"),
        pytest.param("port: not asked", [("/port", "not asked", {"ref": "OFFER-1", "buyer": "buyer"})], id="asked"),
        pytest.param("check: [{Ref: OFFER-1}]", [], id="each call"),
        pytest.param("check: [{Ref: OFFER-1}, {Ref: OFFER-1}]", None, id="fewer calls than expected"),
    ],
)
async def test_what_goes_out_is_held_against_the_case(
    tmp_path: Path, sends: str, differences: list[tuple[str, object, object]] | None
) -> None:
    found = await result(
        tmp_path, case(f"{GREEN}  sends:\n    {sends}\n  expect: {{serviceabilityConfidence: green}}\n")
    )

    said = [(one.pointer, one.expected, one.found) for one in found.sent_otherwise]
    assert said == differences if differences is not None else len(said) == 1
    assert found.passed is (differences == [])


async def test_a_step_that_should_have_been_asked_is_missed(tmp_path: Path) -> None:
    found = await result(tmp_path, case("  legacy: {port: [{free: 0}]}\n  sends: {check: {}}\n  expect: red\n"))

    assert [(one.pointer, one.expected, one.found) for one in found.sent_otherwise] == [("/check", {}, "not asked")]


async def test_a_case_has_its_own_moment_and_buyer(tmp_path: Path) -> None:
    said = '  now: "2026-05-01T12:00:00+02:00"\n  buyer: {id: acme, name: Acme}\n'
    sends = '  sends: {port: {buyer: acme}, check: {At: "2026-05-01T10:00:00.000Z"}}\n'
    found = await result(
        tmp_path, case(f'{said}{GREEN}{sends}  expect: {{guaranteedUntilDate: "2026-05-31T10:00:00.000Z"}}\n')
    )

    assert found.passed


@pytest.mark.requirement("87.1-R48", "87.1-R49")
async def test_the_best_of_the_offerings_answers_an_item_that_names_none(tmp_path: Path) -> None:
    item = """\
  request: {provideAlternative: true}
  item:
    product:
      productSpecification: {id: "urn:example:spec:line:v1"}
      productConfiguration: {"@type": "urn:example:spec:line:v1"}
  catalogue: [{id: OFFER-1}, {id: OFFER-2}]
"""
    body = """\
  legacy:
    port: {in turn: [[{free: 0}], [{free: 4}]]}
    check: {Code: A, Days: 3, Net: IN}
  sends:
    port: [{ref: OFFER-1}, {ref: OFFER-2}]
  expect:
    serviceabilityConfidence: green
    productOffering: {id: OFFER-2}
    alternateProductOfferingProposal: []
"""
    found = await result(tmp_path, case(body, item=item))

    assert (told(found), list(found.sent_otherwise), found.passed) == ([], [], True)


async def test_an_item_that_the_mapping_does_not_answer_fails_the_case(tmp_path: Path) -> None:
    item = """\
  item:
    action: modify
    product: {id: P-1, productOffering: {id: O}, productConfiguration: {"@type": "urn:example:spec:line:v1"}}
"""
    found = await result(tmp_path, case("  expect: fail\n", item=item))

    assert list(found.troubles) == ["no mapping answers urn:example:spec:line:v1 (modify)"]


async def test_a_configuration_adds_what_is_on_offer(tmp_path: Path) -> None:
    """An alternate that nobody sells is no answer once the offerings are known."""
    mapping = (
        LINE
        + """\
alternates:
  each: way
  from: =check.Others
  proposal:
    productOffering: {id: =way.Id}
    productConfiguration: =item.product.productConfiguration
    serviceabilityConfidence: green
    installationInterval: {amount: 1, units: businessDays}
    deliveryType: onNetWithBuild
"""
    )
    mapping = mapping.replace(
        "serviceabilityConfidence: green\n    installationInterval: {amount: =check",
        "serviceabilityConfidence: yellow\n    installationInterval: {amount: =check",
    )
    body = "  legacy: {port: [{free: 4}], check: {Code: A, Days: 3, Net: IN, Others: [{Id: OFFER-9}]}}\n"
    asked = "  request: {provideAlternative: true}\n"
    text = case(f"{asked}{body}  expect: {{serviceabilityConfidence: yellow}}\n")
    offered = Surroundings(catalogue=Catalogue({"OFFER-1": Offering()}))

    assert (await result(tmp_path, text, mapping)).passed
    found = await result(tmp_path, text, mapping, offered)
    assert "the offering 'OFFER-9' is not in the catalogue" in found.error


@pytest.mark.parametrize(
    ("kind", "rows", "expect"),
    [
        pytest.param("address", "[{site: S1, offering: null}]", "{found: {site: S1}}", id="known"),
        pytest.param("address", "[]", "unknown", id="unknown"),
        pytest.param("address", "no answer", "fail", id="silence"),
        pytest.param("product", "[{site: S1, offering: 7}]", "fail", id="what no request can be held against"),
    ],
)
async def test_a_reference_is_known_as_its_case_says(tmp_path: Path, kind: str, rows: str, expect: str) -> None:
    text = f"- test: a case\n  reference: {{kind: {kind}, id: A-1}}\n  legacy: {{spot: {rows}}}\n  expect: {expect}\n"
    found = await result(tmp_path, text, REFERENCES)

    assert (told(found), found.passed) == ([], True)


async def test_what_references_files_found_is_there_for_the_mapping(tmp_path: Path) -> None:
    mapping = LINE.replace("ref: =offering.id, buyer", "ref: =spot.site, buyer")
    mapping = mapping.replace("lookups:", "let:\n  spot: =known(place(item, 'AT').place)\nlookups:")
    item = """\
  item:
    product:
      productOffering: {id: OFFER-1}
      productConfiguration: {"@type": "urn:example:spec:line:v1"}
      place: [{role: AT, place: {"@type": GeographicAddressRef, id: A-1}}]
"""
    known = "  known: {address: {A-1: {site: S-1}}}\n"
    body = "  legacy: {port: [{free: 0}]}\n  sends: {port: {ref: S-1}}\n  expect: red\n"

    assert (await result(tmp_path, case(known + body, item=item), mapping)).passed
    missing = await result(tmp_path, case(body, item=item), mapping)
    assert "no references file has told" in missing.error


async def test_cases_do_not_see_each_other(tmp_path: Path) -> None:
    red, green = "{port: [{free: 0}]}", "{port: [{free: 4}], check: {Code: A, Days: 3, Net: IN}}"
    text = "".join(
        case(f"  legacy: {legacy}\n  expect: {{serviceabilityConfidence: {color}}}\n", name=f"case {number}")
        for number, (legacy, color) in enumerate([(green, "green"), (red, "red"), (green, "green")])
    )
    found = await report(tmp_path, text)

    assert [one.passed for one in found.results] == [True, True, True]


AGREED = Surroundings(
    agreements={
        Dealing(BuyerId("buyer"), SellerId("seller")): Agreement(place_types=("GeographicSiteRef",)),
        Dealing(BuyerId("wide"), SellerId("seller")): Agreement(),
    }
)
PLACE = """\
  item:
    product:
      productOffering: {id: OFFER-1}
      productConfiguration: {"@type": "urn:example:spec:line:v1"}
      place:
        - role: INSTALL_LOCATION
          place: {"@type": GeographicAddressRef, id: A-1}
          contact: [{emailAddress: a@buyer.example, name: A, number: "1"}]
"""
AT = "/productOfferingQualificationItem/0/product/place/0/place/@type"


@pytest.mark.parametrize(
    ("buyer", "expect", "troubles"),
    [
        pytest.param("buyer", "red", [f"the API refuses the request (422): {AT} "], id="not agreed"),
        pytest.param("nobody", "red", [f"the API refuses the request (422): {AT} "], id="nobody: the first one"),
        pytest.param("wide", "red", [], id="agreed with another"),
        pytest.param("buyer", f"{{refuse: invalidValue, at: '{AT}'}}", [], id="as it should be"),
        pytest.param("buyer", "{refuse: missingProperty}", [f"the API refuses the request (422): {AT} "], id="other"),
    ],
)
async def test_a_request_that_was_not_agreed_reaches_no_mapping(
    tmp_path: Path, buyer: str, expect: str, troubles: list[str]
) -> None:
    text = case(f"  buyer: {buyer}\n  legacy: {{port: [{{free: 0}}]}}\n  expect: {expect}\n", item=PLACE)
    found = await result(tmp_path, text, around=AGREED)

    assert found.passed is not bool(troubles)
    assert [one.startswith(start) for one, start in zip(found.troubles, troubles, strict=True)] == [True] * len(
        troubles
    )


async def test_the_envelope_that_a_case_does_not_write_is_held_against_nothing(tmp_path: Path) -> None:
    demanded = Agreement(demanded_contact_roles=("technicalContact",), response_types=("deferred",))
    around = Surroundings(agreements={Dealing(BuyerId("buyer"), SellerId("seller")): demanded})
    body = "  legacy: {port: [{free: 0}]}\n  expect: red\n"

    assert (await result(tmp_path, case(body), around=around)).passed
    found = await result(tmp_path, case("  request: {instantSyncQualification: true}\n" + body), around=around)
    assert any("/instantSyncQualification" in one for one in found.troubles)
