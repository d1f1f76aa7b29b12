"""Whatever is written, an expression is refused, or ends soon with a value of the language or an error of it.

`make fuzz` does it with 100,000 expressions, 10,000 hostile ones and 5,000 mapping files; here are fewer of the same.
"""

from __future__ import annotations

import gc
import os
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from gateway.mapping.expressions.compiler import Expression, ExpressionSyntaxError, compile_expression
from gateway.mapping.expressions.errors import ExpressionError
from gateway.mapping.expressions.functions.requests import Lookup
from tests.support.expressions import ITEM, TestScope, tried
from tests.support.fuzzing import generated, hostile, scope_values

SCALE = int(os.environ.get("POQ_FUZZ_SCALE", "1"))
"""10 is the whole: 100,000 expressions and 10,000 hostile ones."""

PARTS = 10
LONGEST = 0.050
"""Seconds of this thread's own time, for compiling and evaluating."""

MOST_MEMORY = 10 * 1024 * 1024
VALUES = (str, int, float, Decimal, date, timedelta, bool, type(None))
SEED = int(os.environ.get("POQ_FUZZ_SEED", "0"))


def scope() -> TestScope:
    return TestScope(**scope_values(), item=ITEM, codes=Lookup("codes", {"A": 1}))


def outcome(text: str, names: TestScope) -> Any:
    """The value, or the error of the language; any other error passes through."""
    expression = tried(ExpressionSyntaxError, lambda: compile_expression(text))
    if isinstance(expression, ExpressionSyntaxError):
        assert 0 <= expression.offset <= len(text)
        return expression
    assert isinstance(expression, Expression)
    return tried(ExpressionError, lambda: expression.evaluate(names))


def seconds(text: str, names: TestScope) -> float:
    """The least of three times: what the machine does beside it is not the expression's."""
    best = float("inf")
    for _ in range(3):
        started = time.thread_time()
        outcome(text, names)
        best = min(best, time.thread_time() - started)
        if best <= LONGEST:
            break
    return best


def check_value(value: Any, known: frozenset[int]) -> None:
    """Nothing of Python's own comes out: data only. `known`: parts of what was given, which are not looked at again."""
    waiting = [value]
    for _ in range(20_000):
        if not waiting:
            return
        one = waiting.pop()
        if id(one) in known or isinstance(one, ExpressionError | ExpressionSyntaxError | Lookup):
            continue
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        else:
            assert isinstance(one, VALUES), type(one)


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    """The collector's pauses are not the expressions' time."""
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


def heaviest(texts: Sequence[str], names: TestScope) -> tuple[int, str]:
    """The most memory that one of the expressions takes beside what was there before it, and which one that is.

    Tracing is begun once for all of them: that is what it costs. Nothing is timed meanwhile.
    """
    known, most = frozenset(map(id, names.values())), (0, "")
    tracemalloc.start()
    try:
        for text in texts:
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            value = outcome(text, names)
            _, peak = tracemalloc.get_traced_memory()
            most = max(most, (peak - before, text))
            check_value(value, known)
    finally:
        tracemalloc.stop()
    return most


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(PARTS))
def test_a_generated_expression_is_refused_or_ends_soon_with_a_value(part: int) -> None:
    chance, names = Random(f"{SEED} generated {part}"), scope()
    known = frozenset(map(id, names.values()))
    for _ in range(1_000 * SCALE):
        text = generated(chance)
        started = time.thread_time()
        value = outcome(text, names)
        if time.thread_time() - started > LONGEST:
            assert seconds(text, names) <= LONGEST, text
        check_value(value, known)
    gc.collect()


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(PARTS))
def test_a_hostile_expression_reaches_nothing_and_takes_neither_long_nor_much(part: int) -> None:
    chance, names = Random(f"{SEED} hostile {part}"), scope()
    texts = [hostile(chance) for _ in range(100 * SCALE)]
    for text in texts:
        assert seconds(text, names) <= LONGEST, text
    peak, text = heaviest(texts, names)
    assert peak <= MOST_MEMORY, text
    gc.collect()


def test_the_heaviest_of_many_is_found() -> None:
    large = "[x for x in items]"
    peak, text = heaviest(["1", large, "2"], TestScope(items=list(range(2_000))))
    assert (text, 10_000 < peak < MOST_MEMORY) == (large, True)


@pytest.mark.parametrize("text", ["__import__('os')", "x.__class__", "codes.entries", "codes.name", "item.__class__"])
def test_no_way_leads_to_an_object_of_python(text: str) -> None:
    value = outcome(text, scope())
    assert value is None or isinstance(value, ExpressionError | ExpressionSyntaxError)
