"""What the operators of an expression do. Strict where a guess could turn into a promise.

Null is what a missing member gives. Reading on from null is null; using it is an error: in arithmetic, in a comparison
(but with the literal None), as a truth value. So an answer that depends on something missing fails instead of holding
by accident: `status != 'BLOCKED'` does not hold because `status` is missing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.mapping.expressions.errors import ExpressionError, MissingValue
from gateway.mapping.expressions.work import CHARACTERS, MAX_LIST, bounded, charge, joined

MAX_NUMBER = 10**30
"""No number of the language is as large: NaN, infinity and numbers that take a machine long are none at all."""

_SMALL = 10**14
"""Two whole numbers below it give one that is below `MAX_NUMBER`, whatever is computed."""

Number = int | float | Decimal


_LONGEST_NAME = 60
_COMPARED = 200
"""So many characters of a text that is compared are one unit."""


def kind(value: Any) -> str:
    """The name of a value's kind, for messages."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, int | float | Decimal):
        return "a number"
    if isinstance(value, datetime):
        return "a date-time"
    names = {str: "a text", list: "a list", dict: "an object", date: "a date", timedelta: "a duration"}
    return next((name for known, name in names.items() if isinstance(value, known)), type(value).__name__)


def member(value: Any, name: str) -> Any:
    """`value.name`: null on null and for a missing member; data only, never a Python attribute."""
    if value is None:
        return None
    if isinstance(value, (dict, Mapping)):
        return value.get(name)
    raise ExpressionError(f"{kind(value)} has no member '{name}'")


def element(value: Any, index: Any) -> Any:
    """`value[0]`, `value['name']`: null on null, and where there is no such element."""
    if value is None:
        return None
    if isinstance(value, Mapping) and isinstance(index, str):
        return value.get(index)
    if isinstance(value, list) and isinstance(index, int) and not isinstance(index, bool):
        return value[index] if -len(value) <= index < len(value) else None
    raise ExpressionError(f"{kind(value)} has no element {_named(index)}")


def _named(index: Any) -> str:
    """What stands between [ ], in a few words: it may be a list of long texts."""
    if isinstance(index, bool) or not isinstance(index, str | int):
        return f"by {kind(index)}"
    shown = repr(index[:_LONGEST_NAME]) if isinstance(index, str) else repr(index)
    return shown if len(shown) <= _LONGEST_NAME + 2 else f"{shown[:_LONGEST_NAME]}…"


def truth(value: Any) -> bool:
    """The operand of and, or, not, if, when: true or false and nothing else."""
    if isinstance(value, bool):
        return value
    if value is None:
        raise MissingValue("null stands where true or false is needed")
    raise ExpressionError(f"{kind(value)} stands where true or false is needed")


_NUMBERS = frozenset({int, float, Decimal})
"""What numbers nearly always are: looked up before anything is asked of a value."""


def _is_number(value: Any) -> bool:
    kind_of = type(value)
    return kind_of in _NUMBERS or (kind_of is not bool and isinstance(value, (int, float, Decimal)))


def _same_scale(left: Number, right: Number) -> tuple[Any, Any]:
    """Decimal (from a database) meets float (from JSON) as the decimal that the JSON spelled."""
    if isinstance(left, Decimal) and isinstance(right, float):
        return left, Decimal(repr(right))
    if isinstance(left, float) and isinstance(right, Decimal):
        return Decimal(repr(left)), right
    return left, right


def finite(value: Any) -> Any:
    """A number of the language as it is; NaN compares with nothing and infinity beats every threshold: refused."""
    try:
        if -MAX_NUMBER < value < MAX_NUMBER:
            return value
    except ArithmeticError:  # a Decimal that is not a number
        pass
    raise ExpressionError("the number is not finite, or too large to decide on")


def _comparable(left: Any, right: Any) -> tuple[Any, Any] | None:
    if _is_number(left) and _is_number(right):
        return _same_scale(finite(left), finite(right))
    if isinstance(left, datetime) and isinstance(right, datetime):
        if (left.tzinfo is None) != (right.tzinfo is None):
            raise ExpressionError("a date-time with an offset and one without cannot be compared: datetime(…, zone)")
        return left, right
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return left, right
    return (left, right) if type(left) is date and type(right) is date else None


