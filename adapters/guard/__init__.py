"""What stands before every call of a legacy system: limits, a breaker, a line, retries. The same for every adapter."""

from __future__ import annotations

from adapters.guard.breaker import State
from adapters.guard.guard import Asked, Asking, Guard, Refusal, Snapshot
from adapters.guard.options import BreakerOptions, GuardOptions

__all__ = ["Asked", "Asking", "BreakerOptions", "Guard", "GuardOptions", "Refusal", "Snapshot", "State"]
