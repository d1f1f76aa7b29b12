"""What requests may cost."""

from __future__ import annotations

from pydantic import Field

from gateway.settings.base import Model
from gateway.sources.units import Bytes, Seconds


class LimitSettings(Model):
    """What one message may cost."""

    body: Bytes = Field(4 * 1024 * 1024, gt=0)
    body_depth: int = Field(64, ge=2, le=512)
    body_time: Seconds = Field(10.0, gt=0)
    header: Bytes = Field(8190, gt=0)
    in_flight: int = Field(200, ge=1, description="Requests of one client at the same time.")
    arriving: int = Field(100, ge=1, description="Bodies on their way from one address at the same time.")
    retry_after: Seconds = Field(5.0, ge=1)
