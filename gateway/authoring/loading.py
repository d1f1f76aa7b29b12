"""From a test file and the mapping beside it to cases that can be run, or to every mistake in it at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import orjson
from pydantic import ValidationError

from gateway.authoring.cases import (
    ITEM_OUTCOMES,
    REFERENCE_OUTCOMES,
    Asked,
    Case,
    CaseFile,
    ItemCase,
    ReferenceCase,
)
from gateway.authoring.replies import Recorded, ReplyError, Script, read_script
from gateway.authoring.requests import RequestError, Requests
from gateway.mapping.plan import LoadedMapping
from gateway.sources.findings import Finding, FindingsError, nearest
from gateway.sources.models import findings_of
from gateway.sources.yamlfile import Path, SourceDocument, read_yaml_file


def load_cases(document: SourceDocument, mapping: LoadedMapping, folder: FilePath) -> CaseFile:
    """The cases of a test file; files that they name are looked for from `folder`. Raises FindingsError."""
    if not isinstance(document.data, list):
        hint = "begin each case with '- test: …'"
        raise FindingsError([Finding(document.location(()), "TEST-003", "a list of cases is needed", hint)])
    reader = _Reader(document, mapping, folder)
    cases = [case for number in range(len(document.data)) if (case := reader.case(number)) is not None]
    findings = [*reader.findings, *_repeated(cases)]
    if findings:
        raise FindingsError(findings)
    return CaseFile(document, cases)


def _repeated(cases: Sequence[Case]) -> Iterator[Finding]:
    seen: set[str] = set()
    for case in cases:
        if case.name in seen:
            where = case.document.location((*case.path, "test"))
            yield Finding(where, "TEST-002", "another case of this file has the same name", "say what is different")
        seen.add(case.name)


@dataclass
class _Reader:
    """Reads the cases of one file, gathering what is wrong."""

    document: SourceDocument
    mapping: LoadedMapping
    folder: FilePath
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._requests = Requests(self._read_json)
        self._files: dict[str, Any] = {}

    def case(self, number: int) -> Case | None:
        """The case with this number; None if something about it is wrong."""
        path, before = (number,), len(self.findings)
        said = self._shape(path)
        if said is None:
            return None
        self._check_names(said, path)
        self._check_expectation(said, path)
        replies = dict(self._replies(said, path))
        asked = self._asked(said, path) if isinstance(said, ItemCase) else None
        broken = len(self.findings) > before
        return None if broken else Case(said, asked, replies, path, self.document)

    def _shape(self, path: Path) -> ItemCase | ReferenceCase | None:
        model = ReferenceCase if self.mapping.is_references else ItemCase
        try:
            return model.model_validate(self.document.value(path))
        except ValidationError as error:
            self.findings += findings_of(error, model, self.document, "TEST", below=path)
            return None

    def _check_names(self, said: ItemCase | ReferenceCase, path: Path) -> None:
        steps = [step.name for step in self.mapping.steps]
        for section, names in (("legacy", said.legacy), ("sends", said.sends)):
            for name in names:
                if name not in steps:
                    hint = nearest(name, steps) or "the mapping has no steps"
                    message = f"'{self.mapping.name}' has no step '{name}'"
                    self._find((*path, section, name), "TEST-201", message, hint, key=True)

    def _check_expectation(self, said: ItemCase | ReferenceCase, path: Path) -> None:
        known = ITEM_OUTCOMES if isinstance(said, ItemCase) else REFERENCE_OUTCOMES
        for name in said.expect if isinstance(said.expect, dict) else ():
            if name not in known:
                message = f"no outcome has '{name}'"
                self._find((*path, "expect", name), "TEST-206", message, nearest(name, known), key=True)

    def _replies(self, said: ItemCase | ReferenceCase, path: Path) -> Iterator[tuple[str, Script]]:
        steps = {step.name: step for step in self.mapping.steps}
        for name, reply in said.legacy.items():
            if name in steps:
                try:
                    yield name, read_script(reply, steps[name], self._read_json)
                except ReplyError as error:
                    self._find((*path, "legacy", name), error.code, error.message, error.hint)

    def _asked(self, said: ItemCase, path: Path) -> Asked | None:
        try:
            return self._requests.asked(said)
        except RequestError as error:
            self._find((*path, error.key), error.code, error.message, error.hint)
        except ReplyError as error:
            self._find((*path, "request"), error.code, error.message, error.hint)
        return None

    def _read_json(self, name: str) -> Any:
        """A file that a case names, read once. Raises ReplyError."""
        if name not in self._files:
            self._files[name] = _read(self.folder / name, name)
        return self._files[name]

    def _find(self, path: Path, code: str, message: str, hint: str = "", *, key: bool = False) -> None:
        self.findings.append(Finding(self.document.location(path, key=key), code, message, hint))


def _read(path: FilePath, name: str) -> Any:
    if path.suffix in (".yaml", ".yml"):
        try:
            return read_yaml_file(path).data
        except FindingsError as error:
            raise ReplyError(f"{error.findings[0]}", code="TEST-202") from error
    try:
        content = path.read_bytes()
        return Recorded(content, name) if path.suffix == ".xml" else orjson.loads(content)
    except OSError as error:
        hint = "paths begin at the folder of the test file"
        raise ReplyError(f"'{name}' cannot be read: {error.strerror}", hint, "TEST-202") from error
    except orjson.JSONDecodeError as error:
        message = f"'{name}' is not JSON: {error.msg} (line {error.lineno})"
        raise ReplyError(message, "requests and replies are JSON or YAML", "TEST-202") from error


def known_references(said: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """What a case says under `known`: members by kind and id."""
    return {(kind, named): members for kind, found in said.items() for named, members in found.items()}
