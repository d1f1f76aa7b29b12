"""Relations of an item against those of its product specification (P34, P35)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.lso.problems import Path, Problem, ProblemCode
from gateway.lso.visible import says_something
from gateway.products.rules import RelationRules

_LISTS: tuple[Path, ...] = (("product", "productRelationship"), ("qualificationItemRelationship",))


def check(item: Mapping[str, Any], rules: Mapping[str, RelationRules], at: Path) -> Iterator[Problem]:
    """What is wrong with the relations of an item at `at`, to products and to other items together (87.1-R23).

    Silent about missing relations while one has no sound type: it may be the one that is wanted.
    """
    complete = True
    counts = dict.fromkeys(rules, 0)
    for path, kind in _relation_types(item):
        if kind is None:
            complete = False
        elif kind not in rules:
            yield _wrong(at, path, "is no relation of this product", f"Known relations: {', '.join(rules) or 'none'}.")
        else:
            counts[kind] += 1
            most = rules[kind].at_most
            if most is not None and counts[kind] > most:
                yield _wrong(at, path, "occurs too often", f"At most {most} of the type {kind}.")
    missing = [kind for kind, rule in rules.items() if counts[kind] < rule.at_least]
    if missing and complete:
        needed = ", ".join(f"{rules[kind].at_least} {kind}" for kind in missing)
        reason = "lacks a relation that the product specification demands"
        yield Problem(
            ProblemCode.MISSING_PROPERTY,
            (*at, *_LISTS[0]),
            reason,
            f"At least: {needed}; to a product in service or to an item of this request.",
        )


def _wrong(at: Path, path: Path, reason: str, message: str) -> Problem:
    return Problem(ProblemCode.INVALID_VALUE, (*at, *path, "relationshipType"), reason, message)


def _relation_types(item: Mapping[str, Any]) -> Iterator[tuple[Path, str | None]]:
    """Each entry of both lists with its type; None for what is not sound."""
    for path in _LISTS:
        entries: Any = item
        for key in path:
            entries = entries.get(key, []) if isinstance(entries, Mapping) else None
        if not isinstance(entries, list):
            yield path, None
            continue
        for index, entry in enumerate(entries):
            kind = entry.get("relationshipType") if isinstance(entry, dict) else None
            yield (*path, index), kind if isinstance(kind, str) and says_something(kind) else None
