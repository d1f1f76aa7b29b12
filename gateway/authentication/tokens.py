"""Access tokens that are JWTs, as RFC 9068 has them: read strictly, verified with the issuer's keys, held to its terms.

The token says only which issuer and which key it means. Everything else, where keys come from and which algorithms
count, is the configuration's; a token that wants to say it itself (`jku`, `x5u`, `jwk`, `crit`) is refused.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from gateway.authentication.issuer_keys import IssuerKeys, PublicKey
from gateway.authentication.port import CredentialsRefused

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
_NEVER = frozenset({"crit", "jku", "x5u", "jwk", "x5c", "b64", "zip", "enc"})
"""Header members by which a token would change how, or by what, it is verified."""


@dataclass(frozen=True)
class TokenRules:
    """What holds for the tokens of one issuer. `leeway` in seconds."""

    issuer: str
    audience: str
    keys: IssuerKeys
    algorithms: frozenset[str]
    types: frozenset[str] = frozenset({"at+jwt"})
    client_claim: str = "client_id"
    scope_claim: str = "scope"
    leeway: float = 30.0


@dataclass(frozen=True)
class Claimed:
    """What a token says, once it is believed. `expires`: seconds since 1970, leeway included.

    `bound_to`: the thumbprint of the certificate that it may be used with (RFC 8705), None: with any or none.
    """

    issuer: str
    client_id: str
    scopes: frozenset[str]
    expires: float
    bound_to: str | None


def issuer_of(token: str) -> str | None:
    """Which issuer a token says it is of, unverified; None if it is no JWT that says so."""
    found = _COMPACT.fullmatch(token)
    try:
        issuer = _json(found[2], "its claims")["iss"] if found else None
    except (CredentialsRefused, KeyError):
        return None
    return issuer if isinstance(issuer, str) else None


async def verified(token: str, rules: TokenRules, now: float) -> Claimed:
    """What the token says. `now`: seconds since 1970. Raises CredentialsRefused, CannotTell."""
    found = _COMPACT.fullmatch(token)
    if found is None:
        raise CredentialsRefused("the token is no JWT")
    header = _json(found[1], "its header")
    _check_header(header, rules)
    key = await rules.keys.find(header.get("kid"))
    if key is None:
        raise CredentialsRefused("the token names a key that the issuer does not have")
    _check_signature(token, str(header["alg"]), key)
    return _claimed(_json(found[2], "its claims"), rules, now)


def expiry(claims: Mapping[str, Any], leeway: float, now: float) -> float:
    """Until when the claims hold, leeway included. Raises CredentialsRefused for what is over, or not begun."""
    expires = _instant(claims, "exp")
    if expires is None:
        raise CredentialsRefused("the token has no end")
    if now >= expires + leeway:
        raise CredentialsRefused("the token has expired")
    for name in ("nbf", "iat"):
        begins = _instant(claims, name)
        if begins is not None and now < begins - leeway:
            raise CredentialsRefused(f"the token is of the future ({name})")
    return expires + leeway


def audience_fits(claims: Mapping[str, Any], audience: str) -> bool:
    """Whether the claims are meant for this audience."""
    said = claims.get("aud")
    return audience in said if isinstance(said, list) else said == audience


def scopes_of(value: Any) -> frozenset[str]:
    """A list of scopes, or a text with spaces between them."""
    parts = value.split(" ") if isinstance(value, str) else value if isinstance(value, list) else ()
    return frozenset(part for part in parts if isinstance(part, str) and part)


def binding_of(claims: Mapping[str, Any]) -> str | None:
    """The certificate that a token is bound to. Raises CredentialsRefused for a binding that is not understood."""
    if "cnf" not in claims:
        return None
    said = claims["cnf"]
    thumbprint = said.get("x5t#S256") if isinstance(said, dict) and len(said) == 1 else None
    if not isinstance(thumbprint, str):
        raise CredentialsRefused("the token is bound to something other than a certificate")
    return thumbprint


def _check_header(header: Mapping[str, Any], rules: TokenRules) -> None:
    said, kind, key_id = header.get("alg"), header.get("typ"), header.get("kid")
    if not isinstance(said, str) or said not in rules.algorithms:
        raise CredentialsRefused("the token is signed by an algorithm that is not allowed")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in rules.types:
        raise CredentialsRefused("the token is of another type")
    if key_id is not None and not isinstance(key_id, str):
        raise CredentialsRefused("the token names its key by no text")
    if _NEVER & header.keys():
        raise CredentialsRefused("the token wants to say itself how it is verified")


class _Pinned(JWSRegistry):
    """One algorithm, and headers as far as `_check_header` lets them through."""

    max_header_length = 4096

    def get_alg(self, name: str) -> Any:
        """The library would warn of EdDSA, whose name RFC 9864 replaces; issuers use it all the same."""
        if name not in (self.allowed or ()):
            raise CredentialsRefused("the token is signed by an algorithm that is not allowed")
        return self.algorithms[name]


def _check_signature(token: str, algorithm: str, key: PublicKey) -> None:
    registry = _Pinned(algorithms=[algorithm], strict_check_header=False)
    try:
        jws.deserialize_compact(token, key, registry=registry)
    except (JoseError, ValueError, TypeError) as error:
        raise CredentialsRefused(f"the signature does not hold ({type(error).__name__})") from None


def _claimed(claims: Mapping[str, Any], rules: TokenRules, now: float) -> Claimed:
    if claims.get("iss") != rules.issuer:
        raise CredentialsRefused("the token is of another issuer")
    if not audience_fits(claims, rules.audience):
        raise CredentialsRefused("the token is for another audience")
    expires = expiry(claims, rules.leeway, now)
    client = claims.get(rules.client_claim)
    if not isinstance(client, str) or not client:
        raise CredentialsRefused("the token names no client")
    return Claimed(rules.issuer, client, scopes_of(claims.get(rules.scope_claim)), expires, binding_of(claims))


def _instant(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise CredentialsRefused(f"the token says no time in {name}")
    return float(value)


def _json(part: str, what: str) -> dict[str, Any]:
    """Raises CredentialsRefused; a member twice would be read in two ways by two readers."""
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        value = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except (binascii.Error, ValueError, RecursionError):
        raise CredentialsRefused(f"the token cannot be read: {what}") from None
    if not isinstance(value, dict):
        raise CredentialsRefused(f"the token cannot be read: {what}")
    return value


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError
    return members


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
