"""For how many the writer waits a moment: for as many as came together lately, and never where all are alone."""

from __future__ import annotations

import pytest

from gateway.store.company import MOST_EXPECTED, REMEMBERED, Company


@pytest.mark.parametrize(
    ("together", "expected"),
    [
        pytest.param([], 1, id="at-the-start"),
        pytest.param([1] * 100, 1, id="always-alone"),
        pytest.param([1, 2], 2, id="two-met"),
        pytest.param([5, 3, *[1] * (REMEMBERED - 2)], 5, id="alone-now-and-then"),
        pytest.param([5, *[1] * REMEMBERED], 1, id="alone-again"),
        pytest.param([64], MOST_EXPECTED, id="a-crowd"),
    ],
)
def test_as_many_are_expected_as_came_lately(together: list[int], expected: int) -> None:
    company = Company()
    for number in together:
        company.came(number)
    assert company.expected == expected
