"""An expectation is held against what was found field by field; what it does not name is not looked at."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.authoring.comparing import differences, renewed


@pytest.mark.parametrize(
    ("expected", "found", "pointers"),
    [
        pytest.param({"a": 1}, {"a": 1, "b": 2}, [], id="more is there"),
        pytest.param({"a": 1, "b": None}, {"a": 1}, [], id="null is what is not there"),
        pytest.param({"a": None}, {"a": 0}, ["/a"], id="nothing is not zero"),
        pytest.param({"a": True}, {"a": 1}, ["/a"], id="true is not 1"),
        pytest.param({"a": 0}, {"a": False}, ["/a"], id="0 is not false"),
        pytest.param({"a": 1}, {"a": 1.0}, [], id="a number is a number"),
        pytest.param({"a": "1"}, {"a": 1}, ["/a"], id="a text is no number"),
        pytest.param({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": 2}]}, [], id="part of an element"),
        pytest.param({"a": [1, 2]}, {"a": [1, 3]}, ["/a/1"], id="one element"),
        pytest.param({"a": [1]}, {"a": [1, 2]}, ["/a"], id="more elements"),
        pytest.param({"a": []}, {"a": []}, [], id="no element"),
        pytest.param({"a": []}, {}, ["/a"], id="no list"),
        pytest.param({"a": {"b/c": 1}}, {"a": {"b/c": 2}}, ["/a/b~1c"], id="a name with a slash"),
        pytest.param({"a": {"b": 1}}, {"a": "b"}, ["/a"], id="no object"),
    ],
)
def test_differences(expected: Any, found: Any, pointers: list[str]) -> None:
    assert [one.pointer for one in differences(expected, found)] == pointers
    assert list(differences(renewed(expected, found), found)) == []


def test_what_an_expectation_does_not_name_stays_unnamed() -> None:
    assert renewed({"a": 1, "c": [{"d": 1}]}, {"a": 2, "b": 3, "c": [{"d": 4, "e": 5}]}) == {"a": 2, "c": [{"d": 4}]}
