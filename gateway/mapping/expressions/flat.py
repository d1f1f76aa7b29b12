"""What expressions run as: code that calls as little as it can. `compiler` makes it, of checked nodes only.

Most of an expression is a way to a value, so what an operation of `values` does with nearly all it meets stands in the
code itself: a member of a plain object is read, a truth value taken, without a call. Everything else is a call of the
operation. The line of a node in the code is its place in the text (from 1, and from `base` where several texts become
one code), so that an error is told with its place and nothing has to be handed on for it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

from gateway.mapping.expressions.errors import ExpressionError
from gateway.mapping.expressions.runtime import FOREIGN, RUNTIME

Scope = Mapping[str, Any]
Code = Callable[..., Any]
"""Of the scope, and of what it is compiled to take beside that."""

FAILURES = (ExpressionError, *FOREIGN)
"""All that running may raise."""

_FILE = "<expression>"
_SCOPE, _HELD = "scope", "_held"
_GLOBALS: dict[str, Any] = {"__builtins__": {}, **RUNTIME, "_type": type, "_len": len}
_GLOBALS |= {"_dict": dict, "_list": list, "_bool": bool, "_str": str, "_int": int}
_TRUTHS = frozenset(f"_{name}" for name in ("equal", "unequal", "less", "at_most", "greater", "at_least"))
_TRUTHS |= {"_contains", "_lacks", "_chain", "_among"}


def at(place: int, node: ast.expr) -> ast.expr:
    """The node, as standing there in the text."""
    node.lineno = node.end_lineno = place + 1
    node.col_offset = node.end_col_offset = 0
    return node


def constant(place: int, value: Any) -> ast.expr:
    """A single value."""
    return at(place, ast.Constant(value))


def run(place: int, name: str, *operands: ast.expr) -> ast.expr:
    """A call of an operation."""
    return at(place, ast.Call(at(place, _load(f"_{name}")), list(operands), []))


def read(place: int, name: str) -> ast.expr:
    """A free name."""
    return at(place, ast.Subscript(_load(_SCOPE), ast.Constant(name), ast.Load()))


def called(place: int, name: str, operands: list[ast.expr], *, takes_scope: bool) -> ast.expr:
    """A call of a function of the language."""
    return run(place, f"call_{name}", *([_load(_SCOPE)] if takes_scope else []), *operands)


def member(place: int, value: ast.expr, name: str) -> ast.expr:
    """`value.name`, without a call where the value is a plain object."""
    found = ast.Call(ast.Attribute(_load(_HELD), "get", ast.Load()), [ast.Constant(name)], [])
    return at(place, ast.IfExp(_is_a(value, "_dict"), found, run(place, "member", _load(_HELD), ast.Constant(name))))


def element(place: int, value: ast.expr, index: int) -> ast.expr:
    """`value[index]` for a number from 0 on, without a call where the value is a list that has one."""
    has_it = ast.Compare(ast.Call(_load("_len"), [_load(_HELD)], []), [ast.Gt()], [ast.Constant(index)])
    test = ast.BoolOp(ast.And(), [_is_a(value, "_list"), has_it])
    found = ast.Subscript(_load(_HELD), ast.Constant(index), ast.Load())
    return at(place, ast.IfExp(test, found, run(place, "element", _load(_HELD), ast.Constant(index))))


def truth(place: int, value: ast.expr) -> ast.expr:
    """The value as a truth value, without a call where it is one."""
    if is_truth(value):
        return value
    return at(place, ast.IfExp(_is_a(value, "_bool"), _load(_HELD), run(place, "truth", _load(_HELD))))


def is_truth(body: ast.expr) -> bool:
    """Whether it can give nothing but true and false."""
    match body:
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()) | ast.Constant(value=bool()):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in _TRUTHS
    return False


def listed_texts(node: ast.expr) -> tuple[str, ...]:
    """The texts of a list that has nothing else in it, and no white space at their ends; else none."""
    items = node.elts if isinstance(node, ast.List) else []
    texts = tuple(item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str))
    return texts if len(texts) == len(items) and all(text == text.strip() for text in texts) else ()


def among(place: int, value: ast.expr, texts: tuple[str, ...]) -> ast.expr:
    """Whether the value is one of these texts."""
    known: list[Any] = [frozenset(texts), texts]  # which Python has as constants too, and its type stubs leave out
    return run(place, "among", value, *map(ast.Constant, known))


def null_test(place: int, value: ast.expr, *, is_null: bool) -> ast.expr:
    """Whether the value is null, or is not."""
    if isinstance(value, ast.Constant):
        return at(place, ast.Constant((value.value is None) is is_null))
    return at(place, ast.Compare(value, [ast.Is() if is_null else ast.IsNot()], [ast.Constant(None)]))


def compiled(body: ast.expr, kept: tuple[Any, ...] = (), more: tuple[str, ...] = ()) -> Code:
    """A function of the scope, and of what has the names `more`; `kept`: see `keeping`.

    Whoever runs it sets the account of its work before.
    """
    inner = ast.Lambda(_arguments(_SCOPE, *more), body)
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(_arguments("_kept"), at(0, inner))))
    code: CodeType = compile(tree, _FILE, "eval")
    function: Code = eval(code, _GLOBALS)(kept)  # noqa: S307 - checked nodes only
    return function


def keeping(number: int) -> ast.expr:
    """The value of that number among those that are `kept` beside the code."""
    return ast.Subscript(_load("_kept"), ast.Constant(number), ast.Load())


def scope() -> ast.expr:
    """The scope itself."""
    return _load(_SCOPE)


def plain_or(value: ast.expr, limits: tuple[int, int], instead: ast.expr) -> ast.expr:
    """The value where it is a text of ASCII or a whole number in the limits, without a call; `instead` else."""
    is_ascii = ast.Call(ast.Attribute(_load(_HELD), "isascii", ast.Load()), [], [])
    is_text = ast.BoolOp(ast.And(), [_is_a(value, "_str"), is_ascii])
    least, most = map(ast.Constant, limits)
    in_range = ast.Compare(least, [ast.LtE(), ast.LtE()], [_load(_HELD), most])
    is_number = ast.BoolOp(ast.And(), [ast.Compare(_type_of(_load(_HELD)), [ast.Is()], [_load("_int")]), in_range])
    return ast.IfExp(ast.BoolOp(ast.Or(), [is_text, is_number]), _load(_HELD), instead)


def held_by(name: str, *more: ast.expr) -> ast.expr:
    """What the function of that name, which the code takes, gives for the value that is held."""
    return ast.Call(_load(name), [_load(_HELD), *more], [])


def taken(name: str) -> ast.expr:
    """What the code takes beside the scope under that name."""
    return _load(name)


def line_of(error: BaseException) -> int:
    """Where in the code something went wrong: the line of the innermost node that was being computed."""
    found, frame = 1, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == _FILE:
            found = frame.tb_lineno or found
        frame = frame.tb_next
    return found


def told(error: Exception) -> str:
    """What went wrong, in words."""
    return error.message if isinstance(error, ExpressionError) else f"cannot be computed ({type(error).__name__})"


def _is_a(value: ast.expr, kind: str) -> ast.expr:
    """Whether the value is of this type; it is held for what follows."""
    held = ast.NamedExpr(ast.Name(_HELD, ast.Store()), value)
    return ast.Compare(_type_of(held), [ast.Is()], [_load(kind)])


def _type_of(value: ast.expr) -> ast.expr:
    return ast.Call(_load("_type"), [value], [])


def _load(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _arguments(*names: str) -> ast.arguments:
    return ast.arguments(posonlyargs=[], args=[*map(ast.arg, names)], kwonlyargs=[], kw_defaults=[], defaults=[])
