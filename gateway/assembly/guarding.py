"""The guards of the configured systems and the kept replies: made once for a gateway, shared by all that ask."""

from __future__ import annotations

import time

from adapters.guard import Guard
from gateway.qualification.caching import ReplyCache
from gateway.qualification.legacy import Legacy
from gateway.qualification.observing import Observer
from gateway.settings import Settings


def guards_of(settings: Settings) -> dict[str, Guard]:
    """What stands before the calls of each system, by its name."""
    return {name: Guard(name, system) for name, system in settings.systems.items()}


def legacy_of(settings: Settings, guards: dict[str, Guard], observer: Observer) -> Legacy:
    """How the systems of a configuration are asked."""
    cache = ReplyCache(time.monotonic, entries=settings.cache.entries, size=settings.cache.size)
    return Legacy(observer, time.monotonic, guards, cache)
