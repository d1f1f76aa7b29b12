"""From the configuration to who gets in: clients, the keys of issuers, and what is asked of them while serving."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from gateway.assembly.configured import parties
from gateway.authentication.authenticator import Authenticator, Ways
from gateway.authentication.certificates import thumbprint_of
from gateway.authentication.clients import Clients, Recognition
from gateway.authentication.fetching import IssuerClient
from gateway.authentication.introspection import Introspection, IntrospectionRules
from gateway.authentication.issuer_keys import IssuerKeys, NoKeys
from gateway.authentication.parties import Client
from gateway.authentication.port import Authenticating
from gateway.authentication.tokens import TokenRules
from gateway.lso.identifiers import Dealing
from gateway.settings import Settings
from gateway.settings.authentication import IntrospectionSettings, TokenSettings
from gateway.settings.clients import ClientSettings
from gateway.upkeep.background import Background


async def authentication(settings: Settings, opened: AsyncExitStack, now: Callable[[], float]) -> Authenticating | None:
    """Who tells clients apart, its work in the background begun until `opened` is left; None without any clients.

    `now`: seconds since 1970. Raises OSError for a file of authorities that cannot be read.
    """
    if not settings.clients:
        return None
    said = settings.authentication
    rules: dict[str, TokenRules] = {}
    ways = Ways(
        clients=Clients(tuple(_recognition(settings, client) for client in settings.clients)),
        tokens=rules,
        introspection=await _introspection(said.introspection, opened),
        bound_only=said.bound_tokens,
    )
    authenticator = Authenticator(ways, now)
    for one in said.tokens:
        rules[one.issuer] = await _token_rules(one, opened, authenticator.forget)
    return authenticator


def _recognition(settings: Settings, client: ClientSettings) -> Recognition:
    dealings = parties(settings).dealings
    own = tuple(
        Dealing(buyer, seller)
        for buyer, seller in dealings
        if buyer in client.buyers and (client.sellers is None or seller in client.sellers)
    )
    issuer = settings.authentication.issuers[0] if settings.authentication.issuers else ""
    certificates = client.certificates
    return Recognition(
        client=Client(client.id, own),
        tokens=frozenset((token.issuer or issuer, token.client_id) for token in client.tokens),
        keys=frozenset(client.keys),
        thumbprints=frozenset(thumbprint_of(bytes.fromhex(one.thumbprint)) for one in certificates if one.thumbprint),
        subjects=frozenset(one.subject for one in certificates if one.subject),
        dns=frozenset(one.dns.lower() for one in certificates if one.dns),
        scopes=frozenset(client.scopes),
    )


async def _token_rules(said: TokenSettings, opened: AsyncExitStack, changed: Callable[[], None]) -> TokenRules:
    keys = IssuerKeys(
        await _loader(said, opened),
        issuer=said.issuer,
        refresh=said.refresh,
        keep=said.keep,
        monotonic=time.monotonic,
        changed=changed,
    )
    await opened.enter_async_context(Background(f"keys of {said.issuer}", keys.run))
    return TokenRules(
        issuer=said.issuer,
        audience=said.audience,
        keys=keys,
        algorithms=frozenset(said.algorithms),
        types=frozenset(kind.lower() for kind in said.types),
        client_claim=said.client_claim,
        scope_claim=said.scope_claim,
        leeway=said.leeway,
    )


async def _loader(said: TokenSettings, opened: AsyncExitStack) -> Callable[[], Awaitable[bytes]]:
    if isinstance(said.keys, str):
        return (await opened.enter_async_context(IssuerClient(said.keys, ca=said.ca))).keys
    path: Path = said.keys

    async def read() -> bytes:
        try:
            return await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise NoKeys(f"the file {path.name} cannot be read: {error.strerror}") from None

    return read


async def _introspection(said: IntrospectionSettings | None, opened: AsyncExitStack) -> Introspection | None:
    if said is None:
        return None
    client = await opened.enter_async_context(IssuerClient(said.url, ca=said.ca, timeout=said.timeout))
    proof = (said.client_id, said.client_secret.get_secret_value())

    async def ask(token: str) -> bytes:
        return await client.introspect(token, proof)

    rules = IntrospectionRules(
        issuer=said.issuer,
        ask=ask,
        audience=said.audience,
        client_claim=said.client_claim,
        believed=said.believed,
        timeout=said.timeout,
    )
    return Introspection(rules)
