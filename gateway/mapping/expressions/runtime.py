"""What compiled expressions call: the operations, and the functions of the language.

Whatever goes wrong inside becomes an `ExpressionError`: an operation that meets a value nobody thought of must fail the
item like any other, and never anything beyond it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.mapping.expressions import values
from gateway.mapping.expressions.errors import ExpressionError, MissingValue
from gateway.mapping.expressions.functions import FUNCTIONS, Function

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


def _callable(function: Function) -> Callable[..., Any]:
    """A function as expressions call it: with the scope first where it needs that, and nulls refused before."""
    call, takes_scope = function.call, function.takes_scope

    def run(*arguments: Any) -> Any:
        for argument in arguments:
            if argument is None:
                _check_nulls(function, arguments[1:] if takes_scope else arguments)
        try:
            return call(*arguments)
        except FOREIGN as error:
            message = f"{function.name}() cannot be computed ({type(error).__name__}): {function.signature}"
            raise ExpressionError(message) from error

    return run


def _check_nulls(function: Function, arguments: tuple[Any, ...]) -> None:
    for number, argument in enumerate(arguments):
        if argument is None and not function.takes_null(number):
            raise MissingValue(f"{function.name}() needs a value as its {function.parameter(number)}, got null")


def _chain(comparisons: tuple[str, ...], *operands: Any) -> bool:
    """`a < b < c`: each operand computed once, and all of them, so that a gap in any of them is seen."""
    pairs = zip(comparisons, operands, operands[1:], strict=False)
    found = [getattr(values, name)(left, right) for name, left, right in pairs]
    return all(found)


_OTHERS = ("among", "member", "element", "truth", "negative", "repeated")

RUNTIME: dict[str, Any] = {
    **{f"_{name}": getattr(values, name) for name in {*OPERATORS.values(), *_OTHERS}},
    **{f"_call_{name}": _callable(function) for name, function in FUNCTIONS.items()},
    "_chain": _chain,
}
"""The global names of a compiled expression; an expression's own names cannot reach them."""
