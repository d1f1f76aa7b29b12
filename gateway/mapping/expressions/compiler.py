"""From the text of an expression to a function of a scope. Checked when a mapping is loaded, compiled once, when used.

The text is parsed with Python's own grammar. Each node must be on the list below; each operation is rewritten into a
call of `values`, so that nothing of Python itself can be reached: `a.b` reads data, never an attribute. There are no
loops but one comprehension over a bounded list, no power, no formatting: an expression always ends, soon.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import CodeType
from typing import Any

from gateway.mapping.expressions import values
from gateway.mapping.expressions.functions import FUNCTIONS
from gateway.mapping.expressions.runtime import COMPARISONS, FOREIGN, OPERATORS, RUNTIME
from gateway.mapping.expressions.syntax import ExpressionSyntaxError, nodes_of, parse, place, place_of_member
from gateway.mapping.expressions.values import ExpressionError
from gateway.sources.findings import nearest

__all__ = ["LITERALS", "Expression", "ExpressionSyntaxError", "Name", "Scope", "compile_expression"]

LITERALS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}
"""Words that may be written as in YAML too."""

_SHORT = 200
"""Expressions of so many characters are kept: longer ones are rare, and a few of them would take much memory."""

Scope = Mapping[str, Any]


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
    _function: ast.Expression

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree but operators."""
        return nodes_of(self.tree)

    @cached_property
    def _code(self) -> Callable[[Scope], Any]:
        """Made at first use: lint looks at many expressions and evaluates few."""
        ast.fix_missing_locations(self._function)
        code: CodeType = compile(self._function, "<expression>", "eval")
        compiled: Callable[[Scope], Any] = eval(code, {"__builtins__": {}, **RUNTIME})  # noqa: S307 - checked nodes only
        return compiled

    def evaluate(self, scope: Scope) -> Any:
        """The value in this scope. Raises ExpressionError with its offset in the text, and nothing of Python's own."""
        before, values.account.left = values.account.left, values.MOST_WORK
        try:
            return self._code(scope)
        except FOREIGN as error:
            raise ExpressionError(f"cannot be computed ({type(error).__name__})") from error
        finally:
            values.account.left = before

    def holds(self, scope: Scope) -> bool:
        """The value as a condition: true or false, anything else is an error."""
        return values.truth(self.evaluate(scope))

    def offset_of(self, node: ast.AST) -> int:
        """Where a node of the tree stands in the text."""
        return place(self.text, node)

    def offset_of_member(self, node: ast.expr) -> int:
        """Where the name of a member stands, in `value.name` and `value['name']`."""
        return place_of_member(self.text, node)

    @cached_property
    def free_names(self) -> frozenset[str]:
        return frozenset(name.name for name in self.names)

    @cached_property
    def functions(self) -> frozenset[str]:
        """The functions that it calls."""
        called = (node.func for node in self.nodes if isinstance(node, ast.Call))
        return frozenset(one.id for one in called if isinstance(one, ast.Name))


def compile_expression(text: str) -> Expression:
    """Check, and make ready to be compiled. Raises ExpressionSyntaxError."""
    return _kept(text) if len(text) <= _SHORT else _checked(text)


@lru_cache(maxsize=2048)
def _kept(text: str) -> Expression:
    """The mappings of a Seller repeat each other, and are read again with each reload."""
    return _checked(text)


def _checked(text: str) -> Expression:
    tree = parse(text)
    rewriter = _Rewriter(text)
    function = ast.Expression(ast.Lambda(_arguments("scope"), rewriter.visit(tree)))
    return Expression(text, tuple(rewriter.names), tree, function)


def _arguments(*names: str) -> ast.arguments:
    return ast.arguments(
        posonlyargs=[], args=[ast.arg(name) for name in names], kwonlyargs=[], kw_defaults=[], defaults=[]
    )


_INSTEAD = {
    "Tuple": "write a list: [a, b]",
    "Set": "write a list: [a, b]",
    "JoinedStr": "write 'a' + text(b)",
    "Lambda": "write the expression itself",
    "NamedExpr": "give it a name under 'let'",
    "SetComp": "write unique([…])",
    "DictComp": "write a list",
}