def _order(symbol: str, compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compared(left: Any, right: Any) -> bool:
        if type(left) is int and type(right) is int and -MAX_NUMBER < left < MAX_NUMBER > right > -MAX_NUMBER:
            return compare(left, right)
        _present(left, right, symbol)
        pair = _comparable(left, right)
        if pair is None and isinstance(left, str) and isinstance(right, str):
            raise ExpressionError(
                f"'{symbol}' cannot order texts ('900' would be more than '1000'): number(…), date(…)"
            )
        if pair is None:
            raise ExpressionError(f"'{symbol}' cannot compare {kind(left)} with {kind(right)}")
        return compare(*pair)

    return compared


def _present(left: Any, right: Any, symbol: str) -> None:
    if left is None or right is None:
        side = "left" if left is None else "right"
        raise MissingValue(f"'{symbol}' needs a value on its {side}, got null; use default(…) or test '== None' first")


def equal(left: Any, right: Any) -> bool:
    """Of one kind and the same. Texts that differ only in white space at their ends are neither: it fails."""
    if left is None or right is None:
        _present(left, right, "==")
    if isinstance(left, str) and isinstance(right, str):
        charge(3 + len(left) // _COMPARED)
        return left == right or _different(left, right)
    charge(4)
    pair = _comparable(left, right)
    if pair is not None:
        return bool(pair[0] == pair[1])
    if isinstance(left, bool) and isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(equal(*both) for both in zip(left, right, strict=True))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(value, right[name]) for name, value in left.items())
    raise ExpressionError(f"'==' cannot compare {kind(left)} with {kind(right)}")


def _different(left: str, right: str) -> bool:
    if len(left) + len(right) >= CHARACTERS:
        charge((len(left) + len(right)) // CHARACTERS)
    if left.strip() == right.strip():
        raise ExpressionError("'==' compares texts that differ only in white space at their ends; use strip(…)")
    return False


def unequal(left: Any, right: Any) -> bool:
    return not equal(left, right)


def contains(left: Any, right: Any) -> bool:
    """`left in right`: an element of a list, a member of an object that is not null, a part of a text."""
    if left is None or right is None:
        _present(left, right, "in")
    if isinstance(right, list):
        for item in elements(right):  # noqa: SIM110 (a generator costs more than what it does here)
            if equal(left, item):
                return True
        return False
    if isinstance(right, Mapping) and isinstance(left, str):
        return right.get(left) is not None
    if isinstance(right, str) and isinstance(left, str):
        if not left:
            raise ExpressionError("'in' looks for an empty text, which is in every text")
        charge((len(left) + len(right)) // CHARACTERS)
        return left in right
    raise ExpressionError(f"'in' cannot look for {kind(left)} in {kind(right)}")


def among(left: Any, texts: frozenset[str], listed: tuple[str, ...]) -> bool:
    """`contains` of a list of texts that stands in the expression, none of which has white space at its ends."""
    if type(left) is str:
        if left in texts:
            return True
        charge(3 + len(left) // CHARACTERS)
        if left.strip() not in texts:
            return False
    return contains(left, list(listed))


def lacks(left: Any, right: Any) -> bool:
    return not contains(left, right)


def is_null(value: Any) -> bool:
    return value is None


def is_value(value: Any) -> bool:
    return value is not None


def add(left: Any, right: Any) -> Any:
    if left is None or right is None:
        _present(left, right, "+")
    if isinstance(left, str) and isinstance(right, str):
        return joined(left, right)
    if isinstance(left, list) and isinstance(right, list):
        charge((len(left) + len(right)) // 8)
        return bounded(left + right)
    if isinstance(left, date) and isinstance(right, timedelta):
        return shifted(left, right)
    if isinstance(left, timedelta) and isinstance(right, date):
        return shifted(right, left)
    return _arithmetic("+", operator.add, left, right)


def subtract(left: Any, right: Any) -> Any:
    _present(left, right, "-")
    if isinstance(left, date) and isinstance(right, timedelta):
        return shifted(left, -right)
    if isinstance(left, date) and isinstance(right, date):
        return _between(left, right)
    return _arithmetic("-", operator.sub, left, right)


def shifted(moment: date, duration: timedelta) -> date:
    """The date or date-time that much later. Whole days only for a date: hours would be lost in it."""
    if not isinstance(moment, datetime) and (duration.seconds or duration.microseconds):
        raise ExpressionError("a date takes whole days only; use a date-time")
    try:
        return moment + duration
    except OverflowError as error:
        raise ExpressionError("the date is out of range") from error


def _between(left: Any, right: Any) -> Any:
    if _comparable(left, right) is None:
        raise ExpressionError(f"'-' cannot take {kind(left)} and {kind(right)}")
    return left - right


def _arithmetic(symbol: str, compute: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    if left is None or right is None:
        _present(left, right, symbol)
    are_whole = type(left) is int and type(right) is int and symbol != "/"  # what is met most often
    if are_whole and -_SMALL < left < _SMALL and -_SMALL < right < _SMALL and right:
        return compute(left, right)
    durations = isinstance(left, timedelta) and isinstance(right, timedelta) and symbol in "+-"
    if not durations and not (_is_number(left) and _is_number(right)):
        raise ExpressionError(f"'{symbol}' cannot take {kind(left)} and {kind(right)}")
    try:
        if durations:
            return compute(left, right)
        return finite(compute(*_same_scale(finite(left), finite(right))))
    except ZeroDivisionError as error:
        raise ExpressionError(f"'{symbol}' divides by zero") from error
    except ArithmeticError as error:
        raise ExpressionError(f"'{symbol}' cannot be computed") from error


def _numeric(symbol: str, compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def computed(left: Any, right: Any) -> Any:
        return _arithmetic(symbol, compute, left, right)

    return computed


def negative(value: Any) -> Any:
    if value is None:
        raise MissingValue("'-' needs a value, got null")
    if not _is_number(value):
        raise ExpressionError(f"'-' cannot take {kind(value)}")
    return -finite(value)


def elements(value: Any) -> list[Any]:
    """What `for x in value` runs over."""
    if value is None:
        raise MissingValue("null stands where a list is needed; use default(…, [])")
    if not isinstance(value, list):
        raise ExpressionError(f"{kind(value)} stands where a list is needed")
    return value if len(value) <= MAX_LIST else bounded(value)


def repeated(value: Any, weight: int) -> list[Any]:
    """What a comprehension runs over; `weight`: how much is done for each element."""
    items = elements(value)
    charge(len(items) * weight)
    return items


less = _order("<", operator.lt)
at_most = _order("<=", operator.le)
greater = _order(">", operator.gt)
at_least = _order(">=", operator.ge)
multiply = _numeric("*", operator.mul)
divide = _numeric("/", operator.truediv)
floor_divide = _numeric("//", operator.floordiv)
modulo = _numeric("%", operator.mod)
