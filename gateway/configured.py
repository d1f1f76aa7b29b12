"""What the configuration says, in the terms of the rooms that need it. `app.py` puts the rooms together with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gateway.api.parties import Parties
from gateway.api.settings import ApiLimits, ApiSettings, ServedInterface
from gateway.lso.agreement import Agreement
from gateway.lso.identifiers import BuyerId, SellerId
from gateway.lso.rules import Catalogue, Offering
from gateway.notify.dispatcher import Pace
from gateway.notify.hub import HubTerms
from gateway.notify.policy import CallbackPolicy
from gateway.notify.schedule import Pauses
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.checking import RequestChecker
from gateway.qualification.jobs import Seller
from gateway.qualification.listing import ListTerms
from gateway.qualification.references import Agreed
from gateway.qualification.service import BuyerTerms
from gateway.settings import Settings


def buyer_terms(settings: Settings, buyer_id: str, catalogue: Catalogue, products: ProductSpecifications) -> BuyerTerms:
    """What holds for one Buyer."""
    buyer = settings.for_buyer(buyer_id)
    agreed = Agreement(**buyer.agreement.model_dump(), response_types=buyer.responses.types)
    return BuyerTerms(
        checker=RequestChecker(agreed, catalogue, products),
        agreed=Agreed(agreed.place_types, agreed.offering_change, catalogue),
        types=buyer.responses.types,
        immediate_budget=buyer.responses.immediate_budget,
        reference_budget=buyer.responses.reference_budget,
        deferred_at_once=buyer.responses.deferred_at_once,
        ends_overdue=buyer.responses.overdue == "end",
    )


def api_settings(settings: Settings, url: str) -> ApiSettings:
    """The HTTP side's settings; `url` is where the gateway listens, for hrefs where no public URL is set."""
    interfaces = tuple(
        ServedInterface(interface, one.versions, one.href) for interface, one in settings.interfaces.items()
    )
    limits = settings.limits
    return ApiSettings(
        public_url=settings.public_url or url,
        parties=Parties(tuple(BuyerId(buyer.id) for buyer in settings.buyers), (SellerId(settings.seller.id),)),
        interfaces=interfaces,
        limits=ApiLimits(
            body_bytes=limits.body,
            body_depth=limits.body_depth,
            body_seconds=limits.body_time,
            request_line_bytes=limits.header,
            header_bytes=limits.header,
            in_flight=limits.in_flight,
            arriving=limits.arriving,
            retry_after_seconds=int(limits.retry_after),
            shutdown_seconds=settings.responses.immediate_budget + 10,
        ),
    )


def offered(settings: Settings, products: ProductSpecifications) -> Catalogue:
    """What ids of offerings and specifications are checked against; without configured offerings nothing is."""
    if not settings.offerings:
        return Catalogue()
    known = {name: products.names(one) for one in products.types for name in products.names(one)}
    for offering in settings.offerings:  # of a specification without a schema, where such are accepted
        known.setdefault(offering.specification, frozenset({offering.specification}))
    offerings = {one.id: Offering(one.specification, known[one.specification]) for one in settings.offerings}
    return Catalogue(offerings, known)


def _offerings(settings: Settings, products: ProductSpecifications) -> list[dict[str, Any]]:
    """The offerings for mappings, each with the canonical name of its specification."""
    return [
        {**offering.model_dump(), "specification": products.resolve(offering.specification) or offering.specification}
        for offering in settings.offerings
    ]


def _buyers(settings: Settings) -> dict[str, dict[str, Any]]:
    """The Buyers for mappings."""
    return {buyer.id: buyer.model_dump(include={"id", "name"}, exclude_none=True) for buyer in settings.buyers}


def _contact(settings: Settings) -> dict[str, Any]:
    """The Seller's contact in the standard's member names (79.1-R22)."""
    contact = settings.seller.contact
    members = {
        "emailAddress": contact.email_address,
        "name": contact.name,
        "number": contact.number,
        "numberExtension": contact.number_extension,
        "organization": contact.organization,
    }
    return {name: value for name, value in members.items() if value is not None}


def seller_of(settings: Settings, products: ProductSpecifications) -> Seller:
    """What the Seller adds to every POQ."""
    alternates = {BuyerId(one.id): settings.for_buyer(one.id).agreement.alternates for one in settings.buyers}
    return Seller(_contact(settings), _offerings(settings, products), _buyers(settings), alternates)


def list_terms(settings: Settings) -> dict[BuyerId, ListTerms]:
    """How each Buyer may list its POQs."""
    return {BuyerId(one.id): ListTerms(**settings.for_buyer(one.id).list.model_dump()) for one in settings.buyers}


def callback_policies(settings: Settings) -> dict[BuyerId, CallbackPolicy]:
    """Whom each Buyer may have called."""
    said = {one.id: settings.for_buyer(one.id).notifications for one in settings.buyers}
    return {BuyerId(buyer): CallbackPolicy.of(own.schemes, own.allow) for buyer, own in said.items()}


def hub_terms(settings: Settings) -> dict[BuyerId, HubTerms]:
    """How each Buyer may register; one that is only answered at once has nothing to be told (H1)."""
    policies, terms = callback_policies(settings), {}
    for one in settings.buyers:
        buyer = settings.for_buyer(one.id)
        offered_to = buyer.notifications.offered and "deferred" in buyer.responses.types
        terms[BuyerId(one.id)] = HubTerms(policies[BuyerId(one.id)], offered_to, buyer.notifications.registrations)
    return terms


def deferred_without_notifications(settings: Settings) -> list[str]:
    """The Buyers that are answered later and cannot be told (87.1-R4, A19): they have to ask again and again."""
    each = [settings.for_buyer(one.id) for one in settings.buyers]
    return [one.id for one in each if "deferred" in one.responses.types and not one.notifications.offered]


def switched_off(settings: Settings) -> frozenset[str]:
    """The operations that no Buyer is offered, by operationId (L8, H1, J1)."""
    off: set[str] = set()
    if not any(terms.offered for terms in list_terms(settings).values()):
        off |= {"listProductOfferingQualification"}
    if not any(terms.offered for terms in hub_terms(settings).values()):
        off |= {"registerListener", "retrieveHub", "unregisterListener"}
    return frozenset(off)


def pace(settings: Settings) -> Pace:
    """How events are delivered."""
    said = settings.delivery
    pauses = Pauses(timedelta(seconds=said.first_pause), timedelta(seconds=said.longest_pause))
    return Pace(pauses, at_once=said.at_once, lease=said.timeout + 45.0, poll=1.0)
