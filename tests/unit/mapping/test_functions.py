"""Every function of the language: its example, its values, and what it makes of nulls and of other kinds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.expressions.compiler import ExpressionSyntaxError, compile_expression
from gateway.mapping.expressions.errors import ExpressionError, MissingValue
from gateway.mapping.expressions.functions import FUNCTIONS
from gateway.mapping.expressions.functions.requests import Lookup
from gateway.mapping.expressions.work import MAX_TEXT
from tests.support.expressions import ITEM, KINDS, TestScope, evaluate, tried

MOMENT = datetime(2026, 5, 4, 8, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_compiles_and_calls_the_function(name: str) -> None:
    assert f"{name}(" in compile_expression(FUNCTIONS[name].example).text


EXAMPLE: dict[str, Any] = {
    "a": 3,
    "b": 2,
    "cir": 10,
    "codes": ["A", "B"],
    "delivery": Lookup("delivery", {"ON": "onNetWithoutBuild"}),
    "eir": 20,
    "feasibility": {"NetStatus": "ON"},
    "flow": {"cir": {"irValue": 2, "irUnits": "GBPS"}},
    "id": "a-b-c",
    "now": MOMENT,
    "options": [{"kbps": 5, "ok": False, "days": 9}, {"kbps": 7, "ok": True, "days": 4}],
    "port": {"options": ["x", "y"]},
    "ports": [{"state": "A", "free": 1, "metro": "NYC"}, {"state": "B", "free": 2, "metro": "NYC"}],
    "prices": [5, 3],
    "ref": "ENNI-12",
    "row": {
        "floor": None,
        "spd_kb": "2500",
        "lead_days": "12.0",
        "metro_no": 7,
        "act_flg": "Y",
        "city": "Bonn",
        "stat_cd": " A ",
        "inst_dt": "20260504",
        "chk_ts": "2026-05-04 04:00",
    },
}
"""What the examples speak of."""

GIVEN_BY_EXAMPLE: dict[str, Any] = {
    "all": True,
    "any": True,
    "boolean": True,
    "business_days": datetime(2026, 5, 18, 8, tzinfo=UTC),
    "count": 2,
    "date": date(2026, 5, 4),
    "datetime": MOMENT,
    "days": datetime(2026, 6, 3, 8, tzinfo=UTC),
    "default": "ground",
    "duration": timedelta(minutes=90),
    "first": 3,
    "hours": datetime(2026, 5, 4, 12, tzinfo=UTC),
    "integer": 12,
    "join": "A, B",
    "kbps": 2_000_000,
    "known": "A",
    "lookup": "onNetWithoutBuild",
    "lower": "bonn",
    "matches": True,
    "max": 20,
    "mbps": 2000,
    "min": 2,
    "number": 2.5,
    "one": {"state": "A", "free": 1, "metro": "NYC"},
    "place": "loc-1",
    "pointer": "/productOfferingQualificationItem/0/product/productRelationship/0/id",
    "related": {"role": "INSTALL_LOCATION", "place": {"id": "x"}},
    "relation": "enni-1",
    "replace": "abc",
    "sorted": [4, 9],
    "split": ["A", "B"],
    "strip": "A",
    "sum": 12,
    "text": "7",
    "unique": ["NYC"],
    "upper": "BONN",
    "with_value": {**ITEM["product"]["productConfiguration"], "maximumFrameSize": 1526},
}
"""What each example gives; the next test sees that none is missing."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_gives_what_a_reader_would_expect(name: str) -> None:
    assert evaluate(FUNCTIONS[name].example, **EXAMPLE) == GIVEN_BY_EXAMPLE[name]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_is_explained(name: str) -> None:
    function = FUNCTIONS[name]
    assert function.doc.endswith(".")
    assert function.returns
    assert function.signature.startswith(f"{name}(")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_takes_as_many_values_as_it_says(name: str) -> None:
    function = FUNCTIONS[name]
    needed = sum(1 for parameter in function.parameters if not parameter.optional)
    with pytest.raises(ExpressionSyntaxError, match="takes"):
        compile_expression(f"{name}({', '.join('1' * (needed - 1))})")
    if not function.parameters[-1].repeated:
        with pytest.raises(ExpressionSyntaxError, match="takes"):
            compile_expression(f"{name}({', '.join('1' * (len(function.parameters) + 1))})")
    with pytest.raises(ExpressionSyntaxError, match="by place"):
        compile_expression(f"{name}(value=1)")


