"""What a configuration says of what mappings meet: systems and products, with every mistake in it. Asks no system.

A mistake in one place hides no other: a system that cannot be built only silences what is known of itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.assembly.kinds import ADAPTERS
from gateway.catalog import build_systems, catalog_of, folder_owners, load_products
from gateway.mapping.checks import check_promises
from gateway.mapping.collection import MappingCollection
from gateway.mapping.loading import Check
from gateway.mapping.plan import LoadedMapping, Step
from gateway.mapping.requesting import Requested
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.preparing import ConfiguredSystem, check_needed, check_types, prepare, requested
from gateway.settings import Settings, load_settings
from gateway.sources.findings import Finding, FindingsError


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

    @property
    def checks(self) -> tuple[Check, ...]:
        """How one mapping is held against all of this."""
        return self._of_request_and_systems, check_promises

    def _of_request_and_systems(self, mapping: LoadedMapping) -> Iterator[Finding]:
        """With what is known of the products that the mapping answers: the request is read once for all."""
        read = requested(mapping, self.products) if self.products else Requested(mapping)
        yield from read.findings()
        yield from self._of_systems(mapping, read)

    def _of_systems(self, mapping: LoadedMapping, read: Requested) -> Iterator[Finding]:
        """Without steps whose system is broken itself; and whether the products are known at all."""
        steps = tuple(step for step in mapping.steps if self._can_tell(step))
        told = mapping if len(steps) == len(mapping.steps) else replace(mapping, steps=steps)
        try:
            prepared = prepare(_Together([told]), self.systems)
        except FindingsError as error:
            prepared = {}
            yield from error.findings
        if self.products is not None:
            yield from check_types(mapping, self.products)
            for one in prepared.values():
                own = read if one.mapping is mapping else requested(one.mapping, self.products)
                yield from check_needed(one, own)

    def _can_tell(self, step: Step) -> bool:
        """Whether anything is known of what the step asks: its own words can be read, its system can be built."""
        definition: object = step.definition  # there is none where its words are wrong
        told = step.system not in self.systems and step.system in self.named
        return definition is not None and not told


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
