"""Everything that is wrong with a set of mapping files, at once: in each file, between them, and with the systems.

A mistake in one place hides no other: a file that cannot be used is still held against the contracts as far as its
shape allows, a system that cannot be built only silences what is known of itself. Asks no system.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from gateway.catalog import ADAPTERS, KINDS, build_systems, catalog_of, folder_owners, load_products
from gateway.mapping.checks import check_promises, clearest
from gateway.mapping.codes import CODES
from gateway.mapping.collection import MappingCollection, owned, says_what_it_is
from gateway.mapping.including import is_library_file
from gateway.mapping.loading import library_findings, load_mapping
from gateway.mapping.plan import LoadedMapping, Step
from gateway.mapping.reference_checks import check_read_references
from gateway.mapping.requesting import check_configuration, check_request
from gateway.mapping.salvaging import OF_ONE_PLACE
from gateway.mapping.shelf import Shelf
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.preparing import ConfiguredSystem, check_arguments, check_types, outlines_of, prepare
from gateway.settings import Settings, load_settings
from gateway.sources.findings import Finding, FindingsError, Location, raise_if_any
from gateway.sources.folders import files_below
from gateway.sources.yamlfile import survey_yaml_file

_OF_ONE_PLACE = OF_ONE_PLACE | {code for code in CODES if code.startswith("MAP-1")}


@dataclass(frozen=True)
class Surroundings:
    """What a configuration says of what mappings meet, as far as it could be read.

    `named` are all its systems, `systems` those that could be built. `products` is None where they cannot be read.
    """

    systems: Mapping[str, ConfiguredSystem] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    products: ProductSpecifications | None = None
    findings: tuple[Finding, ...] = ()
    owners: Mapping[Path, frozenset[str]] = field(default_factory=dict)
    """Whose mappings stand in a folder, where they are not everybody's."""


class _Together(MappingCollection):
    """Mappings side by side, whatever is wrong between them: that is told elsewhere."""

    def __init__(self, mappings: Iterable[LoadedMapping]) -> None:
        self.mappings = tuple(mappings)


def read_surroundings(config: Path) -> Surroundings:
    """The systems and products of a configuration, with every mistake in it. Connects to nothing."""
    try:
        settings = load_settings(config, ADAPTERS)
    except FindingsError as error:
        return Surroundings(findings=error.findings)
    findings: list[Finding] = []
    try:
        catalog = catalog_of(settings, _Together(()))
    except FindingsError as error:
        findings += error.findings
        return Surroundings(_systems(settings), frozenset(settings.systems), _products(settings), tuple(findings))
    return Surroundings(catalog.systems, frozenset(settings.systems), catalog.products, owners=folder_owners(settings))


def _systems(settings: Settings) -> dict[str, ConfiguredSystem]:
    """Those that can be built; why the others cannot is told already."""
    built: dict[str, ConfiguredSystem] = {}
    for name, system in settings.systems.items():
        try:
            built |= build_systems(settings.model_copy(update={"systems": {name: system}}))
        except FindingsError:
            continue
    return built


def _products(settings: Settings) -> ProductSpecifications | None:
    try:
        return load_products(settings)
    except FindingsError:
        return None


def lint(files: Sequence[Path], surroundings: Surroundings | None = None, *, whole: bool = True) -> list[Finding]:
    """Every finding about these files, in order, each once.

    `whole`: they are all that a Seller has, so that what one of them reads must be in another (MAP-313).
    """
    with _without_collection():
        return _lint(files, surroundings, whole=whole)


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


def _lint(files: Sequence[Path], surroundings: Surroundings | None, *, whole: bool) -> list[Finding]:
    loaded: list[LoadedMapping] = []
    findings = list(surroundings.findings if surroundings else ())
    against = (partial(_against, surroundings),) if surroundings else ()
    owners = surroundings.owners if surroundings else {}
    shelf = Shelf()
    broken = False
    for file in files:
        wrong: list[Finding] = []
        try:
            document, wrong = survey_yaml_file(file)
            if document is None:
                raise FindingsError(wrong)
            if is_library_file(file):
                findings += _in_one_file(wrong, library_findings(document, KINDS))
                continue
            checks = (partial(_of_request, surroundings), check_promises, *against)
            mapping = load_mapping(document, KINDS, further=checks, home=file, shelf=shelf)
            raise_if_any(wrong)
            loaded.append(owned(mapping, owners.get(file.resolve().parent)))
        except FindingsError as error:
            findings += _in_one_file(wrong, error.findings)
            broken = True
    try:
        MappingCollection(loaded)
    except FindingsError as error:
        findings += error.findings
    if whole and not broken:
        findings += check_read_references(loaded)
    return sorted(set(findings))


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


def _of_request(surroundings: Surroundings | None, mapping: LoadedMapping) -> Iterator[Finding]:
    """One mapping held against the request, with what is known of its products: so it is read once for both."""
    products = surroundings.products if surroundings else None
    outlines = outlines_of(mapping, products) if products else ()
    if products and outlines:
        return check_configuration(mapping, outlines, products.outlines)
    return check_request(mapping)


def _against(surroundings: Surroundings, mapping: LoadedMapping) -> Iterator[Finding]:
    """One mapping held against the systems and products; steps whose system is broken itself are left out."""
    steps = tuple(step for step in mapping.steps if _can_tell(surroundings, step))
    alone = _Together([replace(mapping, steps=steps)])
    products = surroundings.products
    try:
        prepared = prepare(alone, surroundings.systems)
    except FindingsError as error:
        prepared = {}
        yield from error.findings
    if products is not None:
        yield from (*check_types(mapping, products), *check_arguments(prepared, products))


def _can_tell(surroundings: Surroundings, step: Step) -> bool:
    """Whether anything is known of what the step asks: its own words can be read, and its system can be built."""
    definition: object = step.definition  # there is none where its words are wrong
    told = step.system not in surroundings.systems and step.system in surroundings.named
    return definition is not None and not told
