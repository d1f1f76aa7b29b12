"""Expressions held against what is known of the data that they read: JSON Schema, as plain data, by name.

Follows members, elements, comprehensions, names under `let` and the functions that hand on what they are given. What no
schema describes (it is empty, or leaves members open) is not judged. Knows nothing of where a schema comes from.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.mapping.expressions.syntax import is_null, parts_of, written
from gateway.mapping.plan import AlternateRule, LoadedMapping
from gateway.mapping.template import Formula, Template
from gateway.mapping.world import OPEN, Gap, Known, Look, Misread, Mistake, Reading, Schema, Unknown, World, may_be_null
from gateway.sources.findings import nearest

_NULL: Schema = {"type": "null"}
_SINGLE = {"string": "a text", "integer": "a number", "number": "a number", "boolean": "true or false"}
_HANDS_ON = ("sorted", "unique", "default")
_TAKES_ONE = ("first", "one")


def readings(mapping: LoadedMapping, world: World, only: Collection[Formula] | None = None) -> Iterator[Reading]:
    """Every expression of the mapping (or of `only` these) that leads to something known, read."""
    chosen = None if only is None else set(map(id, only))
    leading = _leading(mapping.lets, world)
    candidate = {mapping.candidates.each: Known(OPEN, mapping.candidates.each)} if mapping.candidates else {}
    names = _Names(mapping.lets, world, candidate)
    for rule, formulas in mapping.formulas:
        bound = candidate
        if rule is not None:
            name = rule.each if isinstance(rule, AlternateRule) else rule.name
            bound = {**candidate, name: names.element(name, rule.source)}
        for formula in formulas:
            if chosen is not None and id(formula) not in chosen:
                continue
            if _leads(formula, leading, world) or not formula.expression.free_names.isdisjoint(bound):
                reader = names.reader_of(formula, bound)
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


class _Names:
    """What is known of the names of one mapping. Each expression under `let` is read once, whoever reads its name."""

    def __init__(self, lets: Mapping[str, Template], world: World, candidate: Mapping[str, Known]) -> None:
        self.world = world
        self._lets = lets
        self._candidate = candidate
        self._known: dict[str, tuple[Schema, Gap | None]] = {}
        self._paths: dict[str, str] = {}
        self._readers: dict[int, _Reader] = {}

    def reader_of(self, formula: Formula, bound: Mapping[str, Known]) -> _Reader:
        """One that has read the expression."""
        reader = self._readers.get(id(formula))
        if reader is None:
            reader = _Reader(self, bound)
            reader.read(formula.expression.tree)
        return reader

    def known(self, name: str) -> tuple[Schema, Gap | None]:
        """The schema of a name's value, and why that may be null."""
        known = self._known.get(name)
        if known is None:
            self._known[name] = OPEN, None  # also what a circle of names finds
            known = self._known[name] = self._of_let(self._lets[name]) if name in self._lets else self._given(name)
        return known

    def _of_let(self, let: Template) -> tuple[Schema, Gap | None]:
        if not isinstance(let, Formula):
            return OPEN, None
        reader, tree = _Reader(self, self._candidate), let.expression.tree
        schema = reader.read(tree)
        self._readers[id(let)] = reader
        return schema, reader.gaps.get(id(tree))

    def _given(self, name: str) -> tuple[Schema, Gap | None]:
        gap = Gap(name, frozenset({name})) if name in self.world.optional else None
        return resolved(self.world.names.get(name, OPEN), self.world), gap

    def path(self, name: str) -> str:
        """Where the value of a name comes from."""
        path = self._paths.get(name)
        if path is None:
            let = self._lets.get(name)
            self._paths[name] = path = name  # also what a circle of names finds
            if isinstance(let, Formula):
                self._paths[name] = path = _Reader(self, self._candidate).path(let.expression.tree)
        return path

    def element(self, name: str, source: Template) -> Known:
        """What is known of one element of a list, by its name."""
        if not isinstance(source, Formula):
            return Known(OPEN, name)
        reader, tree = _Reader(self, self._candidate), source.expression.tree
        return reader.element_of(reader.read(tree), tree)


