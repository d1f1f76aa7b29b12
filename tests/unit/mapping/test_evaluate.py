"""One item driven through its mapping: what is asked when, what each reply leads to, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.lso.problems import ProblemCode
from gateway.mapping.evaluate import TRIES, Ask, ItemEvaluation
from gateway.mapping.outcomes import (
    Answer,
    Answered,
    Failure,
    Faulted,
    Impossible,
    Outcome,
    Postponed,
    Refusal,
    Unanswered,
)
from tests.support.mappings import context, drive, loaded, outcome

OTHERWISE = "  - otherwise: {red: Not feasible}\n"
RED = {"serviceabilityConfidence": "red", "serviceabilityConfidenceReason": "Not feasible"}
PORT = """\
steps:
  port:
    sql: inventory
    query: SELECT 1
    with: {ref: =item.id}
    rows: %s
    on: {%s}
answer:
  - when: port.free > 10
    serviceabilityConfidence: green
    installationInterval: {amount: =port.days, units: businessDays}
    deliveryType: onNetWithoutBuild
"""
CALL = """\
steps:
  check: {soap: nimbus, operation: Check, with: {Ref: =item.id}, on: {%s}}
answer:
  - when: check.code == 'A'
    serviceabilityConfidence: green
"""


def port(rows: str = "one", on: str = "no rows: {red: No port}, many rows: fail") -> str:
    return PORT % (rows, on) + OTHERWISE


def call(on: str) -> str:
    return CALL % on + OTHERWISE


def confidence(found: Outcome) -> str:
    assert isinstance(found, Answer), found
    return str(found.fields["serviceabilityConfidence"])


# how it is driven


def test_independent_steps_are_asked_at_the_same_time_and_others_after_those_they_read() -> None:
    body = """\
let: {key: =left.key}
steps:
  left: {soap: s, operation: o, on: {any fault: fail}}
  right: {soap: s, operation: o, on: {any fault: fail}}
  after: {soap: s, operation: o, with: {Key: =key}, timeout: 2 s, on: {any fault: fail}}
answer: [{otherwise: {red: =after.text}}]
"""
    evaluation = ItemEvaluation(loaded(body), context())
    first = evaluation.advance()
    assert isinstance(first, Ask)
    assert [made.step for made in first.calls] == ["left", "right"]
    evaluation.settle("right", Answered({}))
    assert evaluation.advance() == Ask(())  # the left one is still under way
    evaluation.settle("left", Answered({"key": 7}))
    (second,) = evaluation.advance().calls  # type: ignore[union-attr]
    assert (second.step, second.arguments, second.attempt, second.timeout) == ("after", {"Key": 7}, 1, 2.0)
    evaluation.settle("after", Answered({"text": "told"}))
    assert isinstance(found := evaluation.advance(), Answer)
    assert found.fields["serviceabilityConfidenceReason"] == "told"


@pytest.mark.parametrize("name", ["port", "nowhere"])
def test_a_reply_that_nobody_waits_for_decides_nothing(name: str) -> None:
    evaluation = ItemEvaluation(loaded(port()), context())
    evaluation.advance()
    evaluation.settle("port", Answered([]))
    with pytest.raises(ValueError, match="no call"):
        evaluation.settle(name, Answered([{"free": 100, "days": 1}]))
    assert confidence(evaluation.advance()) == "red"  # type: ignore[arg-type]


def test_a_skipped_step_is_not_asked_and_its_name_is_null() -> None:
    body = """\
steps:
  port: {soap: s, operation: o, when: item.action == 'modify', on: {any fault: fail}}
  after: {soap: s, operation: o, when: port != None, on: {any fault: fail}}
answer:
  - {when: port == None and after == None, red: Skipped}
  - otherwise: fail
