"""Clients: the programs that may ask, by what they are recognised, and for whom they act."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from gateway.authentication.client_keys import HASH
from gateway.settings.base import Model, Text


def _thumbprint(text: str) -> str:
    """As openssl prints it, colons and all, or without them."""
    plain = text.replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise ValueError("write the SHA-256 thumbprint: 64 hexadecimal digits, colons or not")
    return plain


class ClientTokenSettings(Model):
    """What the tokens of an issuer call the client."""

    client_id: Text
    issuer: Text | None = Field(None, description="Which issuer; needed where there are several.")


class ClientCertificateSettings(Model):
    """One thing that a certificate of the client has."""

    thumbprint: Annotated[str, AfterValidator(_thumbprint)] | None = None
    subject: Text | None = Field(None, description="The whole subject, as RFC 4514 writes it: CN=poq,O=Buyer")
    dns: Text | None = Field(None, description="A DNS name among its subject alternative names.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> ClientCertificateSettings:
        if sum(value is not None for value in (self.thumbprint, self.subject, self.dns)) != 1:
            raise ValueError("say one of thumbprint, subject and dns")
        return self


class ClientSettings(Model):
    """Who may ask: a program that acts for one or several Buyers, toward one or several Sellers."""

    id: Text = Field(description="Its name here: in the log, and in limits.")
    buyers: tuple[Text, ...] = Field(min_length=1, description="For whom it acts.")
    sellers: tuple[Text, ...] | None = Field(
        None, min_length=1, description="Toward whom; null: all that its Buyers deal with."
    )
    tokens: tuple[ClientTokenSettings, ...] = ()
    keys: tuple[Annotated[str, Field(pattern=HASH)], ...] = Field(
        (), description="Hashes of its keys; `poq-gateway client-key new` makes one."
    )
    certificates: tuple[ClientCertificateSettings, ...] = ()
    scopes: tuple[Text, ...] = Field(("default",), description="With a key or a certificate; a token says its own.")

    @model_validator(mode="after")
    def _is_recognised(self) -> ClientSettings:
        if not (self.tokens or self.keys or self.certificates):
            raise ValueError("say by what it is recognised: tokens, keys or certificates")
        return self
