"""Whether a system is asked at all: a circuit breaker. Knows no clock, no call and no cause.

    CLOSED     every call is made; where too many of the last seconds fail: OPEN
    OPEN       no call is made; after a pause: HALF_OPEN
    HALF_OPEN  a few calls are made as probes; all answered: CLOSED, one failed: OPEN, for twice as long

What comes of a call that was begun before the last change of state says nothing about the present one, and is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from adapters.guard.options import BreakerOptions
from adapters.guard.window import Window


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Verdict(StrEnum):
    """What a call says about the system."""

    WORKED = "worked"  # it answered, be it by a fault
    FAILED = "failed"
    NOTHING = "nothing"  # given up, or never made


# read once: a member of an enumeration costs as much as a call of a function
_CLOSED, _OPEN, _HALF_OPEN = State
_FAILED, _NOTHING = Verdict.FAILED, Verdict.NOTHING


@dataclass(frozen=True)
class Change:
    """The breaker has changed its state. `calls` and `failures` of the window; `pause` in seconds, while it is open."""

    state: State
    calls: int
    failures: int
    pause: float = 0.0


class Breaker:
    """One system's breaker. Times are seconds of one clock that never goes back."""

    def __init__(self, options: BreakerOptions, changed: Callable[[Change], None] = lambda change: None) -> None:
        self._options = options
        self._changed = changed
        self.window = Window(options.window)
        self.state = _CLOSED
        self._until = 0.0
        self._pause = options.pause
        self._generation = 0
        self._probing = 0
        self._probed = 0

    def is_open(self, now: float) -> bool:
        """Whether a call that began now would be refused for sure."""
        return self.state is not _CLOSED and not self._may_probe(now)

    def left(self, now: float) -> float:
        """Seconds until the next probe; 0 unless open."""
        return max(self._until - now, 0.0) if self.state is _OPEN else 0.0

    def begin(self, now: float) -> int | None:
        """A call is about to be made: gives what `end` wants, or None where it must not be made."""
        if self.state is not _CLOSED:
            if not self._may_probe(now):
                return None
            if self.state is _OPEN:
                self._change(_HALF_OPEN, now)
            self._probing += 1
        return self._generation

    def end(self, generation: int, now: float, verdict: Verdict, took: float) -> None:
        """The call that `begin` allowed has ended, after `took` seconds."""
        if generation != self._generation:
            return
        is_probe, is_failed = self.state is _HALF_OPEN, verdict is _FAILED
        if is_probe:
            self._probing -= 1
        if verdict is _NOTHING:
            return
        self.window.add(now, failed=is_failed, took=took)
        if is_probe:
            self._judge_probe(now, verdict)
        elif is_failed and self._fails(now):
            self._open(now)

    def _may_probe(self, now: float) -> bool:
        if self.state is _OPEN:
            return now >= self._until
        return self._probing + self._probed < self._options.probes

    def _judge_probe(self, now: float, verdict: Verdict) -> None:
        if verdict is _FAILED:
            self._pause = min(self._pause * 2, self._options.longest_pause)
            self._open(now)
            return
        self._probed += 1
        if self._probed >= self._options.probes:
            self._pause = self._options.pause
            self.window.clear()
            self._change(_CLOSED, now)

    def _fails(self, now: float) -> bool:
        calls, failures = self.window.counts(now)
        return calls >= self._options.least_calls and failures >= self._options.failures * calls

    def _open(self, now: float) -> None:
        self._until = now + self._pause
        self._change(_OPEN, now)

    def _change(self, state: State, now: float) -> None:
        self.state = state
        self._generation += 1
        self._probing = self._probed = 0
        calls, failures = self.window.counts(now)
        self._changed(Change(state, calls, failures, self._pause if state is _OPEN else 0.0))
