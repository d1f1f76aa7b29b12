"""Large documents made smaller."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.lso.excerpt import excerpt


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param([1, 2, 3, 4], [1, 2, 3], id="list"),
        pytest.param({"a": [1, 2], "b": [3, 4], "c": [5, 6]}, {"a": [1, 2], "b": [3], "c": [5]}, id="one at least"),
        pytest.param([[1, 2, 3], [4]], [[1, 2]], id="in each other"),
        pytest.param([{"a": 1, "b": [[], []]}, 2], [{"a": 1, "b": [[], []]}], id="members stay"),
    ],
)
def test_the_first_elements_stay_and_one_of_each_list(document: Any, expected: Any) -> None:
    assert excerpt(document, 3) == expected


def test_a_document_with_no_more_elements_than_that_is_left_alone() -> None:
    document = {"a": [1, [2]], "b": []}

    assert excerpt(document, 3) is document
