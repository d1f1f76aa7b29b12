"""What a configuration says about WS-Security and WS-Addressing of a SOAP system."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from adapters.http.options import Model
from gateway.sources.units import Seconds


class UsernameToken(Model):
    """Who we are, as WS-Security says it (UsernameToken Profile 1.1)."""

    username: str = Field(min_length=1)
    password: SecretStr
    type: Literal["digest", "text"] = Field(
        default="digest", description="Sent as a digest with nonce and time, or as it is (then over TLS)."
    )
    nonce: bool | None = Field(default=None, description="With a nonce and the time; always with a digest.")

    @model_validator(mode="after")
    def _digests_need_it(self) -> Self:
        if self.type == "digest" and self.nonce is False:
            raise ValueError("a digest needs its nonce")
        return self

    @property
    def has_nonce(self) -> bool:
        return self.type == "digest" or bool(self.nonce)


class Timestamp(Model):
    """When a message was made, and how long it holds; what replies say of it is checked."""

    lifetime: Seconds = Field(default=300.0, gt=0, le=86400, description="How long our requests hold.")
    skew: Seconds = Field(default=60.0, ge=0, le=3600, description="How far the system's clock may be off.")
    required: bool = Field(default=True, description="A reply without a timestamp is no answer.")


class Signature(Model):
    """X.509 signatures (needs the extra `wssecurity`). Requests are signed, replies must be."""

    key: Path = Field(description="Our private key (PEM), RSA or EC.")
    key_password: SecretStr | None = Field(default=None, description="What the key is encrypted with.")
    certificate: Path = Field(description="Its certificate (PEM), which is sent along.")
    trusted: tuple[Path, ...] = Field(
        min_length=1, description="Certificates (PEM) whose signature of a reply is accepted: the signer's own."
    )
    algorithm: Literal["sha256", "sha384", "sha512", "sha1"] = Field(default="sha256", description="What we sign with.")
    accept_sha1: bool = Field(default=False, description="Accept replies signed with SHA-1, which can be forged.")
    sign_headers: bool = Field(default=False, description="Sign the UsernameToken and addressing headers as well.")
    unsigned_faults: bool = Field(
        default=False, description="Take a fault for one though it is not signed; else it is no answer."
    )


class WsSecurity(Model):
    """The WS-Security header (1.1)."""

    username_token: UsernameToken | None = None
    timestamp: Timestamp | None = None
    signature: Signature | None = None
    must_understand: bool = Field(default=True, description="The system must refuse what it does not understand of it.")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.username_token is None and self.timestamp is None and self.signature is None:
            raise ValueError("say username_token, timestamp or signature")
        return self


class WsAddressing(Model):
    """WS-Addressing headers (1.0): Action, To, MessageID, ReplyTo anonymous."""

    to: str | None = Field(default=None, description="Instead of the address that is called.")
    must_understand: bool = Field(default=False, description="The system must refuse what it does not understand.")
    relates_to: bool = Field(
        default=True, description="A reply must say that it relates to our message; one that names another never may."
    )
