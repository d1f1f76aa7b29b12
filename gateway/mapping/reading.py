"""Expressions held against what is known of the data that they read: JSON Schema, as plain data, by name.

Follows members, elements, comprehensions, names under `let` and the functions that hand on what they are given. What no
schema describes (it is empty, or leaves members open) is not judged. Knows nothing of where a schema comes from.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.mapping.expressions.syntax import is_null, parts_of, written
from gateway.mapping.plan import AlternateRule, LoadedMapping
from gateway.mapping.template import Formula, Template
from gateway.mapping.walking import all_values
from gateway.mapping.world import OPEN, Gap, Known, Look, Misread, Mistake, Reading, Schema, Unknown, World, may_be_null
from gateway.sources.findings import nearest

_NULL: Schema = {"type": "null"}
_SINGLE = {"string": "a text", "integer": "a number", "number": "a number", "boolean": "true or false"}
_HANDS_ON = ("sorted", "unique", "default")
_TAKES_ONE = ("first", "one")


def mistakes(mapping: LoadedMapping, world: World) -> Iterator[tuple[Formula, Mistake]]:
    """Everything in the mapping's expressions that reads what is not there, each with its expression."""
    for reading in readings(mapping, world):
        yield from ((reading.formula, mistake) for mistake in reading.mistakes)


def readings(mapping: LoadedMapping, world: World) -> Iterator[Reading]:
    """Every expression of the mapping that leads to something known, read."""
    leading = _leading(mapping.lets, world)
    known: dict[str, Known] = {}
    candidate = {mapping.candidates.each: Known(OPEN, mapping.candidates.each)} if mapping.candidates else {}

    def element(name: str, source: Template) -> dict[str, Known]:
        """What is known of one element of a list, by its name."""
        if not isinstance(source, Formula):
            return {name: Known(OPEN, name)}
        reader, tree = _Reader(mapping.lets, world, known, candidate), source.expression.tree
        return {name: reader.element_of(reader.read(tree), tree)}

    for rule, template in all_values(mapping):
        bound = candidate
        if rule is not None:
            bound = {**bound, **element(rule.each if isinstance(rule, AlternateRule) else rule.name, rule.source)}
        for formula in template.formulas():
            if not _leads(formula, leading, world) and formula.expression.free_names.isdisjoint(bound):
                continue
            reader = _Reader(mapping.lets, world, known, bound)
            reader.read(formula.expression.tree)
            yield Reading(formula, reader.mistakes, reader.schemas, reader.gaps, frozenset(reader.looks))


def _leading(lets: Mapping[str, Template], world: World) -> set[str]:
    """The names that lead to what is known."""
    leading = set(world.names)
    while more := {name for name, let in lets.items() if name not in leading and _reads(let, leading, world)}:
        leading |= more
    return leading


def _reads(template: Template, leading: set[str], world: World) -> bool:
    return any(_leads(formula, leading, world) for formula in template.formulas())


def _leads(formula: Formula, leading: set[str], world: World) -> bool:
    """Whether an expression reads one of these names, or calls a function whose result is known."""
    expression = formula.expression
    return not (expression.free_names.isdisjoint(leading) and expression.functions.isdisjoint(world.functions))


