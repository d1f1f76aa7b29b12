"""When a failed call is repeated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.notify.schedule import Pauses, next_try

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PAUSES = Pauses(timedelta(seconds=5), timedelta(hours=4))
FAR = NOW + timedelta(hours=75)
CHANCES = st.floats(0, 1)


def tried_next(
    attempts: int = 1, *, expires: datetime = FAR, chance: float = 0.5, retry_after: str | None = None
) -> datetime | None:
    return next_try(now=NOW, attempts=attempts, expires=expires, pauses=PAUSES, chance=chance, retry_after=retry_after)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 5), (2, 10), (3, 20), (10, 2560), (12, 10_240), (13, 14_400), (1000, 14_400), (10**9, 14_400)],
)
def test_pauses_double_up_to_the_longest(attempts: int, seconds: float) -> None:
    assert tried_next(attempts) == NOW + timedelta(seconds=seconds)


def test_chance_moves_a_pause_by_a_quarter() -> None:
    assert [tried_next(chance=chance) for chance in (0, 1)] == [
        NOW + timedelta(seconds=3.75),
        NOW + timedelta(seconds=6.25),
    ]


@given(attempts=st.integers(1, 10**6), chance=CHANCES, left=st.timedeltas(timedelta(microseconds=1), timedelta(days=9)))
def test_the_next_try_lies_ahead_and_not_after_the_end(attempts: int, chance: float, left: timedelta) -> None:
    due = tried_next(attempts, expires=NOW + left, chance=chance)

    assert due is not None
    assert NOW < due <= NOW + left


@given(st.lists(CHANCES, min_size=60, max_size=60))
def test_a_listener_that_never_answers_is_tried_for_75_hours_and_not_for_ever(chances: list[float]) -> None:
    now, tries = NOW, 1
    for chance in chances:
        due = next_try(now=now, attempts=tries, expires=FAR, pauses=PAUSES, chance=chance, retry_after=None)
        if due is None:
            break
        now, tries = due, tries + 1

    assert now == FAR
    assert 25 <= tries <= 45


@pytest.mark.parametrize("past", [timedelta(), timedelta(microseconds=1), timedelta(days=9)])
def test_what_has_expired_is_given_up(past: timedelta) -> None:
    assert tried_next(expires=NOW - past) is None


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        pytest.param("120", 120, id="seconds"),
        pytest.param(" 120 ", 120, id="spaces"),
        pytest.param(format_datetime(NOW + timedelta(minutes=9), usegmt=True), 540, id="date"),
        pytest.param("Fri, 01 May 2026 12:09:00 -0000", 540, id="date-without-a-zone"),
        pytest.param("0", 5, id="zero-shortens-nothing"),
        pytest.param(format_datetime(NOW - timedelta(days=1), usegmt=True), 5, id="past-date"),
        pytest.param("-5", 5, id="negative"),
        pytest.param("1.5", 5, id="fraction"),
        pytest.param("soon", 5, id="word"),
        pytest.param("", 5, id="empty"),
        pytest.param("٣", 5, id="digits-of-another-script"),
        pytest.param("9" * 400, 5, id="absurd"),
        pytest.param("Fri, 99 May 99999 12:00:00 GMT", 5, id="no-date"),
        pytest.param("999999999", 75 * 3600, id="until-after-the-end"),
    ],
)
def test_what_the_listener_asks_for_makes_the_pause_longer(retry_after: str, seconds: float) -> None:
    assert tried_next(retry_after=retry_after) == NOW + timedelta(seconds=seconds)


@given(st.text())
def test_no_retry_after_breaks_the_schedule(retry_after: str) -> None:
    due = tried_next(retry_after=retry_after)

    assert due is not None
    assert NOW < due <= FAR
