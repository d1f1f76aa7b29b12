"""From a file to a `LoadedMapping`, or to every mistake in it at once.

text -> SourceDocument -> with what it takes from others (`including`) -> MappingFile (shape) -> compiled values, names
and order (`compiling`) -> meaning -> LoadedMapping

A file that begins with `references` instead of `mapping` goes the same way, by the model of a ReferencesFile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path as FilePath

from gateway.mapping.calling_checks import check_calling
from gateway.mapping.checks import check_meaning, check_split_expressions, clearest, syntax_findings
from gateway.mapping.compiling import MappingCompiler
from gateway.mapping.forgotten import check_forgotten
from gateway.mapping.including import Composed, compose
from gateway.mapping.language import MappingFile, StepKind, library_file, mapping_file
from gateway.mapping.plan import LoadedMapping
from gateway.mapping.reference_checks import check_references
from gateway.mapping.reference_language import ReferencesFile, references_file
from gateway.mapping.requesting import check_request
from gateway.mapping.salvaging import OF_ONE_PLACE, salvaged
from gateway.mapping.shelf import Place, Shelf, nowhere
from gateway.sources.findings import Finding, FindingsError
from gateway.sources.models import validate
from gateway.sources.yamlfile import SourceDocument, read_yaml, read_yaml_file

Check = Callable[[LoadedMapping], Iterable[Finding]]
"""What looks at a mapping that is otherwise read."""


def load_mapping_file(
    path: FilePath, kinds: Iterable[StepKind], *, name: str | None = None, shelf: Shelf | None = None
) -> LoadedMapping:
    """Read one mapping file and what it takes from others. `shelf` has files that several mappings take from.

    Raises FindingsError with every mistake that can be seen in these files alone.
    """
    document = read_yaml_file(path, name=name)
    return load_mapping(document, kinds, further=(check_request,), home=path, shelf=shelf or Shelf())


def load_mapping_text(text: str, file: str, kinds: Iterable[StepKind], *, shelf: Shelf | None = None) -> LoadedMapping:
    """A mapping by the rules of the language alone. Raises FindingsError."""
    return load_mapping(read_yaml(text, file), kinds, shelf=shelf)


def load_mapping(
    document: SourceDocument,
    kinds: Iterable[StepKind],
    *,
    further: Sequence[Check] = (),
    home: FilePath | None = None,
    shelf: Shelf | None = None,
) -> LoadedMapping:
    """The same from a document that was read, with the findings of `further` checks. Raises FindingsError.

    `home`: where the document stands, for files that it names; `shelf`: what reads them (nothing where it is None).
    """
    known = {kind.word: kind for kind in kinds}
    place = Place(home or FilePath(document.file), document.file)
    shelf = shelf or Shelf(nowhere)
    composed, taken = compose(document, place, shelf, lambda one: library_findings(one, known.values()))
    mapping, findings = _loaded(composed, known)
    if mapping is not None:
        findings += (found for check in further for found in check(mapping))
    elif further and (rest := _rest(composed, known)) is not None:
        findings += (found for check in further for found in check(rest) if found.code in OF_ONE_PLACE)
    findings += taken
    if findings:
        told = [composed.told(finding) for finding in findings]
        raise FindingsError(clearest([*check_split_expressions(composed.document), *told]))
    assert mapping is not None, "what is not loaded has findings"
    return mapping


def library_findings(document: SourceDocument, kinds: Iterable[StepKind]) -> list[Finding]:
    """What is wrong with a library, whoever takes from it: its shape, and expressions that cannot be read."""
    read = validate(library_file(kinds), document, "MAP")
    wrong = [*check_split_expressions(document), *syntax_findings(document), *(read if isinstance(read, list) else ())]
    return clearest(wrong)


def _loaded(composed: Composed, kinds: dict[str, StepKind]) -> tuple[LoadedMapping | None, list[Finding]]:
    """The mapping, unless its shape is wrong, and what is wrong with it."""
    document = composed.document
    read = validate(_model(document, kinds), document, "MAP")
    shape = read if isinstance(read, list) else list(_check_answer(read, document))
    if isinstance(read, list) or shape:
        return None, [*syntax_findings(document), *shape]
    loader = MappingCompiler(composed, read, kinds)
    mapping = loader.load()
    findings = [*loader.findings, *loader.compiler.findings, *loader.names.findings]
    findings += check_meaning(mapping, kinds)
    findings += check_calling(mapping)
    findings += check_references(mapping)
    findings += check_forgotten(mapping)
    return mapping, findings


def _rest(composed: Composed, kinds: dict[str, StepKind]) -> LoadedMapping | None:
    """What is left of a mapping whose shape is wrong."""
    model = _model(composed.document, kinds)
    left = salvaged(composed.document, model)
    read = validate(model, left, "MAP") if left is not None else []
    if left is None or isinstance(read, list):
        return None
    return MappingCompiler(replace(composed, document=left), read, kinds).load()


def _model(document: SourceDocument, kinds: dict[str, StepKind]) -> type[MappingFile] | type[ReferencesFile]:
    return (references_file if _is_references(document) else mapping_file)(kinds.values())


def _check_answer(file: MappingFile | ReferencesFile, document: SourceDocument) -> Iterable[Finding]:
    """A mapping has either rows under `answer` or `dimensions`."""
    if isinstance(file, MappingFile) and file.answer is None and file.dimensions is None:
        yield Finding(document.location(()), "MAP-101", "'answer' is missing", "add it")
    elif isinstance(file, MappingFile) and file.answer is not None and file.dimensions is not None:
        message = "'answer' and 'dimensions' exclude each other"
        yield Finding(document.location(("dimensions",), key=True), "MAP-106", message, "make the rows a dimension")


def _is_references(document: SourceDocument) -> bool:
    return isinstance(document.data, dict) and "references" in document.data and "mapping" not in document.data
