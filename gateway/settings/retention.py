"""How long things are kept."""

from __future__ import annotations

from pydantic import Field

from gateway.settings.base import Model
from gateway.sources.units import Seconds


class RetentionSettings(Model):
    """How long what has ended is kept; null: for ever. The gateway looks once an hour, `poq-gateway purge` at once."""

    poqs: Seconds | None = Field(None, gt=0, description="POQs after their end, with all that hangs on them.")
    traces: Seconds | None = Field(None, gt=0, description="How items were answered, after the end of their POQ.")
    deliveries: Seconds | None = Field(None, gt=0, description="Deliveries that arrived or were given up.")
    audit: Seconds | None = Field(None, gt=0, description="Who did what.")
