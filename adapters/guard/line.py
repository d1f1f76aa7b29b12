"""Who calls a system now and who waits: places, a rate, and a bounded line in front of them. Makes no call.

Who waits for an immediate answer comes before deferred work, and is refused after `longest_wait`, or at once behind
`waiting` others: an answer that comes too late helps nobody, and the place is somebody else's. Deferred work waits its
turn: there is never more of it than `work.items_at_once`, and refusing it would only make more work. So that its turn
comes on the busiest system too, it is passed over a few times only.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from adapters.guard.options import GuardOptions

PASSED_OVER = 9
"""So many immediate answers may be given a place in a row while deferred work waits for one: a tenth is its share."""


class Refused(Exception):
    """No place in time. The text says why."""


class Line:
    """The places of one system. Each `enter` that returns needs one `leave`. `monotonic` gives the loop's seconds."""

    def __init__(self, options: GuardOptions, monotonic: Callable[[], float]) -> None:
        self._options = options
        self._places, self._deferred_places = options.calls_at_once, options.deferred_calls
        self._monotonic = monotonic
        self.busy = 0
        self.busy_deferred = 0
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._deferred: deque[asyncio.Future[None]] = deque()
        self._passed_over = 0
        self._begun: deque[float] | None = None if options.rate is None else deque(maxlen=options.rate.calls)
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> tuple[int, int]:
        """How many wait: immediate answers, deferred work."""
        return len(self._urgent), len(self._deferred)

    def enter_now(self, now: float, *, urgent: bool) -> bool:
        """Take a place if one is free and nobody is before; the common case, without waiting."""
        if self._urgent or (self._deferred and (not urgent or self._is_turn_of_deferred())):
            return False
        if not self._has_place(urgent) or (self._begun is not None and self._rest(now) > 0):
            return False
        self._take(now, urgent)
        return True

    async def enter(self, *, urgent: bool, seconds: float | None) -> None:
        """Take a place, or wait for one, `seconds` at most. Raises Refused."""
        if self.enter_now(self._monotonic(), urgent=urgent):
            return
        if urgent and len(self._urgent) >= self._options.waiting:
            raise Refused(f"{len(self._urgent)} calls wait for their turn already")
        await self._wait(urgent, seconds)

    async def _wait(self, urgent: bool, seconds: float | None) -> None:
        line = self._urgent if urgent else self._deferred
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            self._admit()
            async with asyncio.timeout(seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # its turn came, and it is not there to take it
                self.leave(urgent=urgent)
            else:
                line.remove(turn)
            if isinstance(error, TimeoutError):
                raise Refused(f"its turn did not come within {seconds:.3g} s") from None
            raise

    def leave(self, *, urgent: bool) -> None:
        """Give a place back."""
        self.busy -= 1
        if not urgent:
            self.busy_deferred -= 1
        if self._urgent or self._deferred:
            self._admit()

    def _has_place(self, urgent: bool) -> bool:
        if self.busy >= self._places:
            return False
        return urgent or self.busy_deferred < self._deferred_places

    def _is_turn_of_deferred(self) -> bool:
        return self._passed_over >= PASSED_OVER and self._has_place(urgent=False)

    def _take(self, now: float, urgent: bool) -> None:
        if not urgent:
            self._passed_over = 0
        elif self._deferred and self._has_place(urgent=False):
            self._passed_over += 1
        self.busy += 1
        if not urgent:
            self.busy_deferred += 1
        if self._begun is not None:
            self._begun.append(now)

    def _rest(self, now: float) -> float:
        """Seconds until the rate allows one more call."""
        if self._begun is None or self._options.rate is None or len(self._begun) < self._options.rate.calls:
            return 0.0
        return self._begun[0] + self._options.rate.seconds - now

    def _admit(self) -> None:
        """Give free places to those whose turn it is."""
        now = self._monotonic()
        while (found := self._next()) is not None:
            rest = self._rest(now)
            if rest > 0:
                self._admit_after(rest)
                return
            urgent, turn = found
            (self._urgent if urgent else self._deferred).remove(turn)
            self._take(now, urgent)
            turn.set_result(None)

    def _next(self) -> tuple[bool, asyncio.Future[None]] | None:
        """Who is given the next place, if there is one for anybody."""
        first = not self._is_turn_of_deferred()
        for urgent in (first, not first):
            line = self._urgent if urgent else self._deferred
            if self._has_place(urgent) and (turn := next((one for one in line if not one.done()), None)):
                return urgent, turn
        return None

    def _admit_after(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._rested)

    def _rested(self) -> None:
        self._timer = None
        self._admit()
