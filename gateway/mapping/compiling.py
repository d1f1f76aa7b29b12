"""From a file whose shape is right to a `LoadedMapping`: values are compiled, names checked, steps put in order.

Gathers every mistake on the way; what a well-formed file must not mean is looked for afterwards (`checks`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from gateway.mapping.actions import FIELD_NAMES, ActionBuilder
from gateway.mapping.expressions.functions.requests import Lookup
from gateway.mapping.including import Composed
from gateway.mapping.language import Alternates, Candidates, Each, For, MappingFile, StepKind
from gateway.mapping.names import GIVEN, REFERENCE_GIVEN, Names, in_order, related_answers
from gateway.mapping.plan import (
    ANY,
    Action,
    AlternateRule,
    AnswerRule,
    Applies,
    CacheRule,
    CandidateRule,
    Dimension,
    EachRule,
    LoadedMapping,
    LookUp,
    Step,
)
from gateway.mapping.reference_language import ForReferences, ReferencesFile
from gateway.mapping.tables import Table
from gateway.mapping.template import Constant, Formula, Template, TemplateCompiler
from gateway.mapping.walking import step_templates, templates
from gateway.sources.findings import Finding
from gateway.sources.models import findings_of
from gateway.sources.yamlfile import Path

MOST_ROWS = 500
"""How many rows a step may get that does not say `most`."""


class MappingCompiler:
    """Compiles one file whose shape is right."""

    def __init__(self, composed: Composed, file: MappingFile | ReferencesFile, kinds: dict[str, StepKind]) -> None:
        document = composed.document
        self.composed = composed
        self.document = document
        self.file = file
        self.kinds = kinds
        self.compiler = TemplateCompiler(document)
        self.actions = ActionBuilder(document, self.compiler)
        self.findings: list[Finding] = []
        self.formulas: list[Formula] = []
        lets = {name: self._value(("let", name)) for name in file.let}
        given = REFERENCE_GIVEN if isinstance(file, ReferencesFile) else GIVEN
        self.names = Names(document, lets, file.lookups, given)
        self.items: MappingFile | None = file if isinstance(file, MappingFile) else None

    def load(self) -> LoadedMapping:
        candidates = self.items.candidates if self.items else None
        alternates = self.items.alternates if self.items else None
        elements = {name: step.each.name for name, step in self.file.steps.items() if step.each}
        self.names.declare(
            self.file.steps, candidates.each if candidates else None, alternates.each if alternates else None, elements
        )
        for let in self.names.lets.values():
            self.names.check(let)
        steps = _with_lookups([self._step(name) for name in self.file.steps])
        self.names.check_cycles({step.name: step.needs for step in steps})
        answer = tuple(self._row(("answer", number)) for number in range(len(self.file.answer or ())))
        dimensions = tuple(self._dimensions())
        self.findings += self._left_behind(steps)
        return LoadedMapping(
            name=self.file.mapping if isinstance(self.file, MappingFile) else self.file.references,
            version=self.file.version,
            applies=_applies(self.file.for_),
            lets=self.names.lets,
            lookups={name: self._lookup(name) for name in self.file.lookups},
            steps=in_order(steps),
            answer=answer,
            alternates=self._alternates(alternates),
            candidates=self._candidates(candidates),
            related_answers=related_answers(self.formulas),
            document=self.document,
            estimate=self.items.estimate if self.items else None,
            dimensions=dimensions,
            identity=self.composed.identity,
            others=tuple(sorted(self.composed.texts)),
        )

    def _left_behind(self, steps: Sequence[Step]) -> Iterable[Finding]:
        """What is taken from a library and reads a name of the library that is not taken from it too."""
        taken = self.composed.taken
        names = {str(path[1]): offered for path, offered in taken.items()}
        for (section, name), offered in taken.items():
            step = next((one for one in steps if section == "steps" and one.name == name), None)
            let = [self.names.lets[str(name)]] if section == "let" and name in self.names.lets else []
            for formula in (one for part in (step_templates(step) if step else let) for one in part.formulas()):
                for read in formula.names:
                    if read.name in offered and names.get(read.name) != offered:
                        message = f"'{name}' reads '{read.name}' of its library, which is not taken"
                        yield Finding(formula.location(read.offset), "MAP-505", message, f"take '{read.name}' too")

    def _noted(self, template: Template) -> Template:
        self.formulas += template.formulas()
        return template

    def _value(self, path: Path) -> Template:
        return self._noted(self.compiler.value(self.document.value(path), path))

    def _condition(self, path: Path, *extra: str) -> Formula | None:
        condition = self.compiler.condition(self.document.value(path), path)
        if condition:
            self._noted(condition)
            self.names.check(condition, *extra)
        return condition

    def _action(self, path: Path) -> Action:
        return self.actions.action(self.document.value(path), path)

    def _lookup(self, name: str) -> Lookup:
        path: Path = ("lookups", name)
        said = self.document.value(path)
        table = self.composed.tables.get(name, Table({}, {})) if isinstance(said, str) else None
        entries: dict[str | int, Any] = dict((table.entries if table else said).items())
        places = {key: table.places[str(key)] if table else self.document.location((*path, key)) for key in entries}
        has_otherwise = "otherwise" in entries
        otherwise = entries.pop("otherwise", None)
        return Lookup(name, entries, otherwise, has_otherwise, table is not None, places)

    def _step(self, name: str) -> Step:
        path: Path = ("steps", name)
        said = self.file.steps[name]
        kind = self.kinds[next(word for word in self.kinds if hasattr(said, word))]
        each = self._each(path, said.each) if said.each else None
        element = (each.name,) if each else ()
        arguments = self._value((*path, "with")) if said.with_ else Constant({})
        when = self._condition((*path, "when")) if said.when else None
        on = {word: self._action((*path, "on", word)) for word in said.on}
        texts = [template for action in on.values() for template in templates(action)]
        for template in (arguments, *map(self._noted, texts)):
            self.names.check(template, *element)
        needs = self.names.needs(arguments, when, each.source if each else None)
        needs |= self.names.needs(*texts) - {name}  # its own reply is told apart: MAP-307
        rows = getattr(said, "rows", None) if kind.rows else None
        most = {"one": 1, "optional": 1, "many": getattr(said, "most", None) or MOST_ROWS}.get(rows or "")
        return Step(
            name=name,
            word=kind.word,
            system=getattr(said, kind.word),
            definition=self._definition(kind, path, most),
            rows=rows,
            most=most,
            arguments=arguments,
            when=when,
            timeout=said.timeout,
            on=on,
            needs=needs,
            location=self.document.location(path, key=True),
            each=each,
            write=bool(said.write),
            lists=kind.lists,
            looks_up=_looked_up(on.get("unknown")) if said.write else None,
            cache=None if said.cache is None else CacheRule(said.cache, bool(said.shared)),
        )

    def _each(self, path: Path, said: Each) -> EachRule:
        source = self._value((*path, "each", "from"))
        self.names.check(source)
        return EachRule(said.name, _formula(source), said.most)

    def _definition(self, kind: StepKind, path: Path, most: int | None) -> Any:
        """The step in the adapter's own model, whose rules over several fields are asked here."""
        said = self.document.value(path)
        members = {field.alias or name for name, field in kind.fields.model_fields.items()}
        own = {name: value for name, value in said.items() if name in members}
        if "most" in kind.fields.model_fields:
            own["most"] = most
        try:
            return kind.fields.model_validate(own)
        except ValidationError as error:
            self.findings += findings_of(error, kind.fields, self.document, "MAP", below=path)
            return None

    def _dimensions(self) -> Iterable[Dimension]:
        said = (self.items.dimensions if self.items else None) or {}
        for name, rows in said.items():
            path: Path = ("dimensions", name)
            read = tuple(self._row((*path, number)) for number in range(len(rows)))
            yield Dimension(name, read, self.document.location(path, key=True))

    def _row(self, path: Path) -> AnswerRule:
        raw = self.document.value(path)
        if "otherwise" in raw:
            action = self._action((*path, "otherwise"))
            when = None
        else:
            action = self._action(path)
            when = self._condition((*path, "when"))
        for template in templates(action):
            self.names.check(self._noted(template))
        return AnswerRule(when, action, self.document.location(path))

    def _alternates(self, said: Alternates | None) -> AlternateRule | None:
        if said is None:
            return None
        path: Path = ("alternates",)
        source = self._value((*path, "from"))
        self.names.check(source)
        said_of_it = self.document.value((*path, "proposal"))
        members = ("id", "productOffering", "productConfiguration", *FIELD_NAMES)
        proposal = {name: self._value((*path, "proposal", name)) for name in members if name in said_of_it}
        for template in proposal.values():
            self.names.check(template, said.each)
        when = self._condition((*path, "when"), said.each) if said.when else None
        location = self.document.location(path, key=True)
        return AlternateRule(said.each, _formula(source), when, said.most, proposal, location)

    def _candidates(self, said: Candidates | None) -> CandidateRule | None:
        if said is None:
            return None
        source = self._value(("candidates", "from"))
        self.names.check(source, without_steps=True)
        return CandidateRule(said.each, _formula(source), said.most)


