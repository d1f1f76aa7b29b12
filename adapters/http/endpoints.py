"""The addresses of one system in the order of preference, and which of them to pass over for now. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

FAILURES_IN_A_ROW = 3
"""So many calls must fail before an endpoint that can be connected to is passed over."""


@dataclass(slots=True)
class _Health:
    failures: int = 0
    paused_until: float | None = None


class Endpoints:
    """Remembers what came of calls. `monotonic` gives seconds, `pause` is how long one that failed is passed over."""

    def __init__(self, addresses: Sequence[str], *, pause: float, monotonic: Callable[[], float]) -> None:
        self._health = {address: _Health() for address in addresses}
        self._order = list(self._health)
        self._has_paused = False
        self._pause = pause
        self._monotonic = monotonic

    def in_turn(self) -> Sequence[str]:
        """Whom a call asks, one after the other, as far as it may.

        One whose pause is over is put back in its place for this call only, as a probe: until an answer is known the
        other calls pass it over as before. Where all are paused each may be tried.
        """
        if not self._has_paused:
            return self._order
        usable: list[str] = []
        now = self._monotonic()
        for address, health in self._health.items():
            if health.paused_until is None:
                usable.append(address)
            elif now >= health.paused_until:
                health.paused_until = now + self._pause
                usable.append(address)
        return usable + [address for address in self._health if address not in usable]

    def answered(self, address: str) -> None:
        """It is as it should be."""
        health = self._health[address]
        health.failures, health.paused_until = 0, None
        self._has_paused = self._has_paused and bool(self.paused)

    def unreachable(self, address: str) -> None:
        """It could not be connected to."""
        self._paused(address)

    def failed(self, address: str) -> None:
        """It was connected to and gave no usable answer."""
        health = self._health[address]
        health.failures += 1
        if health.failures >= FAILURES_IN_A_ROW or health.paused_until is not None:
            self._paused(address)

    @property
    def paused(self) -> tuple[str, ...]:
        """The addresses that are passed over, for the operator."""
        return tuple(address for address, health in self._health.items() if health.paused_until is not None)

    def _paused(self, address: str) -> None:
        self._has_paused = True
        self._health[address].paused_until = self._monotonic() + self._pause
