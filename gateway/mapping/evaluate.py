"""One item, one mapping: what to ask next, and how it ends. No await, no clock: replies and `now` come in.

    evaluation = ItemEvaluation(mapping, context)
    while isinstance(step := evaluation.advance(), Ask):
        for call in step.calls:                      # independent calls, may run at the same time
            evaluation.settle(call.step, ...)        # Answered, Faulted, Unanswered or Impossible
    step                                             # the Outcome

Steps decide in the order of the file (a step that is needed before the one that needs it), not in the order in which
replies arrive: the same replies always give the same outcome, and the same rule is named as its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, assert_never

from gateway.lso.problems import parse_pointer
from gateway.mapping.expressions.values import MissingValue, kind
from gateway.mapping.outcomes import (
    Answer,
    Answered,
    Call,
    Failure,
    Faulted,
    Impossible,
    Outcome,
    Postponed,
    Refusal,
    StepResult,
    Unanswered,
)
from gateway.mapping.plain import plain
from gateway.mapping.plan import Action, AnswerRule, Fail, Fields, LoadedMapping, Postpone, Red, Refuse, Retry, Step
from gateway.mapping.template import EvaluationError, Template
from gateway.sources.findings import Location


@dataclass(frozen=True)
class ItemContext:
    """All that an evaluation may read.

    `document`: the request as plain data; `item`: one of its items (the same object, so that pointers can be made);
    `answers`: what other items were answered with, by item id; `tries`: how often `retry` may ask, in all, by step.
    """

    document: Mapping[str, Any]
    item: Mapping[str, Any]
    buyer: Mapping[str, Any]
    seller: Mapping[str, Any]
    now: datetime
    catalogue: Sequence[Mapping[str, Any]] = ()
    offering: Mapping[str, Any] | None = None
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    alternates_wanted: bool = False
    alternates_when_green: bool = False
    tries: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """Calls to make now; they do not need each other. Empty: wait for the calls under way."""

    calls: tuple[Call, ...]


TRIES = 3
"""How often `retry` may ask a step in all, where nothing else is said."""


class Scope(dict[str, Any]):
    """The names of one evaluation. Names under `let` are computed at first use and kept."""

    def __init__(self, mapping: LoadedMapping, context: ItemContext) -> None:
        super().__init__(
            item=context.item,
            poq=context.document,
            buyer=context.buyer,
            seller=context.seller,
            now=context.now,
            catalogue=list(context.catalogue),
            offering=context.offering,
            **mapping.lookups,
        )
        if mapping.candidates:
            self[mapping.candidates.each] = context.offering
        self._lets = mapping.lets
        self.document = context.document
        self.item = context.item
        self.answers = context.answers

    def __missing__(self, name: str) -> Any:
        if name not in self._lets:
            raise MissingValue(f"'{name}' has no value here")
        value = self._lets[name].render(self)
        self[name] = value
        return value


class ItemEvaluation:
    """The evaluation of one item by one mapping."""

    def __init__(self, mapping: LoadedMapping, context: ItemContext) -> None:
        self.mapping = mapping
        self._context = context
        self._scope = Scope(mapping, context)
        self._settled: set[str] = set()
        self._decisions: dict[str, Outcome] = {}
        self._attempts: dict[str, int] = {}
        self._under_way: set[str] = set()

    def advance(self) -> Ask | Outcome:
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
            if self._attempts[step.name] < self._context.tries.get(step.name, TRIES):
                return
            action = Fail(None, action.location)
        self._decisions[step.name] = self._perform(action, f"'{step.name}': {what}")

    def _conclude(self) -> Outcome:
        try:
            rule = next(row for row in self.mapping.answer if row.when is None or row.when.holds(self._scope))
            outcome = self._perform(rule.action, "the answer says so", rule)
            return self._with_alternates(outcome) if isinstance(outcome, Answer) else outcome
        except EvaluationError as error:
            return Failure(error.message, error.location)

    def _perform(self, action: Action, what: str, rule: AnswerRule | None = None) -> Outcome:
        location = rule.location if rule else action.location
        try:
            return self._outcome(action, what, location)
        except EvaluationError as error:
            return Failure(error.message, error.location)

    def _outcome(self, action: Action, what: str, location: Location) -> Outcome:
        match action:
            case Fields(members=members):
                return Answer(self._fields(members, location), location)
            case Red(reason=reason):
                text = self._text(reason, location)
                return Answer({"serviceabilityConfidence": "red", "serviceabilityConfidenceReason": text}, location)
            case Refuse(code=code, reason=reason, at=at):
                where = self._pointer(at, location) if at else None
                return Refusal(code, self._text(reason, location), where, location)
            case Fail(reason=reason):
                return Failure(self._text(reason, location) if reason else what, location)
            case Postpone(reason=reason, wait=wait):
                why = f"to be asked again in {wait:g} s" if wait is not None else "to be answered by an operator"
                return Postponed(self._text(reason, location) if reason else f"{what}; {why}", location)
            case Retry():
                return Failure(what, location)
            case _:
                assert_never(action)

    def _text(self, template: Template, location: Location) -> str:
        value = template.render(self._scope)
        if not isinstance(value, str) or not value.strip():
            raise EvaluationError("a text is needed here", location)
        return value

    def _pointer(self, template: Template, location: Location) -> str:
        """Where a refusal points to; empty for the item itself would say nothing."""
        text = self._text(template, location)
        try:
            parse_pointer(text)
        except ValueError as error:
            raise EvaluationError(f"'at' is no JSON Pointer: {error}", location) from error
        return text

    def _fields(self, members: Mapping[str, Template], location: Location) -> dict[str, Any]:
        """The members that have a value; a member computed as null is left out (the standard has no nulls)."""
        rendered = {name: plain(member.render(self._scope), location) for name, member in members.items()}
        return {name: value for name, value in rendered.items() if value is not None}

    def _with_alternates(self, answer: Answer) -> Answer:
        rule, context = self.mapping.alternates, self._context
        green = answer.fields.get("serviceabilityConfidence") == "green"
        if rule is None or not context.alternates_wanted or (green and not context.alternates_when_green):
            return answer
        found: list[Mapping[str, Any]] = []
        source = rule.source.render(self._scope)
        if not isinstance(source, list):
            raise EvaluationError("a list is needed here", rule.source.location())
        for element in source:
            self._scope[rule.each] = element
            if rule.when is None or rule.when.holds(self._scope):
                found.append(self._fields(rule.proposal, rule.location))
            if rule.most is not None and len(found) == rule.most:
                break
        self._scope.pop(rule.each, None)
        return Answer(answer.fields, answer.rule, tuple(found))
