"""What requests may cost."""

from __future__ import annotations

from pydantic import Field

from gateway.settings.base import Model
from gateway.sources.units import Bytes, Seconds

DEEPEST_BODY = 200
"""Levels. An answer and its trace put some levels around what the Buyer sent, and the writer of JSON ends at 254."""


class LimitSettings(Model):
    """What one message, one sender and one Buyer may cost."""

    body: Bytes = Field(4 * 1024 * 1024, gt=0)
    body_depth: int = Field(64, ge=2, le=DEEPEST_BODY)
    body_time: Seconds = Field(10.0, gt=0)
    text: Bytes = Field(64 * 1024, gt=0, description="The longest single text, or name of a member, of a body.")
    header: Bytes = Field(8190, gt=0)
    header_time: Seconds = Field(10.0, gt=0, description="For request line and headers to arrive, once begun.")
    connections: int = Field(2000, ge=1, description="In all.")
    connections_each: int = Field(500, ge=1, description="From one address; not from listen.proxies.")
    rate: float | None = Field(100.0, gt=0, description="Requests of one Buyer a second, lasting; null: any number.")
    burst: int = Field(200, ge=1, description="Requests of one Buyer that may come at once.")
    in_flight: int = Field(200, ge=1, description="Requests of one client at the same time.")
    posts: int = Field(500, ge=1, description="POSTs in work, of all clients; one more is told to come later (503).")
    arriving: int = Field(100, ge=1, description="Bodies on their way from one address at the same time.")
    retry_after: Seconds = Field(5.0, ge=1)
