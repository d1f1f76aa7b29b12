"""What a Seller's backend says about one item, held against the standard before anybody else sees it.

A wrong "yes" is the costliest failure: an answer with a finding must never be passed on (state model, section 9).
Knows nothing of how the answer came about, nor of product specifications.

An answer is the item's result members under the standard's names; in use case 2b it also has `productOffering`, the
offering that was found. First `settle_alternates`, then `check_answer`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from jsonschema_rs import Validator
from pydantic import Field

from gateway.lso import schema
from gateway.lso.findings import problems
from gateway.lso.models.base import DateTime, Entity
from gateway.lso.models.products import ProductOfferingRef
from gateway.lso.models.proposals import (
    AlternateProductOfferingProposal,
    DeliveryType,
    Duration,
    MEFServiceabilityColor,
)
from gateway.lso.problems import Path, pointer
from gateway.lso.request import UseCase
from gateway.lso.visible import SAYS_SOMETHING, says_something
from gateway.values import value

ALTERNATES = "alternateProductOfferingProposal"
THIRD_PARTY_MEMBERS = ("3rdPartyProvider", "3rdPartyProviderProductOffering")
GREEN, RED = MEFServiceabilityColor.GREEN, MEFServiceabilityColor.RED
PROMISES = (GREEN, MEFServiceabilityColor.YELLOW)

_STRICT = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS


@dataclass(frozen=True)
class AnswerFinding:
    """What is wrong with an answer, for the operator and the author of the mapping; `path` leads into the answer."""

    path: Path
    text: str

    def __str__(self) -> str:
        return f"{pointer(self.path) or 'the answer'}: {self.text}"


@value(frozen=True)
class CheckedAnswer:
    """All findings, or none if the answer may be passed on; and the answer as JSON, empty if it cannot be written."""

    findings: Sequence[AnswerFinding]
    text: bytes


class ItemAnswer(Entity):
    """The members of an answer; their types and enumerations are the standard's own."""

    serviceability_confidence: MEFServiceabilityColor
    serviceability_confidence_reason: str | None = None
    installation_interval: Duration | None = None
    guaranteed_until_date: DateTime | None = None
    delivery_type: DeliveryType | None = None
    third_party_provider: str | None = Field(None, alias="3rdPartyProvider")
    third_party_provider_product_offering: str | None = Field(None, alias="3rdPartyProviderProductOffering")
    alternate_product_offering_proposal: tuple[AlternateProductOfferingProposal, ...] | None = None
    product_offering: ProductOfferingRef | None = None


def settle_alternates(answer: Mapping[str, Any], *, use_case: UseCase, provide_alternative: bool) -> dict[str, Any]:
    """The answer with the alternates that the standard allows: none unless asked for, none beside green in 2a and 2c.

    Where alternates were asked for the list is always there, empty if need be (87.1-O5, O6, CR2). A proposal without
    id gets one that is unique within the item (87.1-R55). A list of the wrong type is left for `check_answer`.
    """
    settled = dict(answer)
    proposals = settled.pop(ALTERNATES, [])
    if provide_alternative and not _may_have_alternates(answer, use_case):
        settled[ALTERNATES] = []
    elif provide_alternative:
        settled[ALTERNATES] = _with_ids(proposals) if isinstance(proposals, list | tuple) else proposals
    return settled


def check_answer(answer: Mapping[str, Any], *, use_case: UseCase, provide_alternative: bool) -> CheckedAnswer:
    """What the standard has against an answer (87.1-R51 to R55, R64, R65, O4, O5, O8, CR2)."""
    try:
        written = orjson.dumps(dict(answer), option=_STRICT)
    except TypeError as error:
        return CheckedAnswer([AnswerFinding((), f"is not JSON: {error}")], b"")
    question = Question(use_case, provide_alternative, _proposals(answer))
    if _is_valid(_ordinary(), answer):
        is_right = not _breaks_one(NOT_KEPT_BY_ORDINARY, answer, question)
    else:
        is_right = _is_valid(_validator(), answer) and not _breaks_one(ANSWER_RULES, answer, question)
    if is_right:
        return CheckedAnswer((), written)
    return CheckedAnswer(_findings(orjson.loads(written), use_case, provide_alternative), written)


