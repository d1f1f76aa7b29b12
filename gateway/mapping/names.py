"""Which names a mapping file defines, what each expression may read, and who needs whom."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from gateway.mapping.expressions.functions import FUNCTIONS
from gateway.mapping.plan import Step
from gateway.mapping.template import Formula, Template
from gateway.sources.findings import Finding, nearest
from gateway.sources.yamlfile import SourceDocument

GIVEN = ("item", "poq", "buyer", "seller", "now", "catalogue", "offering")
"""Names that every expression may read."""


class Names:
    """The names of one file and what they lead to."""

    def __init__(self, document: SourceDocument, lets: Mapping[str, Template], lookups: Iterable[str]) -> None:
        self._document = document
        self.lets = lets
        self.lookups = frozenset(lookups)
        self.steps: frozenset[str] = frozenset()
        self.findings: list[Finding] = []

    def declare(self, steps: Iterable[str], candidate: str | None) -> None:
        """Take in the remaining names and report any that stands for two things."""
        self.steps = frozenset(steps)
        taken: dict[str, str] = {**dict.fromkeys(GIVEN, "given"), **dict.fromkeys(FUNCTIONS, "a function")}
        if candidate and candidate not in GIVEN:
            taken[candidate] = "the candidate"
        for section, names in (("let", self.lets), ("lookups", self.lookups), ("steps", self.steps)):
            for name in sorted(names):
                if name in taken:
                    where = self._document.location((section, name), key=True)
                    message = f"the name '{name}' is already {taken[name]}"
                    self.findings.append(Finding(where, "MAP-205", message, "give it another name"))
                taken.setdefault(name, f"one of '{section}'")
        self._candidate = candidate

    def check(self, template: Template, *extra: str, without_steps: bool = False) -> None:
        """Report names that the template's expressions may not read."""
        steps = frozenset() if without_steps else self.steps
        known = {*GIVEN, *self.lets, *self.lookups, *steps, *extra, *([self._candidate] if self._candidate else [])}
        for formula in template.formulas():
            for name in formula.names:
                where = formula.location(name.offset)
                if name.name not in known:
                    message = f"'{name.name}' is not known here"
                    self.findings.append(Finding(where, "MAP-203", message, nearest(name.name, known)))
                elif without_steps and self.needs_of([name.name]):
                    message = f"'{name.name}' needs a step, and no step has run here"
                    self.findings.append(Finding(where, "MAP-206", message))

    def needs(self, *templates: Template | None) -> frozenset[str]:
        """The steps that these templates read, directly or through names under `let`."""
        read = [name.name for template in templates if template for f in template.formulas() for name in f.names]
        return self.needs_of(read)

    def needs_of(self, names: Iterable[str]) -> frozenset[str]:
        found: set[str] = set()
        seen: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self.steps:
                found.add(name)
            elif name in self.lets:
                waiting += [inner.name for f in self.lets[name].formulas() for inner in f.names]
        return frozenset(found)

    def check_cycles(self, needs: Mapping[str, frozenset[str]]) -> None:
        """Report names under `let` and steps that need themselves."""
        graph = {
            name: {n.name for f in let.formulas() for n in f.names} & set(self.lets) for name, let in self.lets.items()
        }
        for section, edges in (("let", graph), ("steps", {name: set(needed) for name, needed in needs.items()})):
            for cycle in _cycles(edges):
                where = self._document.location((section, cycle[0]), key=True)
                self.findings.append(Finding(where, "MAP-204", f"goes round in a circle: {' -> '.join(cycle)}"))


def _cycles(edges: Mapping[str, set[str]]) -> list[list[str]]:
    """One cycle for each group of names that need each other."""
    found: list[list[str]] = []
    done: set[str] = set()

    def walk(name: str, trail: list[str]) -> None:
        if name in trail:
            found.append([*trail[trail.index(name) :], name])
            return
        if name in done:
            return
        for other in sorted(edges.get(name, ())):
            walk(other, [*trail, name])
        done.add(name)

    for name in edges:
        walk(name, [])
    return found


def in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The order of the file, but each step after those that it needs (steps in a circle stay where they are)."""
    waiting, ordered = list(steps), []
    while waiting:
        waits_for = {step.name for step in waiting}
        ready = next((step for step in waiting if not step.needs & waits_for), waiting[0])
        waiting.remove(ready)
        ordered.append(ready)
    return tuple(ordered)


def related_answers(formulas: Iterable[Formula]) -> frozenset[str] | None:
    """The relationship types whose items must be answered first; None for all of them.

    An answer is read as `.answer` of what `related('TYPE')` gives, perhaps under another name: so if any expression of
    the file reads a member called `answer`, every related item that the file names is answered first.
    """
    trees = [formula.expression.tree for formula in formulas]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    if not any(isinstance(node, ast.Attribute) and node.attr == "answer" for node in nodes):
        return frozenset()
    types: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "related":
            argument = node.args[0]
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                return None
            types.add(argument.value)
    return frozenset(types)
