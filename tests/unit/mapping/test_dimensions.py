"""Partial verdicts: the worst counts, nothing is promised that one of them does not, the reason says which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mapping.collection import load_collection
from gateway.mapping.outcomes import Answer, Failure, Outcome, Postponed, Refusal
from gateway.sources.findings import FindingsError
from tests.support.mappings import HEAD, KINDS, context, drive, findings, loaded, outcome, told

BODY = """\
steps:
  net: {soap: s, operation: o, on: {any fault: fail}}
dimensions:
  technical:
    - when: net.t == 'no'
      red: =net.why
    - when: net.t in ['green', 'yellow']
      serviceabilityConfidence: =net.t
      serviceabilityConfidenceReason: =net.why
      installationInterval: {amount: =net.days, units: =net.units}
      deliveryType: =net.delivery
      guaranteedUntilDate: =net.until
    - otherwise: fail
  commercial:
    - when: net.c == 'refused'
      refuse: otherIssue
      reason: Not sold to this Buyer
    - when: net.c == 'person'
      ask an operator: Look at the price
    - when: net.c in ['green', 'yellow', 'red']
      serviceabilityConfidence: =net.c
      installationInterval: {amount: 5, units: businessDays}
      deliveryType: onNetWithBuild
      guaranteedUntilDate: =now + days(10)
    - otherwise: fail
"""
GOOD: dict[str, Any] = {
    "t": "green",
    "c": "green",
    "why": "Fibre in place",
    "days": 3,
    "units": "businessDays",
    "delivery": "onNetWithoutBuild",
    "until": "2026-06-01T00:00:00Z",
}


def found(**changes: Any) -> Outcome:
    return outcome(BODY, {"net": {**GOOD, **changes}})


def fields(**changes: Any) -> dict[str, Any]:
    answer = found(**changes)
    assert isinstance(answer, Answer), answer
    return dict(answer.fields)


@pytest.mark.parametrize(
    ("technical", "commercial", "confidence", "reason"),
    [
        pytest.param("green", "green", "green", "technical: Fibre in place", id="all green: who gives a reason"),
        pytest.param("yellow", "green", "yellow", "technical: Fibre in place", id="the first is worse"),
        pytest.param("green", "yellow", "yellow", "commercial", id="the second is worse, and gives none"),
        pytest.param("yellow", "yellow", "yellow", "technical: Fibre in place; commercial", id="both"),
        pytest.param("no", "yellow", "red", "technical: Fibre in place", id="red beats yellow"),
        pytest.param("no", "red", "red", "technical: Fibre in place; commercial", id="both red"),
    ],
)
def test_the_worst_counts_and_the_reason_says_which(
    technical: str, commercial: str, confidence: str, reason: str
) -> None:
    said = fields(t=technical, c=commercial)
    assert (said["serviceabilityConfidence"], said["serviceabilityConfidenceReason"]) == (confidence, reason)


def test_the_rule_is_that_of_the_first_that_is_worst() -> None:
    answer = found(c="yellow")
    assert isinstance(answer, Answer)
    assert answer.rule.line == HEAD.count("\n") + 20


def test_red_needs_nothing_more() -> None:
    assert fields(c="red").keys() == {"serviceabilityConfidence", "serviceabilityConfidenceReason"}


def test_the_longest_interval_the_earliest_date_and_the_harder_delivery_count() -> None:
    said = fields(days=7)
    assert said["installationInterval"] == {"amount": 7, "units": "businessDays"}
    assert said["guaranteedUntilDate"] == "2026-05-14T08:30:00.000Z"
    assert said["deliveryType"] == "onNetWithBuild"
    assert fields(days=2)["installationInterval"] == {"amount": 5, "units": "businessDays"}
    assert fields(until="2026-05-05T00:00:00+02:00")["guaranteedUntilDate"] == "2026-05-05T00:00:00+02:00"


@pytest.mark.parametrize(
    ("delivery", "both"),
    [
        ("onNetWithBuild", "onNetWithBuild"),
        ("onNetWithoutBuild", "onNetWithBuild"),
        ("offNetWithoutBuild", "offNetWithBuild"),
        ("offNetWithBuild", "offNetWithBuild"),
    ],
)
def test_what_one_dimension_needs_the_whole_needs(delivery: str, both: str) -> None:
    assert fields(delivery=delivery)["deliveryType"] == both


INTERVALS = """\
let: {a: =item.a, b: =item.b}
dimensions:
  one:
    - when: item.ok
      serviceabilityConfidence: green
      installationInterval: =a
    - otherwise: fail
  two:
    - when: item.ok
      serviceabilityConfidence: green
      installationInterval: =b
    - otherwise: fail