class _Reader:
    """Goes through one expression and says what is known of its value."""

    def __init__(self, names: _Names, bound: Mapping[str, Known]) -> None:
        self._names = names
        self._world = names.world
        self._bound = bound
        self.mistakes: list[Mistake] = []
        self.schemas: dict[int, Schema] = {}
        self.gaps: dict[int, Gap] = {}
        self.looks: set[Look] = set()

    def read(self, node: ast.expr) -> Schema:
        """The schema of a node's value; OPEN where nothing is known."""
        schema: Schema = _WAYS.get(type(node), _Reader._parts)(self, node)
        if schema:
            self.schemas[id(node)] = schema
        return schema

    def _parts(self, node: ast.expr) -> Schema:
        for part in parts_of(node):
            if isinstance(part, ast.expr):
                self.read(part)
        return OPEN

    def _constant(self, node: ast.Constant) -> Schema:
        return _NULL if node.value is None else OPEN

    def _name(self, node: ast.Name) -> Schema:
        bound = self._bound.get(node.id)
        schema, gap = (bound.schema, bound.gap) if bound else self._names.known(node.id)
        if gap is not None:
            self._keep_gap(node, gap)
        return schema

    def _attribute(self, node: ast.Attribute) -> Schema:
        return self._member(node, self.read(node.value), node.attr)

    def _subscript(self, node: ast.Subscript) -> Schema:
        outer, index = self.read(node.value), node.slice
        if isinstance(index, ast.Constant) and isinstance(index.value, str):
            return self._member(node, outer, index.value)
        return self._at(node, outer, index)

    def _choice(self, node: ast.IfExp) -> Schema:
        self.read(node.test)
        return self._known({"anyOf": [self.read(node.body), self.read(node.orelse)]})

    def _compare(self, node: ast.Compare) -> Schema:
        if len(node.comparators) == 1:
            left, right = node.left, node.comparators[0]
            if is_null(left) or is_null(right):
                self.looks.add(Look(self.path(right if is_null(left) else left), is_test=True))
        return self._parts(node)

    def _call(self, node: ast.Call) -> Schema:
        return self._result(node.func.id, node.args) if isinstance(node.func, ast.Name) else self._parts(node)

    def element(self, schema: Schema) -> Schema:
        """What is known of one element of a list."""
        return self._known(schema.get("items", OPEN))

    def element_of(self, schema: Schema, source: ast.expr) -> Known:
        """The same of the list that an expression gives."""
        path = f"{self.path(source)}[]"
        is_optional = self._world.is_exact and may_be_null(schema.get("items", OPEN))
        return Known(self.element(schema), path, Gap(path, frozenset({path})) if is_optional else None)

    def path(self, node: ast.expr) -> str:
        """Where a value comes from: without names under `let`, and the same for each element of a list."""
        match node:
            case ast.Name(id=name):
                return self._bound[name].path if name in self._bound else self._names.path(name)
            case (
                ast.Attribute(value=value, attr=name) | ast.Subscript(value=value, slice=ast.Constant(value=str(name)))
            ):
                return f"{self.path(value)}.{name}"
            case ast.Subscript(value=value):
                return f"{self.path(value)}[]"
            case ast.Call(func=ast.Name(id=function), args=[value, *_]) if function in _TAKES_ONE:
                return f"{self.path(value)}[]"
            case ast.Call(func=ast.Name(id=function), args=[value, *_]) if function in _HANDS_ON:
                return self.path(value)
            case ast.ListComp(
                elt=ast.Name(id=name), generators=[ast.comprehension(target=ast.Name(id=each), iter=source)]
            ):
                return self.path(source) if name == each else written(node)
        return written(node)

    def _keep_gap(self, node: ast.expr, outer: Gap | None, *, is_own: bool = False) -> None:
        """A value may be null where what it stands in may be, or by itself."""
        if outer is None and not is_own:
            return
        path = self.path(node)
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
        before = self._bound
        self._bound = {**before, name: self.element_of(source, generator.iter)}
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
                self.looks.add(Look(self.path(arguments[0]), is_test=False))
            plain = all(_is_plain(argument) for argument in arguments[1:])
            return _or_constant(given[0], arguments[1:]) if plain else self._known({"anyOf": given})
        return self._known(self._world.functions.get(function, OPEN))

    def _known(self, schema: Any) -> Schema:
        return resolved(schema, self._world)

    def _misread(self, node: ast.expr, message: str, hint: str) -> None:
        self.mistakes.append(Misread(node, message, hint))


_WAYS: dict[type[ast.expr], Any] = {
    ast.Constant: _Reader._constant,
    ast.Name: _Reader._name,
    ast.Attribute: _Reader._attribute,
    ast.Subscript: _Reader._subscript,
    ast.IfExp: _Reader._choice,
    ast.ListComp: _Reader._comprehension,
    ast.GeneratorExp: _Reader._comprehension,
    ast.Call: _Reader._call,
    ast.Compare: _Reader._compare,
}
"""How nodes are read that say more than their parts."""


def resolved(schema: Any, world: World) -> Schema:
    """The schema without references and choices: a choice of objects has the members of all of them."""
    if not isinstance(schema, Mapping):
        return OPEN
    if "$ref" in schema:
        return resolved(world.definitions.get(schema["$ref"], OPEN), world)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if not choices:
        return schema
    known = [one for choice in choices if (one := resolved(choice, world)).get("type") != "null"]
    if len(known) == 1 or (known and all(one == known[0] for one in known)):
        return known[0]
    if not known or not all(one.get("properties") and not one.get("additionalProperties") for one in known):
        return OPEN
    return {"properties": _merged(known), "optional": ()}


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