def _breaks_one(rules: Sequence[Rule], answer: Mapping[str, Any], question: Question) -> bool:
    for rule in rules:
        for _ in rule(answer, question):
            return True
    return False


def _is_valid(validator: Validator, answer: Mapping[str, Any]) -> bool:
    """Of an answer that can be written as JSON, as far as it can be told of the answer itself."""
    try:
        return validator.is_valid(answer)
    except ValueError:  # a value that is JSON once it is written only
        return False


def _findings(plain: Mapping[str, Any], use_case: UseCase, provide_alternative: bool) -> list[AnswerFinding]:
    of_structure = [AnswerFinding(problem.path, problem.reason) for problem in problems(_validator(), plain)]
    faulty = {finding.path for finding in of_structure}
    question = Question(use_case, provide_alternative, _proposals(plain))
    of_rules = [finding for rule in ANSWER_RULES for finding in rule(plain, question)]
    return of_structure + [finding for finding in of_rules if finding.path not in faulty]


@value(frozen=True)
class Question:
    """What was asked, as far as the answer depends on it; and the answer's alternates, each with its path."""

    use_case: UseCase
    provide_alternative: bool
    alternates: Sequence[tuple[Path, dict[str, Any]]]


Rule = Callable[[Mapping[str, Any], Question], Iterator[AnswerFinding]]
_BY_SPECIFICATION = UseCase.ADD_SPECIFICATION


def _promise_is_complete(answer: Mapping[str, Any], question: Question) -> Iterator[AnswerFinding]:
    """87.1-R53, R65."""
    if answer.get("serviceabilityConfidence") not in PROMISES:
        return
    offering = ("productOffering",) if question.use_case is _BY_SPECIFICATION else ()
    for name in ("installationInterval", "deliveryType", *offering):
        if name not in answer:
            yield AnswerFinding((name,), "is missing: an answer green or yellow needs it")


def _offering_is_found_in_2b_only(answer: Mapping[str, Any], question: Question) -> Iterator[AnswerFinding]:
    """87.1-R47, R48: in 2a and 2c the answer is about the offering asked for; a red 2b answer has none."""
    if "productOffering" not in answer:
        return
    if question.use_case is not UseCase.ADD_SPECIFICATION:
        yield AnswerFinding(("productOffering",), f"must be absent in use case {question.use_case}")
    elif answer.get("serviceabilityConfidence") == RED:
        yield AnswerFinding(("productOffering",), "must be absent: a red answer has no offering")


def _alternates_are_due(answer: Mapping[str, Any], question: Question) -> Iterator[AnswerFinding]:
    """87.1-O5, CR2."""
    if question.provide_alternative and ALTERNATES not in answer:
        yield AnswerFinding((ALTERNATES,), "is missing: alternatives were asked for")
    if not question.provide_alternative and ALTERNATES in answer:
        yield AnswerFinding((ALTERNATES,), "must be absent: no alternatives were asked for")
    if answer.get(ALTERNATES) and not _may_have_alternates(answer, question.use_case):
        yield AnswerFinding((ALTERNATES,), f"must be empty: the answer is green in use case {question.use_case}")


def _alternate_ids_differ(answer: Mapping[str, Any], question: Question) -> Iterator[AnswerFinding]:
    """87.1-R55."""
    seen: set[str] = set()
    for path, proposal in question.alternates:
        proposal_id = proposal.get("id")
        if not isinstance(proposal_id, str):
            continue
        if proposal_id in seen:
            yield AnswerFinding((*path, "id"), "is the id of an earlier alternate")
        seen.add(proposal_id)


