"""What is seen while a mapping is evaluated: names that are computed, rows that are tried, values of the answer, calls.

Looks on: the mapping is copied with parts that note what they give, and runs as it always does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from gateway.mapping.expressions.compiler import Scope
from gateway.mapping.plan import (
    Action,
    AlternateRule,
    AnswerRule,
    CacheRule,
    Dimension,
    Fail,
    Fields,
    Found,
    LoadedMapping,
    LookUp,
    Postpone,
    Red,
    Refuse,
    Retry,
    Step,
    Unknown,
)
from gateway.mapping.template import Formula, Template
from gateway.sources.findings import Location
from gateway.sources.yamlfile import Path, SourceDocument

REASON = "serviceabilityConfidenceReason"
PROPOSAL = "proposal "
"""Stands before the names of an alternate's members."""


@dataclass(frozen=True)
class Seen:
    """A value that was computed: of a name under `let`, a condition (`name` is its text), a member of an answer."""

    name: str
    value: Any
    location: Location | None


@dataclass
class CallSeen:
    """One call: `sent` as it would go over the wire; `reply` in words or as data, None where none was given.

    `cache`: for how long and for whom a usable reply is kept; a reply may be that old.
    """

    step: str
    system: str
    word: str
    sent: str
    location: Location
    reply: Any = None
    cache: CacheRule | None = None


@dataclass
class Run:
    """One evaluation: of an item, of one of its candidates (`offering`), or of a reference."""

    offering: str | None
    lets: list[Seen] = field(default_factory=list)
    calls: list[CallSeen] = field(default_factory=list)
    conditions: list[Seen] = field(default_factory=list)
    members: list[Seen] = field(default_factory=list)


@dataclass
class Log:
    """The runs of one mapping, in their order. A run is known by the scope that it computes in."""

    runs: list[Run] = field(default_factory=list)
    _scopes: list[Scope] = field(default_factory=list)

    def run(self, scope: Scope) -> Run:
        """The run that this scope belongs to; a new one where it was never seen."""
        if not self._scopes or self._scopes[-1] is not scope:
            offering = scope.get("offering")
            self._scopes.append(scope)
            self.runs.append(Run(str(offering["id"]) if isinstance(offering, Mapping) and "id" in offering else None))
        return self.runs[-1]

    def begin(self, scope: Scope) -> None:
        """From here on this run is the current one."""
        self.run(scope)

    @property
    def current(self) -> Run:
        if not self.runs:
            self.runs.append(Run(None))
        return self.runs[-1]


Note = Callable[[Scope, Any], None]


@dataclass(frozen=True)
class _Watched:
    """A value that is noted whenever it is computed."""

    template: Template
    note: Note

    def render(self, scope: Scope) -> Any:
        value = self.template.render(scope)
        self.note(scope, value)
        return value

    def formulas(self) -> Iterator[Formula]:
        yield from self.template.formulas()


@dataclass(frozen=True)
class _Condition(Formula):
    """A condition that notes which way it went."""

    note: Note

    def holds(self, scope: Scope) -> bool:
        found = super().holds(scope)
        self.note(scope, found)
        return found


def watched(mapping: LoadedMapping, log: Log) -> LoadedMapping:
    """The same mapping; what it computes is noted in `log`."""
    watcher = _Watcher(mapping.document, log)
    return replace(
        mapping,
        lets={name: watcher.let(name, template) for name, template in mapping.lets.items()},
        steps=tuple(watcher.step(step) for step in mapping.steps),
        answer=tuple(watcher.row(row, ("answer", number)) for number, row in enumerate(mapping.answer)),
        dimensions=tuple(watcher.dimension(one) for one in mapping.dimensions),
        alternates=watcher.alternates(mapping.alternates) if mapping.alternates else None,
    )


@dataclass(frozen=True)
class _Watcher:
    document: SourceDocument
    log: Log

    def let(self, name: str, template: Template) -> Template:
        where = self.document.location(("let", name), key=True)
        return _Watched(template, lambda scope, value: self.log.run(scope).lets.append(Seen(name, value, where)))

    def step(self, step: Step) -> Step:
        path: Path = ("steps", step.name)
        # The arguments are computed right before the call: from then on it is known which run the call belongs to.
        arguments = _Watched(step.arguments, lambda scope, _: self.log.begin(scope))
        when = self._condition(step.when) if step.when is not None else None
        on = {word: self._action(action, (*path, "on", word)) for word, action in step.on.items()}
        return replace(step, arguments=arguments, when=when, on=on)

    def row(self, row: AnswerRule, path: Path) -> AnswerRule:
        inner = path if row.when is not None else (*path, "otherwise")
        when = self._condition(row.when) if row.when is not None else None
        return replace(row, when=when, action=self._action(row.action, inner))

    def dimension(self, one: Dimension) -> Dimension:
        rows = tuple(self.row(row, ("dimensions", one.name, number)) for number, row in enumerate(one.rows))
        return replace(one, rows=rows)

    def alternates(self, rule: AlternateRule) -> AlternateRule:
        path: Path = ("alternates", "proposal")
        seen = {name: self._member(f"{PROPOSAL}{name}", one, (*path, name)) for name, one in rule.proposal.items()}
        return replace(rule, proposal=seen)

    def _condition(self, when: Formula) -> Formula:
        text, where = " ".join(str(self.document.value(when.path)).split()), when.location()

        def note(scope: Scope, held: Any) -> None:
            self.log.run(scope).conditions.append(Seen(text, held, where))

        return _Condition(when.expression, when.path, when.document, when.shift, note)

    def _action(self, action: Action, path: Path) -> Action:
        match action:
            case Fields(members=members) | Found(members=members):
                seen = {name: self._member(name, template, (*path, name)) for name, template in members.items()}
                return replace(action, members=seen)
            case Red(reason=reason):
                return replace(action, reason=self._member(REASON, reason, (*path, "red")))
            case Refuse(reason=reason, at=at):
                at = self._member("at", at, (*path, "at")) if at is not None else None
                return replace(action, reason=self._member("reason", reason, (*path, "reason")), at=at)
            case Fail() | Postpone() | Unknown() | Retry() | LookUp():
                return action
        assert_never(action)

    def _member(self, name: str, template: Template, path: Path) -> Template:
        where = self.document.location(path)
        return _Watched(template, lambda scope, value: self.log.run(scope).members.append(Seen(name, value, where)))
