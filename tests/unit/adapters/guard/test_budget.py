"""Retries stay within their share of the calls, in whatever order both come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.guard.budget import SAVED, RetryBudget


@given(st.lists(st.booleans(), max_size=300), st.sampled_from([0.05, 0.2, 0.5, 1.0]))
def test_between_any_two_moments_there_are_no_more_retries_than_saved_and_earned(
    events: list[bool], share: float
) -> None:
    budget = RetryBudget(share)
    least = most = balance = 0.0  # of retries less what calls have earned
    for is_call in events:
        if is_call:
            budget.called()
            balance -= share
        elif budget.take():
            balance += 1
        least = min(least, balance)
        most = max(most, balance - least)
    assert most <= SAVED + 1e-6


def test_without_a_share_nothing_is_asked_again() -> None:
    budget = RetryBudget(0.0)
    budget.called()
    assert not budget.take()