"""


def interval(one: Any, two: Any) -> Any:
    item = {"id": "item-001", "ok": True, "a": one, "b": two}
    answer, _ = drive(loaded(INTERVALS), {}, context(item))
    return answer.fields["installationInterval"] if isinstance(answer, Answer) else None


@pytest.mark.parametrize(
    ("one", "two", "longer"),
    [
        pytest.param((1, "years"), (13, "months"), (13, "months"), id="months and years"),
        pytest.param((2, "calendarDays"), (47, "calendarHours"), (2, "calendarDays"), id="days and hours"),
        pytest.param((1, "minutes"), (61, "seconds"), (61, "seconds"), id="minutes and seconds"),
        pytest.param((1, "businessDays"), (1, "businessDays"), (1, "businessDays"), id="the same"),
        pytest.param((1, "businessDays"), (9, "calendarDays"), None, id="business days and calendar days"),
        pytest.param((1, "businessDays"), (9, "businessHours"), None, id="business days and hours"),
        pytest.param((1, "months"), (20, "calendarDays"), None, id="months and days"),
        pytest.param((1, "weeks"), (1, "weeks"), None, id="no unit"),
        pytest.param((1.5, "months"), (1, "months"), None, id="a fraction"),
        pytest.param(("1", "months"), (1, "months"), None, id="a text"),
        pytest.param((None, "months"), (1, "months"), None, id="null"),
    ],
)
def test_intervals_are_compared_where_they_can_be(one: Any, two: Any, longer: Any) -> None:
    written = [{"amount": amount, "units": units} for amount, units in (one, two)]
    expected = {"amount": longer[0], "units": longer[1]} if longer else None
    assert interval(*written) == interval(*reversed(written)) == expected


def test_a_dimension_that_names_an_interval_and_has_none_is_no_answer() -> None:
    assert interval(None, {"amount": 1, "units": "months"}) is None
    assert interval("3 months", {"amount": 1, "units": "months"}) is None


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"until": None}, id="no date"),
        pytest.param({"until": "soon"}, id="no date-time"),
        pytest.param({"until": "2026-05-05T00:00:00"}, id="no offset"),
        pytest.param({"delivery": None}, id="no delivery type"),
        pytest.param({"delivery": "byAir"}, id="another delivery type"),
        pytest.param({"days": None}, id="no length"),
        pytest.param({"t": "purple"}, id="a code that nobody knows"),
        pytest.param({"c": None}, id="a verdict that is missing"),
    ],
)
def test_what_cannot_be_put_together_is_no_answer(changes: dict[str, Any]) -> None:
    assert isinstance(found(**changes), Failure)


def test_what_ends_an_item_ends_it_in_a_dimension_too() -> None:
    assert isinstance(found(c="refused"), Refusal)
    assert isinstance(found(c="person"), Postponed)
    assert isinstance(found(t="no", c="refused"), Refusal)  # a red of one is no verdict of all
    assert isinstance(found(t="what", c="refused"), Failure)  # in the order of the file


def test_an_item_waits_for_those_whose_answers_a_dimension_reads() -> None:
    body = """\
dimensions:
  technical:
    - when: related('CONNECTS_TO_UNI').answer.serviceabilityConfidence == 'red'
      red: The UNI cannot be delivered
    - otherwise: fail
