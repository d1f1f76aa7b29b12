"""Cuts off calls that overrun. Every adapter ends its calls in time by itself; this is for one that does not.

A timer for each call would cost more than all the rest of the guard, so one looks at all of them, once a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

GRACE = 1.0
"""Seconds between two looks: a call is cut off that long after its limit, or twice."""


class Watch:
    """The calls under way. `monotonic` gives the seconds of the event loop's clock."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._limits: dict[asyncio.Task[object], float] = {}
        self._cut: set[asyncio.Task[object]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, limit: float) -> asyncio.Task[object]:
        """The current task makes a call that is to have ended at `limit`; gives what `end` and `is_cut` want."""
        task = asyncio.current_task()
        assert task is not None
        self._limits[task] = limit
        if self._timer is None:
            self._arm()
        return task

    def end(self, task: asyncio.Task[object]) -> None:
        self._limits.pop(task, None)
        self._cut.discard(task)

    def is_cut(self, task: asyncio.Task[object]) -> bool:
        """Of a task that was cancelled: whether it was here, and by nobody else."""
        return task in self._cut and task.uncancel() == 0

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(GRACE, self._look)

    def _look(self) -> None:
        self._timer = None
        now = self._monotonic()
        for task in [task for task, limit in self._limits.items() if now >= limit and task not in self._cut]:
            self._cut.add(task)
            task.cancel()
        if self._limits:
            self._arm()