class _Reader:
    """Goes through one expression and says what is known of its value."""

    def __init__(
        self, lets: Mapping[str, Template], world: World, known: dict[str, Known], bound: Mapping[str, Known]
    ) -> None:
        self._lets = lets
        self._world = world
        self._of_lets = known
        self._bound = dict(bound)
        self.mistakes: list[Mistake] = []
        self.schemas: dict[int, Schema] = {}
        self.gaps: dict[int, Gap] = {}
        self.looks: set[Look] = set()

    def read(self, node: ast.expr) -> Schema:
        """The schema of a node's value; OPEN where nothing is known."""
        schema = self._read(node)
        if schema:
            self.schemas[id(node)] = schema
        return schema

    def _read(self, node: ast.expr) -> Schema:
        match node:
            case ast.Constant(value=value):
                return _NULL if value is None else OPEN
            case ast.Name(id=name):
                known = self._named(name)
                self._keep_gap(node, known.gap)
                return known.schema
            case ast.Attribute(value=value, attr=name):
                return self._member(node, self.read(value), name)
            case ast.Subscript(value=value, slice=ast.Constant(value=str(name))):
                return self._member(node, self.read(value), name)
            case ast.Subscript(value=value, slice=index):
                return self._at(node, self.read(value), index)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.read(test)
                return self._known({"anyOf": [self.read(body), self.read(orelse)]})
            case ast.ListComp() | ast.GeneratorExp():
                return self._comprehension(node)
            case ast.Call(func=ast.Name(id=function), args=arguments):
                return self._result(function, arguments)
            case ast.Compare(left=left, comparators=[right]) if is_null(left) or is_null(right):
                self.looks.add(Look(self._path(right if is_null(left) else left), is_test=True))
        for part in parts_of(node):
            if isinstance(part, ast.expr):
                self.read(part)
        return OPEN

    def element(self, schema: Schema) -> Schema:
        """What is known of one element of a list."""
        return self._known(schema.get("items", OPEN))

    def element_of(self, schema: Schema, source: ast.expr) -> Known:
        """The same of the list that an expression gives."""
        path = f"{self._path(source)}[]"
        is_optional = self._world.is_exact and may_be_null(schema.get("items", OPEN))
        return Known(self.element(schema), path, Gap(path, frozenset({path})) if is_optional else None)

    def _named(self, name: str) -> Known:
        if name in self._bound:
            return self._bound[name]
        let = self._lets.get(name)
        if isinstance(let, Formula) and name not in self._of_lets:
            self._of_lets[name] = Known(OPEN, name)  # also what a circle of names finds
            inner, tree = _Reader(self._lets, self._world, self._of_lets, {}), let.expression.tree
            self._of_lets[name] = Known(inner.read(tree), inner._path(tree), inner.gaps.get(id(tree)))
        if name in self._lets:
            return self._of_lets.get(name, Known(OPEN, name))
        gap = Gap(name, frozenset({name})) if name in self._world.optional else None
        return Known(self._known(self._world.names.get(name, OPEN)), name, gap)

    def _path(self, node: ast.expr) -> str:
        """Where a value comes from: without names under `let`, and the same for each element of a list."""
        match node:
            case ast.Name(id=name):
                return self._named(name).path
            case (
                ast.Attribute(value=value, attr=name) | ast.Subscript(value=value, slice=ast.Constant(value=str(name)))
            ):
                return f"{self._path(value)}.{name}"
            case ast.Subscript(value=value):
                return f"{self._path(value)}[]"
            case ast.Call(func=ast.Name(id=function), args=[value, *_]) if function in _TAKES_ONE:
                return f"{self._path(value)}[]"
            case ast.Call(func=ast.Name(id=function), args=[value, *_]) if function in _HANDS_ON:
                return self._path(value)
            case ast.ListComp(
                elt=ast.Name(id=name), generators=[ast.comprehension(target=ast.Name(id=each), iter=source)]
            ):
                return self._path(source) if name == each else written(node)
        return written(node)

    def _keep_gap(self, node: ast.expr, outer: Gap | None, *, is_own: bool = False) -> None:
        """A value may be null where what it stands in may be, or by itself."""
        if outer is None and not is_own:
            return
        path = self._path(node)
        reasons = outer.reasons if outer is not None else frozenset()
        self.gaps[id(node)] = Gap(path, reasons | {path} if is_own else reasons)

    def _is_optional(self, outer: Schema, name: str) -> bool:
        """Whether a member may be missing, or null."""
        if "optional" in outer or not self._world.is_exact:
            return name in outer.get("optional", ())
        return name not in outer.get("required", ()) or may_be_null(outer["properties"][name])

    def _member(self, node: ast.Attribute | ast.Subscript, outer: Schema, name: str) -> Schema:
        if _is_list(outer):
            self._misread(node, f"is a list, which has no '{name}'", "take an element or write a comprehension")
        elif outer.get("type") in _SINGLE:
            self._misread(node, f"is {_SINGLE[outer['type']]}, which has no '{name}'", "")
        elif name in outer.get("properties", ()):
            self._keep_gap(node, self.gaps.get(id(node.value)), is_own=self._is_optional(outer, name))
            return self._known(outer["properties"][name])
        elif outer.get("properties") and not outer.get("additionalProperties"):
            self.mistakes.append(Unknown(node, name, nearest(name, outer["properties"])))
        return OPEN

    def _at(self, node: ast.Subscript, outer: Schema, index: ast.expr) -> Schema:
        self.read(index)
        self._keep_gap(node, self.gaps.get(id(node.value)))
        number = isinstance(index, ast.Constant) and isinstance(index.value, int)
        if number and outer.get("properties"):
            self._misread(node, "an element is taken of what is no list", "leave out the [ ]")
        return self.element(outer)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> Schema:
        generator = node.generators[0]
        source = self.read(generator.iter)
        if source.get("properties") or source.get("type") in _SINGLE:
            self._misread(generator.iter, "a comprehension runs over what is no list", "")
        name = generator.target.id if isinstance(generator.target, ast.Name) else ""
        before = dict(self._bound)
        self._bound[name] = self.element_of(source, generator.iter)
        for test in generator.ifs:
            self.read(test)
        elements = self.read(node.elt)
        self._bound = before
        return {"type": "array", "items": elements}

    def _result(self, function: str, arguments: list[ast.expr]) -> Schema:
        given = [self.read(argument) for argument in arguments]
        if function in _TAKES_ONE:
            return self.element(given[0])
        if function in _HANDS_ON:
            if function == "default":
                self.looks.add(Look(self._path(arguments[0]), is_test=False))
            plain = all(_is_plain(argument) for argument in arguments[1:])
            return _or_constant(given[0], arguments[1:]) if plain else self._known({"anyOf": given})
        return self._known(self._world.functions.get(function, OPEN))

    def _known(self, schema: Any) -> Schema:
        """The schema without references and choices: a choice of objects has the members of all of them."""
        if not isinstance(schema, Mapping):
            return OPEN
        if "$ref" in schema:
            return self._known(self._world.definitions.get(schema["$ref"], OPEN))
        choices = schema.get("anyOf") or schema.get("oneOf")
        if not choices:
            return schema
        known = [one for choice in choices if (one := self._known(choice)).get("type") != "null"]
        if len(known) == 1 or (known and all(one == known[0] for one in known)):
            return known[0]
        if not known or not all(one.get("properties") and not one.get("additionalProperties") for one in known):
            return OPEN
        return {"properties": _merged(known), "optional": ()}

    def _misread(self, node: ast.expr, message: str, hint: str) -> None:
        self.mistakes.append(Misread(node, message, hint))


def _or_constant(schema: Schema, constants: Sequence[ast.expr]) -> Schema:
    """The schema of a value that a literal may stand in for."""
    if "enum" not in schema:
        return schema
    return {**schema, "enum": [*schema["enum"], *(one.value for one in constants if isinstance(one, ast.Constant))]}


def _is_plain(node: ast.expr) -> bool:
    """A literal that has no members of its own."""
    return isinstance(node, ast.Constant) or (isinstance(node, ast.List) and not node.elts)


def _is_list(schema: Schema) -> bool:
    return schema.get("type") == "array" or "items" in schema


def _merged(schemas: Iterable[Schema]) -> dict[str, Schema]:
    found: dict[str, list[Schema]] = {}
    for schema in schemas:
        for name, member in schema["properties"].items():
            found.setdefault(name, []).append(member)
    return {name: {"anyOf": members} for name, members in found.items()}
