"""What makes a process quick to start, and quick for long: its event loop, and when its memory is looked through."""

from __future__ import annotations

import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

ALLOCATIONS = 20_000
"""Objects that are made, more than are dropped, before the youngest are looked through; Python's own number is 700."""


def begin_process() -> None:
    """Before anything is loaded: looking through memory after every few objects takes about a tenth of the start."""
    gc.set_threshold(ALLOCATIONS, 20, 20)


def keep_all() -> None:
    """For a command that ends with what it has read: memory is never looked through."""
    gc.disable()


def end_process() -> None:
    """Before it ends: Python would look through all that is there once more, 0.6 s of it after lint of 200 mappings."""
    gc.freeze()


def settle_memory() -> None:
    """Once all is loaded: what is there now stays for good, and need never be looked through again.

    A request makes some thousand objects, nearly all of which end with it. Now and then all requests would else wait
    for a tenth of a second, while everything that was loaded is looked through.
    """
    gc.collect()
    gc.freeze()


def run_served(main: Coroutine[Any, Any, T]) -> T:
    """What `main` gives, on the event loop that serves: that of libuv, which takes a tenth off the time of a POQ."""
    import asyncio

    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
