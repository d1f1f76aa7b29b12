"""How clients prove who they are."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from gateway.lso.operations import OPERATIONS, Side
from gateway.settings.base import Model, Text
from gateway.sources.units import Seconds

Algorithm = Literal["PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "EdDSA", "Ed25519"]
OPERATION_IDS = tuple(one.operation_id for one in OPERATIONS if one.side is Side.SELLER)
OperationId = Literal[OPERATION_IDS]  # type: ignore[valid-type]


def _protected(text: str) -> str:
    """https, or this machine: what comes from there decides who gets in."""
    parts = urlsplit(text)  # raises ValueError, which is told at its place
    if parts.scheme == "https" and parts.hostname:
        return text
    if parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        return text
    raise ValueError("write an https URL; http is for this machine only (http://127.0.0.1…)")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _protected_or_file(text: str) -> str | Path:
    return _protected(text) if "://" in text else Path(text)


class TokenSettings(Model):
    """One issuer of OAuth2 access tokens that are JWTs (RFC 9068)."""

    issuer: Text = Field(description="What stands in `iss`.")
    audience: Text = Field(description="What must stand in `aud`: who the issuer thinks that this gateway is.")
    keys: Annotated[Text | Path, BeforeValidator(_protected_or_file)] = Field(
        description="Its JWKS: an https URL, or a file."
    )
    token_url: Text | None = Field(None, description="Where clients take tokens, for the OpenAPI document.")
    algorithms: tuple[Algorithm, ...] = Field(("PS256", "ES256", "RS256", "EdDSA"), min_length=1)
    types: tuple[Text, ...] = Field(("at+jwt",), min_length=1, description="What may stand in `typ`.")
    client_claim: Text = Field("client_id", description="The claim that names the client.")
    scope_claim: Text = "scope"
    leeway: Seconds = Field(30.0, ge=0, le=300, description="By how much clocks may differ.")
    refresh: Seconds = Field(600.0, ge=30, description="How often the keys are fetched.")
    keep: Seconds = Field(86_400.0, ge=60, description="How long keys count that could not be fetched again.")
    ca: Path | None = Field(None, description="The authorities that vouch for the URL, instead of the usual ones.")


class IntrospectionSettings(Model):
    """An issuer that is asked about each token (RFC 7662)."""

    issuer: Text = Field(description="Its name here, for `clients`.")
    url: Annotated[Text, AfterValidator(_protected)]
    client_id: Text = Field(description="Who this gateway is there.")
    client_secret: SecretStr
    audience: Text | None = Field(None, description="What must stand in `aud`; null: anything.")
    client_claim: Text = "client_id"
    believed: Seconds = Field(30.0, ge=0, le=300, description="How long an answer holds.")
    timeout: Seconds = Field(5.0, gt=0, le=30, description="For one answer; without one nobody gets in.")
    ca: Path | None = None


class CertificateHeaderSettings(Model):
    """The header in which a proxy of `listen.proxies` hands on the client's certificate, which it has verified."""

    name: Text = "Client-Cert"
    form: Literal["rfc9440", "pem"] = Field("rfc9440", description="pem: PEM, percent-encoded.")


class AuthenticationSettings(Model):
    """How clients prove who they are; which client that is stands under `clients`."""

    tokens: tuple[TokenSettings, ...] = ()
    introspection: IntrospectionSettings | None = None
    bound_tokens: bool = Field(False, description="Only tokens that are bound to a certificate count (RFC 8705).")
    certificate_header: CertificateHeaderSettings | None = None
    scopes: dict[OperationId, Annotated[tuple[Text, ...], Field(min_length=1)]] = Field(
        default_factory=dict,
        description="By operation: of which scopes a client needs one. What is not said: default, or the operationId.",
    )

    @property
    def issuers(self) -> tuple[str, ...]:
        """Whose tokens count."""
        asked = (self.introspection.issuer,) if self.introspection else ()
        return (*(one.issuer for one in self.tokens), *asked)
