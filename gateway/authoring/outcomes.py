"""Outcomes as a test writes them, so that an expectation can be held against what came about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from gateway.authoring.comparing import Difference, differences, renewed
from gateway.mapping.outcomes import Failure, KnownReference, Postponed, Refusal, UnknownReference
from gateway.qualification.answering import ItemAnswer
from gateway.sources.units import seconds

CaseOutcome = ItemAnswer | Refusal | Postponed | Failure | KnownReference | UnknownReference
Expectation = str | Mapping[str, Any]
"""One word for a whole kind of outcome (`fail`), or the members that matter."""

_KINDS = ("refuse", "fail", "wait", "ask an operator", "found", "unknown")
_CONFIDENCE, _REASON = "serviceabilityConfidence", "serviceabilityConfidenceReason"
_PROMISES = ("green", "yellow")


def as_written(outcome: CaseOutcome) -> dict[str, Any]:
    """An outcome in the words of a test."""
    match outcome:
        case ItemAnswer(members=members, offering=offering):
            return {**members, **({"productOffering": {"id": offering}} if offering else {})}
        case Refusal(code=code, reason=reason, pointer=pointer):
            return {"refuse": code.value, **({"at": pointer} if pointer is not None else {}), "reason": reason}
        case Postponed(wait=None, reason=reason):
            return {"ask an operator": reason}
        case Postponed(wait=wait):
            return {"wait": f"{wait:g} s"}
        case Failure(reason=reason):
            return {"fail": reason}
        case KnownReference(members=members):
            return {"found": members}
        case UnknownReference(reason=reason):
            return {"unknown": reason}
        case _:
            assert_never(outcome)


def not_as_expected(expect: Expectation, found: Mapping[str, Any]) -> Iterator[Difference]:
    """The fields in which an outcome is not as expected; one for the whole where it is of another kind."""
    if _kind(expect) != _kind(found):
        yield Difference((), expect, found)
    elif isinstance(expect, Mapping):
        yield from differences(_written_out(expect), found)
    elif expect == "red":
        yield from differences({_CONFIDENCE: "red"}, found)


def as_found(expect: Expectation, found: Mapping[str, Any]) -> Expectation:
    """The expectation that this outcome would fulfil: what it named, as it was found; another kind of outcome whole."""
    if _kind(expect) == _kind(found) and isinstance(expect, Mapping):
        again: Mapping[str, Any] = renewed(_written_out(expect), found)
        return again
    return dict(found)


def is_promise(outcome: Any) -> bool:
    """Whether an outcome says that something can be delivered, or may be; an id that exists counts too."""
    return isinstance(outcome, Mapping) and (outcome.get(_CONFIDENCE) in _PROMISES or "found" in outcome)


def rules_out_a_promise(expect: Expectation) -> bool:
    """Whether an expectation says that there is none: that something cannot be delivered, or cannot be told."""
    if _kind(expect) != "answer":
        return not is_promise(expect)
    return expect == "red" or (isinstance(expect, Mapping) and ("red" in expect or expect.get(_CONFIDENCE) == "red"))


def _kind(outcome: Expectation) -> str:
    names = (outcome,) if isinstance(outcome, str) else outcome
    return next((kind for kind in _KINDS if kind in names), "answer")


def _written_out(expect: Mapping[str, Any]) -> Mapping[str, Any]:
    """The expectation without short words: `red: reason`, and a time in seconds."""
    if "red" in expect:
        rest = {name: value for name, value in expect.items() if name != "red"}
        return {_CONFIDENCE: "red", _REASON: expect["red"], **rest}
    if "wait" in expect:
        try:
            return {**expect, "wait": f"{seconds(expect['wait']):g} s"}
        except ValueError:
            return expect
    return expect
