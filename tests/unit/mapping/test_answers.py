"""What an item is answered with: rows, members, lookups, related items, candidates, alternates."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.mapping.outcomes import Answer, Failure, Outcome
from tests.support.mappings import NOW, context, outcome

OTHERWISE = "  - otherwise: {red: Not feasible}\n"


def confidence(found: Outcome) -> str:
    assert isinstance(found, Answer), found
    return str(found.fields["serviceabilityConfidence"])


def test_the_first_row_that_holds_answers() -> None:
    body = """\
answer:
  - {when: item.id == 'other', red: one}
  - {when: item.id == 'item-001', red: two}
  - {when: item.id == 'item-001', red: three}
"""
    found = outcome(body + OTHERWISE)
    assert isinstance(found, Answer)
    assert (found.fields["serviceabilityConfidenceReason"], found.rule.line) == ("two", 6)


def test_a_row_that_cannot_be_decided_is_not_passed_over() -> None:
    body = "answer:\n  - {when: item.blocked == 'Y', red: x}\n  - when: item.id == 'item-001'\n"
    found = outcome(body + "    serviceabilityConfidence: green\n" + OTHERWISE)
    assert isinstance(found, Failure)
    assert (found.rule.line, found.rule.column) == (5, 12)


def test_members_that_come_out_as_null_are_left_out() -> None:
    body = "answer:\n  - when: item.id != ''\n    serviceabilityConfidence: =item.none\n    deliveryType: =item.none\n"
    found = outcome(body + "    serviceabilityConfidenceReason: because\n" + OTHERWISE)
    assert isinstance(found, Answer)
    assert found.fields == {"serviceabilityConfidenceReason": "because"}


def test_what_an_answer_may_hold_is_written_as_the_standard_has_it() -> None:
    body = """\
answer:
  - when: item.id != ''
    serviceabilityConfidence: =lower('GREEN')
    installationInterval: {amount: =10 / 2, units: ="business" + "Days"}
    guaranteedUntilDate: =now + days(30)
"""
    found = outcome(body + OTHERWISE)
    assert isinstance(found, Answer)
    assert found.fields == {
        "serviceabilityConfidence": "green",
        "installationInterval": {"amount": 5, "units": "businessDays"},
        "guaranteedUntilDate": "2026-06-03T08:30:00.000Z",
    }


@pytest.mark.parametrize("value", ["now - now", "now - datetime('2026-01-01', 'UTC')", "item.nan", "item.naive"])
def test_what_json_cannot_hold_fails(value: str) -> None:
    item = {"id": "item-001", "nan": float("nan"), "naive": NOW.replace(tzinfo=None)}
    body = f"answer:\n  - when: item.id != ''\n    serviceabilityConfidence: red\n    guaranteedUntilDate: ={value}\n"
    assert isinstance(outcome(body + OTHERWISE, {}, context(item)), Failure)


def test_lookups_give_their_values_and_fail_on_unknown_codes() -> None:
    body = (
        "lookups: {names: {A: Alpha, 5: Five}}\nanswer:\n  - {when: item.id != '', red: '=lookup(names, item.code)'}\n"
    )
    for code, name in (("A", "Alpha"), (5, "Five")):
        found = outcome(body + OTHERWISE, {}, context({"id": "i", "code": code}))
        assert isinstance(found, Answer)
        assert found.fields["serviceabilityConfidenceReason"] == name
    for code in ("B", "a", "A ", "5", None, 5.0, True):
        assert isinstance(outcome(body + OTHERWISE, {}, context({"id": "i", "code": code})), Failure)


RELATED = """\
answer:
  - {when: related('UNI').answer.serviceabilityConfidence == 'red', red: The UNI is red}
  - when: related('UNI').answer.serviceabilityConfidence == 'green'
    serviceabilityConfidence: green
"""
ITEM = {"id": "a", "qualificationItemRelationship": [{"id": "b", "relationshipType": "UNI"}]}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param({"b": {"serviceabilityConfidence": "green"}}, "green", id="green"),
        pytest.param({"b": {"serviceabilityConfidence": "red"}}, "red", id="red"),
        pytest.param({"b": {"serviceabilityConfidence": "yellow"}}, "red", id="neither"),
        pytest.param({"b": {}}, None, id="an answer without a colour"),
        pytest.param({}, None, id="not answered yet"),
        pytest.param({"a": {"serviceabilityConfidence": "green"}}, None, id="another item is answered"),
    ],
)
def test_answers_of_related_items(answers: dict[str, Any], expected: str | None) -> None:
    found = outcome(RELATED + OTHERWISE, {}, context(ITEM, {"id": "b"}, answers=answers))
    if expected is None:
        assert isinstance(found, Failure)
    else:
        assert confidence(found) == expected


def test_a_candidate_is_known_under_its_own_name() -> None:
    body = "candidates: {each: offer, from: =catalogue}\nanswer:\n  - {when: offer.id == 'o-1', red: =offering.name}\n"
    found = outcome(body + OTHERWISE, {}, context(offering={"id": "o-1", "name": "Gold"}))
    assert isinstance(found, Answer)
    assert found.fields["serviceabilityConfidenceReason"] == "Gold"
    assert isinstance(outcome(body + OTHERWISE, {}, context()), Failure)


# alternates

ALTERNATES = """\
answer:
  - {when: item.want == 'red', red: Nothing fits}
  - when: item.want == 'yellow'
    serviceabilityConfidence: yellow
  - when: item.want == 'green'
    serviceabilityConfidence: green
  - otherwise: fail
alternates:
  each: option
  from: =item.options
  when: option.kbps >= 10
  most: 2
  proposal:
    productOffering: {id: =option.id}
    productConfiguration: {kbps: =option.kbps}
    serviceabilityConfidence: green
    serviceabilityConfidenceReason: =option.none
"""
OPTIONS = [{"id": "x", "kbps": 5}, {"id": "a", "kbps": 10}, {"id": "b", "kbps": 20}, {"id": "c", "kbps": 30}]


def alternates(want: str, options: Any = OPTIONS, **given: Any) -> Outcome:
    item = {"id": "i", "want": want, "options": options}
    return outcome(ALTERNATES, {}, context(item, **{"alternates_wanted": True, **given}))


@pytest.mark.parametrize("want", ["red", "yellow"])
def test_alternates_are_those_that_fit_and_no_more_than_said(want: str) -> None:
    found = alternates(want)
    assert isinstance(found, Answer)
    assert [(one["productOffering"], one["productConfiguration"]) for one in found.alternates] == [
        ({"id": "a"}, {"kbps": 10}),
        ({"id": "b"}, {"kbps": 20}),
    ]
    assert all("serviceabilityConfidenceReason" not in one for one in found.alternates)


@pytest.mark.parametrize(
    ("want", "given", "count"),
    [
        pytest.param("red", {"alternates_wanted": False}, 0, id="not asked for"),
        pytest.param("green", {}, 0, id="beside green"),
        pytest.param("green", {"alternates_when_green": True}, 2, id="beside green where the standard allows it"),
    ],
)
def test_alternates_only_where_they_are_wanted(want: str, given: dict[str, Any], count: int) -> None:
    found = alternates(want, **given)
    assert isinstance(found, Answer)
    assert len(found.alternates) == count


@pytest.mark.parametrize(
    "options", [None, "abc", {"id": "a"}, [{"id": "a"}], [{"kbps": None}], [None], [{"kbps": "10"}]]
)
def test_options_that_cannot_be_read_fail_the_item(options: Any) -> None:
    assert isinstance(alternates("red", options), Failure)
