"""The whitelist: what is no expression of the language is refused when it is loaded, soon, and with a place."""

from __future__ import annotations

import ast
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.mapping.expressions.compiler import Expression, ExpressionSyntaxError, compile_expression
from gateway.mapping.expressions.errors import ExpressionError
from gateway.mapping.expressions.functions import FUNCTIONS
from gateway.mapping.expressions.syntax import MAX_DEPTH, MAX_LENGTH, MAX_NODES, nodes_of, written
from tests.support.expressions import KINDS, TestScope, tried


def refused(text: str) -> ExpressionSyntaxError:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_expression(text)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("lambda: 1", id="lambda"),
        pytest.param("(x := 1)", id="walrus"),
        pytest.param("await x", id="await"),
        pytest.param("(yield)", id="yield"),
        pytest.param("(yield from x)", id="yield from"),
        pytest.param("f'{x}'", id="formatted text"),
        pytest.param("b'x'", id="bytes"),
        pytest.param("1j", id="complex"),
        pytest.param("...", id="ellipsis"),
        pytest.param("{1, 2}", id="set"),
        pytest.param("{x for x in y}", id="set comprehension"),
        pytest.param("{x: 1 for x in y}", id="dict comprehension"),
        pytest.param("{'a': 1, **x}", id="unpacked object"),
        pytest.param("{a: 1}", id="computed key"),
        pytest.param("{1: 1}", id="number as key"),
        pytest.param("[*x]", id="starred"),
        pytest.param("count(*x)", id="starred argument"),
        pytest.param("count(**x)", id="unpacked argument"),
        pytest.param("count(list=x)", id="named argument"),
        pytest.param("(1, 2)", id="tuple"),
        pytest.param("1, 2", id="comma"),
        pytest.param("x[1:2]", id="slice"),
        pytest.param("x[1, 2]", id="two indices"),
        pytest.param("2 ** 3", id="power"),
        pytest.param("x @ y", id="matrix product"),
        pytest.param("1 << 3", id="shift"),
        pytest.param("1 | 2", id="bit or"),
        pytest.param("~x", id="bit not"),
        pytest.param("+x", id="plus sign"),
        pytest.param("x is y", id="identity"),
        pytest.param("x == None == y", id="None in a chain"),
        pytest.param("x()", id="call of a name"),
        pytest.param("x.y()", id="call of a member"),
        pytest.param("__import__('os')", id="import"),
        pytest.param("().__class__.__bases__", id="the way to object"),
        pytest.param("count", id="a function as a value"),
        pytest.param("[x for x in y for z in x]", id="two loops"),
        pytest.param("[[z for z in x] for x in y]", id="a loop in a loop"),
        pytest.param("[x async for x in y]", id="async loop"),
        pytest.param("[x for x, z in y]", id="loop over pairs"),
        pytest.param("[null for null in y]", id="a loop over a word of the language"),
        pytest.param("[count for count in y]", id="a loop over a function's name"),
        pytest.param("x in 'ABC'", id="a part of a literal text"),
        pytest.param("1e999", id="infinity"),
        pytest.param("9" * 4000, id="a number of thousands of digits"),
        pytest.param("0x" + "f" * 3000, id="a long hexadecimal number"),
        pytest.param(r"'\ud800'", id="half a character"),
        pytest.param("'\ud800'", id="half a character as it is"),
        pytest.param(r"'\d'", id="an escape that is none"),
        pytest.param("1if x else 2", id="a number run into a word"),
        pytest.param("x = 1", id="assignment"),
        pytest.param("x.y = 1", id="assignment to a member"),
        pytest.param("x; y", id="two statements"),
        pytest.param("x y", id="two names"),
        pytest.param("x)", id="a ) without a ("),
        pytest.param("x) + (y", id="parentheses the wrong way round"),
        pytest.param("a)(b", id="a call made of both sides"),
        pytest.param("a) if (b) else (c", id="a condition made of both sides"),
        pytest.param("(x", id="a ( without a )"),
        pytest.param("", id="nothing"),
        pytest.param(" \n ", id="blank"),
        pytest.param("# only a comment", id="comment"),
        pytest.param("x\r+ y", id="carriage return"),
        pytest.param("x\0", id="null byte"),
        pytest.param("'abc", id="open quote"),
        pytest.param("x" * (MAX_LENGTH + 1), id="too long"),
        pytest.param(" + ".join("x" * (MAX_NODES // 2)), id="too large"),
        pytest.param("-" * (MAX_DEPTH + 1) + "x", id="too deep"),
        pytest.param("(" * 1500 + "x" + ")" * 1500, id="too many parentheses"),
        pytest.param("-" * 3900 + "x", id="far too deep"),
        pytest.param("not " * 900 + "x", id="far too many nots"),
    ],
)
def test_what_is_no_expression_is_refused_with_a_place_in_it(text: str) -> None:
    error = refused(text)
    assert error.message
    assert 0 <= error.offset <= len(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("upperr(x)", "did you mean 'upper'?"),
        ("x = 'A'", "write == to compare"),
        ("x.y = 'A'", "write == to compare"),
        ("x in ('A', 'B')", "write a list: [a, b]"),
        ("x in 'AB'", "write a list: ['A', 'B']"),
        ("x is 'A'", "write =="),
        (r"matches(x, '\d')", r"write the backslash twice, or r'…' for a pattern"),
        ("lookup(a", "close each bracket with its own kind"),
        ("[a, b", "close each bracket with its own kind"),
        ("a.b == 1 && c", "write and"),
        ("a == 'x' || b", "write or"),
        ("a and !b.c", "write not"),
        ("!(a)", "write not"),
        ("a ? b : c", "write a if condition else b"),
        ("a AND b", "between two values stands an operator (and, or, +, ==) or a comma"),
        ("!= 'x'", ""),
        ("f'{x}'", "write 'a' + text(b)"),
        ("place(item)", "place(item, role)"),
    ],
)
def test_common_slips_are_told_what_to_write(text: str, hint: str) -> None:
    assert refused(text).hint == hint


