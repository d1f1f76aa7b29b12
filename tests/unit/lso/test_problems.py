"""The order in which problems are told, and what putting them in order costs."""

from __future__ import annotations

from gateway.lso.problems import Problem, ProblemCode, in_document_order
from tests.unit.lso.counting import CountingDict


def problem(*path: str | int, reason: str = "is wrong") -> Problem:
    return Problem(ProblemCode.INVALID_VALUE, path, reason)


def test_problems_follow_the_document_and_absent_members_come_last_by_name() -> None:
    document = {"z": [{"b": 1, "a": 2}, {}], "y": 3}
    paths = [("z", 0, "b"), ("z", 0, "a"), ("z", 1, "c"), ("z", 7), ("y",), ("a",), ("b",)]

    ordered = in_document_order([problem(*path) for path in reversed(paths)], document)

    assert [one.path for one in ordered] == paths


def test_at_one_pointer_the_first_problem_is_heard() -> None:
    (heard,) = in_document_order([problem("a", reason="first"), problem("a", reason="second")], {"a": 1})

    assert heard.reason == "first"


def test_an_object_is_gone_through_once_however_many_problems_lead_into_it() -> None:
    inner = CountingDict({f"m{number}": number for number in range(50)})
    document = CountingDict({"inner": inner})

    in_document_order([problem("inner", name) for name in list(inner)], document)

    assert (document.walks, inner.walks) == (1, 2)  # the second one is this test's own
