"""Mappings with the test files beside them, and what came of running them.

`broadband.test.yaml` tests `broadband.yaml` in the same folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.authoring.cases import CaseFile
from gateway.authoring.coverage import Coverage, percent, watched
from gateway.authoring.loading import load_cases
from gateway.authoring.running import Bench, CaseResult, Surroundings
from gateway.mapping.collection import says_what_it_is
from gateway.mapping.language import StepKind
from gateway.mapping.loading import load_mapping_file
from gateway.mapping.plan import LoadedMapping
from gateway.sources.findings import Finding, FindingsError, Location
from gateway.sources.folders import files_below
from gateway.sources.yamlfile import read_yaml_file

TESTS = ".test.yaml"


@dataclass(frozen=True)
class Tested:
    """A mapping and its cases; `cases` None where it has no test file."""

    mapping: LoadedMapping
    cases: CaseFile | None


@dataclass(frozen=True)
class Report:
    """What came of a suite. `coverage` by the file of the mapping."""

    results: Sequence[CaseResult]
    coverage: dict[str, Coverage] = field(default_factory=dict)

    @property
    def failed(self) -> list[CaseResult]:
        return [result for result in self.results if not result.passed]

    @property
    def percent(self) -> float:
        """How much of all mappings was reached, 0 to 100."""
        return percent([*self.coverage.values()])


def load_suite(paths: Iterable[Path], kinds: Iterable[StepKind]) -> list[Tested]:
    """Mappings and test files at these paths: files, or folders with all below them. Each pair is read once.

    Raises FindingsError with the mistakes of all files.
    """
    kinds = tuple(kinds)
    tested: list[Tested] = []
    findings: list[Finding] = []
    for path in _mapping_files(paths):
        try:
            tested.append(_load(path, kinds))
        except FindingsError as error:
            findings += error.findings
    if findings:
        raise FindingsError(findings)
    return tested


def _mapping_files(paths: Iterable[Path]) -> list[Path]:
    """The mapping files, in order; a test file stands for the mapping beside it."""
    found: dict[Path, None] = {}
    for path in paths:
        for file in sorted(files_below(path)) if path.is_dir() else [path]:
            if file == path or (file.suffix == ".yaml" and (file.name.endswith(TESTS) or _is_mapping(file))):
                found[mapping_of(file)] = None
    return list(found)


def _is_mapping(file: Path) -> bool:
    """Libraries, requests and replies may stand in a folder too."""
    return says_what_it_is(file, libraries=False)


def mapping_of(file: Path) -> Path:
    """The mapping that a test file tests; any other file is one itself."""
    return file.with_name(file.name.removesuffix(TESTS) + ".yaml") if file.name.endswith(TESTS) else file


def _load(path: Path, kinds: tuple[StepKind, ...]) -> Tested:
    tests = path.with_name(path.stem + TESTS)
    if not path.exists() and tests.exists():
        hint = f"call it as the mapping: NAME{TESTS} beside NAME.yaml"
        raise FindingsError([Finding(Location(str(tests)), "TEST-001", f"there is no {path.name} beside it", hint)])
    mapping = load_mapping_file(path, kinds)
    return Tested(mapping, load_cases(read_yaml_file(tests), mapping, tests.parent) if tests.exists() else None)


async def run_suite(tested: Iterable[Tested], around: Surroundings | None = None, *, only: str = "") -> Report:
    """Run the cases whose name has `only` in it. Raises FindingsError for a mapping that cannot be used at all."""
    results: list[CaseResult] = []
    coverage: dict[str, Coverage] = {}
    for one in tested:
        reached = coverage.setdefault(one.mapping.file, Coverage())
        bench = Bench(watched(one.mapping, reached), around or Surroundings())
        chosen = [case for case in one.cases.cases if only.lower() in case.name.lower()] if one.cases else []
        results += [await bench.run(case) for case in chosen]
    return Report(results, coverage)
