"""What every evaluation has in common: steps that ask, replies that settle them, rows that decide. No await, no clock.

What a row or an `on:` entry means is said by the evaluation of its kind: of an item (`evaluate`), of a reference
(`referring`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Generic, TypeVar, assert_never

from gateway.mapping.expressions.errors import MissingValue
from gateway.mapping.expressions.functions.requests import Copies
from gateway.mapping.expressions.values import kind
from gateway.mapping.outcomes import (
    AlreadyBegun,
    Answered,
    Call,
    Failure,
    Faulted,
    Impossible,
    Intent,
    StepResult,
    Unanswered,
)
from gateway.mapping.plan import Action, AnswerRule, EachRule, Fail, LoadedMapping, LookUp, Retry, Step
from gateway.mapping.template import EvaluationError, Template
from gateway.sources.findings import Location
from gateway.values import value


@value(frozen=True)
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
        self.copies: Copies = {}

    def __missing__(self, name: str) -> Any:
        if name not in self._lets:
            raise MissingValue(f"'{name}' has no value here")
        value = self._lets[name].render(self)
        self[name] = value
        return value


Ended = TypeVar("Ended")
"""How an evaluation of one kind may end, beside a Failure."""


@dataclass(slots=True)
class _Asked:
    """The calls of one step by number: one, or one for each element of a list."""

    elements: list[Any] | None
    arguments: list[Mapping[str, Any]]
    attempts: list[int]
    waiting: set[int]
    under_way: set[int] = field(default_factory=set)
    values: dict[int, Any] = field(default_factory=dict)
    decisions: dict[int, Any] = field(default_factory=dict)
    faults: dict[int, Faulted] = field(default_factory=dict)

    def told(self, name: str, number: int) -> str:
        """The step, or one of its calls, in a reason."""
        return f"'{name}'" if self.elements is None else f"'{name}' ({number + 1} of {len(self.elements)})"


def _is_row(value: Any) -> bool:
    return isinstance(value, (dict, Mapping))


class Evaluation(ABC, Generic[Ended]):
    """One run of one mapping. `tries`: how often `retry` may ask, in all, by step."""

    def __init__(self, mapping: LoadedMapping, scope: NamedValues, tries: Mapping[str, int]) -> None:
        self.mapping = mapping
        self._scope = scope
        self._tries = tries
        self._settled: set[str] = set()
        self._decisions: dict[str, Ended | Failure] = {}
        self._asked: dict[str, _Asked] = {}
        self._stands_for: dict[str, str] = {}

    @abstractmethod
    def _outcome(self, action: Action, what: str, location: Location) -> Ended | Failure:
        """What an action comes to; `what` happened is told where it gives no reason. Raises EvaluationError."""

    def _completed(self, outcome: Ended | Failure) -> Ended | Failure:
        """The outcome of a row, with what else the mapping says beside it. Raises EvaluationError."""
        return outcome

    def advance(self) -> Ask | Ended | Failure:
        """The next calls, or the outcome. Call it again after each `settle`."""
        calls: list[Call] = []
        for step in self.mapping.steps:
            if step.name not in self._settled:
                calls += self._ready(step)
        for step in self.mapping.steps:
            if step.on_demand:  # what comes of it is what comes of the write
                continue
            if step.name in self._decisions:
                return self._decisions[step.name]
            if step.name not in self._settled:
                return Ask(tuple(calls))
        return self._conclude()

    def _ready(self, step: Step) -> list[Call]:
        """The calls of a step that are to be made now; it is not settled."""
        name = step.name
        if name in self._decisions or (step.on_demand and name not in self._stands_for):
            return []
        asked = self._asked.get(name)
        if asked is None:
            if not (self._may_begin(step) and self._begun(step)):
                return []
            asked = self._asked[name]
        numbers = sorted(asked.waiting)
        asked.waiting.clear()
        asked.under_way.update(numbers)
        return [self._call(step, asked, number) for number in numbers]

    def _call(self, step: Step, asked: _Asked, number: int) -> Call:
        asked.attempts[number] += 1
        index = None if asked.elements is None else number
        intent = Intent.COMMIT if step.write else Intent.NONE
        after = asked.faults.get(number)
        return Call(step.name, asked.arguments[number], asked.attempts[number], step.timeout, index, intent, after)

    def _may_begin(self, step: Step) -> bool:
        """What it reads is there; and nothing is changed before every step above has had its say."""
        if not step.write:
            return step.needs <= self._settled
        above = takewhile(lambda one: one.name != step.name, self.mapping.steps)
        return step.needs <= self._settled and all(one.name in self._settled for one in above if not one.on_demand)

    def _begun(self, step: Step) -> bool:
        """Whether there are calls to make of a step whose needs are met; it is skipped, empty or impossible else."""
        try:
            if step.when is not None and not step.when.holds(self._scope):
                self._keep(step, None)
                return False
            elements = self._elements(step.each) if step.each else None
            if elements is None:
                arguments = [self._arguments(step, None)]
            else:
                arguments = [self._arguments(step, element) for element in elements]
        except EvaluationError as error:
            self._decided(step, Failure(error.message, error.location))
            return False
        if not arguments:
            self._keep(step, [])
            return False
        count = len(arguments)
        self._asked[step.name] = _Asked(elements, arguments, [0] * count, set(range(count)))
        return True

    def _elements(self, rule: EachRule) -> list[Any]:
        """What a step is called for. Too many are not cut off: the one left out could be the one that says no."""
        elements, where = rule.source.render(self._scope), rule.source.location()
        if not isinstance(elements, list):
            raise EvaluationError(f"'each' needs a list, got {kind(elements)}", where)
        if len(elements) > rule.most:
            raise EvaluationError(f"{len(elements)} elements are more than {rule.most}", where)
        if any(element is None for element in elements):
            raise EvaluationError("'each' met a null among the elements", where)
        return elements

    def _arguments(self, step: Step, element: Any) -> Mapping[str, Any]:
        if step.each is None:
            arguments: Mapping[str, Any] = step.arguments.render(self._scope)
        else:
            with self._bound(step.each, element):
                arguments = step.arguments.render(self._scope)
        self._refuse_gaps(step, arguments)
        return arguments

    @contextmanager
    def _bound(self, rule: EachRule, element: Any) -> Iterator[None]:
        """While the element of a step's list has its name."""
        self._scope[rule.name] = element
        try:
            yield
        finally:
            del self._scope[rule.name]

    def _refuse_gaps(self, step: Step, arguments: Mapping[str, Any]) -> None:
        """A query that compares with null finds nothing, and "nothing found" may mean yes: it is not sent."""
        if step.rows is None or None not in arguments.values():
            return
        for argument, given in arguments.items():
            if given is None:
                where = self.mapping.document.location(("steps", step.name, "with", argument))
                raise EvaluationError(f"'{argument}' is null, and a query needs a value; use default(…)", where)

    def settle(self, name: str, result: StepResult, index: int | None = None) -> None:
        """Take in what came of a call; `index` as the call has it.

        Raises ValueError where none is under way: a late reply decides nothing.
        """
        asked, number = self._asked.get(name), index or 0
        if asked is None or number not in asked.under_way or (index is None) != (asked.elements is None):
            raise ValueError(f"no call of '{name}' is under way")
        step = self.mapping.step(name)
        asked.under_way.discard(number)
        if step.each is None or asked.elements is None:
            self._take(step, asked, number, result)
        else:
            with self._bound(step.each, asked.elements[number]):
                self._take(step, asked, number, result)
        self._gather(step, asked)

    def _gather(self, step: Step, asked: _Asked) -> None:
        """The step has answered once all its calls have; the first of them, in their order, that did not decides."""
        decisions, values = asked.decisions, asked.values
        for number in range(len(asked.arguments)):
            if number in decisions:
                return self._decided(step, decisions[number])
            if number not in values:
                return None
        found = values[0] if asked.elements is None else [values[number] for number in range(len(asked.arguments))]
        return self._keep(step, found)

    def _take(self, step: Step, asked: _Asked, number: int, result: StepResult) -> None:
        match result:
            case Answered(value=value):
                self._answered(step, asked, number, value)
            case Faulted(codes=codes, asked=times):
                asked.attempts[number] += times - 1
                asked.faults[number] = result
                words = [*(f"fault {code}" for code in codes), "any fault"]
                self._follow(step, asked, number, words, result.words)
            case Unanswered():
                word = "unknown" if step.write else "no answer"
                self._follow(step, asked, number, [word], result.words)
            case AlreadyBegun():
                self._follow(step, asked, number, ["unknown"], "begun before, and nobody knows what became of it")
            case Impossible(reason=reason):
                why = f"{asked.told(step.name, number)} cannot be asked: {reason}"
                asked.decisions[number] = Failure(why, step.location)
            case _:
                assert_never(result)

    def _answered(self, step: Step, asked: _Asked, number: int, value: Any) -> None:
        if step.rows is None:
            asked.values[number] = value
        elif not isinstance(value, list) or not all(map(_is_row, value)):
            why = f"{asked.told(step.name, number)} answered with {kind(value)}, not rows"
            asked.decisions[number] = Failure(why, step.location)
        elif step.most is not None and len(value) > step.most:
            self._follow(step, asked, number, ["many rows"], f"more than {step.most} row(s)")
        elif step.rows == "many":
            asked.values[number] = value
        elif not value and step.rows == "one":
            self._follow(step, asked, number, ["no rows"], "no row")
        else:
            asked.values[number] = value[0] if value else None

    def _keep(self, step: Step, value: Any) -> None:
        for name in self._names_of(step):
            self._scope[name] = value
            self._settled.add(name)

    def _names_of(self, step: Step) -> tuple[str, ...]:
        """The step itself, and the one for which it finds out what became of a write."""
        other = self._stands_for.get(step.name)
        return (step.name,) if other is None else (step.name, other)

    def _decided(self, step: Step, outcome: Ended | Failure) -> None:
        for name in self._names_of(step):
            self._decisions[name] = outcome

    def _follow(self, step: Step, asked: _Asked, number: int, words: Sequence[str], what: str) -> None:
        """Follow the `on:` entry for what happened; `fail` where there is none."""
        word = next((word for word in words if word in step.on), "")
        action = step.on[word] if word else Fail(None, step.location)
        if isinstance(action, LookUp) and step.looks_up == action.step and word == "unknown":
            self._stands_for[action.step] = step.name
            return
        if isinstance(action, Retry):
            if self._may_again(step, asked, number, word):
                asked.waiting.add(number)
                return
            action = Fail(None, action.location)
        asked.decisions[number] = self._perform(action, f"{asked.told(step.name, number)}: {what}")

    def _may_again(self, step: Step, asked: _Asked, number: int, word: str) -> bool:
        """Whether `retry` is followed: nothing doubtful is written twice, and nothing asked again that was refused."""
        fault = asked.faults.get(number)
        if (step.write and not word.startswith("fault ")) or (fault is not None and fault.remark):
            return False
        return asked.attempts[number] < self._tries.get(step.name, TRIES)

    def _conclude(self) -> Ended | Failure:
        try:
            return self._completed(self._verdict())
        except EvaluationError as error:
            return Failure(error.message, error.location)

    def _verdict(self) -> Ended | Failure:
        """What the mapping says once all steps have answered. Raises EvaluationError."""
        return self._by_rows(self.mapping.answer)

    def _by_rows(self, rows: Sequence[AnswerRule]) -> Ended | Failure:
        """What the first row says that holds. Raises EvaluationError."""
        for row in rows:
            if row.when is None or row.when.holds(self._scope):
                return self._perform(row.action, "the answer says so", row)
        raise AssertionError("the last row says what holds otherwise")

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