"""
    assert loaded(body).related_answers == {"CONNECTS_TO_UNI"}


COLORS = st.sampled_from(["green", "yellow", "no", "red", None, "other"])
VALUES = st.sampled_from([None, 0, 3, 9, "x"])


@settings(max_examples=150, deadline=None)
@given(COLORS, COLORS, VALUES, st.sampled_from([None, "businessDays", "months", "x"]), st.sampled_from(sorted(GOOD)))
def test_no_dimension_promises_less_than_all_together(t: Any, c: Any, days: Any, units: Any, missing: str) -> None:
    reply = {**GOOD, "t": t, "c": c, "days": days, "units": units}
    for one in (reply, {name: value for name, value in reply.items() if name != missing}):
        answer = outcome(BODY, {"net": one})
        if not isinstance(answer, Answer) or answer.fields["serviceabilityConfidence"] == "red":
            continue
        assert {one["t"], one["c"]} <= {"green", "yellow"}
        rank = ["green", "yellow"].index
        assert rank(answer.fields["serviceabilityConfidence"]) == max(rank(one["t"]), rank(one["c"]))
        assert answer.fields["installationInterval"]["amount"] >= max(5, one["days"])


ROW = "    - otherwise: fail\n"


@pytest.mark.parametrize(
    ("code", "body", "line", "column"),
    [
        pytest.param("MAP-106", "answer: [{otherwise: fail}]\ndimensions: {a: [{otherwise: fail}]}\n", 2, 1, id="both"),
        pytest.param("MAP-106", "dimensions: {}\n", 1, 13, id="none"),
        pytest.param("MAP-106", "dimensions: {a: []}\n", 1, 17, id="no rows"),
        pytest.param("MAP-107", "dimensions: {a-b: [{otherwise: fail}]}\n", 1, 14, id="no name"),
        pytest.param(
            "MAP-301", "dimensions:\n  a:\n    - {when: item.x, red: y}\n  b:\n" + ROW, 3, 7, id="no otherwise"
        ),
        pytest.param(
            "MAP-302", "dimensions: {a: [{otherwise: {serviceabilityConfidence: green}}]}\n", 1, 18, id="a green rest"
        ),
        pytest.param(
            "MAP-309",
            "dimensions:\n  a:\n    - when: 1 == 1\n      serviceabilityConfidence: green\n" + ROW,
            3,
            13,
            id="a promise that depends on nothing",
        ),
        pytest.param("MAP-203", "dimensions:\n  a:\n    - {when: itm.x, red: y}\n" + ROW, 3, 14, id="a name"),
        pytest.param("MAP-202", "dimensions:\n  a:\n    - {when: =item.x, red: y}\n" + ROW, 3, 14, id="a condition"),
        pytest.param(
            "MAP-211",
            "dimensions:\n  a:\n    - {when: item.x, red: item.name}\n" + ROW,
            3,
            27,
            id="an expression that is none",
        ),
    ],
)
def test_a_mistake_in_a_dimension_is_found_at_its_place(code: str, body: str, line: int, column: int) -> None:
    assert told(findings(body)) == [(code, line, column)]


GAP = """\
let: {worth: "=default(net.more, 'N') == 'Y'"}
steps:
  net: {{soap: s, operation: o, on: {{any fault: fail}}}}
  deep: {{soap: s, operation: o, when: worth, on: {{any fault: fail}}}}
dimensions:
  one:
    - {{when: net.a == 'A', serviceabilityConfidence: green}}
    - otherwise: fail
  two:
    - {{when: {two}.b == 'B', serviceabilityConfidence: green}}
    - otherwise: fail
"""


def test_a_step_that_one_dimension_always_needs_may_be_skipped() -> None:
    body = GAP.replace("{worth: \"=default(net.more, 'N') == 'Y'\"}", "{{worth: \"=default(net.more, 'N') == 'Y'\"}}")
    assert not findings(body.format(two="deep"))
    assert [one.code for one in findings(body.format(two="net"))] == ["MAP-308"]


def test_some_dimension_gives_what_a_promise_needs(tmp_path: Path) -> None:
    body = INTERVALS.replace("item.ok", "item.action == 'add'").replace("{a: =item.a, b: =item.b}", "{a: 1, b: 1}")
    (tmp_path / "one.yaml").write_text(HEAD + body, encoding="utf-8")
    with pytest.raises(FindingsError, match="MAP-311 green and yellow need deliveryType"):
        load_collection([tmp_path], KINDS)
