"""What the configuration says, in the terms of the rooms that need it. `app.py` puts the rooms together with it.

What is named `one` is the configuration with one Seller alone (`Settings.of_seller`): what differs between Sellers is
asked of such a one.
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

from gateway.api.identity import TrustedProxies
from gateway.api.settings import ApiLimits, ApiSettings, ServedInterface
from gateway.assembly.dealing import agreement_of, each_dealing, offered, seller_of
from gateway.authentication.parties import Parties
from gateway.lso.identifiers import Dealing, SellerId
from gateway.lso.rules import Catalogue
from gateway.notify.dispatcher import Pace
from gateway.notify.hub import HubTerms
from gateway.notify.policy import CallbackPolicy
from gateway.notify.schedule import Pauses
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.answering import AnswerCheck
from gateway.qualification.checking import RequestChecker
from gateway.qualification.jobs import Seller
from gateway.qualification.listing import ListTerms
from gateway.qualification.references import Agreed
from gateway.qualification.repeating import RepeatTerms
from gateway.qualification.service import BuyerTerms
from gateway.settings import Settings
from gateway.settings.parties import BuyerSettings


def parties(settings: Settings) -> Parties:
    """Who deals with whom."""
    return Parties(tuple(dealing for dealing, _ in each_dealing(settings)))


def all_terms(settings: Settings, products: ProductSpecifications) -> dict[Dealing, BuyerTerms]:
    """What holds for each Buyer with each Seller."""
    catalogues = {SellerId(one.sellers[0].id): offered(one, products) for one in settings.each_seller}
    return {
        dealing: buyer_terms(buyer, catalogues[dealing.seller], products) for dealing, buyer in each_dealing(settings)
    }


def buyer_terms(buyer: BuyerSettings, catalogue: Catalogue, products: ProductSpecifications) -> BuyerTerms:
    """What holds for one Buyer with the Seller of this catalogue."""
    agreed = agreement_of(buyer)
    return BuyerTerms(
        checker=RequestChecker(agreed, catalogue, products),
        agreed=Agreed(agreed.place_types, agreed.offering_change, catalogue),
        types=buyer.responses.types,
        immediate_budget=buyer.responses.immediate_budget,
        reference_budget=buyer.responses.reference_budget,
        deferred_at_once=buyer.responses.deferred_at_once,
        ends_overdue=buyer.responses.overdue == "end",
        open_at_once=buyer.responses.open_at_once,
        repeats=RepeatTerms(buyer.responses.duplicates, timedelta(seconds=buyer.responses.repeat_window)),
    )


def api_settings(settings: Settings, url: str) -> ApiSettings:
    """The HTTP side's settings; `url` is where the gateway listens, for hrefs where no public URL is set."""
    interfaces = tuple(
        ServedInterface(interface, one.versions, one.href) for interface, one in settings.interfaces.items()
    )
    limits = settings.limits
    return ApiSettings(
        public_url=settings.public_url or url,
        parties=parties(settings),
        proxies=_proxies(settings),
        scopes={operation: frozenset(said) for operation, said in settings.authentication.scopes.items()},
        interfaces=interfaces,
        limits=ApiLimits(
            body_bytes=limits.body,
            body_depth=limits.body_depth,
            body_seconds=limits.body_time,
            text_bytes=limits.text,
            header_seconds=limits.header_time,
            connections=limits.connections,
            connections_each=limits.connections_each,
            rate=limits.rate,
            burst=limits.burst,
            posts=limits.posts,
            request_line_bytes=limits.header,
            header_bytes=limits.header,
            in_flight=limits.in_flight,
            arriving=limits.arriving,
            retry_after_seconds=int(limits.retry_after),
            shutdown_seconds=max(buyer.responses.immediate_budget for _, buyer in each_dealing(settings)) + 10,
        ),
    )


def ways_in(settings: Settings) -> dict[str, Any]:
    """What the OpenAPI document says of how clients get in."""
    tokens = settings.authentication.tokens if settings.clients else ()
    urls = [one.token_url or one.issuer for one in tokens]
    return {"token_url": urls[0] if urls else None, "has_keys": any(client.keys for client in settings.clients)}


def _proxies(settings: Settings) -> TrustedProxies:
    networks = tuple(ip_network(one, strict=False) for one in settings.listen.proxies)
    header = settings.authentication.certificate_header
    return TrustedProxies(networks, header.name, header.form) if header else TrustedProxies(networks)


def sellers_of(settings: Settings, products: ProductSpecifications) -> dict[SellerId, Seller]:
    """What each Seller adds to every POQ."""
    return {SellerId(one.sellers[0].id): seller_of(one, products) for one in settings.each_seller}


def answer_checks(settings: Settings, products: ProductSpecifications) -> dict[SellerId, AnswerCheck]:
    """What each Seller's answers are held against."""
    return {SellerId(one.sellers[0].id): AnswerCheck(products, offered(one, products)) for one in settings.each_seller}


def list_terms(settings: Settings) -> dict[Dealing, ListTerms]:
    """How each Buyer may list its POQs."""
    return {dealing: ListTerms(**buyer.list.model_dump()) for dealing, buyer in each_dealing(settings)}


def callback_policies(settings: Settings) -> dict[Dealing, CallbackPolicy]:
    """Whom each Buyer may have called."""
    said = {dealing: buyer.notifications for dealing, buyer in each_dealing(settings)}
    return {dealing: CallbackPolicy.of(own.schemes, own.allow) for dealing, own in said.items()}


def hub_terms(settings: Settings) -> dict[Dealing, HubTerms]:
    """How each Buyer may register; one that is only answered at once has nothing to be told (H1)."""
    policies, terms = callback_policies(settings), {}
    for dealing, buyer in each_dealing(settings):
        offered_to = buyer.notifications.offered and "deferred" in buyer.responses.types
        terms[dealing] = HubTerms(policies[dealing], offered_to, buyer.notifications.registrations)
    return terms


def told(settings: Settings) -> dict[Dealing, bool]:
    """Which Buyers get notifications of which Sellers."""
    return {dealing: terms.offered for dealing, terms in hub_terms(settings).items()}


def deferred_without_notifications(settings: Settings) -> list[str]:
    """The Buyers that are answered later and cannot be told (87.1-R4, A19): they have to ask again and again."""
    each = [buyer for _, buyer in each_dealing(settings)]
    silent = (one.id for one in each if "deferred" in one.responses.types and not one.notifications.offered)
    return list(dict.fromkeys(silent))


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
