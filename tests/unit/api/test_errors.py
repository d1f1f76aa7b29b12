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
def test_a_longer_reason_is_cut_and_goes_on_in_the_message() -> None:
    problem = Problem(ProblemCode.OTHER_ISSUE, ("externalId",), "x" * 254 + "the rest", "and more")
    [entry] = body(errors.refused([problem]))
    assert entry["reason"] == "x" * 254 + "…"
    assert entry["message"] == "…the rest and more"


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
