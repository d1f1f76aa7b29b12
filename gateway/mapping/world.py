"""What is known of the data that expressions read, and what came of reading them: plain records.

A schema is JSON Schema as plain data. Knows nothing of where it comes from.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.mapping.template import Formula
from gateway.values import value

Schema = Mapping[str, Any]

OPEN: Schema = {}
"""Nothing is known."""


@dataclass(frozen=True)
class Unknown:
    """A member that an object does not have."""

    node: ast.expr
    name: str
    hint: str


@dataclass(frozen=True)
class Misread:
    """A list, an object or a single value that is read as something else."""

    node: ast.expr
    message: str
    hint: str


Mistake = Unknown | Misread


@dataclass(frozen=True)
class World:
    """What is known: `names` and results of `functions` with their schemas, `definitions` behind `$ref`.

    `optional`: the names whose value may be null. `is_exact`: a member that is not `required`, or that may be null, may
    be missing; else only what a schema calls `optional` is known to be so.
    """

    names: Mapping[str, Schema]
    functions: Mapping[str, Schema] = field(default_factory=dict)
    definitions: Mapping[str, Schema] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    is_exact: bool = False


@value(frozen=True)
class Gap:
    """A value that may be null: its path, and the paths of what may be missing on the way to it (or is itself)."""

    path: str
    reasons: frozenset[str]


@value(frozen=True)
class Look:
    """A value whose absence is thought of: held against None (`is_test`), or given a default."""

    path: str
    is_test: bool


@value(frozen=True)
class Reading:
    """One expression that was read: what in it reads what is not there, and what is known of each of its parts."""

    formula: Formula
    mistakes: Sequence[Mistake]
    schemas: Mapping[int, Schema]
    gaps: Mapping[int, Gap] = field(default_factory=dict)
    """The nodes whose value may be null."""
    looks: frozenset[Look] = frozenset()

    def schema_of(self, node: ast.expr) -> Schema:
        """What is known of the value of a node of the expression."""
        return self.schemas.get(id(node), OPEN)

    def gap_of(self, node: ast.expr) -> Gap | None:
        """Why the value of a node may be null; None where it may not, or that is not known."""
        return self.gaps.get(id(node))


@value(frozen=True)
class Known:
    """What is known of a name: the schema of its value, where that comes from, and why it may be null."""

    schema: Schema
    path: str
    gap: Gap | None = None


def may_be_null(schema: Any) -> bool:
    """Whether a schema allows null, as one that the other side chose to name."""
    if not isinstance(schema, Mapping):
        return False
    kinds = schema.get("type")
    return any(choice.get("type") == "null" for choice in schema.get("anyOf", ())) or (
        isinstance(kinds, list) and "null" in kinds
    )
