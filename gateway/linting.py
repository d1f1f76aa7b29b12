"""Everything that is wrong with a set of mapping files, at once: in each file, between them, and with the systems.

A mistake in one place hides no other: a file that cannot be used is still held against the contracts as far as its
shape allows. Asks no system.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.assembly.kinds import KINDS
from gateway.cores import shared
from gateway.mapping.checks import check_promises, clearest
from gateway.mapping.codes import CODES
from gateway.mapping.collection import owned, says_what_it_is
from gateway.mapping.entries import Entry, check_entries, check_read_references, entry_of
from gateway.mapping.including import is_library_file
from gateway.mapping.loading import library_findings, load_mapping
from gateway.mapping.requesting import check_request
from gateway.mapping.salvaging import OF_ONE_PLACE
from gateway.mapping.shelf import Shelf
from gateway.sources.findings import Finding, FindingsError, Location, raise_if_any
from gateway.sources.folders import files_below
from gateway.sources.yamlfile import survey_yaml_file

if TYPE_CHECKING:
    from gateway.surroundings import Surroundings

_OF_ONE_PLACE = OF_ONE_PLACE | {code for code in CODES if code.startswith("MAP-1")}


_LEAST = 10
"""For fewer files than this a further process takes longer than it saves."""


@dataclass(frozen=True)
class _Linted:
    """What came of one file. `entry`: None for a library, and for a mapping that cannot be used (`is_broken`)."""

    findings: Sequence[Finding]
    entry: Entry | None = None
    is_broken: bool = False


def lint(
    files: Sequence[Path], surroundings: Surroundings | None = None, *, whole: bool = True, processes: int = 1
) -> list[Finding]:
    """Every finding about these files, in order, each once.

    `whole`: they are all that a Seller has, so that what one of them reads must be in another (MAP-313).
    `processes`: many files are shared among so many.
    """
    with _without_collection():
        linted = shared(partial(_each, surroundings=surroundings), files, least=_LEAST, processes=processes)
    entries = [one.entry for one in linted if one.entry is not None]
    findings = list(surroundings.findings if surroundings else ())
    findings += (found for one in linted for found in one.findings)
    findings += check_entries(entries)
    if whole and not any(one.is_broken for one in linted):
        findings += check_read_references(entries)
    return sorted(set(findings))


@contextmanager
def _without_collection() -> Iterator[None]:
    """Syntax trees are many small objects that all stay: looking for garbage among them took a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _each(files: Sequence[Path], *, surroundings: Surroundings | None) -> list[_Linted]:
    """Each file by itself. What several of them take from is read once."""
    shelf = Shelf()
    return [_linted(file, surroundings, shelf) for file in files]


def _linted(file: Path, surroundings: Surroundings | None, shelf: Shelf) -> _Linted:
    checks = surroundings.checks if surroundings else (check_request, check_promises)
    owners = surroundings.owners if surroundings else {}
    wrong: list[Finding] = []
    try:
        document, wrong = survey_yaml_file(file)
        if document is None:
            raise FindingsError(wrong)
        if is_library_file(file):
            return _Linted(_in_one_file(wrong, library_findings(document, KINDS)))
        mapping = load_mapping(document, KINDS, further=checks, home=file, shelf=shelf)
        raise_if_any(wrong)
    except FindingsError as error:
        return _Linted(_in_one_file(wrong, error.findings), is_broken=True)
    return _Linted((), entry_of(owned(mapping, owners.get(file.resolve().parent))))


def _in_one_file(wrong: Sequence[Finding], further: Sequence[Finding]) -> list[Finding]:
    """Mistakes of YAML and what was found besides: what follows from one of those stands where that does.

    In a text that was no YAML a line may be read otherwise than it was meant: only what holds of one place is told.
    """
    broken = {finding.location.line for finding in wrong if finding.code == "YAML-003"}
    if broken:
        further = [found for found in further if found.code in _OF_ONE_PLACE and found.location.line not in broken]
    return clearest([*wrong, *further])


def misnamed(paths: Iterable[Path]) -> Iterator[Finding]:
    """Files in these folders that look like mappings, and that nothing would read."""
    for folder in (path for path in paths if path.is_dir()):
        for path in sorted(files_below(folder)):
            if path.suffix == ".yml" and (path.parent == folder or says_what_it_is(path, libraries=True)):
                yield Finding(Location(str(path)), "MAP-004", "would not be read", "call it .yaml")
