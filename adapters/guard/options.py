"""What a configuration says about how a system may be asked, whatever it speaks."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adapters.base import CALLS_AT_ONCE, Cause
from gateway.sources.units import Rate, Seconds, Share

AGAIN = (Cause.UNREACHABLE, Cause.OVERLOADED, Cause.BROKEN)
"""After these the same question may be answered a moment later. A timeout has cost its whole limit already."""


class BreakerOptions(BaseModel):
    """When a system that fails is not asked any more, and when it is tried again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: Seconds = Field(30.0, gt=0, le=3600, description="Calls of this time are counted.")
    least_calls: int = Field(10, ge=1, le=100_000, description="With fewer calls in that time it stays closed.")
    failures: Share = Field(0.5, gt=0, description="So many of them without an answer open it.")
    pause: Seconds = Field(5.0, gt=0, description="Before it is tried again; twice as long after each failed try.")
    longest_pause: Seconds = Field(120.0, gt=0)
    probes: int = Field(1, ge=1, le=100, description="Calls that must be answered then, made at the same time.")

    @model_validator(mode="after")
    def _pauses_grow(self) -> BreakerOptions:
        if self.longest_pause < self.pause:
            raise ValueError("'longest_pause' is shorter than 'pause'")
        return self


class GuardOptions(BaseModel):
    """What holds before every call of one system."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls_at_once: int = Field(
        CALLS_AT_ONCE, ge=1, le=1000, description="Calls at the same time, which is also the connections."
    )
    deferred_calls: int = Field(8, ge=1, le=1000, description="Of these, calls of deferred work.")
    rate: Rate | None = Field(None, description="Calls in any second (or minute) at most, for example 20/s.")
    waiting: int = Field(500, ge=0, description="Calls of immediate answers that wait their turn; more are refused.")
    longest_wait: Seconds = Field(10.0, gt=0, description="How long such a call waits before it is refused.")
    tries: int = Field(3, ge=1, le=10, description="How often one step asks, in all.")
    try_again: tuple[Cause, ...] = Field(AGAIN, description="Why no answer came, for which a step asks again.")
    first_pause: Seconds = Field(0.2, ge=0, description="Before the second try; then twice as long, with jitter.")
    retries: Share = Field(0.2, description="Further tries at most, of the calls; and one every 5 s.")
    breaker: BreakerOptions = Field(default_factory=BreakerOptions)
