"""From the text of an expression to Python's own syntax tree, and from a node back to its place in the text.

Knows the grammar and its limits of size, not what a node means.
"""

from __future__ import annotations

import ast
import re
import warnings

MAX_LENGTH = 4_000
MAX_NODES = 400
MAX_DEPTH = 40

_HINTS = {
    re.compile("invalid escape sequence"): r"write the backslash twice, or r'…' for a pattern",
    re.compile('perhaps you meant "=="|cannot assign'): "write == to compare",
    re.compile("generator expression must be parenthesized"): "write [ ] around it",
    re.compile("leading zeros"): "write a text in quotes, or a number without leading zeros",
    re.compile("was never closed|does not match opening"): "close each bracket with its own kind",
    re.compile("forgot a comma"): "between two values stands an operator (and, or, +, ==) or a comma",
}
_FOREIGN_SIGNS = {"&&": "write and", "||": "write or", "!": "write not", "?": "write a if condition else b"}
_OWN_LINES = re.compile(r" on line \d+| \(detected at line \d+\)")
"""Python counts lines of its own, in a text that is not the file."""


class ExpressionSyntaxError(Exception):
    """The text is no expression of the language. `offset` is the place in the text; `hint` says what to write."""

    def __init__(self, message: str, offset: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.hint = hint


def parse(text: str) -> ast.expr:
    """The tree of one expression. Raises ExpressionSyntaxError; never runs for long."""
    if len(text) > MAX_LENGTH:
        raise ExpressionSyntaxError(f"is longer than {MAX_LENGTH} characters", 0, "give parts of it names under 'let'")
    if not text.strip():
        raise ExpressionSyntaxError("is empty", 0, "write an expression")
    forbidden = re.search(r"[\x00\r\f\ud800-\udfff]", text)
    if forbidden:
        raise ExpressionSyntaxError("holds a character that no expression can hold", forbidden.start())
    expression = _only_argument(text, _tree(text))
    _check_size(text, expression)
    return expression


def _tree(text: str) -> ast.expr:
    # As the argument of a call a line break is no end, and the text keeps its columns.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return ast.parse(f"_(\n{text}\n)", mode="eval").body
    except (SyntaxError, Warning, ValueError, RecursionError, MemoryError) as error:
        line, column = getattr(error, "lineno", 2) or 2, getattr(error, "offset", 1) or 1
        at = _offset(text, line, column - 1)
        if at == len(text) and text.count(")") > text.count("("):
            at = text.rindex(")")  # it closed the call around the text
        message = getattr(error, "msg", None) or str(error) or "is nested too deep"
        known = (hint for pattern, hint in _HINTS.items() if pattern.search(message))
        hint = _foreign_sign(text, at) or next(known, "")
        message = _OWN_LINES.sub("", message)
        message = message.replace('expression cannot contain assignment, perhaps you meant "=="?', "= assigns")
        raise ExpressionSyntaxError(f"is no expression: {message}", at, hint) from None


def _foreign_sign(text: str, at: int) -> str:
    """What to write instead of a sign of another language; Python stops at it or at its second character."""
    around = text[max(at - 1, 0) : at + 2].replace("!=", "")
    return next((hint for sign, hint in _FOREIGN_SIGNS.items() if sign in around), "")


def _only_argument(text: str, call: ast.expr) -> ast.expr:
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.lineno == 1):
        raise ExpressionSyntaxError("is no expression: a ')' has no '('", text.find(")"))
    if call.keywords:
        raise ExpressionSyntaxError("is no expression: = assigns", place(text, call.keywords[0]), "write == to compare")
    if len(call.args) != 1:
        second = call.args[1] if call.args else call
        raise ExpressionSyntaxError("a comma stands outside of ( ) and [ ]", place(text, second), "write [a, b]")
    return call.args[0]


def _check_size(text: str, expression: ast.expr) -> None:
    hint = "give parts of it names under 'let'"
    level: list[ast.AST] = [expression]
    nodes = depth = 0
    while level:
        nodes, depth = nodes + len(level), depth + 1
        if nodes > MAX_NODES:
            raise ExpressionSyntaxError("is too large", 0, hint)
        if depth > MAX_DEPTH:
            raise ExpressionSyntaxError("is nested too deep", place(text, level[0]), hint)
        level = [part for node in level if type(node) not in _LEAVES for part in parts_of(node)]


def parts_of(node: ast.AST) -> list[ast.AST]:
    """The nodes directly in a node that say something: as `ast.iter_child_nodes`, without operators, and faster."""
    parts: list[ast.AST] = []
    for name in _FIELDS.get(type(node), node._fields):
        value = getattr(node, name)
        if isinstance(value, list):
            parts += [part for part in value if isinstance(part, _NODES)]
        elif isinstance(value, _NODES):
            parts.append(value)
    return parts


def nodes_of(tree: ast.AST) -> list[ast.AST]:
    """All nodes of a tree that say something, itself first: as `ast.walk`."""
    found: list[ast.AST] = [tree]
    for node in found:  # grows while it is read
        if type(node) not in _LEAVES:
            found += parts_of(node)
    return found


_NODES = (ast.expr, ast.comprehension, ast.keyword)
_LEAVES = frozenset({ast.Name, ast.Constant})
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Name: (),
    ast.Constant: (),
    ast.Attribute: ("value",),
    ast.Subscript: ("value", "slice"),
    ast.BoolOp: ("values",),
    ast.BinOp: ("left", "right"),
    ast.UnaryOp: ("operand",),
    ast.Compare: ("left", "comparators"),
    ast.List: ("elts",),
}
"""Where most nodes have their parts; the others are looked at field by field."""


def written(node: ast.AST) -> str:
    """A node as it would be written: `ast.unparse`, faster for what is written most: paths, literals, calls."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name() | ast.Attribute() | ast.Call() | ast.Subscript() as value, attr=name):
            return f"{written(value)}.{name}"
        case ast.Constant(value=str() | int() | None as value, kind=None):
            return repr(value)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return f"{name}({', '.join(map(written, arguments))})"
    return ast.unparse(node)


def is_null(node: ast.AST) -> bool:
    """Whether it is the literal `None`, or `null`."""
    return (isinstance(node, ast.Constant) and node.value is None) or (isinstance(node, ast.Name) and node.id == "null")


def place(text: str, node: ast.AST) -> int:
    """Where a node stands: characters from the start of the text."""
    if getattr(node, "lineno", 0) == 2 and text.isascii():  # the first line of the text, where a byte is a character
        return min(int(getattr(node, "col_offset", 0)), len(text))
    return _offset(text, getattr(node, "lineno", 2), getattr(node, "col_offset", 0))


def place_of_member(text: str, node: ast.expr) -> int:
    """Where the last name of a path stands."""
    match node:
        case ast.Attribute(attr=name):
            return _offset(text, node.end_lineno or 2, node.end_col_offset or 0) - len(name)
        case ast.Subscript(slice=inner):
            return place(text, inner)
    return place(text, node)


def _offset(text: str, line: int, column: int) -> int:
    """Python counts lines from 1, the first one is not of the text; and columns in UTF-8 bytes."""
    lines = text.split("\n")
    number = line - 2
    if number >= len(lines):
        return len(text)
    before = sum(len(part) + 1 for part in lines[: max(number, 0)])
    return before + len(lines[max(number, 0)].encode()[: max(column, 0)].decode(errors="ignore"))
