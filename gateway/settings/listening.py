"""Where and how the gateway listens."""

from __future__ import annotations

from pydantic import Field

from gateway.settings.base import Model, Text


class ListenSettings(Model):
    """Where the gateway listens."""

    host: Text = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535, description="0 takes any free port.")
    unauthenticated: bool = Field(
        False,
        description="Clients are not authenticated yet: the gateway listens beyond this machine only where this says "
        "that something in front of it (a proxy) does it.",
    )
