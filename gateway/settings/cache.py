"""What may be kept of the replies of legacy systems; only steps that say `cache` keep any."""

from __future__ import annotations

from pydantic import Field

from gateway.settings.base import Model
from gateway.sources.units import Bytes


class CacheSettings(Model):
    """Room for replies that are kept in memory; what was used longest ago goes first."""

    entries: int = Field(10_000, ge=1, description="Replies that are kept.")
    size: Bytes = Field(32 * 1024 * 1024, ge=1024, description="All of them together.")
