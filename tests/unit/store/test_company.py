"""When the writer waits a moment for others: where they came before, and never for somebody who is alone."""

from __future__ import annotations

import pytest

from gateway.store.company import IN_VAIN, Company


def after(*together: int) -> bool:
    company = Company()
    for number in together:
        company.came(number)
    return company.is_expected


@pytest.mark.parametrize(
    ("together", "expected"),
    [
        pytest.param([], False, id="at-the-start"),
        pytest.param([1] * 100, False, id="always-alone"),
        pytest.param([1, 2], True, id="two-met"),
        pytest.param([5, *[1] * (IN_VAIN - 1)], True, id="alone-now-and-then"),
        pytest.param([5, *[1] * IN_VAIN], False, id="alone-again"),
        pytest.param([5, *[1] * (IN_VAIN - 1), 2, *[1] * (IN_VAIN - 1)], True, id="met-again"),
    ],
)
def test_company_is_expected_as_long_as_it_comes(together: list[int], expected: bool) -> None:
    assert after(*together) is expected
