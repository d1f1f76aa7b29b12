"""Retries stay within their share of the calls and what time brings, in whatever order all come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.guard.budget import PER_SECOND, SAVED, RetryBudget


@given(
    st.lists(st.sampled_from(["call", "retry"]) | st.floats(0, 100), max_size=300), st.sampled_from([0.05, 0.2, 1.0])
)
def test_between_any_two_moments_there_are_no_more_retries_than_saved_and_earned(
    events: list[str | float], share: float
) -> None:
    now = 50.0
    budget = RetryBudget(share, now)
    least = most = balance = 0.0  # of retries less what calls and time have earned
    for event in events:
        if isinstance(event, float):
            now += event
            balance -= event * PER_SECOND
        elif event == "call":
            budget.called()
            balance -= share
        elif budget.take(now):
            balance += 1
        least = min(least, balance)
        most = max(most, balance - least)
    assert most <= SAVED + 1e-6


@given(st.integers(0, 300), st.integers(0, 300), st.sampled_from([0.05, 0.2, 1.0]))
def test_whatever_was_before_one_retry_is_never_more_than_some_seconds_away(
    calls: int, retries: int, share: float
) -> None:
    budget = RetryBudget(share, 0.0)
    for number in range(max(calls, retries)):
        if number < calls:
            budget.called()
        if number < retries:
            budget.take(0.0)
    assert budget.take(1 / PER_SECOND)


def test_time_saves_no_more_than_calls_do() -> None:
    budget = RetryBudget(0.2, 0.0)
    assert budget.left(1e6) == SAVED


@pytest.mark.parametrize("now", [0.0, 1e6])
def test_without_a_share_nothing_is_asked_again(now: float) -> None:
    budget = RetryBudget(0.0, 0.0)
    budget.called()
    assert not budget.take(now)
