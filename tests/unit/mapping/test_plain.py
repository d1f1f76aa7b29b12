"""From values to JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mapping.expressions.functions.requests import Lookup, with_value
from gateway.mapping.plain import PlainValues, may_have_large, plain, rfc3339
from gateway.mapping.template import EvaluationError
from gateway.sources.findings import Location
from tests.support.expressions import TestScope, tried

HERE = Location("m.yaml", 3, 4)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        ("é😀", "é😀"),
        (7, 7),
        (7.0, 7),
        (7.5, 7.5),
        (Decimal("7.00"), 7),
        (Decimal("7.25"), 7.25),
        (date(2026, 5, 4), "2026-05-04"),
        (datetime(2026, 5, 4, 8, tzinfo=UTC), "2026-05-04T08:00:00.000Z"),
        (datetime(2026, 5, 4, 8, tzinfo=timezone(timedelta(hours=2))), "2026-05-04T06:00:00.000Z"),
        ({1: [Decimal(2), {"a": None}]}, {"1": [2, {"a": None}]}),
        ((1, 2), [1, 2]),
    ],
    ids=str,
)
def test_values(value: Any, written: Any) -> None:
    found = plain(value, HERE)
    assert found == written
    assert type(found) is type(written)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(float("nan"), id="nan"),
        pytest.param(float("-inf"), id="infinity"),
        pytest.param(Decimal("NaN"), id="decimal nan"),
        pytest.param(Decimal("sNaN"), id="signalling nan"),
        pytest.param(Decimal("Infinity"), id="decimal infinity"),
        pytest.param(Decimal("1e999999"), id="huge decimal"),
        pytest.param(2**53 + 1, id="more digits than a double has"),
        pytest.param(10**5000, id="huge integer"),
        pytest.param(timedelta(days=1), id="duration"),
        pytest.param(datetime(2026, 5, 4), id="date-time without an offset"),
        pytest.param(datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))), id="date-time out of range"),
        pytest.param("\ud800", id="half a character"),
        pytest.param({"\ud800": 1}, id="half a character in a key"),
        pytest.param(Lookup("l", {}), id="lookup"),
        pytest.param(b"x", id="bytes"),
        pytest.param({1, 2}, id="set"),
        pytest.param(object(), id="anything else"),
        pytest.param(nested(5_000), id="too deep"),
    ],
)
def test_what_json_cannot_hold_is_refused_with_the_rule(value: Any) -> None:
    with pytest.raises(EvaluationError) as caught:
        plain({"a": [value]}, HERE)
    assert caught.value.location == HERE


def test_what_the_request_has_stays_as_it_was_sent() -> None:
    """And what was changed in a copy of it is made JSON like anything else."""
    flow = {"name": "low", "rate": 7.0}
    sent = {"configuration": {"flows": [flow, {"rate": 1}], "frame": {"size": 1526.0}}}
    changed = {"rate": Decimal("2.50"), "name": "low"}
    copy = {**sent["configuration"], "flows": [flow, changed]}

    found = PlainValues(sent).of({"configuration": copy, "days": Decimal(3)}, HERE)

    assert found == {
        "configuration": {"flows": [flow, {"rate": 2.5, "name": "low"}], "frame": {"size": 1526.0}},
        "days": 3,
    }
    assert found["configuration"]["flows"][0] is flow
    assert found["configuration"]["frame"] is sent["configuration"]["frame"]
    assert type(found["configuration"]["frame"]["size"]) is float


@pytest.mark.parametrize("like", [None, 7, [], {"a": 1}, {"a": []}, {"a": [1, 2]}, {"a": [{"b": 1}]}], ids=str)
def test_what_is_unlike_the_request_is_looked_at(like: Any) -> None:
    assert PlainValues(like).of({"a": [{"b": Decimal("1.0")}]}, HERE) == {"a": [{"b": 1}]}
    with pytest.raises(EvaluationError):
        PlainValues(like).of({"a": [{"b": timedelta(1)}]}, HERE)


def trees(leaves: list[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.sampled_from(leaves),
        lambda parts: (
            st.lists(parts, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "é"]), parts, max_size=3)
        ),
        max_leaves=8,
    )


JSON = [None, True, 7, 7.0, 2.5, "a", "é"]
NO_JSON = [2**53 + 1, "\ud800", Decimal("1.0"), date(2026, 5, 4), timedelta(1)]


def pointers(tree: Any, above: str = "") -> list[str]:
    """All places in a tree, and one in each object that is not there."""
    below = [f"{above}/c", f"{above}/\ud800"] if isinstance(tree, dict) else []
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, part in parts:
        below += [f"{above}/{name}", *pointers(part, f"{above}/{name}")]
    return below


@settings(max_examples=150)
@given(st.data(), st.sampled_from([JSON, JSON + NO_JSON]), st.sampled_from([JSON, JSON + NO_JSON]), st.booleans())
def test_what_with_value_made_is_looked_at_as_if_nobody_had_noted_it(
    data: st.DataObject, leaves: list[Any], new_leaves: list[Any], is_of_the_request: bool
) -> None:
    tree = data.draw(st.dictionaries(st.sampled_from(["a", "b"]), trees(leaves), min_size=1))
    scope, copy = TestScope(), tree
    for _ in range(data.draw(st.integers(1, 2))):
        new = data.draw(trees(new_leaves) | st.sampled_from([tree, *tree.values()]))
        copy = with_value(scope, copy, data.draw(st.sampled_from(pointers(copy))), new)
    product = {"configuration": tree if is_of_the_request else {**tree}}
    answer = {"configuration": copy, "again": [copy, tree]}

    noted = tried(EvaluationError, lambda: PlainValues(product, scope.copies).of(answer, HERE))
    plainly = tried(EvaluationError, lambda: PlainValues(product).of(answer, HERE))

    assert repr(noted).replace("7.0", "7") == repr(plainly).replace("7.0", "7")  # as sent or as ours, the same number


@settings(max_examples=150)
@given(st.data(), st.booleans())
def test_in_copies_of_the_request_its_numbers_stay_as_they_were_sent(
    data: st.DataObject, is_of_the_request: bool
) -> None:
    tree = data.draw(st.dictionaries(st.sampled_from(["a", "b"]), trees(JSON), min_size=1))
    scope, copy = TestScope(), tree
    for _ in range(data.draw(st.integers(1, 3))):
        new = data.draw(trees(JSON) | st.sampled_from([tree, *tree.values()]))
        copy = with_value(scope, copy, data.draw(st.sampled_from(pointers(copy))), new)

    product, answer = {"configuration": tree if is_of_the_request else {**tree}}, {"configuration": copy}

    noted = tried(EvaluationError, lambda: PlainValues(product, scope.copies).of(answer, HERE))
    plainly = tried(EvaluationError, lambda: PlainValues(product).of(answer, HERE))

    assert repr(noted) == repr(plainly)


def test_a_copy_of_a_copy_has_the_numbers_of_the_request_as_they_were_sent() -> None:
    sent = {"configuration": {"end": {"rate": {"value": 7.0}, "id": "a"}, "frame": 1}}
    scope = TestScope()
    copy = with_value(scope, with_value(scope, sent["configuration"], "/end/id", "b"), "/frame", 2)

    found = PlainValues(sent, scope.copies).of({"configuration": copy}, HERE)

    assert repr(found["configuration"]["end"]["rate"]) == "{'value': 7.0}"


def test_a_copy_of_the_request_is_not_looked_at_again() -> None:
    sent: dict[str, Any] = {"configuration": {"flows": [{"rate": 7.0}], "frame": 1}}
    scope = TestScope()
    values = PlainValues(sent, scope.copies)
    copy = with_value(scope, sent["configuration"], "/frame", 2)
    copy["later"] = timedelta(1)  # which would be seen

    assert values.of({"configuration": copy}, HERE)["configuration"] is copy


_LARGE = st.integers(2**53 + 1, 2**64 - 1) | st.floats(2.0**53 + 2, allow_infinity=False)


@given(_LARGE, st.booleans(), st.sampled_from([(), (1,), ("0e00",)]))
def test_a_large_number_is_seen_wherever_it_stands(number: float, is_negative: bool, after: tuple[Any, ...]) -> None:
    number = -number if is_negative and number < 2**63 else number
    for tree in ([number, *after], {"a": number, "b": after}, {"a": [[number], 7, *after]}):
        text = orjson.dumps(tree)
        assert may_have_large(text)
        assert may_have_large(text.replace(b"e+", b"e").replace(b"e", b"e+"))


@given(
    st.recursive(
        st.integers(-(10**15) + 1, 10**15 - 1)
        | st.integers(-(10**12), 10**12).map(lambda thousandths: thousandths / 1000)
        | st.uuids().map(str)
        | st.sampled_from(["1234567890123456", "+49-30-555-0101", "1e16", None, True]),
        lambda children: st.lists(children) | st.dictionaries(st.uuids().map(str), children),
    )
)
def test_small_numbers_and_ids_do_not_look_large(tree: Any) -> None:
    assert not may_have_large(orjson.dumps([tree]))


def test_an_id_with_an_e_changes_nothing_in_what_is_repeated() -> None:
    sent = {"id": "9e107d9d-3720-4e2a-8e6f-1234567890123456", "flow": {"rate": 7.0}}

    found = PlainValues({"configuration": sent}).of({"configuration": {**sent, "frame": 1}}, HERE)

    assert type(found["configuration"]["flow"]["rate"]) is float


@pytest.mark.parametrize("large", [2**53 + 1, 1e16, -1e30, 9007199254740994.0, 1.7e308], ids=str)
def test_a_number_of_the_request_that_readers_would_change_leaves_in_no_copy(large: float) -> None:
    sent = {"productConfiguration": {"flow": {"rate": large}, "frame": 1}}

    with pytest.raises(EvaluationError):
        PlainValues(sent).of({"productConfiguration": {**sent["productConfiguration"], "frame": 2}}, HERE)


class OfALibrary(datetime):
    """A date-time as some drivers give them."""


@given(st.datetimes(timezones=st.timezones() | st.just(UTC)))
def test_date_times_are_written_in_utc_with_milliseconds(moment: datetime) -> None:
    try:
        expected = f"{moment.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"
    except OverflowError:
        return
    assert rfc3339(moment) == expected
    parts = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, moment.microsecond)
    assert rfc3339(OfALibrary(*parts, tzinfo=moment.tzinfo, fold=moment.fold)) == expected
