"""What operators do; above all what they refuse: nothing missing, strange or of another kind makes a condition hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from gateway.mapping.expressions.compiler import compile_expression
from gateway.mapping.expressions.errors import ExpressionError, MissingValue
from tests.support.expressions import KINDS, TestScope, evaluate, tried

BINARY = ("+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in")
MOMENT = datetime(2026, 5, 4, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3 - 4", 3),
        ("7 / 2", 3.5),
        ("7 // 2", 3),
        ("7 % 4", 3),
        ("-(2)", -2),
        ("'a' + 'b'", "ab"),
        ("[1] + [2]", [1, 2]),
        ("1 == 1.0", True),
        ("'a' != 'b'", True),
        ("1 < 2 <= 2 < 3", True),
        ("1 < 3 < 2", False),
        ("'b' in ['a', 'b']", True),
        ("'c' not in ['a', 'b']", True),
        ("'a' in {'a': 1}", True),
        ("'a' in {'a': None}", False),
        ("'b' in x.y.z", True),
        ("[1, {'a': 'b'}] == [1.0, {'a': 'b'}]", True),
        ("{'a': 1} == {'b': 1}", False),
        ("true and not false", True),
        ("1 if true else 2", 1),
        ("null == None", True),
        ("x.none is None", True),
        ("x.y is not None", True),
        ("x.none.deeper[0]['k']", None),
        ("x['y']['z'][0]", "a"),
        ("x.l[-1]", 3),
        ("x.l[9]", None),
        ("[n * 2 for n in x.l if n > 1]", [4, 6]),
        ("sum(n for n in x.l)", 6),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_values(text: str, value: Any) -> None:
    found = evaluate(text, x={"y": {"z": ["a", "b"]}, "l": [1, 2, 3]})
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("left", "operator", "right", "value"),
    [
        pytest.param(Decimal("0.1"), "==", 0.1, True, id="a decimal meets what the JSON spelled"),
        pytest.param(Decimal("0.1"), "+", 0.2, Decimal("0.3"), id="a sum in decimals"),
        pytest.param(MOMENT, "+", timedelta(hours=1), MOMENT.replace(hour=9), id="date-time plus duration"),
        pytest.param(timedelta(days=1), "+", date(2026, 5, 4), date(2026, 5, 5), id="duration plus date"),
        pytest.param(MOMENT, "-", MOMENT.replace(hour=7), timedelta(hours=1), id="between date-times"),
        pytest.param(date(2026, 5, 4), "-", timedelta(days=1), date(2026, 5, 3), id="date minus duration"),
        pytest.param(timedelta(days=1), "<", timedelta(days=2), True, id="durations have an order"),
        pytest.param(date(2026, 5, 4), "<", date(2026, 5, 5), True, id="dates have an order"),
    ],
)
def test_decimals_and_times(left: Any, operator: str, right: Any, value: Any) -> None:
    assert evaluate(f"a {operator} b", a=left, b=right) == value


@pytest.mark.parametrize("operator", BINARY)
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("other", [1, "a", [1], {"a": 1}, True], ids=str)
def test_null_satisfies_no_operator(operator: str, side: str, other: Any) -> None:
    a, b = (None, other) if side == "left" else (other, None)
    if operator == "and" and a is True:
        b = None  # evaluated, and refused
    if operator == "or" and a is True:
        a = False  # so that the other side is evaluated
    with pytest.raises(ExpressionError):
        evaluate(f"a {operator} b", a=a, b=b)


@pytest.mark.parametrize("text", ["-a", "not a", "1 if a else 2", "[x for x in a]", "[x for x in [1] if a]"])
def test_null_satisfies_nothing_else(text: str) -> None:
    with pytest.raises(MissingValue):
        evaluate(text, a=None)


@pytest.mark.parametrize("operator", COMPARISONS)
@pytest.mark.parametrize("left", [["x", None], {"k": None}, [{"k": None}]], ids=str)
def test_null_inside_a_value_satisfies_no_comparison(operator: str, left: Any) -> None:
    right = [["x", "y"], {"k": 1}, [{"k": 1}]][[["x", None], {"k": None}, [{"k": None}]].index(left)]
    with pytest.raises(ExpressionError):
        evaluate(f"a {operator} b", a=left, b=[right] if "in" in operator else right)


@pytest.mark.parametrize("operator", COMPARISONS)
@pytest.mark.parametrize("name", ["nan", "infinity", "decimal nan", "signalling nan", "decimal infinity"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_what_is_no_number_satisfies_no_comparison(operator: str, name: str, side: str) -> None:
    a, b = (KINDS[name], 5) if side == "left" else (5, KINDS[name])
    with pytest.raises(ExpressionError):
        evaluate(f"a {operator} b", a=a, b=[b] if "in" in operator else b)


@pytest.mark.parametrize("operator", BINARY)
def test_any_two_kinds_give_a_value_or_an_error_of_the_language(operator: str) -> None:
    expression = compile_expression(f"a {operator} b")
    for left, right in product(KINDS.values(), repeat=2):
        scope = TestScope(a=left, b=right)
        found = tried(ExpressionError, lambda scope=scope: expression.evaluate(scope))
        assert not isinstance(found, ExpressionError) or found.offset is not None


@pytest.mark.parametrize(("left", "right"), [(1, True), ("1", 1), (True, "true"), ([1], 1), ([True], [1])])
def test_different_kinds_are_neither_equal_nor_unequal(left: Any, right: Any) -> None:
    for operator in ("==", "!="):
        with pytest.raises(ExpressionError, match="cannot compare"):
            evaluate(f"a {operator} b", a=left, b=right)


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
def test_texts_have_no_order(operator: str) -> None:
    with pytest.raises(ExpressionError, match="'900' would be more than '1000'"):
        evaluate(f"'900' {operator} '1000'")


@pytest.mark.parametrize("operator", ["==", "!=", "in", "not in"])
def test_a_padded_code_is_neither_equal_nor_unequal(operator: str) -> None:
    with pytest.raises(ExpressionError, match="strip"):
        evaluate(f"a {operator} b", a="BLOCKED   ", b=["BLOCKED"] if "in" in operator else "BLOCKED")


@pytest.mark.parametrize("operator", COMPARISONS[:6])
def test_a_moment_without_an_offset_compares_with_none_that_has_one(operator: str) -> None:
    with pytest.raises(ExpressionError, match="offset"):
        evaluate(f"a {operator} b", a=MOMENT, b=MOMENT.replace(tzinfo=None))


def test_an_empty_text_is_no_part_of_a_text() -> None:
    with pytest.raises(ExpressionError, match="empty text"):
        evaluate("a in b", a="", b="GREEN")


def test_hours_are_not_lost_in_a_date() -> None:
    with pytest.raises(ExpressionError, match="whole days"):
        evaluate("a + hours(30)", a=date(2026, 5, 4))


@pytest.mark.parametrize("text", ["a + days(1)", "a + days(36500)", "-days(1) + a"])
def test_dates_end_somewhere(text: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(text, a=date.max)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("false and x.none", False),
        ("true or x.none", True),
        ("1 if true else x.none + 1", 1),
        ("any([true, false]) or x.none", True),
    ],
)
def test_what_is_not_needed_is_not_computed(text: str, value: object) -> None:
    assert evaluate(text, x={}) == value


def test_a_chain_computes_every_operand_so_that_a_gap_in_it_is_seen() -> None:
    with pytest.raises(MissingValue):
        evaluate("3 < 2 < x.none", x={})


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1 / 0", "divides by zero"),
        ("1 // 0", "divides by zero"),
        ("1 % 0", "divides by zero"),
        ("a / b", "divides by zero"),
    ],
)
def test_division_by_zero(text: str, error: str) -> None:
    with pytest.raises(ExpressionError, match=error):
        evaluate(text, a=Decimal(1), b=Decimal(0))


def test_numbers_do_not_grow_without_end() -> None:
    with pytest.raises(ExpressionError, match="too large"):
        evaluate("a * a", a=10**20)


def test_texts_and_lists_do_not_grow_without_end() -> None:
    with pytest.raises(ExpressionError, match="longer"):
        evaluate("a + a", a="x" * 40_000)
    with pytest.raises(ExpressionError, match="longer"):
        evaluate("a + a", a=[1] * 1_500)


def test_a_comprehension_has_names_of_its_own() -> None:
    assert evaluate("[x for x in x.l] + [x.y]", x={"l": [1], "y": 2}) == [1, 2]
    assert compile_expression("[p.a for p in port] + [q]").free_names == {"port", "q"}


def test_python_attributes_are_out_of_reach() -> None:
    assert evaluate("x.__class__", x={}) is None
    assert evaluate("x.items", x={}) is None
    with pytest.raises(ExpressionError, match="has no member"):
        evaluate("'a'.upper")


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        pytest.param("a.b + 1", 0, id="the whole"),
        pytest.param("1 + (2 * a.b)", 5, id="a part"),
        pytest.param("[\n  1,\n  -a.b]", 9, id="a later line"),
        pytest.param("'é😀' + upper(a.b)", 7, id="behind wide characters"),
        pytest.param("1 == 1 and a", 11, id="a condition"),
    ],
)
def test_errors_know_their_place(text: str, offset: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, a=None)
    assert caught.value.offset == offset


@pytest.mark.parametrize("value", [1, "true", "", [], {}, None, 0])
def test_a_condition_is_true_or_false_and_nothing_else(value: Any) -> None:
    with pytest.raises(ExpressionError):
        compile_expression("a").holds(TestScope(a=value))


def test_a_name_that_has_no_value_is_an_error_of_the_language() -> None:
    with pytest.raises(ExpressionError):
        compile_expression("nowhere").evaluate({})
