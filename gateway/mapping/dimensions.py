"""Several partial verdicts made one: it promises no more than any of them. Knows answers only, no mapping.

The worst confidence counts, and the reason names the dimensions that have it. What the dimensions say of the delivery
they all say of the whole of it: so the longest interval counts, the earliest end of a guarantee, and building or
another network where any of them needs it. What cannot be compared, or is said differently twice, is no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.mapping.outcomes import Answer
from gateway.mapping.template import EvaluationError
from gateway.sources.findings import Location

CONFIDENCE, REASON = "serviceabilityConfidence", "serviceabilityConfidenceReason"
_BEST_FIRST = ("green", "yellow", "red")

_LENGTHS: Mapping[str, tuple[str, int]] = {
    "seconds": ("calendar", 1),
    "minutes": ("calendar", 60),
    "calendarHours": ("calendar", 3_600),
    "calendarDays": ("calendar", 86_400),
    "businessHours": ("business hours", 1),
    "businessDays": ("business days", 1),
    "months": ("months", 1),
    "years": ("months", 12),
}
"""What a unit is compared with, and how long it is there: how many days a business day takes, nobody knows."""


@dataclass(frozen=True)
class Verdict:
    """What one dimension says."""

    dimension: str
    answer: Answer

    @property
    def rank(self) -> int:
        """How bad it is. Raises EvaluationError for what is neither green, yellow nor red."""
        confidence = self.answer.fields.get(CONFIDENCE)
        if confidence not in _BEST_FIRST:
            message = f"the dimension '{self.dimension}' is neither green, yellow nor red"
            raise EvaluationError(message, self.answer.rule)
        return _BEST_FIRST.index(confidence)


def combined(verdicts: Sequence[Verdict]) -> Answer:
    """The answer of all dimensions (one at least), by the rule of the first that is worst. Raises EvaluationError."""
    worst = max(verdict.rank for verdict in verdicts)
    deciding = [verdict for verdict in verdicts if verdict.rank == worst]
    confidence = _BEST_FIRST[worst]
    fields: dict[str, Any] = {CONFIDENCE: confidence}
    if reason := _reason(deciding, named=confidence != "green"):
        fields[REASON] = reason
    if confidence != "red":
        fields |= _members(verdicts)
    return Answer(fields, deciding[0].answer.rule)


def _reason(deciding: Sequence[Verdict], *, named: bool) -> str:
    """The reasons of the dimensions that decide; `named`: those without a reason are named too."""
    told = ((verdict.dimension, verdict.answer.fields.get(REASON)) for verdict in deciding)
    return "; ".join(f"{name}: {reason}" if reason else name for name, reason in told if reason or named)


def _members(verdicts: Sequence[Verdict]) -> Iterator[tuple[str, Any]]:
    names = dict.fromkeys(name for one in verdicts for name in one.answer.fields if name not in (CONFIDENCE, REASON))
    for name in names:
        said = [(one.answer.fields[name], one.answer.rule) for one in verdicts if name in one.answer.fields]
        yield name, said[0][0] if len(said) == 1 else _CHOICES.get(name, _same)(name, said)


_Said = Sequence[tuple[Any, Location]]


def _same(name: str, said: _Said) -> Any:
    """What all of them say."""
    for value, where in said[1:]:
        if value != said[0][0]:
            raise EvaluationError(f"dimensions say two things of '{name}'", where)
    return said[0][0]


def _longest(name: str, said: _Said) -> Any:
    lengths = [_length(value, where) for value, where in said]
    for (kind, _), (_, where) in zip(lengths, said, strict=True):
        if kind != lengths[0][0]:
            message = f"dimensions give '{name}' in {lengths[0][0]} and {kind}, which cannot be compared"
            raise EvaluationError(message, where)
    longest = max(range(len(said)), key=lambda number: lengths[number][1])
    return said[longest][0]


def _length(value: Any, where: Location) -> tuple[str, int]:
    amount, units = (value.get("amount"), value.get("units")) if isinstance(value, Mapping) else (None, None)
    if not isinstance(amount, int) or isinstance(amount, bool) or not isinstance(units, str) or units not in _LENGTHS:
        raise EvaluationError("an interval of a dimension needs a whole amount and its units", where)
    kind, length = _LENGTHS[units]
    return kind, amount * length


def _earliest(name: str, said: _Said) -> Any:
    moments = [_moment(name, value, where) for value, where in said]
    return said[moments.index(min(moments))][0]


def _moment(name: str, value: Any, where: Location) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise EvaluationError(f"'{name}' of a dimension is no date-time", where) from error
    if moment.tzinfo is None:
        raise EvaluationError(f"'{name}' of a dimension has no offset", where)
    return moment


def _hardest(name: str, said: _Said) -> Any:
    """Another network if any of them needs it, and building if any of them needs that."""
    nets, builds = zip(*(_delivery(value, where) for value, where in said), strict=True)
    net, build = ("offNet" if "offNet" in nets else "onNet"), ("With" if "With" in builds else "Without")
    return f"{net}{build}Build"


def _delivery(value: Any, where: Location) -> tuple[str, str]:
    for net in ("offNet", "onNet"):
        for build in ("With", "Without"):
            if value == f"{net}{build}Build":
                return net, build
    raise EvaluationError("this is no delivery type", where)


_CHOICES: Mapping[str, Callable[[str, _Said], Any]] = {
    "installationInterval": _longest,
    "guaranteedUntilDate": _earliest,
    "deliveryType": _hardest,
}
