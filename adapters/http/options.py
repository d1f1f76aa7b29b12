"""What a configuration says about a system that is reached over HTTP; the options of SOAP and REST begin with these."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

from gateway.sources.units import Bytes, Seconds

HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$")]
"""An address without user, query or fragment."""

ContractUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s#]+$")]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
Text = Annotated[str, StringConstraints(min_length=1)]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Tls(Model):
    """How the system proves who it is, and how we do. Host names are always checked, TLS is 1.2 or newer.

    The files are read again when they change: a renewed certificate needs no restart.
    """

    ca: Path | None = Field(default=None, description="The CA certificates to trust (PEM), instead of the machine's.")
    certificate: Path | None = Field(default=None, description="Our client certificate with its chain (PEM).")
    key: Path | None = Field(default=None, description="Its private key (PEM), where it is not in the same file.")
    key_password: SecretStr | None = Field(default=None, description="What the key is encrypted with.")
    minimum: Literal["1.2", "1.3"] = Field(default="1.2", description="The oldest version of TLS that is spoken.")

    @model_validator(mode="after")
    def _key_of_a_certificate(self) -> Self:
        if self.certificate is None and (self.key is not None or self.key_password is not None):
            raise ValueError("'key' and 'key_password' belong to a 'certificate'")
        return self


class Basic(Model):
    """HTTP basic authentication (RFC 7617)."""

    username: str = Field(min_length=1, pattern=r"^[^:\r\n]+$")
    password: SecretStr


class Digest(Model):
    """HTTP digest authentication (RFC 7616): SHA-256 or MD5, as the system asks."""

    username: str = Field(min_length=1, pattern=r"^[^:\r\n]+$")
    password: SecretStr


class Bearer(Model):
    """A bearer token (RFC 6750): given here, or in a file that is read again when it changes."""

    token: SecretStr | None = None
    token_file: Path | None = Field(default=None, description="Read again when it changes.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.token is None) == (self.token_file is None):
            raise ValueError("give 'token' or 'token_file'")
        return self


class ApiKey(Model):
    """A key in a header or in the query."""

    key: SecretStr
    header: HeaderName | None = Field(default=None, description="The header that carries it: `X-API-Key`.")
    query: Text | None = Field(default=None, description="The query parameter that carries it.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.header is None) == (self.query is None):
            raise ValueError("say 'header' or 'query'")
        return self


class OAuth2(Model):
    """OAuth 2.0 client credentials (RFC 6749, 4.4): a token is fetched, kept until shortly before it expires."""

    token_url: HttpUrl = Field(description="The token endpoint.")
    client_id: Text
    method: Literal["client_secret_basic", "client_secret_post", "private_key_jwt"] = Field(
        default="client_secret_basic", description="How we prove ourselves to the token endpoint."
    )
    client_secret: SecretStr | None = None
    private_key: Path | None = Field(default=None, description="For private_key_jwt (RFC 7523): the key, PEM.")
    key_id: Text | None = Field(default=None, description="For private_key_jwt: the key's `kid`.")
    scope: tuple[Text, ...] = ()
    audience: Text | None = Field(default=None, description="Sent as `audience`, which some servers want.")
    timeout: Seconds = Field(default=5.0, gt=0, le=60, description="For one request of a token.")
    tls: Tls = Field(default_factory=Tls, description="Of the token endpoint.")

    @model_validator(mode="after")
    def _has_what_the_method_needs(self) -> Self:
        needed = "private_key" if self.method == "private_key_jwt" else "client_secret"
        if getattr(self, needed) is None:
            raise ValueError(f"{self.method} needs '{needed}'")
        return self


class Authentication(Model):
    """How we prove who we are: one of these."""

    basic: Basic | None = None
    digest: Digest | None = None
    bearer: Bearer | None = None
    api_key: ApiKey | None = None
    oauth2: OAuth2 | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        said = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(said) != 1:
            ways = ", ".join(type(self).model_fields)
            raise ValueError(f"say exactly one of {ways}; this says {', '.join(said) or 'none'}")
        return self


class HttpOptions(Model):
    """What holds for every system over HTTP."""

    endpoint: HttpUrl | None = Field(default=None, description="Where calls go.")
    endpoints: tuple[HttpUrl, ...] = Field(
        default=(),
        max_length=20,
        description="Several addresses of the same system, the preferred one first; the next one is asked where one "
        "cannot be connected to, or has failed repeatedly.",
    )
    timeout: Seconds = Field(
        default=10.0, gt=0, le=600, description="Longest time one call may take; a step may ask for less."
    )
    connect_timeout: Seconds = Field(
        default=5.0, gt=0, le=60, description="Longest time until a connection stands; then the next endpoint is tried."
    )
    endpoint_pause: Seconds = Field(
        default=30.0,
        gt=0,
        le=3600,
        description="So long an endpoint that failed is passed over, before one call tries it.",
    )
    max_reply: Bytes = Field(default=8 * 1024 * 1024, ge=1024, description="Largest reply, after decompression.")
    headers: dict[HeaderName, SecretStr] = Field(
        default_factory=dict, description="HTTP headers sent with each call, beside those of `authentication`."
    )
    authentication: Authentication | None = Field(default=None, description="How we prove who we are.")
    tls: Tls = Field(default_factory=Tls, description="Certificates; for https endpoints.")
    proxy: SecretStr | None = Field(
        default=None, description="An HTTP proxy to go through: `http://proxy.example:3128`. None is ever guessed."
    )

    @field_validator("proxy")
    @classmethod
    def _proxy_is_a_url(cls, proxy: SecretStr | None) -> SecretStr | None:
        if proxy is not None and not proxy.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("a proxy is a URL: http://proxy.example:3128")
        return proxy

    @model_validator(mode="after")
    def _one_list_of_endpoints(self) -> Self:
        if self.endpoint is not None and self.endpoints:
            raise ValueError("say 'endpoint' or 'endpoints'")
        if len(set(self.endpoints)) != len(self.endpoints):
            raise ValueError("an endpoint stands there twice")
        return self

    @property
    def addresses(self) -> tuple[str, ...]:
        """The configured addresses in the order of preference; empty where the adapter knows a better one."""
        return (self.endpoint,) if self.endpoint is not None else self.endpoints
