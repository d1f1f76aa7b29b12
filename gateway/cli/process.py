"""What makes a process that serves for long quick: its event loop, and how its memory is looked through."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

ALLOCATIONS = 20_000
"""Objects that are made, more than are dropped, before the youngest are looked through; Python's own number is 700."""


def event_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's where it is installed, Python's own else: what is served is the same."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    new_loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return new_loop


def settle_memory() -> None:
    """Once all is loaded: what is there now stays for good, and need never be looked through again.

    A request makes some thousand objects, nearly all of which end with it. Looked through after every 700 of them, a
    tenth of the time would go into that, and now and then all requests would wait for 100 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 20)