"""
    found, made = drive(loaded(body), {})
    assert made == []
    assert isinstance(found, Answer)
    assert found.fields["serviceabilityConfidenceReason"] == "Skipped"


def test_reading_a_skipped_step_as_if_it_had_answered_fails() -> None:
    body = port().replace("    rows:", "    when: item.action == 'modify'\n    rows:")
    found = outcome(body)
    assert isinstance(found, Failure)
    assert "null" in found.reason


def test_a_condition_of_a_step_that_cannot_be_computed_fails_the_item() -> None:
    body = port().replace("    rows:", "    when: item.nothing > 5\n    rows:")
    found, made = drive(loaded(body), {})
    assert isinstance(found, Failure)
    assert (made, found.rule.line) == ([], 9)


def test_arguments_that_cannot_be_computed_fail_the_item_without_a_call() -> None:
    found, made = drive(loaded(port().replace("=item.id", "=upper(item.none)")), {})
    assert isinstance(found, Failure)
    assert (made, found.rule.line, found.rule.column) == ([], 8, 18)


def test_a_name_is_computed_once_and_only_if_it_is_read() -> None:
    body = """\
let:
  never: =one([])
  broken: =number(item.id)
answer:
  - {when: item.action == 'modify' and broken > 1, red: x}
  - when: count([item.id, item.id]) == 2
    red: =item.id
  - otherwise: fail
"""
    found = outcome(body)
    assert isinstance(found, Answer)
    assert found.fields["serviceabilityConfidenceReason"] == "item-001"


def test_a_name_that_cannot_be_computed_fails_the_item_at_its_own_line() -> None:
    found = outcome("let:\n  broken: =number(item.id)\nanswer:\n  - {when: broken > 1, red: x}\n" + OTHERWISE)
    assert isinstance(found, Failure)
    assert (found.rule.line, found.rule.column) == (5, 12)


def test_the_longest_allowed_chain_of_names_can_be_computed() -> None:
    lets = "let:\n  a0: =item.id\n" + "".join(f"  a{n}: =a{n - 1}\n" for n in range(1, 40))
    found = outcome(lets + "answer:\n  - {when: a39 == 'item-001', red: x}\n  - otherwise: fail\n")
    assert confidence(found) == "red"


# what replies lead to


@pytest.mark.parametrize(
    ("rows", "reply", "expected"),
    [
        pytest.param("one", [{"free": 11, "days": 5}], "green", id="the row"),
        pytest.param("one", [{"free": 10, "days": 5}], "red", id="a row that does not hold"),
        pytest.param("one", [], "No port", id="no row"),
        pytest.param("one", [{}, {}], "fail", id="too many"),
        pytest.param("one", [{"free": None, "days": 5}], "fail", id="a null in the row"),
        pytest.param("one", [{}], "fail", id="a column that is not there"),
        pytest.param("one", [{"free": "11"}], "fail", id="a text instead of a number"),
        pytest.param("one", [{"free": True}], "fail", id="a truth value instead of a number"),
        pytest.param("one", [{"free": float("inf")}], "fail", id="infinity"),
        pytest.param("one", [{"free": float("nan")}], "fail", id="not a number"),
        pytest.param("one", [None], "fail", id="null instead of a row"),
        pytest.param("one", ["x"], "fail", id="a text instead of a row"),
        pytest.param("one", None, "fail", id="null instead of rows"),
        pytest.param("one", {"free": 11}, "fail", id="a row instead of rows"),
        pytest.param("one", "rows", "fail", id="a text instead of rows"),
        pytest.param("one", 5, "fail", id="a number instead of rows"),
        pytest.param("optional", [], "fail", id="an optional row that is read all the same"),
        pytest.param("optional", [{"free": 11, "days": 5}], "green", id="an optional row"),
        pytest.param("optional", [{}, {}], "fail", id="too many optional rows"),
    ],
)
def test_rows(rows: str, reply: Any, expected: str) -> None:
    on = "many rows: fail" if rows == "optional" else "no rows: {red: No port}, many rows: fail"
    found = outcome(port(rows, on), {"port": reply})
    if expected == "fail":
        assert isinstance(found, Failure)
    elif expected == "No port":
        assert isinstance(found, Answer)
        assert found.fields["serviceabilityConfidenceReason"] == "No port"
    else:
        assert confidence(found) == expected


MANY = """\
steps:
  ports: {sql: s, query: q, rows: many, %s on: {many rows: {red: Too many}}}
