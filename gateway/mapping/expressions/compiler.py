"""From the text of an expression to a function of a scope. Checked and compiled once, when a mapping is loaded.

The text is parsed with Python's own grammar. Each node must be on the list below; each operation is rewritten into a
call of `values`, so that nothing of Python itself can be reached: `a.b` reads data, never an attribute. There are no
loops but one comprehension over a bounded list, no power, no formatting: an expression always ends, soon.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

from gateway.mapping.expressions import values
from gateway.mapping.expressions.functions import FUNCTIONS, Function
from gateway.mapping.expressions.values import ExpressionError, MissingValue

MAX_LENGTH = 4_000
MAX_NODES = 400

Scope = Mapping[str, Any]


class ExpressionSyntaxError(Exception):
    """The text is no expression of the language. `offset` is the place in the text; `hint` says what to write."""

    def __init__(self, message: str, offset: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.hint = hint


@dataclass(frozen=True)
class Name:
    """A free name that an expression reads, and where."""

    name: str
    offset: int


@dataclass(frozen=True)
class Expression:
    """A compiled expression. `tree` is the checked syntax, for lint."""

    text: str
    names: tuple[Name, ...]
    tree: ast.expr
    _code: Callable[[Scope], Any]

    def evaluate(self, scope: Scope) -> Any:
        """The value in this scope. Raises ExpressionError with its offset in the text."""
        return self._code(scope)

    def holds(self, scope: Scope) -> bool:
        """The value as a condition: true or false, anything else is an error."""
        return values.truth(self._code(scope))

    def offset_of(self, node: ast.AST) -> int:
        """Where a node of the tree stands in the text."""
        return _place(self.text, node)

    @property
    def free_names(self) -> frozenset[str]:
        return frozenset(name.name for name in self.names)


def compile_expression(text: str) -> Expression:
    """Check and compile. Raises ExpressionSyntaxError."""
    tree = _parse(text)
    rewriter = _Rewriter(text)
    body = rewriter.visit(tree.body)
    function = ast.Expression(ast.Lambda(_arguments("scope"), body))
    ast.fix_missing_locations(function)
    code: CodeType = compile(function, "<expression>", "eval")
    compiled = eval(code, {"__builtins__": {}, **_RUNTIME})  # noqa: S307 - built from checked nodes only
    return Expression(text, tuple(rewriter.names), tree.body, compiled)


def _parse(text: str) -> ast.Expression:
    if len(text) > MAX_LENGTH:
        raise ExpressionSyntaxError(f"is longer than {MAX_LENGTH} characters", 0)
    # In parentheses a line break is no end; the offset of every node is then one too far right.
    try:
        tree = ast.parse(f"({text}\n)", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line, column = getattr(error, "lineno", 1) or 1, getattr(error, "offset", 1) or 1
        message = getattr(error, "msg", None) or str(error)
        hint = ""
        if text.count("(") > text.count(")"):
            hint = "an expression with commas does not fit between { }: write it on a line of its own"
        raise ExpressionSyntaxError(f"is no expression: {message}", _offset(text, line, column - 1), hint) from None
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise ExpressionSyntaxError("is too large; give parts of it names under 'let'", 0)
    return tree


def _offset(text: str, line: int, column: int) -> int:
    """Characters from the start of the text; Python counts lines from 1 and columns in UTF-8 bytes."""
    lines = text.split("\n")
    if line > len(lines):
        return len(text)
    before = sum(len(part) + 1 for part in lines[: line - 1])
    if line == 1:
        column -= 1
    return before + len(lines[line - 1].encode()[: max(column, 0)].decode(errors="ignore"))


def _place(text: str, node: ast.AST) -> int:
    return _offset(text, getattr(node, "lineno", 1), getattr(node, "col_offset", 1))


def _arguments(*names: str) -> ast.arguments:
    return ast.arguments(
        posonlyargs=[], args=[ast.arg(name) for name in names], kwonlyargs=[], kw_defaults=[], defaults=[]
    )


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """The operation, with the place of its node on any error."""

    def run(offset: int, *operands: Any) -> Any:
        try:
            return function(*operands)
        except ExpressionError as error:
            if error.offset is None:
                error.offset = offset
            raise

    return run


def _call(offset: int, function: Function, scope: Scope, *arguments: Any) -> Any:
    for number, argument in enumerate(arguments):
        if argument is None and not function.takes_null(number):
            raise MissingValue(f"{function.name}() needs a value as its {function.parameter(number)}, got null", offset)
    try:
        return function.call(scope, *arguments) if function.reads_scope else function.call(*arguments)
    except ExpressionError as error:
        if error.offset is None:
            error.offset = offset
        raise


_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "modulo",
    ast.Eq: "equal",
    ast.NotEq: "unequal",
    ast.Lt: "less",
    ast.LtE: "at_most",
    ast.Gt: "greater",
    ast.GtE: "at_least",
    ast.In: "contains",
    ast.NotIn: "lacks",
}

_RUNTIME: dict[str, Any] = {
    **{f"_{name}": _guarded(getattr(values, name)) for name in {*_OPERATORS.values()}},
    **{f"_{name}": _guarded(getattr(values, name)) for name in ("member", "element", "truth", "negative", "elements")},
    "_is_null": _guarded(values.is_null),
    "_is_value": _guarded(values.is_value),
    "_call": _call,
    "_functions": FUNCTIONS,
}


class _Rewriter(ast.NodeTransformer):
    """Checks each node and rewrites it into calls of the runtime."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._local: set[str] = set()
        self._comprehensions = 0
        self.names: list[Name] = []

    def generic_visit(self, node: ast.AST) -> ast.AST:
        raise self._refused(node, f"{type(node).__name__} is not part of the language")

    def _place(self, node: ast.AST) -> int:
        return _place(self._text, node)

    def _refused(self, node: ast.AST, message: str, hint: str = "") -> ExpressionSyntaxError:
        return ExpressionSyntaxError(message, self._place(node), hint)

    def _run(self, node: ast.AST, name: str, *operands: ast.expr) -> ast.expr:
        place = ast.Constant(self._place(node))
        return ast.Call(ast.Name(f"_{name}", ast.Load()), [place, *operands], [])

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, str | int | float | bool) or node.value is None:
            return node
        raise self._refused(node, f"{node.value!r} is no value of the language")

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._local:
            return ast.Name(f"v_{node.id}", ast.Load())
        literals = {"true": True, "false": False, "null": None}
        if node.id in literals:
            return ast.Constant(literals[node.id])
        if node.id in FUNCTIONS:
            raise self._refused(node, f"'{node.id}' is a function: write {node.id}(…)")
        self.names.append(Name(node.id, self._place(node)))
        return ast.Subscript(ast.Name("scope", ast.Load()), ast.Constant(node.id), ast.Load())

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._run(node, "member", self.visit(node.value), ast.Constant(node.attr))

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if isinstance(node.slice, ast.Slice):
            raise self._refused(node, "a slice ([a:b]) is not part of the language")
        return self._run(node, "element", self.visit(node.value), self.visit(node.slice))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        name = _OPERATORS.get(type(node.op))
        if name is None:
            raise self._refused(node, f"the operator {type(node.op).__name__} is not part of the language")
        return self._run(node, name, self.visit(node.left), self.visit(node.right))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if isinstance(node.op, ast.Not):
            return ast.UnaryOp(ast.Not(), self._run(node.operand, "truth", self.visit(node.operand)))
        if isinstance(node.op, ast.USub):
            return self._run(node, "negative", self.visit(node.operand))
        raise self._refused(node, f"the operator {type(node.op).__name__} is not part of the language")

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        return ast.BoolOp(node.op, [self._run(value, "truth", self.visit(value)) for value in node.values])

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test = self._run(node.test, "truth", self.visit(node.test))
        return ast.IfExp(test, self.visit(node.body), self.visit(node.orelse))

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """`a < b < c` reads b twice: harmless, since expressions have no effects."""
        left, parts = node.left, []
        for op, right in zip(node.ops, node.comparators, strict=True):
            parts.append(self._comparison(node, left, op, right))
            left = right
        return parts[0] if len(parts) == 1 else ast.BoolOp(ast.And(), parts)

    def _comparison(self, node: ast.Compare, left: ast.expr, op: ast.cmpop, right: ast.expr) -> ast.expr:
        if isinstance(op, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) and (_is_none(left) or _is_none(right)):
            test = "is_null" if isinstance(op, ast.Is | ast.Eq) else "is_value"
            return self._run(node, test, self.visit(left if _is_none(right) else right))
        name = _OPERATORS.get(type(op))
        if name is None:
            raise self._refused(node, "'is' compares with None only", "write ==")
        return self._run(node, name, self.visit(left), self.visit(right))

    def visit_List(self, node: ast.List) -> ast.expr:
        return ast.List([self.visit(item) for item in node.elts], ast.Load())

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        for key in node.keys:
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                raise self._refused(key or node, "the key of an object must be a text in quotes")
        return ast.Dict(list(node.keys), [self.visit(value) for value in node.values])

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        return self._comprehension(node)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> ast.expr:
        generator = node.generators[0]
        if len(node.generators) > 1 or self._comprehensions:
            raise self._refused(node, "one comprehension at a time: give the inner one a name under 'let'")
        if not isinstance(generator.target, ast.Name):
            raise self._refused(generator.target, "a comprehension runs over one name")
        source = self._run(generator.iter, "elements", self.visit(generator.iter))
        name = generator.target.id
        self._comprehensions, shadowed = 1, name in self._local
        self._local.add(name)
        tests: list[ast.expr] = [self._run(test, "truth", self.visit(test)) for test in generator.ifs]
        body = self.visit(node.elt)
        if not shadowed:
            self._local.discard(name)
        self._comprehensions = 0
        target = ast.Name(f"v_{name}", ast.Store())
        return ast.ListComp(body, [ast.comprehension(target, source, tests, 0)])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if not isinstance(node.func, ast.Name):
            raise self._refused(node, "only the functions of the language can be called", "write function(value)")
        function = FUNCTIONS.get(node.func.id)
        if function is None:
            raise self._refused(node, f"'{node.func.id}' is no function", _hint(node.func.id))
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._refused(node, f"{function.name}() takes values by place, not by name")
        if not function.takes(len(node.args)):
            raise self._refused(
                node, f"{function.name}() takes {function.arity}, not {len(node.args)}", function.signature
            )
        known = ast.Subscript(ast.Name("_functions", ast.Load()), ast.Constant(function.name), ast.Load())
        return self._run(node, "call", known, ast.Name("scope", ast.Load()), *map(self.visit, node.args))


def _is_none(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and node.value is None) or (isinstance(node, ast.Name) and node.id == "null")


def _hint(name: str) -> str:
    import difflib

    close = difflib.get_close_matches(name, FUNCTIONS, n=1)
    return f"did you mean '{close[0]}'?" if close else ""
