"""Moments to kill at: what was just seen from outside tells better than a clock when something is under way inside."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Seen(StrEnum):
    """What can be seen from outside."""

    ASKED = "the legacy service is asked"
    TOLD = "the listener is called"
    CREATED = "a POST is answered with 201"


@dataclass(frozen=True)
class Moment:
    """Kill `after` seconds past the `count`-th sight of `seen`; without `seen`, past the start of the process."""

    seen: Seen | None
    count: int
    after: float

    @classmethod
    def drawn(cls, random: Random, start_takes: float) -> Moment:
        """One in four is while the process starts, which takes so many seconds."""
        seen = random.choice([Seen.ASKED, Seen.ASKED, Seen.TOLD, Seen.TOLD, Seen.CREATED, Seen.CREATED, None, None])
        if seen is None:
            return cls(None, 0, start_takes * random.uniform(0.6, 1.3))
        count = 1 if seen is Seen.CREATED else random.randint(1, random.choice([10, 50]))
        return cls(seen, count, random.choice([0.0, 0.0, 0.001, 0.002, 0.005, 0.01, 0.02]))


class Moments:
    """Counts what is seen, and lets one who waits go at the right sight."""

    def __init__(self) -> None:
        self.counted: Counter[Seen] = Counter()
        self._wanted: dict[Seen, int] = {}
        self._come = asyncio.Event()

    def saw(self, seen: Seen) -> None:
        self.counted[seen] += 1
        if self.counted[seen] >= self._wanted.get(seen, self.counted[seen] + 1):
            self._come.set()

    async def wait(self, moment: Moment, *, most: float) -> bool:
        """Until the moment has come; False if it had not after so many seconds, since nothing went on."""
        if moment.seen is not None:
            self._come.clear()
            self._wanted = {moment.seen: self.counted[moment.seen] + moment.count}
            try:
                async with asyncio.timeout(most):
                    await self._come.wait()
            except TimeoutError:
                return False
        await asyncio.sleep(moment.after)
        return True
