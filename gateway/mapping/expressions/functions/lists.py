"""Functions over lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from itertools import pairwise
from typing import Any

from gateway.mapping.expressions import values
from gateway.mapping.expressions.errors import ExpressionError, MissingValue
from gateway.mapping.expressions.functions.registry import Parameter, function
from gateway.mapping.expressions.values import elements, kind, truth
from gateway.mapping.expressions.work import charge, walked

_LIST = Parameter("list", "list")
_TRUTHS = Parameter("list", "list of truth values")
_NUMBERS = Parameter("numbers", "list, or several values", repeated=True)


@function(_LIST, returns="element or null", example="first(sorted(prices))")
def first(items: Any) -> Any:
    """The first element, or null where the list is empty."""
    return elements(items)[0] if elements(items) else None


@function(_LIST, returns="element", example="one([p for p in ports if p.state == 'A'])")
def one(items: Any) -> Any:
    """The only element. None or several of them fail."""
    if len(elements(items)) != 1:
        raise ExpressionError(f"one() needs exactly one element, got {len(items)}")
    return items[0]


@function(_LIST, returns="integer", example="count(port.options)")
def count(items: Any) -> int:
    """How many elements."""
    return len(elements(items))


@function(_LIST, returns="number", example="sum([o.kbps for o in options])", name="sum")
def total(items: Any) -> Any:
    """The sum of a list of numbers; 0 of an empty list."""
    return reduce(values.add, walked(elements(items), 5), 0)


def _no_nulls(items: list[Any], name: str) -> list[Any]:
    """Two gaps are neither alike nor different."""
    if any(item is None for item in items):
        raise MissingValue(f"{name}() met a null among the elements")
    return items


def _extreme(arguments: tuple[Any, ...], better: Callable[[Any, Any], bool], name: str) -> Any:
    items = walked(elements(arguments[0]) if len(arguments) == 1 else list(arguments), 5)
    if not items:
        raise MissingValue(f"{name}() of an empty list has no value")
    return reduce(lambda best, item: item if better(item, best) else best, items)


@function(_NUMBERS, returns="number", example="min(a, b)", name="min")
def smallest(*arguments: Any) -> Any:
    """The smallest of several values, or of one list. An empty list fails."""
    return _extreme(arguments, values.less, "min")


@function(_NUMBERS, returns="number", example="max(cir, eir)", name="max")
def largest(*arguments: Any) -> Any:
    """The largest of several values, or of one list. An empty list fails."""
    return _extreme(arguments, values.greater, "max")


@function(_TRUTHS, returns="truth value", example="any(o.ok for o in options)", name="any")
def any_of(items: Any) -> bool:
    """Whether at least one is true; false of an empty list."""
    return any(truth(item) for item in walked(elements(items)))


@function(_TRUTHS, returns="truth value", example="all(p.free > 0 for p in ports)", name="all")
def all_of(items: Any) -> bool:
    """Whether each is true. An empty list fails: nothing that was looked at is no reason to say yes."""
    if not elements(items):
        raise MissingValue("all() of an empty list says nothing; test count(…) first")
    return all(truth(item) for item in walked(items))


@function(_LIST, returns="list", example="sorted([o.days for o in options])", name="sorted")
def in_order(items: Any) -> list[Any]:
    """The elements from small to large (numbers, texts or dates)."""
    checked = _no_nulls(walked(elements(items), 6), "sorted")
    if all(isinstance(item, str) for item in checked):
        return sorted(checked)
    for left, right in pairwise([*checked, *checked[:1]]):
        values.less(left, right)
    return sorted(checked)


@function(_LIST, returns="list", example="unique([p.metro for p in ports])")
def unique(items: Any) -> list[Any]:
    """The elements without repeats, in their order."""
    result: list[Any] = []
    scalars: set[tuple[str, Any]] = set()
    others: dict[bool, list[Any]] = {True: [], False: []}
    for item in _no_nulls(walked(elements(items), 6), "unique"):
        if isinstance(item, Mapping | list):
            alike = others[isinstance(item, list)]
            charge(2 * len(alike))
            known = item in alike
            alike += [] if known else [item]
        else:
            known = (kind(item), item) in scalars
            scalars.add((kind(item), item))
        if not known:
            result.append(item)
    return result
