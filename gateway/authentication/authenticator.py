"""Tells who asks, by whichever of the ways that are set up: several may be at once (error model, C3 and C4).

A token that was verified is remembered by its hash until it ends, so that the next request with it costs a hash and a
look; a token that was refused is not, but for those that an issuer was asked about.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.authentication import client_keys
from gateway.authentication.certificates import Certificate
from gateway.authentication.clients import Clients, Recognition
from gateway.authentication.introspection import Introspection
from gateway.authentication.parties import Client
from gateway.authentication.port import CredentialsRefused, Identity, NoCredentials, Presented
from gateway.authentication.tokens import Claimed, TokenRules, issuer_of, verified

REMEMBERED = 10_000
"""Tokens; of more, those that came first are looked at again."""

REFUSED_FOR = 10.0
"""Seconds for which an issuer is not asked again about a token that it refused."""

_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Ways:
    """How clients may prove who they are. `bound_only`: only tokens that are bound to a certificate count."""

    clients: Clients
    tokens: Mapping[str, TokenRules]
    introspection: Introspection | None = None
    bound_only: bool = False


@dataclass(frozen=True)
class _Seen:
    """A token that was looked at: whose it is, or why it is refused, and until when that holds."""

    until: float
    identity: Identity | None = None
    bound_to: str | None = None
    refused: str = ""


@dataclass(frozen=True)
class Anybody:
    """`port.Authenticating` where no clients are configured: whoever asks may act for every Buyer."""

    client: Client

    def known(self, presented: Presented) -> Identity:
        """See the port."""
        return Identity(self.client)

    async def identify(self, presented: Presented) -> Identity:
        """See the port."""
        return Identity(self.client)


class Authenticator:
    """`port.Authenticating`. `now` gives seconds since 1970."""

    def __init__(self, ways: Ways, now: Callable[[], float]) -> None:
        self._ways = ways
        self._now = now
        self._seen: dict[bytes, _Seen] = {}

    def forget(self) -> None:
        """An issuer's keys have changed: what was verified with the old ones is looked at again."""
        self._seen.clear()

    def known(self, presented: Presented) -> Identity | None:
        """See the port."""
        token = _bearer(presented)
        if token is None:
            return self._by_certificate(presented.certificate)
        if client_keys.is_key(token):
            one = self._ways.clients.of_key(token)
            return self._agreed(Identity(one.client, one.scopes), presented.certificate)
        seen = self._seen.get(_digest(token))
        if seen is None or self._now() >= seen.until:
            return None
        return self._still(seen, presented.certificate)

    async def identify(self, presented: Presented) -> Identity:
        """See the port."""
        found = self.known(presented)
        if found is not None:
            return found
        token = _bearer(presented)
        assert token is not None, "what has no token is known at once"
        seen = await self._look_at(token)
        self._remember(_digest(token), seen)
        return self._still(seen, presented.certificate)

    async def _look_at(self, token: str) -> _Seen:
        """Raises CredentialsRefused, CannotTell."""
        rules, introspection = self._ways.tokens.get(issuer_of(token) or ""), self._ways.introspection
        if rules is not None:
            return self._accepted(await verified(token, rules, self._now()))
        if introspection is None:
            raise CredentialsRefused("the token is of no issuer that is known here")
        try:
            return self._accepted(await introspection.claimed(token, self._now()))
        except CredentialsRefused as error:
            return _Seen(self._now() + REFUSED_FOR, refused=str(error))

    def _accepted(self, claimed: Claimed) -> _Seen:
        one = self._ways.clients.of_token(claimed.issuer, claimed.client_id)
        if self._ways.bound_only and claimed.bound_to is None:
            raise CredentialsRefused("the token is not bound to a certificate")
        return _Seen(claimed.expires, Identity(one.client, claimed.scopes), claimed.bound_to)

    def _still(self, seen: _Seen, certificate: Certificate | None) -> Identity:
        if seen.identity is None:
            raise CredentialsRefused(seen.refused)
        if seen.bound_to is not None and (certificate is None or certificate.thumbprint != seen.bound_to):
            raise CredentialsRefused("the token is bound to another certificate")
        return self._agreed(seen.identity, certificate)

    def _agreed(self, identity: Identity, certificate: Certificate | None) -> Identity:
        """A certificate beside a token or key may be anybody's but another client's."""
        other = self._ways.clients.of_certificate(certificate) if certificate is not None else None
        if other is not None and other.client.name != identity.client.name:
            raise CredentialsRefused("the certificate is that of another client")
        return identity

    def _by_certificate(self, certificate: Certificate | None) -> Identity:
        if certificate is None:
            raise NoCredentials
        one: Recognition | None = self._ways.clients.of_certificate(certificate)
        if one is None:
            raise CredentialsRefused("the certificate is nobody's")
        return Identity(one.client, one.scopes)

    def _remember(self, digest: bytes, seen: _Seen) -> None:
        while len(self._seen) >= REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[digest] = seen


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _bearer(presented: Presented) -> str | None:
    """The token or key; None if there is no Authorization at all. Raises CredentialsRefused."""
    if not presented.authorization:
        return None
    if len(presented.authorization) > 1:
        raise CredentialsRefused("there are several Authorization headers")
    found = _BEARER.fullmatch(presented.authorization[0])
    if found is None:
        raise CredentialsRefused("the Authorization header has no bearer token")
    return found[1]
