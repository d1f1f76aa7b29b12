"""Steps that change something: asked last and once; nothing is promised where nobody knows what became of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mapping.evaluate import ItemEvaluation
from gateway.mapping.outcomes import (
    AlreadyBegun,
    Answer,
    Answered,
    Failure,
    Faulted,
    Impossible,
    Intent,
    Outcome,
    Unanswered,
)
from tests.support.mappings import HEAD, REFERENCES_HEAD, context, drive, findings, loaded, told

BODY = """\
steps:
  check: {soap: s, operation: o, on: {any fault: {red: Not here}}}
  reserve:
    write: true
    soap: s
    operation: Reserve
    with: {Ref: =item.id}
    on:
      fault BUSY: retry
      fault FULL: {red: Nothing left}
      any fault: fail
      unknown: %s
  find:
    soap: s
    operation: Find
    with: {Ref: =item.id}
    on: {fault NONE: {fail: Nobody knows}, fault BUSY: retry, any fault: fail}
answer:
  - when: reserve.state == 'held'
    serviceabilityConfidence: green
  - otherwise: {red: Not held}
"""
FAIL = BODY % "fail"
FAIL = FAIL.replace(FAIL[FAIL.index("  find:") : FAIL.index("answer:\n")], "")
FIND = BODY % "{lookup: find}"
HELD = {"state": "held"}


def run(body: str, **replies: Any) -> tuple[Outcome, list[tuple[str, int, Intent]]]:
    found, made = drive(loaded(body), {"check": {}, **replies})
    return found, [(call.step, call.attempt, call.intent) for call in made]


def color(found: Outcome) -> str:
    assert isinstance(found, Answer), found
    return str(found.fields["serviceabilityConfidence"])


def test_a_write_asks_for_an_intent_and_a_question_does_not() -> None:
    found, made = run(FAIL, reserve=HELD)
    assert color(found) == "green"
    assert made == [("check", 1, Intent.NONE), ("reserve", 1, Intent.COMMIT)]


def test_nothing_is_changed_before_every_step_above_has_answered() -> None:
    evaluation = ItemEvaluation(loaded(FAIL), context())
    (check,) = evaluation.advance().calls  # type: ignore[union-attr]
    assert check.step == "check"
    evaluation.settle("check", Answered({}))
    (reserve,) = evaluation.advance().calls  # type: ignore[union-attr]
    assert reserve.step == "reserve"


def test_nothing_is_changed_where_a_step_above_has_decided() -> None:
    found, made = run(FAIL, check=Faulted(["NO"], "no"))
    assert color(found) == "red"
    assert [step for step, *_ in made] == ["check"]


def test_a_refusal_by_name_may_be_tried_again() -> None:
    found, made = run(FAIL, reserve=(Faulted(["BUSY"], "b"), HELD))
    assert color(found) == "green"
    assert made[1:] == [("reserve", 1, Intent.COMMIT), ("reserve", 2, Intent.COMMIT)]


@pytest.mark.parametrize("unknown", [Unanswered("late"), AlreadyBegun()], ids=["no answer", "begun before"])
def test_what_nobody_knows_fails_and_is_not_tried_again(unknown: Any) -> None:
    found, made = run(FAIL, reserve=unknown)
    assert isinstance(found, Failure)
    assert [step for step, *_ in made] == ["check", "reserve"]


@pytest.mark.parametrize("unknown", [Unanswered("late"), AlreadyBegun()], ids=["no answer", "begun before"])
def test_what_nobody_knows_is_looked_up_and_the_reply_stands_for_it(unknown: Any) -> None:
    found, made = run(FIND, reserve=unknown, find=HELD)
    assert color(found) == "green"
    assert made == [("check", 1, Intent.NONE), ("reserve", 1, Intent.COMMIT), ("find", 1, Intent.NONE)]
    assert color(run(FIND, reserve=unknown, find={"state": "free"})[0]) == "red"


def test_a_step_that_looks_up_is_asked_only_then() -> None:
    _, made = run(FIND, reserve=HELD)
    assert [step for step, *_ in made] == ["check", "reserve"]


@pytest.mark.parametrize(
    "reply", [Faulted(["NONE"], "none"), Faulted(["X"], "x"), (Unanswered("late"),) * 3, Impossible("no"), {}, None, 5]
)
def test_where_looking_up_tells_nothing_nothing_is_promised(reply: Any) -> None:
    assert isinstance(run(FIND, reserve=Unanswered("late"), find=reply)[0], Failure)


def test_looking_up_may_be_tried_again() -> None:
    found, made = run(FIND, reserve=Unanswered("late"), find=(Faulted(["BUSY"], "b"), HELD))
    assert color(found) == "green"
    assert [step for step, *_ in made] == ["check", "reserve", "find", "find"]


BAD = st.sampled_from(
    [Unanswered("late"), AlreadyBegun(), Faulted(["X"], "t"), Faulted(["FULL"], "t"), Impossible("no"), {}, None]
)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([FAIL, FIND]), st.sampled_from(["check", "reserve"]), BAD, BAD)
def test_no_promise_beside_a_write_that_went_wrong(body: str, step: str, bad: Any, lookup: Any) -> None:
    good: dict[str, Any] = {"check": {}, "reserve": HELD, "find": lookup}
    good[step] = bad
    found, made = drive(loaded(body), good)
    held = made[-1].step == "find" and lookup == HELD
    if step == "reserve":
        assert not (isinstance(found, Answer) and found.fields["serviceabilityConfidence"] != "red" and not held)
    assert sum(call.step == "reserve" for call in made) <= 1


def write(**changes: str) -> str:
    said = {"unknown": "fail", "more": "", "rest": "", **changes}
    return (
        "steps:\n"
        f"  a: {{soap: s, operation: o, write: true{said['more']}, "
        f"on: {{any fault: fail, unknown: {said['unknown']}}}}}\n"
        f"{said['rest']}"
        "answer: [{otherwise: fail}]\n"
    )


B = "  b: {{soap: s, operation: o{more}, on: {{any fault: fail}}}}\n"


@pytest.mark.parametrize(
    ("code", "body", "line", "hint"),
    [
        pytest.param("MAP-305", write().replace(", unknown: fail", ""), 2, "{lookup: step}", id="unknown left out"),
        pytest.param("MAP-106", write().replace("write: true", "write: false"), 2, "", id="write false"),
        pytest.param(
            "MAP-306", write().replace("unknown: fail", "unknown: fail, no answer: fail"), 2, "unknown", id="no answer"
        ),
        pytest.param("MAP-306", write().replace(", write: true", ""), 2, "", id="unknown of a step that only asks"),
        pytest.param(
            "MAP-303", write().replace("any fault: fail", "any fault: retry"), 2, "fault CODE", id="retry on any fault"
        ),
        pytest.param("MAP-322", write(unknown="retry"), 2, "", id="retry on unknown"),
        pytest.param("MAP-325", write(more=", cache: 1 min"), 2, "out", id="a write that is kept"),
        pytest.param(
            "MAP-325",
            write(unknown="{lookup: b}", rest=B.format(more=", cache: 1 min")),
            3,
            "out",
            id="what became of a write that is kept",
        ),
        pytest.param("MAP-325", write(rest=B.format(more=", shared: true")), 3, "cache: 10 min", id="shared alone"),
        pytest.param(
            "MAP-303",
            write(rest=B.format(more="").replace("fail}", "fail, no answer: retry}")),
            3,
            "fail",
            id="silence",
        ),
        pytest.param("MAP-322", write(unknown="{wait: 5 s}"), 2, "lookup", id="wait on unknown"),
        pytest.param("MAP-322", write(unknown="ask an operator"), 2, "lookup", id="a person on unknown"),
        pytest.param("MAP-302", write(unknown="{serviceabilityConfidence: green}"), 2, "", id="a promise on unknown"),
        pytest.param(
            "MAP-106", write(unknown="{lookup: b, fail: x}", rest=B.format(more="")), 2, "", id="two things said"
        ),
        pytest.param(
            "MAP-322",
            write(rest=B.format(more="").replace("fault: fail", "fault: {lookup: a}")),
            3,
            "",
            id="a lookup elsewhere",
        ),
        pytest.param(
            "MAP-323", write(unknown="{lookup: bb}", rest=B.format(more="")), 2, "did you mean 'b'", id="no such step"
        ),
        pytest.param("MAP-323", write(unknown="{lookup: a}"), 2, "", id="itself"),
        pytest.param(
            "MAP-323", write(unknown="{lookup: b}", rest=B.format(more=", when: item.x")), 2, "", id="a step with when"
        ),
        pytest.param(
            "MAP-323",
            write(unknown="{lookup: b}", rest="  b: {sql: s, query: q, rows: optional, on: {many rows: fail}}\n"),
            2,
            "",
            id="optional rows",
        ),
        pytest.param(
            "MAP-323",
            write(unknown="{lookup: b}", rest=B.format(more=", each: {name: x, from: =item.l}")),
            2,
            "",
            id="several calls",
        ),
        pytest.param(
            "MAP-204",
            write(unknown="{lookup: b}", rest=B.format(more=", with: {x: =a.y}")),
            2,
            "",
            id="reads the write",
        ),
        pytest.param("MAP-321", write(more=", each: {name: x, from: =item.l}"), 2, "", id="with each"),
        pytest.param(
            "MAP-324",
            write(unknown="{lookup: b}", rest=B.format(more="")).replace("otherwise: fail", "otherwise: {red: =b.x}"),
            4,
            "the write itself",
            id="read by its own name",
        ),
    ],
)
def test_a_mistake_about_a_write_is_found(code: str, body: str, line: int, hint: str) -> None:
    found = findings(body)
    assert [(one, at) for one, at, _ in told(found)] == [(code, line)]
    assert hint in found[0].hint


def test_one_step_cannot_look_up_two_writes() -> None:
    twice = write(unknown="{lookup: b}", rest=B.format(more="")).replace(
        "  b:", "  c: {soap: s, operation: o, write: true, on: {any fault: fail, unknown: {lookup: b}}}\n  b:"
    )
    assert told(findings(twice)) == [("MAP-323", 3, 83)]


def test_a_write_that_looks_up_by_a_write_is_refused() -> None:
    rest = B.format(more=", write: true").replace("any fault: fail", "any fault: fail, unknown: fail")
    assert told(findings(write(unknown="{lookup: b}", rest=rest)))[0][0] == "MAP-323"


def test_a_references_file_changes_nothing() -> None:
    body = write().replace("otherwise: fail", "otherwise: unknown")
    assert "MAP-321" in [one.code for one in findings(body, head=REFERENCES_HEAD)]
    assert not findings(write(), head=HEAD)
