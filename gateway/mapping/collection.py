"""The set of a Seller's mappings: read from folders, and asked which one answers an item, or a reference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import combinations
from pathlib import Path

from gateway.mapping.checks import check_promises
from gateway.mapping.language import StepKind
from gateway.mapping.loading import load_mapping_file
from gateway.mapping.plan import Applies, LoadedMapping
from gateway.mapping.reference_checks import check_read_references
from gateway.sources.findings import Finding, FindingsError, Location, raise_if_any


@dataclass(frozen=True)
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
        self.mappings: Sequence[LoadedMapping] = sorted(mappings, key=lambda m: (-_weight(m.applies), m.name))
        findings = [*_clashes(self.mappings), *(found for one in self.mappings for found in check_promises(one))]
        if findings:
            raise FindingsError(findings)

    def choose(self, asked: Asked) -> LoadedMapping | None:
        """The mapping that says most about the item, or None."""
        return next((one for one in self.mappings if not one.is_references and _fits(one.applies, asked)), None)

    def choose_references(self, asked: AskedReference) -> LoadedMapping | None:
        """The references file that says most about ids of this kind, or None: then they are not checked."""
        return next((one for one in self.mappings if _answers(one.applies, asked)), None)


def load_collection(
    folders: Iterable[Path], kinds: Iterable[StepKind], *, base: Path | None = None
) -> MappingCollection:
    """Read all `*.yaml` files of the folders but `*.test.yaml`; names in findings are relative to `base`.

    Raises FindingsError with the mistakes of all files.
    """
    kinds = tuple(kinds)
    mappings: list[LoadedMapping] = []
    findings: list[Finding] = []
    for folder in folders:
        if not folder.is_dir():
            findings.append(Finding(Location(str(folder)), "MAP-001", "is no folder"))
        for path in sorted(folder.glob("*.yml")):
            hint = "call it .yaml"
            findings.append(Finding(Location(_shown(path, base)), "MAP-004", "would not be read", hint))
        for path in sorted(folder.glob("*.yaml")):
            if path.name.endswith(".test.yaml"):
                continue
            try:
                mappings.append(load_mapping_file(path, kinds, name=_shown(path, base)))
            except FindingsError as error:
                findings += error.findings
    if findings:
        raise FindingsError(findings)
    collection = MappingCollection(mappings)
    raise_if_any(check_read_references(mappings))
    return collection


def _shown(path: Path, base: Path | None) -> str:
    return str(path.relative_to(base)) if base and path.is_relative_to(base) else str(path)


def _weight(applies: Applies) -> int:
    return sum(1 for field in fields(applies) if getattr(applies, field.name) is not None)


def _fits(applies: Applies, asked: Asked) -> bool:
    return (
        (applies.products is None or bool(applies.products & asked.product))
        and (applies.actions is None or asked.action in applies.actions)
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


def _clashes(mappings: Sequence[LoadedMapping]) -> Iterable[Finding]:
    for one, other in combinations(mappings, 2):
        if one.name == other.name:
            where = other.document.location(("references" if other.is_references else "mapping",))
            yield Finding(where, "MAP-002", f"the name '{other.name}' is taken by {one.file}")
        elif _weight(one.applies) == _weight(other.applies) and _overlap(one.applies, other.applies):
            where = other.document.location(("for",), key=True)
            what = "references" if one.is_references else "items"
            yield Finding(where, "MAP-003", f"'{one.name}' ({one.file}) answers the same {what} with equal right")


def _overlap(one: Applies, other: Applies) -> bool:
    """Whether some item, or some reference, could fit both."""
    if (one.kinds is None) != (other.kinds is None):
        return False
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)]
    return all(left is None or right is None or left & right for left, right in pairs)
