"""Where and how the gateway listens."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from gateway.settings.base import Model, Text


class TlsSettings(Model):
    """TLS of the gateway's own; TLS 1.2 at least. Files are PEM."""

    certificate: Path = Field(description="Its certificate, with those between it and the root.")
    key: Path
    client_ca: Path | None = Field(None, description="The authorities whose client certificates count.")
    client_certificates: Literal["optional", "required"] = "optional"


class ListenSettings(Model):
    """Where the gateway listens."""

    host: Text = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535, description="0 takes any free port.")
    tls: TlsSettings | None = None
    proxies: tuple[Text, ...] = Field(
        (), description="Addresses or networks of proxies in front, which are believed and not limited as one sender."
    )
    unauthenticated: bool = Field(
        False,
        description="Without clients, the gateway listens beyond this machine only where this says that something in "
        "front of it (a proxy) authenticates them.",
    )

    @field_validator("proxies")
    @classmethod
    def _networks_are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for entry in proxies:
            ip_network(entry, strict=False)  # raises ValueError, which is told at its place
        return proxies
