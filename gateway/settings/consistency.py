"""What no section can tell alone: whether the parts of the file fit together, each mismatch in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.settings.clients import ClientSettings
    from gateway.settings.models import Settings


def inconsistencies(settings: Settings) -> Iterator[str]:
    """What is wrong, in the order of the file."""
    yield from _ids(settings)
    yield from _sellers(settings)
    yield from _authentication(settings)
    for client in settings.clients:
        yield from _acts_for_somebody(settings, client)
        yield from _is_recognised(settings, client)
    yield from _marks(settings)


def _ids(settings: Settings) -> Iterator[str]:
    lists: list[tuple[str, Sequence[Any]]] = [
        *(("sellers", settings.sellers), ("buyers", settings.buyers), ("offerings", settings.offerings)),
        ("clients", settings.clients),
        *((f"buyers of {one.id}", one.buyers or ()) for one in settings.sellers),
        *((f"offerings of {one.id}", one.offerings or ()) for one in settings.sellers),
    ]
    for what, entries in lists:
        if twice := _twice([one.id for one in entries]):
            yield f"{what}: the id '{twice}' stands there twice"


def _sellers(settings: Settings) -> Iterator[str]:
    if not settings.sellers:
        yield "sellers: name at least one"
    for one in settings.sellers:
        if not (settings.buyers if one.buyers is None else one.buyers):
            yield f"sellers: '{one.id}' has no Buyers: name them under 'buyers'"
        if not (one.mappings or settings.mappings.folders):
            yield f"sellers: '{one.id}' has no mappings: name their folders under 'mappings'"


def _authentication(settings: Settings) -> Iterator[str]:
    said, listen = settings.authentication, settings.listen
    if said.issuers and not settings.clients:
        yield "authentication: without 'clients' nobody is authenticated"
    if settings.clients and listen.unauthenticated:
        yield "listen: 'unauthenticated' contradicts 'clients'"
    if twice := _twice(said.issuers):
        yield f"authentication: the issuer '{twice}' stands there twice"
    if said.certificate_header and not listen.proxies:
        yield "authentication: 'certificate_header' is believed of 'listen.proxies' only; name them"
    if listen.tls and listen.tls.client_certificates == "required" and listen.tls.client_ca is None:
        yield "listen: 'client_certificates: required' needs 'client_ca'"
    if said.bound_tokens and not _has_certificates(settings):
        yield "authentication: 'bound_tokens' needs certificates: 'listen.tls.client_ca' or 'certificate_header'"


def _acts_for_somebody(settings: Settings, client: ClientSettings) -> Iterator[str]:
    dealings = {
        (seller.id, buyer.id)
        for seller in settings.sellers
        for buyer in (settings.buyers if seller.buyers is None else seller.buyers)
    }
    own = client.sellers or tuple(one.id for one in settings.sellers)
    known = {one.id for one in settings.sellers}
    for seller in own:
        if seller not in known:
            yield f"clients: '{client.id}' acts toward '{seller}', which is no Seller here"
    for buyer in client.buyers:
        if not any((seller, buyer) in dealings for seller in own):
            yield f"clients: '{client.id}' acts for '{buyer}', which is no Buyer of its Sellers"


def _is_recognised(settings: Settings, client: ClientSettings) -> Iterator[str]:
    issuers = settings.authentication.issuers
    for token in client.tokens:
        if token.issuer is not None and token.issuer not in issuers:
            yield f"clients: '{client.id}' has tokens of '{token.issuer}', which 'authentication' does not know"
        elif token.issuer is None and len(issuers) != 1:
            yield f"clients: '{client.id}' has tokens of which issuer? 'authentication' has {len(issuers)}"
    if client.certificates and not _has_certificates(settings):
        yield f"clients: '{client.id}' has certificates, and neither 'listen.tls.client_ca' nor 'certificate_header'"


def _marks(settings: Settings) -> Iterator[str]:
    """No two clients are recognised by the same."""
    seen: dict[tuple[Any, ...], str] = {}
    for client in settings.clients:
        marks: list[tuple[Any, ...]] = [("key", key) for key in client.keys]
        marks += [("token", token.issuer, token.client_id) for token in client.tokens]
        marks += [("certificate", one.thumbprint, one.subject, one.dns) for one in client.certificates]
        for mark in marks:
            if seen.setdefault(mark, client.id) != client.id:
                yield f"clients: '{seen[mark]}' and '{client.id}' are recognised by the same {mark[0]}"


def _has_certificates(settings: Settings) -> bool:
    tls = settings.listen.tls
    return bool(settings.authentication.certificate_header or (tls and tls.client_ca))


def _twice(values: Sequence[str]) -> str | None:
    return next((one for one in sorted(set(values)) if values.count(one) > 1), None)
