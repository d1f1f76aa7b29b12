"""From an item of a request to the job of answering it: which mapping, knowing what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.lso.agreement import OfAlternates
from gateway.lso.identifiers import BuyerId, SellerId
from gateway.lso.request import QualificationRequest, RequestItem, UseCase
from gateway.mapping.collection import Asked, MappingCollection
from gateway.mapping.evaluate import ItemContext
from gateway.mapping.kinds import ReferenceKey
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.items import ItemJob
from gateway.qualification.legacy import PreparedMapping
from gateway.qualification.port import Caller, QualificationFailed
from gateway.qualification.references import Asking

_BY_SPECIFICATION = UseCase.ADD_SPECIFICATION

Known = Mapping[ReferenceKey, Mapping[str, Any]]
"""What references files found for the ids of a request."""


@dataclass(frozen=True)
class Seller:
    """What the Seller's configuration adds to every POQ: its contact, its offerings, its Buyers by id.

    `alternates`: of which products they may be, as agreed with each Buyer.
    """

    contact: Mapping[str, Any]
    offerings: Sequence[Mapping[str, Any]]
    buyers: Mapping[str, Mapping[str, Any]]
    alternates: Mapping[BuyerId, OfAlternates] = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """By which an item is answered."""

    mappings: MappingCollection
    prepared: Mapping[str, PreparedMapping]
    products: ProductSpecifications


@dataclass(frozen=True)
class JobMaker:
    """Makes the jobs of POQs, for each Seller by what its configuration says."""

    rules: Rules
    sellers: Mapping[SellerId, Seller]

    def seller(self, caller: Caller) -> Seller:
        """Who is asked. Raises QualificationFailed for one that is not in the configuration (any more)."""
        try:
            return self.sellers[caller.seller]
        except KeyError:
            raise QualificationFailed(f"the Seller {caller.seller} is not in the configuration") from None

    def asking(self, caller: Caller, now: datetime) -> Asking:
        """On whose behalf ids are asked for. Raises QualificationFailed."""
        return Asking(_buyer(self.seller(caller), caller), {"id": caller.seller}, caller.interface, now)

    def job(
        self, caller: Caller, request: QualificationRequest, item: RequestItem, now: datetime, known: Known
    ) -> ItemJob:
        """The job of answering an item; `known` is what references files found. Raises QualificationFailed if no
        mapping answers it.
        """
        product = self.rules.products.resolve(item.product_type) or item.product_type
        prepared = self._prepared(caller, item, product)
        seller = self.seller(caller)
        wanted = item.offering_id
        offering = _offering(seller.offerings, wanted) if wanted else None
        context = ItemContext(
            document=request.document,
            item=item.document,
            buyer=_buyer(seller, caller),
            seller={"id": caller.seller},
            now=now,
            catalogue=[offering for offering in seller.offerings if offering["specification"] == product],
            offering=offering,
            alternates_wanted=request.provide_alternative,
            alternates_when_green=item.use_case is _BY_SPECIFICATION,
            tries=prepared.tries,
            known=known,
        )
        return ItemJob(item, request, prepared, context, seller.alternates.get(caller.buyer, "any"))

    def _prepared(self, caller: Caller, item: RequestItem, product: str) -> PreparedMapping:
        asked = Asked(
            frozenset({item.product_type, product}),
            item.action,
            item.offering_id,
            caller.buyer,
            caller.seller,
            caller.interface,
        )
        mapping = self.rules.mappings.choose(asked)
        if mapping is None:
            raise QualificationFailed(f"no mapping answers {item.product_type} ({item.action})")
        return self.rules.prepared[mapping.name]


def _buyer(seller: Seller, caller: Caller) -> Mapping[str, Any]:
    return seller.buyers.get(caller.buyer, {"id": caller.buyer})


def _offering(offerings: Sequence[Mapping[str, Any]], wanted: str) -> Mapping[str, Any]:
    """What is known of the offering that an item asks for."""
    for one in offerings:
        if one["id"] == wanted:
            return one
    return {"id": wanted}