def _third_party_is_off_net(answer: Mapping[str, Any], question: Question) -> Iterator[AnswerFinding]:
    """87.1-O4, O8."""
    for path, node in (((), answer), *question.alternates):
        for name in THIRD_PARTY_MEMBERS:
            if name in node and not str(node.get("deliveryType", "")).startswith("offNet"):
                yield AnswerFinding((*path, name), "must be absent unless the delivery is off-net")


def _intervals_are_whole(answer: Mapping[str, Any], question: Question) -> Iterator[AnswerFinding]:
    """JSON Schema takes 5.0 for an integer; a Buyer's reader may not."""
    for path, node in (((), answer), *question.alternates):
        interval = node.get("installationInterval")
        if isinstance(interval, dict) and isinstance(interval.get("amount"), float):
            yield AnswerFinding((*path, "installationInterval", "amount"), "must be an integer")


def _names_are_not_blank(answer: Mapping[str, Any], question: Question) -> Iterator[AnswerFinding]:
    """An id that says nothing promises nothing."""
    if _has_blank_id(answer.get("productOffering")):
        yield AnswerFinding(("productOffering", "id"), "must not be blank")
    for path, proposal in question.alternates:
        if _has_blank_id(proposal):
            yield AnswerFinding((*path, "id"), "must not be blank")
        product = proposal.get("alternateProduct")
        if isinstance(product, dict) and _has_blank_id(product.get("productOffering")):
            yield AnswerFinding((*path, "alternateProduct", "productOffering", "id"), "must not be blank")


ANSWER_RULES: tuple[Rule, ...] = (
    _promise_is_complete,
    _offering_is_found_in_2b_only,
    _alternates_are_due,
    _alternate_ids_differ,
    _third_party_is_off_net,
    _intervals_are_whole,
    _names_are_not_blank,
)

NOT_KEPT_BY_ORDINARY = tuple(
    rule for rule in ANSWER_RULES if rule not in (_third_party_is_off_net, _names_are_not_blank)
)
"""The rules that an ordinary answer may break."""


@cache
def _validator() -> Validator:
    return schema.validator(ItemAnswer)


@cache
def _ordinary() -> Validator:
    """What lets only sound answers pass that name no third party, and whose names begin as most do."""
    of_us = dict.fromkeys(THIRD_PARTY_MEMBERS, False)
    named = {"id": {"pattern": SAYS_SOMETHING}}
    product = {"properties": {"productOffering": {"properties": named}}}
    proposals = {"items": {"properties": {**of_us, **named, "alternateProduct": product}}}
    return schema.validator(ItemAnswer, more={"properties": {**of_us, **product["properties"], ALTERNATES: proposals}})


def _may_have_alternates(answer: Mapping[str, Any], use_case: UseCase) -> bool:
    return use_case is _BY_SPECIFICATION or answer.get("serviceabilityConfidence") != GREEN


def _proposals(answer: Mapping[str, Any]) -> list[tuple[Path, dict[str, Any]]]:
    proposals = answer.get(ALTERNATES)
    listed = enumerate(proposals if isinstance(proposals, list | tuple) else ())
    return [((ALTERNATES, index), proposal) for index, proposal in listed if isinstance(proposal, dict)]


def _with_ids(proposals: list[Any] | tuple[Any, ...]) -> list[Any]:
    if not [True for proposal in proposals if not isinstance(proposal, dict) or "id" not in proposal]:
        return list(proposals)
    taken = {str(proposal.get("id")) for proposal in proposals if isinstance(proposal, Mapping)}
    free = (str(number) for number in range(1, 2 * len(proposals) + 2) if str(number) not in taken)
    return [
        {"id": next(free), **proposal} if isinstance(proposal, Mapping) and "id" not in proposal else proposal
        for proposal in proposals
    ]


def _has_blank_id(node: Any) -> bool:
    text = node.get("id") if isinstance(node, dict) else None
    return isinstance(text, str) and not says_something(text)
