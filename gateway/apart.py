"""Heavy work on one body, on a thread, so that the event loop goes on serving others meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LARGE = 128 * 1024
"""Bytes from which on a body is worth a thread; a hop costs about as much as a small body's work."""


async def apart(size: int, work: Callable[[], T]) -> T:
    """What `work` gives. `size`: bytes of the body that it reads or writes. `work` shares nothing that changes."""
    return await asyncio.to_thread(work) if size > LARGE else work()
