"""Which names a mapping file defines, what each expression may read, and who needs whom."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from gateway.mapping.expressions.compiler import LITERALS
from gateway.mapping.expressions.functions import FUNCTIONS
from gateway.mapping.plan import Step
from gateway.mapping.template import Formula, Template
from gateway.sources.findings import Finding, nearest
from gateway.sources.yamlfile import Path, SourceDocument

GIVEN = ("item", "poq", "buyer", "seller", "now", "catalogue", "offering", "existing")
"""Names that every expression of a mapping may read."""

REFERENCE_GIVEN = ("reference", "buyer", "seller", "now")
"""Names that every expression of a references file may read."""

TODO = "TODO"
"""What names begin with that a new mapping leaves to its author."""

FILL_IN = "write what is meant instead; what is not needed, take out with its key"

LONGEST_CHAIN = 40
"""So many names under `let` may stand one on the other."""

_TAKEN = {
    **dict.fromkeys(keyword.kwlist, "a word of the language"),
    **dict.fromkeys(LITERALS, "a word of the language"),
    **dict.fromkeys(FUNCTIONS, "a function"),
}


class Names:
    """The names of one file and what they lead to."""

    def __init__(
        self,
        document: SourceDocument,
        lets: Mapping[str, Template],
        lookups: Iterable[str],
        given: Sequence[str] = GIVEN,
    ) -> None:
        self._document = document
        self._given = given
        self.lets = lets
        self.lookups = frozenset(lookups)
        self.steps: frozenset[str] = frozenset()
        self.findings: list[Finding] = []

    def declare(
        self,
        steps: Iterable[str],
        candidate: str | None,
        alternate: str | None,
        elements: Mapping[str, str] | None = None,
    ) -> None:
        """Take in the remaining names and report any that stands for two things.

        `elements`: what steps call an element of their list, by step; several may use the same name.
        """
        self.steps = frozenset(steps)
        self._candidate = candidate
        taken = {**_TAKEN, **dict.fromkeys(self._given, "given")}
        if candidate == "offering":  # each candidate is the offering that is evaluated
            candidate = None
        sections: tuple[tuple[Path, Iterable[str]], ...] = (
            *(((section, name), [name]) for section, names in self._sections() for name in sorted(names)),
            (("candidates", "each"), [candidate] if candidate else []),
            (("alternates", "each"), [alternate] if alternate else []),
        )
        for path, names in sections:
            for name in names:
                self._report(path, name, taken)
                taken.setdefault(name, f"one of '{path[0]}'")
        for step, name in (elements or {}).items():
            self._report(("steps", step, "each", "name"), name, taken)

    def _report(self, path: Path, name: str, taken: Mapping[str, str]) -> None:
        if name in taken:
            where = self._document.location(path, key=path[-1] == name)
            message = f"the name '{name}' is already {taken[name]}"
            self.findings.append(Finding(where, "MAP-205", message, "take another name"))

    def _sections(self) -> tuple[tuple[str, Iterable[str]], ...]:
        return ("let", self.lets), ("lookups", self.lookups), ("steps", self.steps)

    def check(self, template: Template, *extra: str, without_steps: bool = False) -> None:
        """Report names that the template's expressions may not read."""
        steps = frozenset() if without_steps else self.steps
        known = {
            *self._given,
            *self.lets,
            *self.lookups,
            *steps,
            *extra,
            *([self._candidate] if self._candidate else []),
        }
        for formula in template.formulas():
            for name in formula.names:
                if name.name.startswith(TODO):
                    message = f"{name.name} is not filled in yet"
                    self.findings.append(Finding(formula.location(name.offset), "MAP-213", message, FILL_IN))
                elif name.name not in known:
                    message = f"'{name.name}' is not known here"
                    where = formula.location(name.offset)
                    self.findings.append(Finding(where, "MAP-203", message, nearest(name.name, known)))
                elif without_steps and self._needs_steps(name.name):
                    message = f"'{name.name}' needs a step, and no step has run here"
                    self.findings.append(Finding(formula.location(name.offset), "MAP-206", message))

    def needs(self, *templates: Template | None) -> frozenset[str]:
        """The steps that these templates read, directly or through names under `let`."""
        return needed_steps([template for template in templates if template], self.lets, self.steps)

    def _needs_steps(self, let: str) -> bool:
        return let in self.lets and bool(self.needs(self.lets[let]))

    def check_cycles(self, needs: Mapping[str, frozenset[str]]) -> None:
        """Report names under `let` and steps that need themselves, and names that stand on too many others."""
        lets = {
            name: {n.name for f in let.formulas() for n in f.names} & set(self.lets) for name, let in self.lets.items()
        }
        for section, edges in (("let", lets), ("steps", {name: set(needed) for name, needed in needs.items()})):
            for cycle in _cycles(edges):
                where = self._document.location((section, cycle[0]), key=True)
                message = f"goes round in a circle: {' -> '.join(cycle)}"
                self.findings.append(Finding(where, "MAP-204", message, "let one of them do without the others"))
        for name in _too_long(lets):
            where = self._document.location(("let", name), key=True)
            message = f"stands on a chain of more than {LONGEST_CHAIN} other names"
            self.findings.append(Finding(where, "MAP-207", message, "put some of them together"))


def needed_steps(read: Iterable[Template], lets: Mapping[str, Template], steps: Collection[str]) -> frozenset[str]:
    """The steps that templates read, directly or through names under `let`."""
    return steps_behind([name.name for template in read for f in template.formulas() for name in f.names], lets, steps)


def steps_behind(names: Iterable[str], lets: Mapping[str, Template], steps: Collection[str]) -> frozenset[str]:
    """The steps among these names, and those that names under `let` lead to."""
    waiting = list(names)
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen and name in lets:
            waiting += [inner.name for f in lets[name].formulas() for inner in f.names]
        seen.add(name)
    return frozenset(seen & set(steps))


def _cycles(edges: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Circles, each name in one of them at most; they begin with the name that comes first in the alphabet."""
    left = {name: set(needed) for name, needed in edges.items()}
    while True:
        try:
            TopologicalSorter(left).prepare()
            return
        except CycleError as error:
            cycle = list(reversed(error.args[1]))[:-1]
            first = cycle.index(min(cycle))
            yield [*cycle[first:], *cycle[:first], cycle[first]]
            left = {name: needed - set(cycle) for name, needed in left.items() if name not in cycle}


def _too_long(edges: Mapping[str, set[str]]) -> Iterator[str]:
    """The names at which a chain first becomes too long; nothing where there are circles."""
    length: dict[str, int] = {}
    try:
        for name in TopologicalSorter(edges).static_order():
            length[name] = 1 + max((length[needed] for needed in edges.get(name, ())), default=0)
            if length[name] == LONGEST_CHAIN + 1:
                yield name
    except CycleError:
        return


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
    nodes = [node for formula in formulas for node in formula.expression.nodes]
    if not any(_reads_answer(node) for node in nodes):
        return frozenset()
    types: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "related":
            argument = node.args[0]
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                return None
            types.add(argument.value)
    return frozenset(types)


def _reads_answer(node: ast.AST) -> bool:
    if isinstance(node, ast.Subscript):  # a computed key could be 'answer' too
        return not isinstance(node.slice, ast.Constant) or node.slice.value == "answer"
    return isinstance(node, ast.Attribute) and node.attr == "answer"