def _with_lookups(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Steps that find out what became of a write are asked on demand; what they read is there before the write."""
    by_name = {step.name: step for step in steps}
    asked = {step.looks_up for step in steps}
    return tuple(
        replace(step, needs=step.needs | _needs_of(by_name, step.looks_up), on_demand=step.name in asked)
        for step in steps
    )


def _looked_up(action: Action | None) -> str | None:
    return action.step if isinstance(action, LookUp) else None


def _needs_of(steps: dict[str, Step], name: str | None) -> frozenset[str]:
    return steps[name].needs if name in steps else frozenset()


def _formula(template: Template) -> Any:
    """The language's model lets only an expression stand here; a broken one is already a finding."""
    return template


def _applies(said: For | ForReferences) -> Applies:
    parties = (_narrowed(said.buyers), _narrowed(said.sellers), _narrowed(said.irp))
    if isinstance(said, ForReferences):
        return Applies(None, None, None, *parties, kinds=frozenset(said.kinds))
    products = [said.product] if isinstance(said.product, str) else said.product
    narrowed = None if products == [ANY] else frozenset(products)
    return Applies(narrowed, _narrowed(said.actions), _narrowed(said.offerings), *parties)


def _narrowed(said: Iterable[str] | None) -> frozenset[str] | None:
    return frozenset(said) if said else None