@pytest.mark.parametrize("text", ["[a, b", "'abc", "{'a': 1"])
def test_a_message_names_no_line_of_another_count(text: str) -> None:
    assert "line" not in refused(text).message


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        pytest.param("1 + x()", 4, id="same line"),
        pytest.param("1 +\n  x()", 6, id="second line"),
        pytest.param("'é😀' + x()", 7, id="behind wide characters"),
        pytest.param("1 + + 'a' @ b", 4, id="the inner one"),
        pytest.param("[1,\n 2 ** 3]", 5, id="in a list over lines"),
        pytest.param("1 + )", 4, id="broken syntax"),
        pytest.param("1 +\n  * 2", 6, id="broken syntax on the second line"),
    ],
)
def test_the_place_of_a_mistake(text: str, offset: int) -> None:
    assert refused(text).offset == offset


def test_comments_and_line_breaks_are_allowed() -> None:
    assert compile_expression("1  # one\n+ 2\n").evaluate({}) == 3


def test_names_are_told_with_their_places() -> None:
    expression = compile_expression("port.a +\nport.b + [x for x in y][0]")
    assert [(name.name, name.offset) for name in expression.names] == [("port", 0), ("port", 9), ("y", 30)]


def test_a_chain_of_comparisons_does_not_double_with_each_level() -> None:
    text = "1"
    for _ in range(12):
        text = f"0 < ({text}) < 2"
    assert isinstance(compile_expression(text), Expression)


def test_no_warning_reaches_anybody() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for text in ("'a' is None", "1 == (2)", "x[0][1]", "'a'.b"):
            compile_expression(text)
    assert seen == []


NAMES = st.sampled_from(["x", "y", "item", "__class__", "__builtins__", "scope", "_call", "é", "null", *FUNCTIONS])
ATOMS = st.one_of(
    NAMES,
    st.integers(-10, 10**40).map(str),
    st.floats().map(repr),
    st.text(max_size=5).map(repr),
    st.binary(max_size=3).map(repr),
    st.sampled_from(["...", "1j", "f'{x}'", "None", "True"]),
)
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", "in", "is", "and", "or", "@", "|", "<<", ":="]
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(st.sampled_from(["not ", "-", "~", "*", "await ", "lambda: ", "yield "]), inner).map("".join),
        st.tuples(inner, NAMES).map(".".join),
        st.tuples(inner, inner).map(lambda parts: f"{parts[0]}[{parts[1]}]"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"),
        st.tuples(NAMES, st.lists(inner, max_size=3)).map(lambda parts: f"{parts[0]}({', '.join(parts[1])})"),
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
        st.lists(inner, max_size=3).map(lambda parts: f"{{{', '.join(parts)}}}"),
        st.lists(inner, max_size=3).map(lambda parts: "{" + ", ".join(f"'k': {part}" for part in parts) + "}"),
        st.tuples(inner, NAMES, inner, inner).map(lambda p: f"[{p[0]} for {p[1]} in {p[2]} if {p[3]}]"),
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=2_000)
@given(EXPRESSIONS, st.sampled_from(sorted(KINDS)), st.sampled_from(sorted(KINDS)))
@example("x * x * x * x * x", "huge integer", "null")
@example("[y for y in x] * 10", "list", "null")
def test_any_syntax_is_refused_or_evaluates_to_a_value_or_an_error_of_the_language(text: str, x: str, y: str) -> None:
    expression = tried(ExpressionSyntaxError, lambda: compile_expression(text))
    if isinstance(expression, ExpressionSyntaxError):
        assert 0 <= expression.offset <= len(text)
        return
    scope = TestScope(x=KINDS[x], y=KINDS[y], item={})
    value = tried(ExpressionError, lambda: expression.evaluate(scope))
    assert not callable(value)
    assert not isinstance(value, type | ast.AST)


@settings(max_examples=300, deadline=2_000)
@given(st.text(st.sampled_from("xy1'\"().,[]{}:=+-*<> \n\\if\tinor#@é\ud800\0"), max_size=40))
def test_any_text_is_an_expression_or_a_syntax_error(text: str) -> None:
    found = tried(ExpressionSyntaxError, lambda: compile_expression(text))
    assert isinstance(found, Expression) or 0 <= found.offset <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "row.a.b['c d'][0].e",
        "related('UNI').answer",
        "lookup(codes, first([one.code for one in row.options if one.free]), (x for x in y))",
        "default(row.text, 'it\\'s \"so\"') + '\\n' + r'\\b' + 'é'",
        "u'x' == None or not (true and False) or -1 < 1.5 <= (2 - (3 - 4))",
        "'Y' in ['Y', 5] if (a or b) and c else {'k': [1]}",
        "(a if b else c).d and 'x'.y and (5).z and (-x).y and [a][0]",
    ],
)
def test_a_node_is_written_as_python_would_write_it(text: str) -> None:
    for node in nodes_of(ast.parse(text, mode="eval").body):
        assert written(node) == ast.unparse(node)
