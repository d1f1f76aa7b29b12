"""From the text of an expression to a function of a scope. Checked when a mapping is loaded, compiled once, when used.

The text is parsed with Python's own grammar. Each node must be on the list below; each operation is rewritten into a
call of `values`, or into what that does with nearly all it meets (`flat`), so that nothing of Python itself can be
reached: `a.b` reads data, never an attribute. There are no loops but one comprehension over a bounded list, no power,
no formatting: an expression always ends, soon.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from gateway.mapping.expressions import flat, values
from gateway.mapping.expressions.errors import ExpressionError
from gateway.mapping.expressions.flat import Code, Scope
from gateway.mapping.expressions.functions import FUNCTIONS
from gateway.mapping.expressions.runtime import COMPARISONS, FOREIGN, OPERATORS
from gateway.mapping.expressions.syntax import ExpressionSyntaxError, nodes_of, parse, place, place_of_member
from gateway.mapping.expressions.work import MOST_WORK, accounts
from gateway.sources.findings import nearest

__all__ = ["LITERALS", "Expression", "ExpressionSyntaxError", "Name", "Scope", "compile_expression"]

LITERALS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}
"""Words that may be written as in YAML too."""

_SHORT = 200
"""Expressions of so many characters are kept: longer ones are rare, and a few of them would take much memory."""


@dataclass(frozen=True)
class Name:
    """A free name that an expression reads, and where."""

    name: str
    offset: int


@dataclass(frozen=True)
class Expression:
    """A compiled expression. `tree` is the checked syntax, for lint; `body` what is run, which nobody changes."""

    text: str
    names: tuple[Name, ...]
    tree: ast.expr
    body: ast.expr

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree but operators."""
        return nodes_of(self.tree)

    @cached_property
    def code(self) -> Code:
        """Made at first use: lint looks at many expressions and evaluates few."""
        return flat.compiled(self.body)

    def evaluate(self, scope: Scope) -> Any:
        """The value in this scope. Raises ExpressionError with its offset in the text, and nothing of Python's own."""
        account = accounts.mine
        before, account.left = account.left, MOST_WORK
        try:
            return self.code(scope)
        except ExpressionError as error:
            error.offset = flat.line_of(error) - 1
            raise
        except FOREIGN as error:
            raise ExpressionError(flat.told(error), flat.line_of(error) - 1) from error
        finally:
            account.left = before

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
    body = rewriter.visit(tree)
    return Expression(text, tuple(rewriter.names), tree, body)


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
        self._is_source = False  # of a comprehension, where Python allows no value to be held
        self.names: list[Name] = []

    def generic_visit(self, node: ast.AST) -> ast.AST:
        name = type(node).__name__
        raise self._refused(node, f"{name} is not part of the language", _INSTEAD.get(name, ""))

    def _place(self, node: ast.AST) -> int:
        return place(self._text, node)

    def _refused(self, node: ast.AST, message: str, hint: str = "") -> ExpressionSyntaxError:
        return ExpressionSyntaxError(message, self._place(node), hint)

    def _run(self, node: ast.AST, name: str, *operands: ast.expr) -> ast.expr:
        return flat.run(self._place(node), name, *operands)

    def _truth(self, node: ast.expr) -> ast.expr:
        value = self.visit(node)
        return self._run(node, "truth", value) if self._is_source else flat.truth(self._place(node), value)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        value = node.value
        if isinstance(value, int | float) and not abs(value) < values.MAX_NUMBER:
            raise self._refused(node, "the number is too large")
        if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            raise self._refused(node, "half of a character (a surrogate) is no text")
        if isinstance(value, str | int | float | bool) or value is None:
            return flat.constant(self._place(node), value)
        raise self._refused(node, f"{type(value).__name__} is no value of the language")

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._local:
            return ast.Name(f"v_{node.id}", ast.Load())
        if node.id in LITERALS:
            return flat.constant(self._place(node), LITERALS[node.id])
        if node.id in FUNCTIONS:
            raise self._refused(node, f"'{node.id}' is a function: write {node.id}(…); nothing else can be called so")
        self.names.append(Name(node.id, self._place(node)))
        return flat.read(self._place(node), node.id)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        value = self.visit(node.value)
        if self._is_source:
            return self._run(node, "member", value, ast.Constant(node.attr))
        return flat.member(self._place(node), value, node.attr)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if isinstance(node.slice, ast.Slice):
            raise self._refused(node, "a slice ([a:b]) is not part of the language")
        value, index = self.visit(node.value), self.visit(node.slice)
        if isinstance(index, ast.Constant) and type(index.value) is int and not self._is_source:
            return flat.element(self._place(node), value, index.value)
        return self._run(node, "element", value, index)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        name = OPERATORS.get(type(node.op).__name__)
        if name is None:
            raise self._refused(node, f"the operator {type(node.op).__name__} is not part of the language")
        return self._run(node, name, self.visit(node.left), self.visit(node.right))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if isinstance(node.op, ast.Not):
            return ast.UnaryOp(ast.Not(), self._truth(node.operand))
        if isinstance(node.op, ast.USub):
            return self._run(node, "negative", self.visit(node.operand))
        raise self._refused(node, f"the operator {type(node.op).__name__} is not part of the language")

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        return ast.BoolOp(node.op, [self._truth(value) for value in node.values])

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        return ast.IfExp(self._truth(node.test), self.visit(node.body), self.visit(node.orelse))

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        left, right = node.left, node.comparators[0]
        if len(node.ops) > 1:
            return self._chain(node)
        if isinstance(node.ops[0], ast.Is | ast.IsNot | ast.Eq | ast.NotEq) and (_is_none(left) or _is_none(right)):
            value = self.visit(left if _is_none(right) else right)
            return flat.null_test(self._place(node), value, is_null=isinstance(node.ops[0], ast.Is | ast.Eq))
        name = self._comparison(node, node.ops[0], right)
        operands = [self.visit(left), self.visit(right)]
        if name == "contains" and (texts := flat.listed_texts(right)):
            return flat.among(self._place(node), operands[0], texts)
        return self._run(node, name, *operands)

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
        keys = [self.visit(key) for key in node.keys if key is not None]
        return ast.Dict(keys, [self.visit(value) for value in node.values])

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
        around, self._is_source = self._is_source, True
        source = self._run(generator.iter, "repeated", self.visit(generator.iter), weight)
        self._is_source = around
        name = generator.target.id
        if name in LITERALS or name in FUNCTIONS:
            raise self._refused(generator.target, f"'{name}' is a word of the language", "take another name")
        self._comprehensions = 1
        self._local.add(name)
        tests = [self._truth(test) for test in generator.ifs]
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
        operands = [self.visit(argument) for argument in node.args]
        return flat.called(self._place(node), function.name, operands, takes_scope=function.takes_scope)


def _is_none(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and node.value is None) or (isinstance(node, ast.Name) and node.id == "null")
