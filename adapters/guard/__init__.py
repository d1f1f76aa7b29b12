"""What stands before every call of a legacy system: limits, a breaker, a line, retries. The same for every adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.guard.breaker import State
from adapters.guard.options import BreakerOptions, GuardOptions

if TYPE_CHECKING:
    from adapters.guard.guard import Asked, Asking, Guard, Refusal, Snapshot


def __getattr__(name: str) -> Any:
    """Imported when a guard is used: who only reads the options does not wait for it."""
    if name in __all__:
        from adapters.guard import guard

        return getattr(guard, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Asked", "Asking", "BreakerOptions", "Guard", "GuardOptions", "Refusal", "Snapshot", "State"]
