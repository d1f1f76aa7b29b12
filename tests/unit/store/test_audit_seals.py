"""What a seal covers: the same bytes whatever version of the gateway wrote or reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.store.audit import _runs
from gateway.store.records_audit import FIRST, covered, sealed


def test_a_seal_of_an_earlier_version_is_still_right() -> None:
    odd = ["client ünï", "10.0.0.1", "r-1", "poq created", "done", "poq-1", "buyer-1", "seller-1", 'a \x00 "b"']
    bare = ["gateway", "", "", "purged", "7 entries", "", "", "", ""]
    answered = ["operator root", "cli", "", "item answered", "green", "poq-1", "", "", ""]
    entries = [
        (1, covered(datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), odd)),
        (2, covered(datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC), bare)),
        (4, covered(datetime(2026, 1, 2, 5, 4, 5, 1000, tzinfo=timezone(timedelta(hours=2))), answered)),
    ]
    assert sealed(FIRST, entries) == "944b364985fbb48bf175346b23fcb381aa99ea7e2db994e5a01852c99f0fdebb"


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=st.timezones())
    | st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
    st.lists(st.text(st.characters(codec="utf-8")), max_size=9),
)
def test_what_is_covered_has_the_instant_with_all_its_digits(at: datetime, texts: list[str]) -> None:
    when = at.astimezone(UTC).isoformat(timespec="microseconds")
    assert json.loads(covered(at, texts)) == [when, *texts]


@given(st.sets(st.integers(1, 40)))
def test_the_runs_of_numbers_have_these_and_no_others(numbers: set[int]) -> None:
    runs = _runs(sorted(numbers))
    assert [one for first, last in runs for one in range(first, last + 1)] == sorted(numbers)
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(runs))
