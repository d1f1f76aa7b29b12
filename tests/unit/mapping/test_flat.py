"""Expressions run as code with few calls: it does what the operations do, and tells its mistakes as exactly."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest

from gateway.mapping.expressions import values
from gateway.mapping.expressions.compiler import compile_expression
from gateway.mapping.expressions.errors import ExpressionError
from gateway.mapping.template import EvaluationError, TemplateCompiler
from gateway.sources.yamlfile import read_yaml
from tests.support.expressions import KINDS, TestScope, tried

FLAT: dict[str, Callable[[Any], Any]] = {
    "x.a": lambda x: values.member(x, "a"),
    "x.a.b": lambda x: values.member(values.member(x, "a"), "b"),
    "x[0]": lambda x: values.element(x, 0),
    "x[1].a": lambda x: values.member(values.element(x, 1), "a"),
    "x[9]": lambda x: values.element(x, 9),
    "x['a']": lambda x: values.element(x, "a"),
    "x == None": lambda x: x is None,
    "x != None": lambda x: x is not None,
    "not x": lambda x: not values.truth(x),
    "1 if x else 2": lambda x: 1 if values.truth(x) else 2,
    "x and true": lambda x: values.truth(x) and True,
    "x.a == None or x": lambda x: values.member(x, "a") is None or values.truth(x),
}


def said(found: Any) -> Any:
    return found.message if isinstance(found, ExpressionError) else found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", FLAT)
def test_what_stands_in_the_code_does_what_the_operation_does(text: str, kind: str) -> None:
    value = KINDS[kind]
    flat = tried(ExpressionError, lambda: compile_expression(text).evaluate(TestScope(x=value)))
    assert said(flat) == said(tried(ExpressionError, lambda: FLAT[text](value)))


def test_a_comprehension_over_a_comprehension_is_read_without_a_held_value() -> None:
    scope = TestScope(rows=[{"a": [{"b": True, "c": 1}]}])
    assert compile_expression("[e.c for e in [r.a[0] for r in rows] if e.b]").evaluate(scope) == [1]


WHOLE = """\
value:
  one: =x.a
  two:
    - constant
    - =1 + x.b.c
  three: =x.a
"""


def rendered(text: str, **names: Any) -> Any:
    document = read_yaml(text, "m.yaml")
    return TemplateCompiler(document).value(document.value(("value",)), ("value",)).render(TestScope(**names))


def test_the_values_of_an_object_are_made_together() -> None:
    made = rendered(WHOLE, x={"a": [1], "b": {"c": 2}})
    assert made == {"one": [1], "two": ["constant", 3], "three": [1]}


@pytest.mark.parametrize(
    ("names", "column", "line"),
    [
        pytest.param({"x": 7}, 9, 2, id="the first"),
        pytest.param({"x": {"a": 1, "b": {"c": "text"}}}, 8, 5, id="in a list"),
        pytest.param({"x": {"a": 1, "b": "text"}}, 12, 5, id="its last part"),
        pytest.param({}, 9, 2, id="a name that has no value"),
    ],
)
def test_a_mistake_in_one_of_many_values_is_told_with_its_place(names: dict[str, Any], column: int, line: int) -> None:
    with pytest.raises(EvaluationError) as caught:
        rendered(WHOLE, **names)
    assert (caught.value.location.line, caught.value.location.column) == (line, column)


def test_what_the_values_of_an_object_take_is_bounded() -> None:
    two = "value: {a: '=[e == 1 for e in many]', b: '=[e == 1 for e in many]'}"
    assert rendered(two, many=[1] * 2000) == {"a": [True] * 2000, "b": [True] * 2000}
    with pytest.raises(EvaluationError, match="too much work"):
        rendered("value: {a: '=[e in many for e in many]'}", many=list(range(2000)))


@pytest.mark.parametrize("value", ["A", "B", "C", "A ", " B", "", "a", None, 7, ["A"], True], ids=str)
@pytest.mark.parametrize("text", ["x in ['A', 'B']", "x in ['A', 'B ']", "x in ['A', 7]", "x not in ['A', 'B']"])
def test_one_of_listed_texts_is_found_as_in_any_list(text: str, value: Any) -> None:
    listed = compile_expression(text)
    free = compile_expression(f"{text.partition('[')[0]}listed")
    texts = compile_expression(f"[{text.partition('[')[2]}").evaluate(TestScope())
    found = tried(ExpressionError, lambda: listed.evaluate(TestScope(x=value)))
    assert said(found) == said(tried(ExpressionError, lambda: free.evaluate(TestScope(x=value, listed=texts))))


WHOLE_NUMBERS = (0, 1, -1, 7, -3, 10**14 - 1, 10**14, -(10**14), 10**29, -(10**29))


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "//", "%"])
def test_whole_numbers_are_computed_as_decimals_are(symbol: str) -> None:
    for left in WHOLE_NUMBERS:
        for right in WHOLE_NUMBERS:
            expression = compile_expression(f"x {symbol} y")
            whole = tried(ExpressionError, lambda: expression.evaluate(TestScope(x=left, y=right)))  # noqa: B023
            assert isinstance(whole, ExpressionError) == _is_beyond(symbol, left, right)
            if not isinstance(whole, ExpressionError):
                assert whole == _EXACT[symbol](left, right)


_EXACT: dict[str, Callable[[int, int], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}


def _is_beyond(symbol: str, left: int, right: int) -> bool:
    if right == 0 and symbol in ("/", "//", "%"):
        return True
    return not -values.MAX_NUMBER < _EXACT[symbol](left, right) < values.MAX_NUMBER
