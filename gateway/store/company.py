"""For how many others it pays to wait a moment before a transaction, so that they share its commit. No I/O, no clock.

A commit computes twice as long as all that a POQ writes, whatever is in it. Where POQs come faster than the disk takes
them some meet by themselves; then more of them do if the first ones wait for a fraction of the time a commit takes
anyway. Whoever is alone never waits, and nobody waits longer than until as many are there as came together lately.
"""

from __future__ import annotations

from collections import deque

REMEMBERED = 8
"""Transactions. After so many of one caller each, there is no company any more."""

MOST_EXPECTED = 16


class Company:
    """What the last transactions say about the next one."""

    def __init__(self) -> None:
        self._lately = deque([1], maxlen=REMEMBERED)

    def came(self, together: int) -> None:
        """A transaction was made of so many callers' work."""
        self._lately.append(together)

    @property
    def expected(self) -> int:
        """How many callers are worth waiting for, the first one among them."""
        return min(max(self._lately), MOST_EXPECTED)