answer:
  - {when: count(ports) == 2, red: Two}
"""


@pytest.mark.parametrize(
    ("limit", "count", "expected"),
    [
        pytest.param("", 2, "Two", id="a few"),
        pytest.param("", 0, "Not feasible", id="none is a list too"),
        pytest.param("most: 2,", 2, "Two", id="as many as allowed"),
        pytest.param("most: 2,", 3, "Too many", id="one more"),
        pytest.param("", 501, "Too many", id="more than the usual limit"),
    ],
)
def test_many_rows(limit: str, count: int, expected: str) -> None:
    found = outcome(MANY % limit + OTHERWISE, {"ports": [{"a": 1}] * count})
    assert isinstance(found, Answer)
    assert found.fields["serviceabilityConfidenceReason"] == expected


@pytest.mark.parametrize(
    ("on", "result", "reason"),
    [
        pytest.param("fault B: {red: b}, any fault: fail", Faulted(["A", "B"], "t"), "b", id="by a later code"),
        pytest.param(
            "fault B: {red: b}, fault A: {red: a}, any fault: fail", Faulted(["A", "B"], "t"), "a", id="first"
        ),
        pytest.param("any fault: {red: any}", Faulted(["A"], "t"), "any", id="any"),
        pytest.param("any fault: {red: any}", Faulted([], "t"), "any", id="no code at all"),
        pytest.param("any fault: fail, no answer: {red: none}", Unanswered("timeout"), "none", id="no answer"),
    ],
)
def test_on_entries(on: str, result: Any, reason: str) -> None:
    found = outcome(call(on), {"check": result})
    assert isinstance(found, Answer)
    assert found.fields == {"serviceabilityConfidence": "red", "serviceabilityConfidenceReason": reason}


@pytest.mark.parametrize(
    ("on", "result", "told"),
    [
        pytest.param("any fault: fail", Faulted(["A", "B"], "broken"), "A / B: broken", id="a fault"),
        pytest.param("fault A: {red: a}, any fault: fail", Faulted(["a"], "t"), "fault a", id="another code"),
        pytest.param("any fault: {fail: Call somebody}", Faulted(["A"], "t"), "Call somebody", id="in its own words"),
        pytest.param("any fault: {red: x}", Unanswered("timeout"), "no answer: timeout", id="no answer is no fault"),
        pytest.param("any fault: {red: x}, no answer: {red: x}", Impossible("no id"), "no id", id="not to be asked"),
    ],
)
def test_what_nobody_speaks_about_fails(on: str, result: Any, told: str) -> None:
    found = outcome(call(on), {"check": result})
    assert isinstance(found, Failure)
    assert told in found.reason


def test_a_fault_of_a_step_with_rows_fails_unless_said_otherwise() -> None:
    assert isinstance(outcome(port(), {"port": Faulted(["X"], "t")}), Failure)
    assert isinstance(outcome(port(), {"port": Unanswered("timeout")}), Failure)


@pytest.mark.parametrize(
    ("action", "kind", "text"),
    [
        pytest.param("ask an operator", Postponed, "operator", id="ask"),
        pytest.param("{ask an operator: Please look}", Postponed, "Please look", id="ask with a reason"),
        pytest.param("{wait: 30 s}", Postponed, "30 s", id="wait"),
        pytest.param("{wait: 0 s}", Postponed, "0 s", id="wait for nothing"),
        pytest.param("{red: =item.none}", Failure, "a text is needed", id="a reason that is missing"),
        pytest.param("{red: ' '}", Failure, "a text is needed", id="a blank reason"),
        pytest.param("{red: =5}", Failure, "a text is needed", id="a reason that is no text"),
        pytest.param("{refuse: otherIssue, reason: r, at: =item.id}", Failure, "JSON Pointer", id="no pointer"),
    ],
)
def test_words(action: str, kind: type, text: str) -> None:
    found = outcome(call(f"any fault: {action}"), {"check": Faulted(["X"], "t")})
    assert isinstance(found, kind)
    assert text in found.reason  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("action", "wait"),
    [
        pytest.param("ask an operator", None, id="ask"),
        pytest.param("{ask an operator: Please look}", None, id="ask with a reason"),
        pytest.param("{wait: 30 s}", 30.0, id="wait"),
        pytest.param("{wait: 2 h}", 7200.0, id="wait for hours"),
    ],
)
def test_who_postpones_says_for_how_long_or_that_an_operator_answers(action: str, wait: float | None) -> None:
    found = outcome(call(f"any fault: {action}"), {"check": Faulted(["X"], "t")})
    assert isinstance(found, Postponed)
    assert found.wait == wait


@pytest.mark.parametrize(
    ("at", "pointer"),
    [
        pytest.param("", None, id="the item"),
        pytest.param(", at: /a/b", "/a/b", id="as written"),
        pytest.param(
            ", at: \"=pointer(item, 'id')\"", "/productOfferingQualificationItem/0/id", id="made of the request"
        ),
    ],
)
def test_refusals_point_into_the_request(at: str, pointer: str | None) -> None:
    found = outcome(
        call(f"any fault: {{refuse: referenceNotFound, reason: =item.id{at}}}"), {"check": Faulted([], "t")}
    )
    assert isinstance(found, Refusal)
    assert (found.code, found.reason, found.pointer) == (ProblemCode.REFERENCE_NOT_FOUND, "item-001", pointer)


RETRY = "fault BUSY: retry, any fault: fail, no answer: fail"
BUSY = Faulted(["BUSY"], "t")


@pytest.mark.parametrize(
    ("replies", "tries", "calls", "expected"),
    [
        pytest.param([BUSY, {"code": "A"}], {}, 2, "green", id="the second time"),
        pytest.param([BUSY, BUSY, {"code": "B"}], {}, 3, "red", id="the third time"),
        pytest.param([BUSY] * TRIES, {}, TRIES, None, id="never"),
        pytest.param([BUSY], {"check": 1}, 1, None, id="once only"),
        pytest.param([BUSY] * 5, {"check": 5}, 5, None, id="as often as said"),
        pytest.param([BUSY, Faulted(["DEAD"], "t")], {}, 2, None, id="another fault"),
        pytest.param([BUSY, Unanswered("x")], {}, 2, None, id="no answer the second time"),
    ],
)
def test_retry(replies: list[Any], tries: dict[str, int], calls: int, expected: str | None) -> None:
    found, made = drive(loaded(call(RETRY)), {"check": tuple(replies)}, context(tries=tries))
    assert [one.attempt for one in made] == list(range(1, calls + 1))
    if expected is None:
        assert isinstance(found, Failure)
    else:
        assert confidence(found) == expected


def test_what_was_asked_again_before_the_fault_counts_among_the_tries() -> None:
    found, made = drive(loaded(call(RETRY)), {"check": (Faulted(["BUSY"], "t", asked=2), None, BUSY)})
    assert isinstance(found, Failure)
    assert [one.attempt for one in made] == [1, 3]


def test_a_pure_rule_reads_nothing_but_what_it_was_given() -> None:
    mapping = loaded(port())
    reply = {"port": [{"free": 11, "days": 5}]}
    first, second = (drive(mapping, reply) for _ in range(2))
    assert first == second


def test_a_query_is_not_asked_for_null() -> None:
    text = port(rows="optional", on="many rows: fail").replace("=item.id", "=item.endCustomerName")

    evaluation = ItemEvaluation(loaded(text), context())

    found = evaluation.advance()
    assert isinstance(found, Failure)
    assert "'ref' is null" in found.reason
    assert (
        found.rule.line == text.split("ref: ")[0].count("\n") + loaded(text).document.text[: -len(text)].count("\n") + 1
    )


def test_a_service_may_be_asked_without_an_optional_value() -> None:
    text = call("any fault: fail").replace("=item.id", "=item.endCustomerName")

    asked = ItemEvaluation(loaded(text), context()).advance()

    assert isinstance(asked, Ask)
    assert asked.calls[0].arguments == {"Ref": None}
