"""What the files of a configuration say, loaded, checked and held against each other; nothing is connected yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.base import AdapterConfigurationError, System
from gateway.assembly.kinds import ADAPTERS, KINDS
from gateway.mapping.collection import MappingCollection, load_collection
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.legacy import PreparedMapping
from gateway.qualification.preparing import ConfiguredSystem, check_arguments, check_products, prepare
from gateway.settings import Settings
from gateway.sources.findings import Finding, nearest, raise_if_any
from gateway.upkeep.watching import Files, files_in


@dataclass(frozen=True)
class Catalog:
    """What the files of the configuration say, loaded and checked; nothing is connected yet."""

    products: ProductSpecifications
    systems: Mapping[str, ConfiguredSystem]
    mappings: MappingCollection
    prepared: Mapping[str, PreparedMapping]
    base: Path | None = None
    """Where the names of mapping files begin; None: they are whole."""
    files: Files = frozenset()
    """What stood in the folders of the mappings before they were read, and what these take from elsewhere."""

    @property
    def others(self) -> Iterator[Path]:
        """The files that mappings take from, wherever they are."""
        names = dict.fromkeys(name for mapping in self.mappings.mappings for name in mapping.others)
        return ((self.base or Path()) / name for name in names)


def load_catalog(settings: Settings, *, base: Path | None = None) -> Catalog:
    """Load product specifications, systems and mappings. Raises FindingsError; file names are relative to `base`."""
    files = files_in(settings.mapping_folders)
    catalog = catalog_of(settings, _load_mappings(settings, base))
    catalog = replace(catalog, base=base)
    return replace(catalog, files=files | files_in((), catalog.others))


def load_catalog_anew(settings: Settings, catalog: Catalog) -> Catalog:
    """The mappings as their files are now, for the systems and products that are there. Raises FindingsError."""
    mappings = _load_mappings(settings, catalog.base)
    _refuse_unknown(settings, catalog.products, mappings)
    prepared = _prepared(mappings, catalog.products, catalog.systems)
    return replace(catalog, mappings=mappings, prepared=prepared)


def _prepared(
    mappings: MappingCollection, products: ProductSpecifications, systems: Mapping[str, ConfiguredSystem]
) -> dict[str, PreparedMapping]:
    prepared = prepare(mappings, systems)
    raise_if_any(check_arguments(prepared, products))
    return prepared


def _load_mappings(settings: Settings, base: Path | None) -> MappingCollection:
    return load_collection(settings.mapping_folders, KINDS, base=base, owners=folder_owners(settings))


def folder_owners(settings: Settings) -> dict[Path, frozenset[str]]:
    """Whose mappings stand in a folder, where they are not everybody's."""
    owners: dict[Path, frozenset[str]] = {}
    for seller in settings.sellers:
        for folder in seller.mappings.folders if seller.mappings else ():
            if folder not in settings.mappings.folders:
                owners[folder] = owners.get(folder, frozenset()) | {seller.id}
    return owners


def catalog_of(settings: Settings, mappings: MappingCollection) -> Catalog:
    """These mappings with what the configuration says. Raises FindingsError with what does not fit together."""
    from gateway.assembly.listeners import callback_proofs  # nobody who lints mapping files waits for it

    products = load_products(settings)
    _refuse_unknown(settings, products, mappings)
    systems = build_systems(settings)
    callback_proofs(settings)  # what is wrong with files that they need is told here, with everything else
    return Catalog(products, systems, mappings, _prepared(mappings, products, systems))


def load_products(settings: Settings) -> ProductSpecifications:
    """The product specifications. Raises FindingsError."""
    said = settings.products
    return ProductSpecifications.load(
        said.folders, specifications=said.specifications, unknown_types=said.unknown_types
    )


def _refuse_unknown(settings: Settings, products: ProductSpecifications, mappings: MappingCollection) -> None:
    raise_if_any([*_unknown_offerings(settings, products), *check_products(mappings, products)])


def _unknown_offerings(settings: Settings, products: ProductSpecifications) -> Iterator[Finding]:
    places: list[tuple[tuple[str | int, ...], str]] = [
        (("offerings", number), offering.specification) for number, offering in enumerate(settings.offerings)
    ]
    for at, seller in enumerate(settings.sellers):
        own = enumerate(seller.offerings or ())
        places += [(("sellers", at, "offerings", number), offering.specification) for number, offering in own]
    for place, specification in places:
        if products.refuses(specification):
            where = settings.location(*place, "specification")
            hint = nearest(specification, products.types)
            yield Finding(where, "CFG-302", "no product schema has this $id", hint)


def build_systems(settings: Settings) -> dict[str, ConfiguredSystem]:
    """The configured legacy systems, not opened. Raises FindingsError."""
    build = {adapter.word: adapter.build for adapter in ADAPTERS}
    systems: dict[str, ConfiguredSystem] = {}
    findings: list[Finding] = []
    for name, configured in settings.systems.items():
        try:
            system: System = build[configured.word](name, configured.options, calls_at_once=configured.calls_at_once)
        except AdapterConfigurationError as error:
            findings.append(Finding(settings.location("systems", name, configured.word), "CFG-301", str(error)))
            continue
        systems[name] = ConfiguredSystem(system, configured.word, configured.tries)
    raise_if_any(findings)
    return systems