NOT_NULLABLE = [
    (function.name, number)
    for function in FUNCTIONS.values()
    for number, parameter in enumerate(function.parameters)
    if not parameter.nullable
]


@pytest.mark.parametrize(("name", "number"), NOT_NULLABLE, ids=lambda part: str(part))
def test_null_is_refused_where_a_value_is_needed(name: str, number: int) -> None:
    arguments = ["null" if place == number else "x" for place in range(len(FUNCTIONS[name].parameters))]
    with pytest.raises(MissingValue, match="got null"):
        evaluate(f"{name}({', '.join(arguments)})", x=1)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_any_kinds_give_a_value_or_an_error_of_the_language(name: str) -> None:
    count = len(FUNCTIONS[name].parameters)
    expression = compile_expression(f"{name}({', '.join('abc'[:count])})")
    for values in product(KINDS.values(), repeat=min(count, 2)):
        scope = TestScope(a=values[0], b=values[-1], c="x")
        found = tried(ExpressionError, lambda scope=scope: expression.evaluate(scope))
        assert not isinstance(found, ExpressionError) or found.offset is not None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("place(item, 'INSTALL_LOCATION').place.id", "loc-1"),
        ("place(item.product, 'OTHER').place.id", "loc-2"),
        ("place(item, 'NONE').place.id", None),
        ("place(None, 'OTHER')", None),
        ("relation(item, 'CONNECTS_TO_ENNI').id", "enni-1"),
        ("relation(item, 'NONE')", None),
        ("related('CONNECTS_TO_UNI').id", "item-002"),
        ("related('CONNECTS_TO_UNI').answer.serviceabilityConfidence", "red"),
        ("place(related('CONNECTS_TO_UNI'), 'INSTALL_LOCATION').place.id", "x"),
        ("related('NONE')", None),
        ("pointer(item)", "/productOfferingQualificationItem/0"),
        ("pointer(related('CONNECTS_TO_UNI'), 'product')", "/productOfferingQualificationItem/1/product"),
        ("pointer(place(item, 'OTHER'), 'a/b')", "/productOfferingQualificationItem/0/product/place/1/a~1b"),
        ("lookup(codes, 'A')", 1),
        ("lookup(codes, 2)", "b"),
        ("lookup(open, 'Z')", "else"),
        ("default(None, 5)", 5),
        ("default(4, 5)", 4),
        ("default('', 5)", ""),
        ("mbps({'irValue': 2500, 'irUnits': 'KBPS'})", 2.5),
        ("mbps({'irValue': 10, 'irUnits': 'GBPS'})", 10_000),
        ("kbps({'irValue': 0.1, 'irUnits': 'MBPS'})", 100),
        ("number(' 12.50 ')", 12.5),
        ("number('-3')", -3),
        ("number('1e3')", 1000),
        ("integer('12.0')", 12),
        ("text(12.0)", "12"),
        ("text(2.5)", "2.5"),
        ("text(true)", "true"),
        ("text('a')", "a"),
        ("boolean(' y ')", True),
        ("boolean('FALSE')", False),
        ("boolean(0)", False),
        ("boolean(true)", True),
        ("first([3, 1])", 3),
        ("first([])", None),
        ("one(['a'])", "a"),
        ("count([1, 1])", 2),
        ("sum([1, 2.5])", 3.5),
        ("sum([])", 0),
        ("min(3, 1, 2)", 1),
        ("max([3, 1, 2])", 3),
        ("any([false, true])", True),
        ("any([])", False),
        ("all([true, true])", True),
        ("sorted(['b', 'a'])", ["a", "b"]),
        ("sorted([3, 1.5, 2])", [1.5, 2, 3]),
        ("unique([1, 'a', 1.0, True, 'a', {'k': 1}, {'k': 1}])", [1, "a", True, {"k": 1}]),
        ("with_value({'a': {'b': 1}, 'c': [1, 2]}, '/a/b', 5)", {"a": {"b": 5}, "c": [1, 2]}),
        ("with_value({'a': [1, 2]}, '/a/1', None)", {"a": [1, None]}),
        ("with_value({'a': 1}, '/new', 2)", {"a": 1, "new": 2}),
        ("upper('ab')", "AB"),
        ("lower('AB')", "ab"),
        ("strip(' a ')", "a"),
        ("split('A;B', ';')", ["A", "B"]),
        ("join(['a', 'b'], ', ')", "a, b"),
        ("replace('a-b-c', '-', '')", "abc"),
        ("matches('ENNI-12', 'ENNI-[0-9]+')", True),
        (r"matches('ENNI-12', r'ENNI-\d')", False),
        ("date('2026-05-04')", date(2026, 5, 4)),
        ("date('20260504', '%Y%m%d')", date(2026, 5, 4)),
        ("date(20260504, '%Y%m%d')", date(2026, 5, 4)),
        ("date(now)", date(2026, 5, 4)),
        ("datetime('2026-05-04T10:00:00+02:00')", MOMENT),
        ("datetime('2026-05-04 04:00', 'America/New_York')", MOMENT),
        ("datetime(date(now), 'UTC')", MOMENT.replace(hour=0)),
        ("now + days(1.5)", MOMENT + timedelta(hours=36)),
        ("now + hours(1)", MOMENT.replace(hour=9)),
        ("duration(90, 'minutes')", timedelta(minutes=90)),
        ("business_days(date(now), 5)", date(2026, 5, 11)),
        ("business_days(date('2026-05-08'), 1)", date(2026, 5, 11)),
        ("business_days(date('2026-05-09'), 1)", date(2026, 5, 11)),
        ("business_days(date('2026-05-09'), 0)", date(2026, 5, 9)),
        ("business_days(now, 7)", datetime(2026, 5, 13, 8, tzinfo=UTC)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_values(text: str, value: Any) -> None:
    found = evaluate(text, now=MOMENT)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("name", ["Decimal", "days"])
def test_decimals_of_a_database_are_numbers_like_any_other(name: str) -> None:
    found = {"Decimal": evaluate("number(a)", a=Decimal("12.50")), "days": evaluate("days(a)", a=Decimal(2))}[name]
    assert found == {"Decimal": 12.5, "days": timedelta(days=2)}[name]


@pytest.mark.parametrize(
    ("value", "written"), [(Decimal("1E+3"), "1000"), (Decimal("1.50"), "1.50"), (date(2026, 5, 4), "2026-05-04")]
)
def test_text_writes_values_as_people_do(value: Any, written: str) -> None:
    assert evaluate("text(a)", a=value) == written


@pytest.mark.parametrize(
    "text",
    [
        "number('')",
        "number('12 000')",
        "number('1_000')",
        "number('0x10')",
        "number('１２')",
        "number('nan')",
        "number('1e999999999')",
        "number(true)",
        "integer(2.5)",
        "integer('2,0')",
        "integer('1e99')",
        "boolean('')",
        "boolean(' ')",
        "boolean(2)",
        "boolean('maybe')",
        "boolean(1.0)",
        "text([1])",
        "text(codes)",
        "text(days(1))",
        "text(1e20 * 1e20)",
        "mbps({'irValue': '10', 'irUnits': 'MBPS'})",
        "mbps({'irValue': 10, 'irUnits': 'mbps'})",
        "mbps({'irValue': 10})",
        "kbps({'irValue': 10, 'irUnits': ['MBPS']})",
        "lookup(codes, 'B')",
        "lookup(codes, 'A ')",
        "lookup(codes, true)",
        "lookup(codes, 1.0)",
        "lookup(item, 'A')",
        "one([])",
        "one([1, 2])",
        "min([])",
        "max('a', 'b')",
        "max(1, 'b')",
        "all([])",
        "all([1])",
        "any(['true'])",
        "sum([1, None])",
        "sum(['1', '2'])",
        "sorted([1, 'a'])",
        "sorted([None])",
        "unique([1, None])",
        "sorted([{'a': 1}, {'a': 2}])",
        "count('abc')",
        "count({'a': 1})",
        "join(['a', 1], '')",
        "split('a', '')",
        "replace('a', '', 'b')",
        "upper(1)",
        "matches('a', '(')",
        "matches('a', '(?=a)')",
        r"matches('\x7f', '\\1')",
        "date('')",
        "date('2026-13-01')",
        "date(20260504)",
        "date(true, '%Y')",
        "date('2026-05-04', 5)",
        "date('2026', '%')",
        "datetime('2026-05-04T10:00:00')",
        "datetime('2026-05-04T10:00:00', 'Mars/Olympus')",
        "datetime('2026-05-04T10:00:00', '../../etc/passwd')",
        "datetime('2026-05-04T10:00:00', 5)",
        "datetime('0001-01-01T00:00:00', 'Asia/Tokyo')",
        "days('1')",
        "days(1e9)",
        "days(true)",
        "hours(1e29)",
        "duration(1, 'months')",
        "business_days('2026-05-04', 1)",
        "business_days(date('2026-05-04'), 1.5)",
        "business_days(date('2026-05-04'), -1)",
        "business_days(date('9999-12-31'), 1)",
        "pointer('item')",
        "pointer({'a': 1})",
        "pointer(item, true)",
        "with_value({'a': 1}, 'a', 2)",
        "with_value({'a': 1}, 5, 2)",
        "with_value({'a': 1}, '/b/c', 2)",
        "with_value({'a': 1}, '/a/c', 2)",
        "with_value([1], '/²', 2)",
        "with_value([1], '/1', 2)",
        "with_value([1], '/-1', 2)",
        "place('item', 'x')",
        "relation(5, 'x')",
    ],
)
def test_what_cannot_be_read_fails_instead_of_being_guessed(text: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("replace(a, 'x', a)", id="each letter by the whole text"),
        pytest.param("join([a for n in l], a)", id="one text many times"),
        pytest.param("split(a, 'x')", id="one list element a letter"),
        pytest.param("matches(a, '(x+x+)+y')", id="a pattern that would backtrack"),
        pytest.param("count([n for n in l if n in l]) == count(unique(l))", id="list by list"),
    ],
)
@pytest.mark.timeout(5)
def test_no_call_runs_away(text: str) -> None:
    found = tried(ExpressionError, lambda: evaluate(text, a="x" * MAX_TEXT, l=list(range(2_000))))
    assert isinstance(found, bool) or "longer" in found.message or "too much work" in found.message


