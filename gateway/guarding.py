"""The guards of the configured systems: made once for a gateway, shared by all that ask."""

from __future__ import annotations

from adapters.guard import Guard
from gateway.settings import Settings


def guards_of(settings: Settings) -> dict[str, Guard]:
    """What stands before the calls of each system, by its name."""
    return {name: Guard(name, system) for name, system in settings.systems.items()}
