"""Whether it pays to wait a moment for others before a transaction, so that they share its commit. No I/O, no clock.

A commit computes twice as long as all that a POQ writes, whatever is in it. Where POQs come faster than the disk takes
them some meet by themselves; then more of them do if the first ones wait for a fraction of the time a commit takes
anyway. Whoever is alone never waits.
"""

from __future__ import annotations

IN_VAIN = 3
"""So many transactions of one caller, each after a wait, say that there is no company any more."""


class Company:
    """What the last transactions say about the next one."""

    def __init__(self) -> None:
        self.is_expected = False
        """Whether to wait for more."""
        self._alone = 0

    def came(self, together: int) -> None:
        """A transaction was made of so many callers' work."""
        if together > 1:
            self.is_expected, self._alone = True, 0
            return
        self._alone += 1
        if self._alone >= IN_VAIN:
            self.is_expected = False
