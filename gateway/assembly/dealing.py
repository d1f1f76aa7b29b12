"""Who deals with whom by the configuration, what was agreed, and what is on offer: what is needed without a server too.

What is named `one` is the configuration with one Seller alone (`Settings.of_seller`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.lso.agreement import Agreement
from gateway.lso.identifiers import BuyerId, Dealing, SellerId
from gateway.lso.rules import Catalogue, Offering
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.jobs import Seller
from gateway.settings import Settings
from gateway.settings.parties import BuyerSettings


def each_dealing(settings: Settings) -> Iterator[tuple[Dealing, BuyerSettings]]:
    """Who deals with whom, and what holds between the two."""
    for one in settings.each_seller:
        for buyer in one.buyers:
            yield Dealing(BuyerId(buyer.id), SellerId(one.sellers[0].id)), one.for_buyer(buyer.id)


def agreement_of(buyer: BuyerSettings) -> Agreement:
    """What was agreed with one Buyer, its sections complete."""
    return Agreement(**buyer.agreement.model_dump(), response_types=buyer.responses.types)


def offered(one: Settings, products: ProductSpecifications) -> Catalogue:
    """What ids of offerings and specifications are checked against; without configured offerings nothing is."""
    if not one.offerings:
        return Catalogue()
    known = {name: products.names(one) for one in products.types for name in products.names(one)}
    for offering in one.offerings:  # of a specification without a schema, where such are accepted
        known.setdefault(offering.specification, frozenset({offering.specification}))
    offerings = {said.id: Offering(said.specification, known[said.specification]) for said in one.offerings}
    return Catalogue(offerings, known)


def seller_of(one: Settings, products: ProductSpecifications) -> Seller:
    """What the Seller adds to every POQ."""
    alternates = {BuyerId(buyer.id): one.for_buyer(buyer.id).agreement.alternates for buyer in one.buyers}
    return Seller(_contact(one), _offerings(one, products), _buyers(one), alternates)


def _offerings(one: Settings, products: ProductSpecifications) -> list[dict[str, Any]]:
    """The offerings for mappings, each with the canonical name of its specification."""
    return [
        {**offering.model_dump(), "specification": products.resolve(offering.specification) or offering.specification}
        for offering in one.offerings
    ]


def _buyers(one: Settings) -> dict[str, dict[str, Any]]:
    """The Buyers for mappings."""
    return {buyer.id: buyer.model_dump(include={"id", "name"}, exclude_none=True) for buyer in one.buyers}


def _contact(one: Settings) -> dict[str, Any]:
    """The Seller's contact in the standard's member names (79.1-R22)."""
    contact = one.sellers[0].contact
    members = {
        "emailAddress": contact.email_address,
        "name": contact.name,
        "number": contact.number,
        "numberExtension": contact.number_extension,
        "organization": contact.organization,
    }
    return {name: value for name, value in members.items() if value is not None}
