"""Time limits of many tasks, with one timer of the event loop for all of them.

Nearly no limit is ever reached. A timer of its own for each (`asyncio.timeout`) costs as much as all else that stands
around a call; here a limit is an entry in a set, and the timer is set anew only for one that is reached before all
others. Knows nothing of what the tasks do.
"""

from __future__ import annotations

import asyncio
import math
from types import TracebackType
from typing import Any

EARLY = 0.001
"""Seconds: the timer of a loop may ring so long before its time, whose clock may stand still for a turn."""


class Alarm:
    """The limits that hold now. Of one event loop at a time."""

    __slots__ = ("_timer", "limits", "loop", "next")

    def __init__(self) -> None:
        self.limits: set[Limit] = set()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.next = math.inf
        """When it rings, on the clock of its loop."""
        self._timer: asyncio.TimerHandle | None = None

    def move(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve this loop from now on. What tasks of another one have left here ended with it, and is nobody's."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self.next = None, math.inf
        self.limits.clear()
        self.loop = loop

    def set(self, loop: asyncio.AbstractEventLoop, at: float) -> None:
        """Ring at that time, which is before all others."""
        if self._timer is not None:
            if self.next <= loop.time():  # it rings in this turn, for this one too
                return
            self._timer.cancel()
        self.next = at
        self._timer = loop.call_at(at, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer, self.next = None, math.inf
        now = loop.time() + EARLY
        for limit in [one for one in self.limits if one.at <= now and not one.is_over]:
            limit.reach()
        left = [one.at for one in self.limits if not one.is_over]
        if left:
            self.set(loop, min(left))


class Limit:
    """What the current task does inside of it (`with Limit(alarm, at):`) ends at a time of the event loop's clock.

    As `asyncio.timeout` does it: the task is cancelled, and what comes out is a TimeoutError, unless somebody else has
    cancelled it too. `is_over`: its time has come. Used once.
    """

    __slots__ = ("_alarm", "_before", "_task", "at", "is_over")

    def __init__(self, alarm: Alarm, at: float) -> None:
        self._alarm = alarm
        self.at = at
        self.is_over = False

    def reach(self) -> None:
        """Its time has come."""
        self.is_over = True
        self._task.cancel()

    def __enter__(self) -> Limit:
        task = asyncio.current_task()
        assert task is not None
        self._task: asyncio.Task[Any] = task
        self._before = task.cancelling()
        alarm, loop = self._alarm, task.get_loop()
        if loop is not alarm.loop:
            alarm.move(loop)
        alarm.limits.add(self)
        if self.at < alarm.next:
            alarm.set(loop, self.at)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._alarm.limits.discard(self)
        if self.is_over and self._task.uncancel() <= self._before and isinstance(error, asyncio.CancelledError):
            raise TimeoutError from error
