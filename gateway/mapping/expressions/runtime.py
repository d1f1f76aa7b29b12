"""What compiled expressions call: the operations with the place of their node on any error, and function calls.

Whatever goes wrong inside is an `ExpressionError`: an operation that meets a value nobody thought of must fail the item
like any other, and never anything beyond it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.mapping.expressions import values
from gateway.mapping.expressions.functions import FUNCTIONS, Function
from gateway.mapping.expressions.values import ExpressionError, MissingValue

FOREIGN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What Python itself may raise over values of an unforeseen kind."""

COMPARISONS = {
    "Eq": "equal",
    "NotEq": "unequal",
    "Lt": "less",
    "LtE": "at_most",
    "Gt": "greater",
    "GtE": "at_least",
    "In": "contains",
    "NotIn": "lacks",
}
OPERATORS = {
    "Add": "add",
    "Sub": "subtract",
    "Mult": "multiply",
    "Div": "divide",
    "FloorDiv": "floor_divide",
    "Mod": "modulo",
    **COMPARISONS,
}


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """The operation, with the place of its node on any error."""

    def run(offset: int, *operands: Any) -> Any:
        try:
            return function(*operands)
        except ExpressionError as error:
            if error.offset is None:
                error.offset = offset
            raise
        except FOREIGN as error:
            raise ExpressionError(f"cannot be computed ({type(error).__name__})", offset) from error

    return run


def _call(function: Function, scope: Any, *arguments: Any) -> Any:
    for number, argument in enumerate(arguments):
        if argument is None and not function.takes_null(number):
            raise MissingValue(f"{function.name}() needs a value as its {function.parameter(number)}, got null")
    try:
        return function.call(scope, *arguments) if function.reads_scope else function.call(*arguments)
    except FOREIGN as error:
        message = f"{function.name}() cannot be computed ({type(error).__name__}): {function.signature}"
        raise ExpressionError(message) from error


def _chain(comparisons: tuple[str, ...], *operands: Any) -> bool:
    """`a < b < c`: each operand computed once, and all of them, so that a gap in any of them is seen."""
    pairs = zip(comparisons, operands, operands[1:], strict=False)
    found = [getattr(values, name)(left, right) for name, left, right in pairs]
    return all(found)


_PLAIN = ("member", "element", "truth", "negative", "repeated", "is_null", "is_value")

_any_member = _guarded(values.member)


def _member(offset: int, value: Any, name: str) -> Any:
    """`values.member`, with what nearly all of them are told first: most of an expression is a way to a value."""
    if type(value) is dict:
        return value.get(name)
    return None if value is None else _any_member(offset, value, name)


RUNTIME: dict[str, Any] = {
    **{f"_{name}": _guarded(getattr(values, name)) for name in {*OPERATORS.values(), *_PLAIN}},
    "_member": _member,
    "_chain": _guarded(_chain),
    "_call": _guarded(_call),
    "_functions": FUNCTIONS,
}
"""The global names of a compiled expression; an expression's own names cannot reach them."""