class _Rewriter(ast.NodeTransformer):
    """Checks each node and rewrites it into calls of the runtime."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._local: set[str] = set()
        self._comprehensions = 0
        self.names: list[Name] = []

    def generic_visit(self, node: ast.AST) -> ast.AST:
        name = type(node).__name__
        raise self._refused(node, f"{name} is not part of the language", _INSTEAD.get(name, ""))

    def _place(self, node: ast.AST) -> int:
        return place(self._text, node)

    def _refused(self, node: ast.AST, message: str, hint: str = "") -> ExpressionSyntaxError:
        return ExpressionSyntaxError(message, self._place(node), hint)

    def _run(self, node: ast.AST, name: str, *operands: ast.expr) -> ast.expr:
        offset = ast.Constant(self._place(node))
        return ast.Call(ast.Name(f"_{name}", ast.Load()), [offset, *operands], [])

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        value = node.value
        if isinstance(value, int | float) and not abs(value) < values.MAX_NUMBER:
            raise self._refused(node, "the number is too large")
        if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            raise self._refused(node, "half of a character (a surrogate) is no text")
        if isinstance(value, str | int | float | bool) or value is None:
            return node
        raise self._refused(node, f"{type(value).__name__} is no value of the language")

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._local:
            return ast.Name(f"v_{node.id}", ast.Load())
        if node.id in LITERALS:
            return ast.Constant(LITERALS[node.id])
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
        name = OPERATORS.get(type(node.op).__name__)
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
        left, right = node.left, node.comparators[0]
        if len(node.ops) > 1:
            return self._chain(node)
        if isinstance(node.ops[0], ast.Is | ast.IsNot | ast.Eq | ast.NotEq) and (_is_none(left) or _is_none(right)):
            test = "is_null" if isinstance(node.ops[0], ast.Is | ast.Eq) else "is_value"
            return self._run(node, test, self.visit(left if _is_none(right) else right))
        name = self._comparison(node, node.ops[0], right)
        return self._run(node, name, self.visit(left), self.visit(right))

    def _chain(self, node: ast.Compare) -> ast.expr:
        operands = [node.left, *node.comparators]
        if any(_is_none(operand) for operand in operands):
            raise self._refused(node, "None is compared with one value at a time")
        names = [self._comparison(node, op, right) for op, right in zip(node.ops, node.comparators, strict=True)]
        comparisons = ast.Tuple([ast.Constant(name) for name in names], ast.Load())
        return self._run(node, "chain", comparisons, *map(self.visit, operands))

    def _comparison(self, node: ast.Compare, op: ast.cmpop, right: ast.expr) -> str:
        name = COMPARISONS.get(type(op).__name__)
        if name is None:
            raise self._refused(node, "'is' compares with None only", "write ==")
        if isinstance(op, ast.In | ast.NotIn) and isinstance(right, ast.Constant) and isinstance(right.value, str):
            message = "'in' would look for a part of this text: 'B' is in 'ABC', and nothing at all is in it too"
            raise self._refused(right, message, "write a list: ['A', 'B']")
        return name

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
        if generator.is_async:
            raise self._refused(node, "'async' is not part of the language")
        if len(node.generators) > 1 or self._comprehensions:
            raise self._refused(node, "one comprehension at a time: give the inner one a name under 'let'")
        if not isinstance(generator.target, ast.Name):
            raise self._refused(generator.target, "a comprehension runs over one name")
        weight = ast.Constant(sum(len(nodes_of(node)) for node in (node.elt, *generator.ifs)))
        source = self._run(generator.iter, "repeated", self.visit(generator.iter), weight)
        name = generator.target.id
        if name in LITERALS or name in FUNCTIONS:
            raise self._refused(generator.target, f"'{name}' is a word of the language", "take another name")
        self._comprehensions = 1
        self._local.add(name)
        tests: list[ast.expr] = [self._run(test, "truth", self.visit(test)) for test in generator.ifs]
        body = self.visit(node.elt)
        self._local.discard(name)
        self._comprehensions = 0
        target = ast.Name(f"v_{name}", ast.Store())
        return ast.ListComp(body, [ast.comprehension(target, source, tests, 0)])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if not isinstance(node.func, ast.Name):
            raise self._refused(node, "only the functions of the language can be called", "write function(value)")
        function = FUNCTIONS.get(node.func.id)
        if function is None:
            raise self._refused(node, f"'{node.func.id}' is no function", nearest(node.func.id, FUNCTIONS))
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
