"""A gap in what a system replied must not lead to a promise: what lint refuses, and what it lets pass."""

from __future__ import annotations

import pytest

from tests.support.mappings import GREEN, STEP, findings, told

CASES = [
    ("MAP-308", "a default that helps", STEP + GREEN % "default(port.blocked, 'N') == 'N'", 8, 11, "openly"),
    ("MAP-308", "a default that is true", STEP + GREEN % "port.a > 1 and default(port.ok, true)", 8, 26, "openly"),
    ("MAP-308", "a default that is not excluded", STEP + GREEN % "not default(port.blocked, false)", 8, 15, "openly"),
    ("MAP-308", "another item's gap", GREEN % "default(related('U').answer.x, 'A') == 'A'", 2, 11, "openly"),
    ("MAP-308", "nothing to count", STEP + GREEN % "count(default(port.faults, [])) == 0", 8, 11, "openly"),
    ("MAP-308", "a choice by default", STEP + GREEN % "port.a if default(port.x, true) else port.b", 8, 21, "openly"),
    ("MAP-308", "the other one", STEP + GREEN % "not (port.a if default(port.x, false) else port.b)", 8, 26, "openly"),
    ("MAP-308", "a default in a list", STEP + GREEN % "default(port.s, 'A') in ['A', 'B']", 8, 11, "openly"),
    (
        "MAP-308",
        "a default under a name",
        "let: {s: \"=default(port.s, 'A')\"}\n" + STEP + GREEN % "s == 'A'",
        9,
        11,
        "",
    ),
    (
        "MAP-308",
        "a condition under a name",
        "let:\n  fine: =default(port.s, 'A') == 'A'\n" + STEP + GREEN % "fine",
        2,
        10,
        "openly",
    ),
    (
        "MAP-308",
        "an unknown code",
        "lookups: {s: {A: ok, otherwise: ok}}\n" + STEP + GREEN % "lookup(s, port.s) == 'ok'",
        9,
        11,
        "list the codes",
    ),
]


@pytest.mark.parametrize(
    ("code", "body", "line", "column", "hint"), [pytest.param(code, *rest, id=what) for code, what, *rest in CASES]
)
def test_a_condition_that_a_gap_helps_is_refused(code: str, body: str, line: int, column: int, hint: str) -> None:
    found = findings(body)
    assert told(found) == [(code, line, column)]
    assert hint in found[0].hint


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("default(port.blocked, true) == false", id="a gap says blocked"),
        pytest.param("not default(port.blocked, true)", id="a gap says blocked, turned round"),
        pytest.param("port.blocked == None or port.blocked == 'N'", id="said openly"),
        pytest.param("default(port.free, 0) >= 100", id="a gap says nothing is free"),
        pytest.param("port.a if default(port.known, false) else false", id="a gap chooses what never holds"),
        pytest.param("False if default(port.full, true) else port.a", id="a gap chooses what never holds first"),
        pytest.param("default(port.state, 'UNKNOWN') in ['A', 'B']", id="a gap is no good state"),
        pytest.param("lookup(states, port.state) == 'ok'", id="an unknown code is not ok"),
        pytest.param("port.free >= default(item.wanted, 10)", id="what is asked for may have a default"),
        pytest.param("count(default(item.objectives, [])) == 0 and port.ok", id="what is not asked for is no gap"),
    ],
)
def test_a_default_that_works_against_the_promise_is_allowed(condition: str) -> None:
    assert findings("lookups: {states: {A: ok, otherwise: bad}}\n" + STEP + GREEN % condition) == ()


def test_a_gap_must_not_let_the_row_before_a_promise_be_passed_over() -> None:
    row = "answer:\n  - {when: \"default(port.blocked, 'N') == 'Y'\", red: Blocked}\n"
    assert told(findings(STEP + row + (GREEN % "port.ok").removeprefix("answer:\n"))) == [("MAP-308", 8, 13)]
    assert findings(STEP + row + "  - otherwise: fail\n") == ()


@pytest.mark.parametrize(
    ("confidence", "found"),
    [
        pytest.param("'green' if default(port.ok, true) else 'red'", ["MAP-308"], id="green by default"),
        pytest.param("'red' if default(port.blocked, false) else 'green'", ["MAP-308"], id="not red by default"),
        pytest.param("'red' if default(port.blocked, true) else 'green'", [], id="red by default"),
        pytest.param("'yellow' if default(port.busy, true) else 'green'", [], id="a promise in any case"),
        pytest.param(
            "'yellow' if port.busy else 'green' if default(port.ok, true) else 'red'", ["MAP-308"], id="further in"
        ),
    ],
)
def test_a_computed_confidence_must_not_grow_out_of_a_gap(confidence: str, found: list[str]) -> None:
    for let, said in (("x: 1", f"={confidence}"), (f"said: >-\n    ={confidence}", "=said")):
        body = f"let:\n  {let}\n{STEP}answer:\n  - when: port.a\n    serviceabilityConfidence: >-\n      {said}\n"
        assert [finding.code for finding in findings(body + "  - otherwise: fail\n")] == found


@pytest.mark.parametrize(
    ("green", "found"),
    [
        pytest.param("port.ok", ["MAP-308"], id="promised without the step"),
        pytest.param("check.ok", [], id="promised by the step, which is null where it was skipped"),
    ],
)
def test_a_gap_must_not_skip_a_step_that_a_promise_can_do_without(green: str, found: list[str]) -> None:
    check = "  check: {soap: s, operation: o, when: \"default(port.state, 'N') == 'Y'\", on: {any fault: fail}}\n"
    assert [finding.code for finding in findings(STEP + check + GREEN % green)] == found


def test_a_gap_may_lead_to_red() -> None:
    body = STEP + "answer:\n  - {when: \"default(port.blocked, 'Y') == 'Y'\", red: Blocked}\n  - otherwise: fail\n"
    assert findings(body) == ()


def test_names_that_double_with_each_level_are_looked_through_in_time() -> None:
    lets = "let:\n  a0: =item.a\n" + "".join(f"  a{n}: =a{n - 1} and a{n - 1}\n" for n in range(1, 39))
    assert findings(lets + GREEN % "a38 and default(item.b, false)") == ()
