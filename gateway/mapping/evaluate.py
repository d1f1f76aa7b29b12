"""One item, one mapping: what to ask next, and how it ends. No await, no clock: replies and `now` come in.

    evaluation = ItemEvaluation(mapping, context)
    while isinstance(step := evaluation.advance(), Ask):
        for call in step.calls:                      # independent calls, may run at the same time
            match call.intent: ...                   # what has to be settled before it is made
            evaluation.settle(call.step, ..., call.index)    # Answered, Faulted, Unanswered …
    step                                             # the Outcome

Steps decide in the order of the file (a step that is needed before the one that needs it), not in the order in which
replies arrive: the same replies always give the same outcome, and the same rule is named as its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, assert_never

from gateway.lso.problems import parse_pointer
from gateway.mapping.dimensions import REASON, Verdict, combined
from gateway.mapping.engine import TRIES, Ask, Evaluation, NamedValues
from gateway.mapping.kinds import ReferenceKey, ReferenceKind
from gateway.mapping.outcomes import Answer, Failure, Outcome, Postponed, Refusal
from gateway.mapping.plain import PlainValues
from gateway.mapping.plan import (
    Action,
    Fail,
    Fields,
    Found,
    LoadedMapping,
    LookUp,
    Postpone,
    Red,
    Refuse,
    Retry,
    Unknown,
)
from gateway.mapping.template import EvaluationError, Template
from gateway.sources.findings import Location
from gateway.values import value

__all__ = ["TRIES", "Ask", "ItemContext", "ItemEvaluation", "Scope"]


@value(frozen=True)
class ItemContext:
    """All that an evaluation may read.

    `document`: the request as plain data; `item`: one of its items (the same object, so that pointers can be made);
    `answers`: what other items were answered with, by item id; `tries`: how often `retry` may ask, in all, by step;
    `known`: what references files found for the ids that the request names.
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
    known: Mapping[ReferenceKey, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def existing(self) -> Mapping[str, Any] | None:
        """What is known of the product that the item modifies; None where it adds one, or nothing is known."""
        product = self.item.get("product")
        if self.item.get("action") != "modify" or not isinstance(product, Mapping):
            return None
        return self.known.get((ReferenceKind.PRODUCT, str(product.get("id"))))


class Scope(NamedValues):
    """The names of one evaluation of an item, and what functions over requests read."""

    def __init__(self, mapping: LoadedMapping, context: ItemContext) -> None:
        super().__init__(
            mapping,
            item=context.item,
            poq=context.document,
            buyer=context.buyer,
            seller=context.seller,
            now=context.now,
            catalogue=list(context.catalogue),
            offering=context.offering,
            existing=context.existing,
        )
        if mapping.candidates:
            self[mapping.candidates.each] = context.offering
        self.document = context.document
        self.item = context.item
        self.answers = context.answers
        self.known = context.known


class ItemEvaluation(Evaluation[Answer | Refusal | Postponed]):
    """The evaluation of one item by one mapping."""

    def __init__(self, mapping: LoadedMapping, context: ItemContext) -> None:
        scope = Scope(mapping, context)
        super().__init__(mapping, scope, context.tries)
        self._context = context
        self._plain = PlainValues(context.item.get("product"), scope.copies)

    def _verdict(self) -> Outcome:
        """The answer's, or that of all dimensions: the first of them that gives none decides alone."""
        if not self.mapping.dimensions:
            return self._by_rows(self.mapping.answer)
        verdicts: list[Verdict] = []
        for dimension in self.mapping.dimensions:
            outcome = self._by_rows(dimension.rows)
            if not isinstance(outcome, Answer):
                return outcome
            verdicts.append(Verdict(dimension.name, outcome))
        return combined(verdicts)

    def _completed(self, outcome: Outcome) -> Outcome:
        return self._with_alternates(outcome) if isinstance(outcome, Answer) else outcome

    def _outcome(self, action: Action, what: str, location: Location) -> Outcome:
        match action:
            case Fields(members=members):
                fields = action.together.json(self._scope, self._plain, location)
                if self.mapping.dimensions and (gaps := members.keys() - fields.keys() - {REASON}):
                    raise EvaluationError(f"'{min(gaps)}' is null: a dimension gives what it names", location)
                return Answer(fields, location)
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
                return Postponed(self._text(reason, location) if reason else f"{what}; {why}", location, wait)
            case Retry() | Found() | Unknown() | LookUp():
                return Failure(what, location)
            case _:
                assert_never(action)

    def _pointer(self, template: Template, location: Location) -> str:
        """Where a refusal points to; empty for the item itself would say nothing."""
        text = self._text(template, location)
        try:
            parse_pointer(text)
        except ValueError as error:
            raise EvaluationError(f"'at' is no JSON Pointer: {error}", location) from error
        return text

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
                found.append(rule.together.json(self._scope, self._plain, rule.location))
            if rule.most is not None and len(found) == rule.most:
                break
        self._scope.pop(rule.each, None)
        return Answer(answer.fields, answer.rule, tuple(found))
