"""From a file to a `LoadedMapping`, or to every mistake in it at once.

text -> SourceDocument -> MappingFile (shape) -> compiled values -> names and order -> meaning -> LoadedMapping

A file that begins with `references` instead of `mapping` goes the same way, by the model of a ReferencesFile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from gateway.mapping.actions import FIELD_NAMES, ActionBuilder
from gateway.mapping.checks import check_meaning, check_split_expressions, clearest, syntax_findings
from gateway.mapping.expressions.functions.requests import Lookup
from gateway.mapping.forgotten import check_forgotten
from gateway.mapping.language import Alternates, Candidates, For, MappingFile, StepKind, mapping_file
from gateway.mapping.names import GIVEN, REFERENCE_GIVEN, Names, in_order, related_answers
from gateway.mapping.plan import ANY, Action, AlternateRule, AnswerRule, Applies, CandidateRule, LoadedMapping, Step
from gateway.mapping.reference_checks import check_references
from gateway.mapping.reference_language import ForReferences, ReferencesFile, references_file
from gateway.mapping.requesting import check_request
from gateway.mapping.template import Constant, Formula, Template, TemplateCompiler
from gateway.mapping.walking import templates
from gateway.sources.findings import Finding, FindingsError
from gateway.sources.models import findings_of, validate
from gateway.sources.yamlfile import Path, SourceDocument, read_yaml, read_yaml_file

MOST_ROWS = 500
"""How many rows a step may get that does not say `most`."""

Check = Callable[[LoadedMapping], Iterable[Finding]]
"""What looks at a mapping that is otherwise read."""


def load_mapping_file(path: FilePath, kinds: Iterable[StepKind], *, name: str | None = None) -> LoadedMapping:
    """Read one mapping file. Raises FindingsError with every mistake that can be seen in the file alone."""
    return load_mapping(read_yaml_file(path, name=name), kinds, further=(check_request,))


def load_mapping_text(text: str, file: str, kinds: Iterable[StepKind]) -> LoadedMapping:
    """A mapping by the rules of the language alone. Raises FindingsError."""
    return load_mapping(read_yaml(text, file), kinds)


def load_mapping(
    document: SourceDocument, kinds: Iterable[StepKind], *, further: Sequence[Check] = ()
) -> LoadedMapping:
    """The same from a document that was read, with the findings of `further` checks. Raises FindingsError."""
    known = {kind.word: kind for kind in kinds}
    model = (references_file if _is_references(document) else mapping_file)(known.values())
    read = validate(model, document, "MAP")
    if isinstance(read, list):
        raise FindingsError(clearest([*check_split_expressions(document), *syntax_findings(document), *read]))
    loader = _Loader(document, read, known)
    mapping = loader.load()
    findings = [*loader.findings, *loader.compiler.findings, *loader.names.findings]
    findings += check_meaning(mapping, known)
    findings += check_references(mapping)
    findings += check_forgotten(mapping)
    findings += (found for check in further for found in check(mapping))
    if findings:
        raise FindingsError(clearest([*check_split_expressions(document), *findings]))
    return mapping


def _is_references(document: SourceDocument) -> bool:
    return isinstance(document.data, dict) and "references" in document.data and "mapping" not in document.data


class _Loader:
    """Compiles one file whose shape is right."""

    def __init__(
        self, document: SourceDocument, file: MappingFile | ReferencesFile, kinds: dict[str, StepKind]
    ) -> None:
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
        self.names.declare(
            self.file.steps, candidates.each if candidates else None, alternates.each if alternates else None
        )
        for let in self.names.lets.values():
            self.names.check(let)
        steps = tuple(self._step(name) for name in self.file.steps)
        self.names.check_cycles({step.name: step.needs for step in steps})
        return LoadedMapping(
            name=self.file.mapping if isinstance(self.file, MappingFile) else self.file.references,
            version=self.file.version,
            applies=_applies(self.file.for_),
            lets=self.names.lets,
            lookups={name: self._lookup(name) for name in self.file.lookups},
            steps=in_order(steps),
            answer=tuple(self._row(number) for number in range(len(self.file.answer))),
            alternates=self._alternates(alternates),
            candidates=self._candidates(candidates),
            related_answers=related_answers(self.formulas),
            document=self.document,
            estimate=self.items.estimate if self.items else None,
        )

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
        entries = dict(self.document.value(("lookups", name)))
        has_otherwise = "otherwise" in entries
        return Lookup(name, entries, entries.pop("otherwise", None), has_otherwise)

    def _step(self, name: str) -> Step:
        path: Path = ("steps", name)
        said = self.file.steps[name]
        kind = self.kinds[next(word for word in self.kinds if hasattr(said, word))]
        arguments = self._value((*path, "with")) if said.with_ else Constant({})
        when = self._condition((*path, "when")) if said.when else None
        on = {word: self._action((*path, "on", word)) for word in said.on}
        texts = [template for action in on.values() for template in templates(action)]
        for template in (arguments, *map(self._noted, texts)):
            self.names.check(template)
        needs = self.names.needs(arguments, when, *texts)
        rows = getattr(said, "rows", None) if kind.rows else None
        most = {"one": 1, "optional": 1, "many": getattr(said, "most", None) or MOST_ROWS}.get(rows or "")
        definition = self._definition(kind, path, most)
        location = self.document.location(path, key=True)
        system = getattr(said, kind.word)
        return Step(
            name, kind.word, system, definition, rows, most, arguments, when, said.timeout, on, needs - {name}, location
        )

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

    def _row(self, number: int) -> AnswerRule:
        path: Path = ("answer", number)
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
