"""A loaded mapping: everything checked, compiled and put in order, ready to be evaluated many times. Immutable.

A references file is a mapping too: what it answers is not an item but whether an id exists, and what it stands for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from pydantic import BaseModel

from gateway.lso.problems import ProblemCode
from gateway.mapping.expressions.functions.requests import Lookup
from gateway.mapping.members import Members
from gateway.mapping.template import Formula, Template
from gateway.sources.findings import Location
from gateway.sources.yamlfile import SourceDocument

ANY = "any"
"""What `for.product` says for a mapping that answers every product."""


@dataclass(frozen=True)
class Applies:
    """Which items a mapping answers, or which `kinds` of references; None does not narrow (a mapping has no kinds)."""

    products: frozenset[str] | None
    actions: frozenset[str] | None
    offerings: frozenset[str] | None
    buyers: frozenset[str] | None
    sellers: frozenset[str] | None
    interfaces: frozenset[str] | None
    kinds: frozenset[str] | None = None


@dataclass(frozen=True)
class Fields:
    """An answer's members."""

    members: Mapping[str, Template]
    location: Location

    @cached_property
    def together(self) -> Members:
        """The members as one value."""
        return Members(self.members)


@dataclass(frozen=True)
class Red:
    reason: Template
    location: Location


@dataclass(frozen=True)
class Refuse:
    code: ProblemCode
    reason: Template
    at: Template | None
    location: Location


@dataclass(frozen=True)
class Fail:
    reason: Template | None
    location: Location


@dataclass(frozen=True)
class Retry:
    location: Location


@dataclass(frozen=True)
class Postpone:
    """`wait` (seconds) or `ask an operator` (reason)."""

    reason: Template | None
    wait: float | None
    location: Location


@dataclass(frozen=True)
class Found:
    """A reference exists; `members` are what is known of it. In references files only, as `Unknown` is."""

    members: Mapping[str, Template]
    location: Location


@dataclass(frozen=True)
class Unknown:
    """A reference that does not exist for this Buyer."""

    reason: Template | None
    location: Location


@dataclass(frozen=True)
class LookUp:
    """What became of a write is found out by another step (`step`), whose reply then stands for it."""

    step: str
    location: Location


Action = Fields | Red | Refuse | Fail | Retry | Postpone | Found | Unknown | LookUp


@dataclass(frozen=True)
class EachRule:
    """A step is called once for each element of the list that `source` gives, of `most` elements at most."""

    name: str
    source: Formula
    most: int


@dataclass(frozen=True)
class CacheRule:
    """Replies of a step are kept for so many seconds: for each Buyer, or `shared` by all."""

    seconds: float
    shared: bool


@dataclass(frozen=True)
class Step:
    """One call of a legacy system. `needs` are the steps that it reads, directly or through names under `let`.

    `write`: it changes something there; `looks_up`: the step that finds out what became of that, where nobody knows.
    `on_demand`: it is asked for that only.
    """

    name: str
    word: str
    system: str
    definition: BaseModel
    rows: Literal["one", "optional", "many"] | None
    most: int | None
    arguments: Template
    when: Formula | None
    timeout: float | None
    on: Mapping[str, Action]
    needs: frozenset[str]
    location: Location
    each: EachRule | None = None
    write: bool = False
    lists: bool = False
    """Whether its one value may be a list."""
    looks_up: str | None = None
    on_demand: bool = False
    cache: CacheRule | None = None


@dataclass(frozen=True)
class AnswerRule:
    """One row; `when` is None for `otherwise`."""

    when: Formula | None
    action: Action
    location: Location


@dataclass(frozen=True)
class Dimension:
    """A partial verdict: one of several, of which the worst counts."""

    name: str
    rows: tuple[AnswerRule, ...]
    location: Location


@dataclass(frozen=True)
class AlternateRule:
    each: str
    source: Formula
    when: Formula | None
    most: int | None
    proposal: Mapping[str, Template]
    location: Location

    @cached_property
    def together(self) -> Members:
        """The proposal's members as one value."""
        return Members(self.proposal)


@dataclass(frozen=True)
class CandidateRule:
    each: str
    source: Formula
    most: int


@dataclass(frozen=True)
class LoadedMapping:
    """One mapping, loaded. `related_answers`: the relationship types whose items must be answered first.

    `answer` is empty where there are `dimensions`. `estimate`: seconds that a deferred answer usually takes, where the
    file says so. `identity` is made of the texts of all files that the mapping consists of: libraries and tables too,
    which `others` names.
    """

    name: str
    version: int
    applies: Applies
    lets: Mapping[str, Template]
    lookups: Mapping[str, Lookup]
    steps: tuple[Step, ...]
    answer: tuple[AnswerRule, ...]
    alternates: AlternateRule | None
    candidates: CandidateRule | None
    related_answers: frozenset[str] | None
    document: SourceDocument = field(repr=False, compare=False)
    estimate: float | None = None
    dimensions: tuple[Dimension, ...] = ()
    identity: str = field(default="", compare=False)
    others: tuple[str, ...] = field(default=(), compare=False)

    @cached_property
    def formulas(self) -> tuple[tuple[EachRule | AlternateRule | None, tuple[Formula, ...]], ...]:
        """All expressions, value by value in the order of the file, with the rule whose element they may read."""
        from gateway.mapping.walking import all_values  # which knows every kind of value of this module

        return tuple((rule, found) for rule, template in all_values(self) if (found := tuple(template.formulas())))

    @property
    def verdicts(self) -> tuple[tuple[AnswerRule, ...], ...]:
        """The rows that decide together: those of the answer, or those of each dimension."""
        return tuple(one.rows for one in self.dimensions) or (self.answer,)

    @property
    def is_references(self) -> bool:
        """Whether it answers references instead of items."""
        return self.applies.kinds is not None

    @cached_property
    def writes(self) -> bool:
        """Whether a step changes something."""
        return any(step.write for step in self.steps)

    @property
    def file(self) -> str:
        return self.document.file

    def step(self, name: str) -> Step:
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Step]:
        return {step.name: step for step in self.steps}
