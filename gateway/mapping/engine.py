"""What every evaluation has in common: steps that ask, replies that settle them, rows that decide. No await, no clock.

What a row or an `on:` entry means is said by the evaluation of its kind: of an item (`evaluate`), of a reference
(`referring`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, assert_never

from gateway.mapping.expressions.values import MissingValue, kind
from gateway.mapping.outcomes import Answered, Call, Failure, Faulted, Impossible, StepResult, Unanswered
from gateway.mapping.plan import Action, AnswerRule, Fail, LoadedMapping, Retry, Step
from gateway.mapping.template import EvaluationError, Template
from gateway.sources.findings import Location


@dataclass(frozen=True)
class Ask:
    """Calls to make now; they do not need each other. Empty: wait for the calls under way."""

    calls: tuple[Call, ...]


TRIES = 3
"""How often `retry` may ask a step in all, where nothing else is said."""


class NamedValues(dict[str, Any]):
    """The names of one evaluation. Names under `let` are computed at first use and kept."""

    def __init__(self, mapping: LoadedMapping, **given: Any) -> None:
        super().__init__(**given, **mapping.lookups)
        self._lets = mapping.lets

    def __missing__(self, name: str) -> Any:
        if name not in self._lets:
            raise MissingValue(f"'{name}' has no value here")
        value = self._lets[name].render(self)
        self[name] = value
        return value


Ended = TypeVar("Ended")
"""How an evaluation of one kind may end, beside a Failure."""


class Evaluation(ABC, Generic[Ended]):
    """One run of one mapping. `tries`: how often `retry` may ask, in all, by step."""

    def __init__(self, mapping: LoadedMapping, scope: NamedValues, tries: Mapping[str, int]) -> None:
        self.mapping = mapping
        self._scope = scope
        self._tries = tries
        self._settled: set[str] = set()
        self._decisions: dict[str, Ended | Failure] = {}
        self._attempts: dict[str, int] = {}
        self._under_way: set[str] = set()

    @abstractmethod
    def _outcome(self, action: Action, what: str, location: Location) -> Ended | Failure:
        """What an action comes to; `what` happened is told where it gives no reason. Raises EvaluationError."""

    def _completed(self, outcome: Ended | Failure) -> Ended | Failure:
        """The outcome of a row, with what else the mapping says beside it. Raises EvaluationError."""
        return outcome

    def advance(self) -> Ask | Ended | Failure:
        """The next calls, or the outcome. Call it again after each `settle`."""
        calls = [call for step in self.mapping.steps if (call := self._ready(step)) is not None]
        for step in self.mapping.steps:
            if step.name in self._decisions:
                return self._decisions[step.name]
            if step.name not in self._settled:
                return Ask(tuple(calls))
        return self._conclude()

    def _ready(self, step: Step) -> Call | None:
        """The call of a step whose needs are met; notes that it is under way, skipped, or impossible."""
        name = step.name
        if (
            name in self._settled
            or name in self._decisions
            or name in self._under_way
            or not step.needs <= self._settled
        ):
            return None
        try:
            if step.when is not None and not step.when.holds(self._scope):
                self._scope[name] = None
                self._settled.add(name)
                return None
            arguments = step.arguments.render(self._scope)
            self._refuse_gaps(step, arguments)
        except EvaluationError as error:
            self._decisions[name] = Failure(error.message, error.location)
            return None
        self._under_way.add(name)
        self._attempts[name] = self._attempts.get(name, 0) + 1
        return Call(name, arguments, self._attempts[name], step.timeout)

    def _refuse_gaps(self, step: Step, arguments: Mapping[str, Any]) -> None:
        """A query that compares with null finds nothing, and "nothing found" may mean yes: it is not sent."""
        if step.rows is None:
            return
        for argument, value in arguments.items():
            if value is None:
                where = self.mapping.document.location(("steps", step.name, "with", argument))
                raise EvaluationError(f"'{argument}' is null, and a query needs a value; use default(…)", where)

    def settle(self, name: str, result: StepResult) -> None:
        """Take in what came of a call. Raises ValueError where none is under way: a late reply decides nothing."""
        if name not in self._under_way:
            raise ValueError(f"no call of '{name}' is under way")
        step = self.mapping.step(name)
        self._under_way.discard(name)
        match result:
            case Answered(value=value):
                self._answered(step, value)
            case Faulted(codes=codes, text=text):
                words = [*(f"fault {code}" for code in codes), "any fault"]
                self._decide(step, words, f"fault {' / '.join(codes)}: {text}")
            case Unanswered(cause=cause):
                self._decide(step, ["no answer"], f"no answer: {cause}")
            case Impossible(reason=reason):
                self._decisions[name] = Failure(f"'{name}' cannot be asked: {reason}", step.location)
            case _:
                assert_never(result)

    def _answered(self, step: Step, value: Any) -> None:
        if step.rows is None:
            return self._keep(step, value)
        if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
            self._decisions[step.name] = Failure(f"'{step.name}' answered with {kind(value)}, not rows", step.location)
            return None
        if step.most is not None and len(value) > step.most:
            return self._decide(step, ["many rows"], f"more than {step.most} row(s)")
        if step.rows == "many":
            return self._keep(step, value)
        if not value and step.rows == "one":
            return self._decide(step, ["no rows"], "no row")
        return self._keep(step, value[0] if value else None)

    def _keep(self, step: Step, value: Any) -> None:
        self._scope[step.name] = value
        self._settled.add(step.name)

    def _decide(self, step: Step, words: Sequence[str], what: str) -> None:
        """Follow the `on:` entry for what happened; `fail` where there is none."""
        action = next((step.on[word] for word in words if word in step.on), Fail(None, step.location))
        if isinstance(action, Retry):
            if self._attempts[step.name] < self._tries.get(step.name, TRIES):
                return
            action = Fail(None, action.location)
        self._decisions[step.name] = self._perform(action, f"'{step.name}': {what}")

    def _conclude(self) -> Ended | Failure:
        try:
            rule = next(row for row in self.mapping.answer if row.when is None or row.when.holds(self._scope))
            return self._completed(self._perform(rule.action, "the answer says so", rule))
        except EvaluationError as error:
            return Failure(error.message, error.location)

    def _perform(self, action: Action, what: str, rule: AnswerRule | None = None) -> Ended | Failure:
        location = rule.location if rule else action.location
        try:
            return self._outcome(action, what, location)
        except EvaluationError as error:
            return Failure(error.message, error.location)

    def _text(self, template: Template, location: Location) -> str:
        value = template.render(self._scope)
        if not isinstance(value, str) or not value.strip():
            raise EvaluationError("a text is needed here", location)
        return value
