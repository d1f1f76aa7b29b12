"""Mappings beside each other: names and items that two of them claim, and what one reads that none of them finds.

Knows of each mapping no more than its entry, which is small: files may be read in several processes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

from gateway.mapping.kinds import ReferenceKind
from gateway.mapping.plan import Applies, LoadedMapping
from gateway.sources.findings import Finding, Location


@dataclass(frozen=True)
class Entry:
    """What others must know of a mapping. `reads_existing`, `reads_known`: where it does so first."""

    name: str
    file: str
    applies: Applies
    named_at: Location
    for_at: Location
    reads_existing: Location | None
    reads_known: Location | None

    @property
    def is_references(self) -> bool:
        return self.applies.kinds is not None


def entry_of(mapping: LoadedMapping) -> Entry:
    """The entry of a mapping that was loaded."""
    document = mapping.document
    return Entry(
        mapping.name,
        mapping.file,
        mapping.applies,
        named_at=document.location(("references" if mapping.is_references else "mapping",)),
        for_at=document.location(("for",), key=True),
        reads_existing=_read(mapping, "existing"),
        reads_known=_read(mapping, "known"),
    )


def rank(one: LoadedMapping | Entry) -> tuple[int, str]:
    """Sorts mappings: the most specific first, then by name."""
    return -_weight(one.applies), one.name


def check_entries(entries: Iterable[Entry]) -> Iterator[Finding]:
    """Two mappings of one name, or that answer the same items with equal right."""
    named: dict[str, Entry] = {}
    equal: dict[tuple[int, bool], list[tuple[_Narrowed, Entry]]] = {}
    for other in sorted(entries, key=rank):
        one = named.setdefault(other.name, other)
        narrowed = tuple(getattr(other.applies, each.name) for each in fields(Applies))
        rivals = equal.setdefault((_weight(other.applies), other.applies.kinds is None), [])
        if one is not other:
            yield Finding(other.named_at, "MAP-002", f"the name '{other.name}' is taken by {one.file}")
        else:
            yield from (_clash(rival, other) for applies, rival in rivals if _overlap(applies, narrowed))
        rivals.append((narrowed, other))


_Narrowed = tuple[frozenset[str] | None, ...]


def _weight(applies: Applies) -> int:
    return sum(1 for field in fields(applies) if getattr(applies, field.name) is not None)


def _clash(one: Entry, other: Entry) -> Finding:
    what = "references" if one.is_references else "items"
    return Finding(other.for_at, "MAP-003", f"'{one.name}' ({one.file}) answers the same {what} with equal right")


def _overlap(one: _Narrowed, other: _Narrowed) -> bool:
    """Whether some item, or some reference, could fit both."""
    for left, right in zip(one, other, strict=True):
        if left is not None and right is not None and left.isdisjoint(right):
            return False
    return True


def check_read_references(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Mappings that read `existing` or known() though no references file of the set could answer."""
    answered = {kind for one in entries for kind in one.applies.kinds or ()}
    for entry in entries:
        if ReferenceKind.PRODUCT not in answered and entry.reads_existing:
            hint = "write a references file for the kind product"
            message = "no references file says what a product in service is"
            yield Finding(entry.reads_existing, "MAP-313", message, hint)
        if not answered and entry.reads_known:
            message = "no references file says what is known"
            yield Finding(entry.reads_known, "MAP-313", message, "write one for what is read")


def _read(mapping: LoadedMapping, name: str) -> Location | None:
    """Where a mapping first reads this name, or calls the function of this name."""
    for formula in (one for _, formulas in mapping.formulas for one in formulas):
        for node in formula.expression.nodes if name in formula.expression.text else ():
            if isinstance(node, ast.Name) and node.id == name:
                return formula.location(formula.expression.offset_of(node))
    return None
