"""Counts of the calls of the last seconds. Knows no clock: whoever asks says what time it is."""

from __future__ import annotations

_PARTS = 10


class Window:
    """Calls and failures of the last `seconds`, forgotten in ten parts; and how fast the fastest answer came."""

    __slots__ = ("_calls", "_ends", "_failures", "_fastest", "_part", "_width")

    def __init__(self, seconds: float) -> None:
        self._width = seconds / _PARTS
        self._part, self._ends = 0, self._width
        self.clear()

    def clear(self) -> None:
        self._calls = [0] * _PARTS
        self._failures = [0] * _PARTS
        self._fastest = [float("inf")] * _PARTS

    def add(self, now: float, *, failed: bool, took: float) -> None:
        """A call has ended at `now`, after `took` seconds."""
        if now >= self._ends:
            self._move(now)
        index = self._part % _PARTS
        self._calls[index] += 1
        if failed:
            self._failures[index] += 1
        elif took < self._fastest[index]:
            self._fastest[index] = took

    def counts(self, now: float) -> tuple[int, int]:
        """Calls and failures."""
        self._move(now)
        return sum(self._calls), sum(self._failures)

    def fastest(self, now: float) -> float:
        """Seconds; 0 where nothing was answered."""
        self._move(now)
        fastest = min(self._fastest)
        return 0.0 if fastest == float("inf") else fastest

    def _move(self, now: float) -> None:
        part = int(now / self._width)
        if part <= self._part:
            return
        for passed in range(max(self._part + 1, part - _PARTS + 1), part + 1):
            index = passed % _PARTS
            self._calls[index] = self._failures[index] = 0
            self._fastest[index] = float("inf")
        self._part, self._ends = part, (part + 1) * self._width
