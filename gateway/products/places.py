"""Places of a product against those of its product specification (P36, and the role of P40)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.lso.problems import Path, Problem, ProblemCode
from gateway.lso.visible import says_something
from gateway.products.rules import PlaceRules


def check(product: Mapping[str, Any], rules: Mapping[str, PlaceRules], at: Path) -> Iterator[Problem]:
    """What is wrong with the places of a product at `at`; no rules at all mean that it has none (87.1-R23, R34).

    Silent about missing places while one has no sound role: it may be the one that is wanted.
    """
    entries = product.get("place", [])
    if not isinstance(entries, list):
        return
    if not rules:
        if entries:
            yield Problem(ProblemCode.UNEXPECTED_PROPERTY, (*at, "place"), "must be absent: the product has no places")
        return
    roles = [_role(entry) for entry in entries]
    for index, role in enumerate(roles):
        if role is not None and role not in rules:
            message = f"Known roles: {', '.join(rules)}."
            path = (*at, "place", index, "role")
            yield Problem(ProblemCode.INVALID_VALUE, path, "is no role of a place of this product", message)
    missing = [role for role, rule in rules.items() if rule.required and role not in roles]
    if missing and None not in roles:
        reason = "lacks a place that the product specification demands"
        message = f"A place is needed for each of these roles: {', '.join(missing)}."
        yield Problem(ProblemCode.MISSING_PROPERTY, (*at, "place"), reason, message)


def _role(entry: Any) -> str | None:
    role = entry.get("role") if isinstance(entry, dict) else None
    return role if isinstance(role, str) and says_something(role) else None
