"""What the files of a configuration say, loaded, checked and held against each other; nothing is connected yet.

With `app.py` the only place that knows the concrete adapters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters import soap, sql
from adapters.base import AdapterConfigurationError, System
from gateway.mapping.collection import MappingCollection, load_collection
from gateway.mapping.language import StepKind
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.legacy import PreparedMapping
from gateway.qualification.preparing import ConfiguredSystem, prepare, unknown_products
from gateway.settings import Settings
from gateway.sources.findings import Finding, nearest, raise_if_any

ADAPTERS = (sql.ADAPTER, soap.ADAPTER)
KINDS = tuple(StepKind(adapter.word, adapter.step, adapter.rows) for adapter in ADAPTERS)


@dataclass(frozen=True)
class Catalog:
    """What the files of the configuration say, loaded and checked; nothing is connected yet."""

    products: ProductSpecifications
    systems: Mapping[str, ConfiguredSystem]
    mappings: MappingCollection
    prepared: Mapping[str, PreparedMapping]


def load_catalog(settings: Settings, *, base: Path | None = None) -> Catalog:
    """Load product specifications, systems and mappings. Raises FindingsError; file names are relative to `base`."""
    return catalog_of(settings, load_collection(settings.mappings.folders, KINDS, base=base))


def catalog_of(settings: Settings, mappings: MappingCollection) -> Catalog:
    """These mappings with what the configuration says. Raises FindingsError with what does not fit together."""
    specifications = settings.products.specifications
    products = ProductSpecifications.load(
        settings.products.folders, specifications=specifications, unknown_types=settings.products.unknown_types
    )
    if settings.products.unknown_types == "refuse":
        raise_if_any([*_unknown_offerings(settings, products), *unknown_products(mappings, products)])
    systems = build_systems(settings)
    return Catalog(products, systems, mappings, prepare(mappings, systems))


def _unknown_offerings(settings: Settings, products: ProductSpecifications) -> Iterator[Finding]:
    for number, offering in enumerate(settings.offerings):
        if products.resolve(offering.specification) is None:
            where = settings.location("offerings", number, "specification")
            hint = nearest(offering.specification, products.types)
            yield Finding(where, "CFG-302", "no product schema has this $id", hint)


def build_systems(settings: Settings) -> dict[str, ConfiguredSystem]:
    """The configured legacy systems, not opened. Raises FindingsError."""
    build = {adapter.word: adapter.build for adapter in ADAPTERS}
    systems: dict[str, ConfiguredSystem] = {}
    findings: list[Finding] = []
    for name, configured in settings.systems.items():
        try:
            system: System = build[configured.word](name, configured.options)
        except AdapterConfigurationError as error:
            findings.append(Finding(settings.location("systems", name, configured.word), "CFG-301", str(error)))
            continue
        systems[name] = ConfiguredSystem(system, configured.word, configured.tries)
    raise_if_any(findings)
    return systems
