"""What the cases of a mapping reached, and what none of them did. Looks on: the mapping runs as it always does.

A mapping is copied with parts that note when they are used (`watched`): a step that is asked, an `on:` entry that is
followed, both sides of a step's `when`, a row that holds, an alternate that is proposed and one that is left out, an
entry of a lookup that is read.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.mapping.expressions.compiler import Scope
from gateway.mapping.expressions.functions.requests import Lookup
from gateway.mapping.plan import AlternateRule, AnswerRule, CandidateRule, LoadedMapping, Step
from gateway.mapping.template import Formula, Template
from gateway.sources.findings import Location
from gateway.sources.yamlfile import Path

Note = Callable[[], None]


@dataclass(frozen=True, order=True)
class Point:
    """One thing that a case can reach."""

    location: Location
    what: str


@dataclass
class Coverage:
    """The points of one mapping, and those that were reached."""

    points: dict[Point, bool] = field(default_factory=dict)

    @property
    def missed(self) -> list[Point]:
        """In the order of the file."""
        return sorted(point for point, reached in self.points.items() if not reached)

    @property
    def reached(self) -> int:
        return sum(self.points.values())

    def point(self, location: Location, what: str) -> Note:
        """A point to reach; what it gives notes that it is."""
        point = Point(location, what)
        self.points.setdefault(point, False)

        def note() -> None:
            self.points[point] = True

        return note


def percent(coverages: Sequence[Coverage]) -> float:
    """How much of all points was reached, 0 to 100; all of none."""
    points = sum(len(one.points) for one in coverages)
    return 100.0 * sum(one.reached for one in coverages) / points if points else 100.0


def watched(mapping: LoadedMapping, coverage: Coverage) -> LoadedMapping:
    """The same mapping; what it uses is noted in `coverage`."""
    lookups = {name: _lookup(lookup, mapping, coverage) for name, lookup in mapping.lookups.items()}
    return replace(
        mapping,
        lookups=lookups,
        steps=tuple(_step(step, coverage) for step in mapping.steps),
        answer=tuple(_rows(mapping.answer, coverage)),
        dimensions=tuple(replace(one, rows=tuple(_rows(one.rows, coverage))) for one in mapping.dimensions),
        alternates=_alternates(mapping.alternates, coverage) if mapping.alternates else None,
        candidates=_candidates(mapping.candidates, coverage) if mapping.candidates else None,
    )


@dataclass(frozen=True)
class _Condition(Formula):
    """A condition that notes which way it went."""

    is_true: Note
    is_false: Note

    def holds(self, scope: Scope) -> bool:
        found = super().holds(scope)
        (self.is_true if found else self.is_false)()
        return found


@dataclass(frozen=True)
class _Source(Formula):
    """An expression for a list that notes that it was needed."""

    note: Note

    def render(self, scope: Scope) -> Any:
        self.note()
        return super().render(scope)


@dataclass(frozen=True)
class _Rendered:
    """A value that notes that it was needed."""

    template: Template
    note: Note

    def render(self, scope: Scope) -> Any:
        self.note()
        return self.template.render(scope)

    def formulas(self) -> Iterator[Formula]:
        yield from self.template.formulas()


class _Entries(Mapping[Any, Any]):
    """A mapping of YAML that notes which of its entries were read; `other` for a key that it does not have."""

    def __init__(self, entries: Mapping[Any, Any], notes: Mapping[Any, Note], other: Note | None = None) -> None:
        self._entries = entries
        self._notes = notes
        self._other = other

    def __contains__(self, key: object) -> bool:
        found = key in self._entries
        if not found and self._other:
            self._other()
        return found

    def __getitem__(self, key: Any) -> Any:
        value = self._entries[key]
        self._notes[key]()
        return value

    def get(self, key: Any, default: Any = None) -> Any:
        """The entry, for those who only look: nothing is noted."""
        return self._entries.get(key, default)

    def values(self) -> ValuesView[Any]:
        """All entries, for those who look at the whole mapping: nothing is noted."""
        return self._entries.values()

    def items(self) -> ItemsView[Any, Any]:
        """The same with their keys."""
        return self._entries.items()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _nothing() -> None:
    """Nobody asks whether this was reached."""


def _condition(one: Formula, is_true: Note, is_false: Note = _nothing) -> _Condition:
    return _Condition(one.expression, one.path, one.document, one.shift, is_true, is_false)


def _lookup(lookup: Lookup, mapping: LoadedMapping, coverage: Coverage) -> Lookup:
    path: Path = ("lookups", lookup.name)

    def note(key: Any) -> Note:
        if lookup.entries.get(key, lookup.otherwise) is None:  # it says that there is nothing to give
            return _nothing
        if lookup.texts:  # a table in a file of its own, perhaps with thousands of rows, counts as one
            return coverage.point(mapping.document.location(path, key=True), f"the lookup '{lookup.name}' is read")
        where = lookup.places.get(key) or mapping.document.location((*path, key), key=True)
        return coverage.point(where, f"entry '{key}' of the lookup '{lookup.name}'")

    other = note("otherwise") if lookup.has_otherwise else None
    return replace(lookup, entries=_Entries(lookup.entries, {key: note(key) for key in lookup.entries}, other))


def _step(step: Step, coverage: Coverage) -> Step:
    asked = coverage.point(step.location, f"step '{step.name}' is asked")
    notes = {word: coverage.point(action.location, f"step '{step.name}': {word}") for word, action in step.on.items()}
    when = step.when
    if when is not None:
        skipped = coverage.point(when.location(), f"step '{step.name}' is skipped")
        when = _condition(when, _nothing, skipped)
    return replace(step, arguments=_Rendered(step.arguments, asked), on=_Entries(step.on, notes), when=when)


def _rows(rows: Sequence[AnswerRule], coverage: Coverage) -> Iterator[AnswerRule]:
    """Rows that note that they hold; `otherwise` is reached where the row before it does not hold."""
    notes = [coverage.point(row.location, "row of the answer" if row.when else "otherwise") for row in rows]
    for number, row in enumerate(rows):
        following = number + 1
        is_last = following < len(rows) and rows[following].when is None
        if row.when is not None:
            yield replace(row, when=_condition(row.when, notes[number], notes[following] if is_last else _nothing))
        else:
            yield row
    if len(notes) == 1:
        notes[0]()  # there is nothing else to be answered


def _alternates(rule: AlternateRule, coverage: Coverage) -> AlternateRule:
    proposed = coverage.point(rule.location, "an alternate is proposed")
    proposal = {name: _Rendered(template, proposed) for name, template in rule.proposal.items()}
    if rule.when is None:
        return replace(rule, proposal=proposal)
    left_out = coverage.point(rule.when.location(), "an alternate is left out")
    return replace(rule, proposal=proposal, when=_condition(rule.when, _nothing, left_out))


def _candidates(rule: CandidateRule, coverage: Coverage) -> CandidateRule:
    tried = coverage.point(rule.source.location(), "offerings are tried (use case 2b)")
    one = rule.source
    return replace(rule, source=_Source(one.expression, one.path, one.document, one.shift, tried))
