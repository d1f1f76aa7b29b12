"""What a mapping says about an item, held against the standard and the Seller's own catalogue before it is passed on.

What leaves here as an `ItemAnswer` obeys the standard (state model, section 9); anything else is a `Failure`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.loggers import logger
from gateway.lso.agreement import OfAlternates
from gateway.lso.answers import ALTERNATES, check_answer, settle_alternates
from gateway.lso.request import QualificationRequest, RequestItem
from gateway.lso.rules import Catalogue
from gateway.mapping.outcomes import Answer, Failure
from gateway.products.specifications import ProductSpecifications
from gateway.sources.findings import Location
from gateway.values import value

_log = logger()

_OF_PRODUCT = ("productOffering", "productConfiguration")

_REASONS = {
    "green": "Can be delivered as requested",
    "yellow": "Can be delivered subject to a feasibility check",
    "red": "Cannot be delivered as requested",
}


@value(frozen=True)
class Proposed:
    """What a mapping answered, unchecked; in 2b with the offering that it is about."""

    outcome: Answer
    offering: str | None


@value(frozen=True)
class ItemAnswer:
    """An answer that may be passed on: the Seller's members, and in 2b the offering that they are about."""

    members: Mapping[str, Any]
    offering: str | None
    rule: Location
    text: bytes = field(default=b"", repr=False, compare=False)
    """The members and the offering as JSON; empty where nobody has written them yet."""


@dataclass(frozen=True)
class AnswerCheck:
    """Checks answers. `catalogue`: what the Seller offers; where it is not known, offerings are not checked."""

    products: ProductSpecifications
    catalogue: Catalogue

    def checked(
        self, item: RequestItem, request: QualificationRequest, proposed: Proposed, *, alternates: OfAlternates = "any"
    ) -> ItemAnswer | Failure:
        """The answer as the standard wants it, or a Failure: a wrong answer is never passed on (P45).

        Alternates of products that the Buyer does not want to hear of are left out.
        """
        wanted, rule = request.provide_alternative, proposed.outcome.rule
        outcome = proposed.outcome if alternates == "any" else self._of_same(item, proposed.outcome)
        members = settle_alternates(_members(outcome), use_case=item.use_case, provide_alternative=wanted)
        offering = {"productOffering": {"id": proposed.offering}} if proposed.offering else {}
        checked = check_answer({**members, **offering}, use_case=item.use_case, provide_alternative=wanted)
        wrong = list(map(str, checked.findings)) or list(self._wrong_products(item, members, proposed.offering))
        if wrong:
            return Failure(f"the answer breaks the standard: {'; '.join(wrong)}", rule)
        return ItemAnswer(members, proposed.offering, rule, checked.text)

    def _of_same(self, item: RequestItem, answer: Answer) -> Answer:
        """The answer with alternates of the item's own specification only."""

        def is_same(alternate: Mapping[str, Any]) -> bool:
            configuration = alternate.get("productConfiguration")
            other = configuration.get("@type") if isinstance(configuration, Mapping) else None
            return isinstance(other, str) and self._canonical(other) == self._canonical(item.product_type)

        return replace(answer, alternates=tuple(filter(is_same, answer.alternates)))

    def _canonical(self, product_type: str) -> str:
        return self.products.resolve(product_type) or product_type

    def _wrong_products(self, item: RequestItem, members: Mapping[str, Any], offering: str | None) -> Iterator[str]:
        """The Seller's products must fit their specification and be on offer too (87.1-R20, R48, P29, P30)."""
        if offering is not None:
            yield from self._not_offered(offering, item.product_type, "productOffering")
        for number, proposal in enumerate(members.get(ALTERNATES) or ()):
            found = self.products.check_alternate(proposal, at=(ALTERNATES, number))
            for problem in found.problems:
                yield f"{problem.pointer}: {problem.reason}"
            if found.warnings:
                _log.info("an alternate breaks its specification", item_id=item.id, count=len(found.warnings))
            if self.catalogue.offerings is not None:
                product, where = proposal["alternateProduct"], f"{ALTERNATES}/{number}"
                product_type = product["productConfiguration"]["@type"]
                yield from self._not_offered(product["productOffering"]["id"], product_type, where)

    def _not_offered(self, offering: str, product_type: str, where: str) -> Iterator[str]:
        offerings = self.catalogue.offerings
        if offerings is None:
            return
        known = offerings.get(offering)
        if known is None:
            yield f"{where}: the offering '{offering}' is not in the catalogue"
        elif known.types and product_type not in known.types:
            yield f"{where}: the offering '{offering}' is of another specification than {product_type}"


def _members(answer: Answer) -> dict[str, Any]:
    """The answer's members in the standard's shape, with a reason where the mapping gives none (79.1-R82)."""
    color = str(answer.fields.get("serviceabilityConfidence"))
    proposals = [_proposal(alternate) for alternate in answer.alternates]
    return {"serviceabilityConfidenceReason": _REASONS.get(color, ""), **answer.fields, ALTERNATES: proposals}


def _proposal(alternate: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping's proposal in the standard's shape: the product's two parts under alternateProduct (87.1-R54)."""
    own = dict(alternate)
    own["alternateProduct"] = {name: own.pop(name) for name in _OF_PRODUCT if name in own}
    return own