def test_a_path_that_is_deeper_than_python_can_go_is_an_error_of_the_language() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"a": deep}
    scope = TestScope(x={"y": 1})
    scope.document = {"productOfferingQualificationItem": [deep]}
    with pytest.raises(ExpressionError):
        compile_expression("pointer(x)").evaluate(scope)
    with pytest.raises(ExpressionError):
        compile_expression("a == b").evaluate({"a": deep, "b": {"a": deep["a"]}})


def test_with_value_leaves_the_original_as_it_was() -> None:
    evaluate("with_value(item, '/product/place', None)")
    assert ITEM["product"]["place"] is not None


def test_an_error_says_where_the_call_stands() -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate("1 + number('x')")
    assert caught.value.offset == 4


@given(
    st.integers(-(10**15), 10**15)
    | st.builds(lambda n, more: 10**n + more, st.integers(14, 30), st.integers(0, 10**9)),
    st.sampled_from(["BPS", "KBPS", "MBPS", "GBPS", "TBPS"]),
    st.sampled_from(["mbps(r)", "kbps(r)", "integer(r.irValue)", "number(r.irValue)"]),
)
def test_whole_numbers_come_out_as_decimals_do(value: int, units: str, text: str) -> None:
    whole, decimal = ({"irValue": of(value), "irUnits": units} for of in (int, Decimal))
    found = tried(ExpressionError, lambda: evaluate(text, r=whole))
    expected = tried(ExpressionError, lambda: evaluate(text, r=decimal))
    assert repr(found) == repr(expected)
