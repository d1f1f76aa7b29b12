"""The standard's error bodies, made from problems and reasons."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.api import errors
from gateway.lso.problems import Problem, ProblemCode


def body(error: errors.ApiError) -> Any:
    return json.loads(error.reply.body)


@pytest.mark.requirement("87.1-R21", "87.1-R22")
def test_a_reason_of_255_characters_stays_whole() -> None:
    assert body(errors.not_found("ü" * 255)) == {"reason": "ü" * 255, "code": "notFound"}


@pytest.mark.requirement("87.1-R21")
@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        pytest.param("word " * 60, "word " * 50 + "word…", id="at-a-word-that-fits-just"),
        pytest.param("x" * 256, "x" * 254 + "…", id="no-word-ends"),
        pytest.param("one word, then " + "x" * 300, "one word, then " + "x" * 239 + "…", id="one-ends-far-too-early"),
        pytest.param("words " * 50, "words " * 41 + "words…", id="at-a-word"),
    ],
)
def test_a_longer_reason_is_cut_and_stands_whole_in_the_message(reason: str, shown: str) -> None:
    problem = Problem(ProblemCode.OTHER_ISSUE, ("externalId",), reason, "and more")
    [entry] = body(errors.refused([problem]))
    assert entry["reason"] == shown
    assert len(shown) <= 255
    assert entry["message"] == f"{reason}; and more"


@pytest.mark.requirement("87.1-R21", "87.1-R24")
def test_problems_beyond_a_thousand_are_counted_in_the_last_entry() -> None:
    problems = [Problem(ProblemCode.INVALID_VALUE, ("a", n), f"reason {n}", "hint") for n in range(3500)]
    entries = body(errors.refused(problems))
    assert [entry["propertyPath"] for entry in entries] == [f"/a/{n}" for n in range(1000)]
    assert {entry["message"] for entry in entries[:-1]} == {"hint"}
    assert entries[-1]["message"] == "hint; and 2,500 more problems, not listed here"


def test_a_thousand_problems_are_all_listed_and_nothing_is_counted() -> None:
    problems = [Problem(ProblemCode.INVALID_VALUE, ("a", n), "reason") for n in range(1000)]
    entries = body(errors.refused(problems))
    assert len(entries) == 1000
    assert all("message" not in entry for entry in entries)


@pytest.mark.requirement("87.1-R21", "87.1-R24")
def test_problems_become_a_list_in_the_order_given() -> None:
    problems = [
        Problem(ProblemCode.INVALID_VALUE, ("b", 0, "@type"), "first"),
        Problem(ProblemCode.MISSING_PROPERTY, ("a/b", "c~d"), "second", "more"),
    ]
    error = errors.refused(problems)
    assert error.reply.status == 422
    assert body(error) == [
        {"reason": "first", "code": "invalidValue", "propertyPath": "/b/0/@type"},
        {"reason": "second", "code": "missingProperty", "message": "more", "propertyPath": "/a~1b/c~0d"},
    ]


@pytest.mark.requirement("87.1-R58", "L7")
@pytest.mark.parametrize(
    "problem",
    [
        pytest.param(Problem(ProblemCode.TOO_MANY_RECORDS, ("state",), "too many"), id="too-many-records"),
        pytest.param(Problem(ProblemCode.OTHER_ISSUE, (), "all of it"), id="the-whole-body"),
    ],
)
def test_a_problem_that_is_nowhere_in_the_body_has_no_property_path(problem: Problem) -> None:
    [entry] = body(errors.refused([problem]))
    assert "propertyPath" not in entry


@pytest.mark.requirement("C3", "C4")
def test_a_401_says_how_to_identify() -> None:
    error = errors.unauthorized(errors.ErrorCode.MISSING_CREDENTIALS, "No credentials", 'Bearer realm="poq"')
    assert (error.reply.status, error.reply.headers) == (401, {"WWW-Authenticate": 'Bearer realm="poq"'})
    assert body(error) == {"reason": "No credentials", "code": "missingCredentials"}
