"""The set of all Sellers' mappings: read from folders, and asked which one answers an item, or a reference."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.mapping.checks import check_promises
from gateway.mapping.entries import check_entries, check_read_references, entry_of, rank
from gateway.mapping.including import is_library, is_library_file
from gateway.mapping.language import StepKind
from gateway.mapping.loading import library_findings, load_mapping_file
from gateway.mapping.plan import Applies, LoadedMapping
from gateway.mapping.shelf import Shelf
from gateway.sources.findings import Finding, FindingsError, Location, raise_if_any
from gateway.sources.folders import files_below, is_hidden
from gateway.sources.yamlfile import read_yaml_file
from gateway.values import value

_HEAD = re.compile(r"^(mapping|references)[ \t]*:", re.MULTILINE)


@value(frozen=True)
class Asked:
    """What decides which mapping answers an item. `product`: the names that the item's @type goes by."""

    product: frozenset[str]
    action: str
    offering: str | None
    buyer: str
    seller: str
    interface: str


@dataclass(frozen=True)
class AskedReference:
    """What decides which references file answers an id."""

    kind: str
    buyer: str
    seller: str
    interface: str


class MappingCollection:
    """Mappings and references files, most specific first."""

    def __init__(self, mappings: Iterable[LoadedMapping]) -> None:
        """Raises FindingsError if two mappings have one name or answer the same items with equal right, or if a
        promise of one can never be complete.
        """
        self.mappings: Sequence[LoadedMapping] = sorted(mappings, key=rank)
        findings = [*check_entries(map(entry_of, self.mappings))]
        findings += (found for one in self.mappings for found in check_promises(one))
        if findings:
            raise FindingsError(findings)
        self._products = frozenset(product for one in self.mappings for product in one.applies.products or ())
        self._by_products: dict[frozenset[str], list[LoadedMapping]] = {}
        """By those names of an item's product that mappings have: what may be for it, in order."""

    def choose(self, asked: Asked) -> LoadedMapping | None:
        """The mapping that says most about the item, or None."""
        known = asked.product & self._products
        candidates = self._by_products.get(known)
        if candidates is None:
            candidates = self._by_products[known] = [one for one in self.mappings if _is_for(one, known)]
        for one in candidates:
            if _fits(one.applies, asked):
                return one
        return None

    def choose_references(self, asked: AskedReference) -> LoadedMapping | None:
        """The references file that says most about ids of this kind, or None: then they are not checked."""
        return next((one for one in self.mappings if _answers(one.applies, asked)), None)


def own_files(folder: Path) -> list[Path]:
    """The files of a folder that are read as mappings or libraries: those further down are not."""
    return [path for path in sorted(folder.glob("*.yaml")) if not is_hidden(path.name) and not _is_test(path)]


def files_further_down(folder: Path, *, libraries: bool = True) -> list[Path]:
    """The files in a folder's folders that begin like a mapping (or a library); others lie there too."""
    below = (path for path in files_below(folder) if path.suffix == ".yaml" and path.parent != folder)
    return [path for path in below if not _is_test(path) and says_what_it_is(path, libraries=libraries)]


def unread(folders: Sequence[Path]) -> Iterator[Finding]:
    """Mappings further down in folders of mappings, in none that is named: nothing reads them."""
    named = {folder.resolve() for folder in folders}
    found = (path for folder in folders for path in files_further_down(folder, libraries=False))
    for path in dict.fromkeys(found):
        if path.parent.resolve() not in named:
            hint = f"name {path.parent.name} there too, or move the file"
            yield Finding(
                Location(str(path)), "MAP-004", "would not be read: 'mappings.folders' does not name its folder", hint
            )


def says_what_it_is(path: Path, *, libraries: bool) -> bool:
    """Whether a file begins like a mapping (or a library); one that cannot be read may."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return True
    return _HEAD.search(text) is not None or (libraries and is_library(text))


def _is_test(path: Path) -> bool:
    return path.name.endswith(".test.yaml")


def load_collection(
    folders: Iterable[Path],
    kinds: Iterable[StepKind],
    *,
    base: Path | None = None,
    owners: Mapping[Path, frozenset[str]] | None = None,
) -> MappingCollection:
    """Read all `*.yaml` files of the folders but `*.test.yaml` and libraries; names in findings are relative to `base`.

    `owners`: the Sellers whose mappings stand in a folder, where they are not everybody's.

    Raises FindingsError with the mistakes of all files.
    """
    findings: list[Finding] = []
    files: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            findings.append(Finding(Location(str(folder)), "MAP-001", "is no folder"))
        for path in sorted(folder.glob("*.yml")):
            hint = "call it .yaml"
            findings.append(Finding(Location(_shown(path, base)), "MAP-004", "would not be read", hint))
        files += own_files(folder)
    mappings, wrong = read_mapping_files(files, kinds, base=base)
    raise_if_any([*findings, *wrong])
    if owners:
        by_folder = {_shown(folder, base): sellers for folder, sellers in owners.items()}
        mappings = [owned(one, by_folder.get(str(Path(one.file).parent))) for one in mappings]
    collection = MappingCollection(mappings)
    raise_if_any(check_read_references([entry_of(one) for one in mappings]))
    return collection


def owned(mapping: LoadedMapping, sellers: frozenset[str] | None) -> LoadedMapping:
    """The mapping for these Sellers only, as if its own `for` said so; None: for whom it says itself."""
    if sellers is None:
        return mapping
    said = mapping.applies.sellers
    return replace(mapping, applies=replace(mapping.applies, sellers=sellers if said is None else said & sellers))


def read_mapping_files(
    files: Iterable[Path], kinds: Iterable[StepKind], *, base: Path | None = None
) -> tuple[list[LoadedMapping], list[Finding]]:
    """The mappings among these files, and what is wrong with any of them; libraries are looked at, and are none.

    What several of them take from is read once.
    """
    kinds, shelf = tuple(kinds), Shelf()
    mappings: list[LoadedMapping] = []
    findings: list[Finding] = []
    for path in files:
        shown = _shown(path, base)
        try:
            if is_library_file(path):
                findings += library_findings(read_yaml_file(path, name=shown), kinds)
            else:
                mappings.append(load_mapping_file(path, kinds, name=shown, shelf=shelf))
        except FindingsError as error:
            findings += error.findings
    return mappings, findings


def _shown(path: Path, base: Path | None) -> str:
    return str(path.relative_to(base)) if base and path.is_relative_to(base) else str(path)


def _is_for(mapping: LoadedMapping, products: frozenset[str]) -> bool:
    """Whether it answers items, and some of these products or all that there are."""
    named = mapping.applies.products
    return not mapping.is_references and (named is None or bool(named & products))


def _fits(applies: Applies, asked: Asked) -> bool:
    return (
        (applies.actions is None or asked.action in applies.actions)
        and (applies.offerings is None or asked.offering in applies.offerings)
        and _is_between(applies, asked)
    )


def _answers(applies: Applies, asked: AskedReference) -> bool:
    return applies.kinds is not None and asked.kind in applies.kinds and _is_between(applies, asked)


def _is_between(applies: Applies, asked: Asked | AskedReference) -> bool:
    """Whether it is meant for this Buyer, this Seller, on this interface."""
    return (
        (applies.buyers is None or asked.buyer in applies.buyers)
        and (applies.sellers is None or asked.seller in applies.sellers)
        and (applies.interfaces is None or asked.interface in applies.interfaces)
    )
