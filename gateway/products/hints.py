"""What an unknown `@type` may have been meant to be. Finding the nearest name is dear, so there is an end to it."""

from __future__ import annotations

from collections.abc import Collection

from gateway.sources.findings import nearest

LONGEST_NAME = 200
"""Characters of a name that is compared with the known ones; longer ones resemble none of them."""

MOST_NAMES = 20
"""Different unknown names of one request that are compared."""


class Hints:
    """The hints of one request; each name is compared once."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = known
        self._found: dict[str, str] = {}

    def of(self, name: str) -> str:
        """A hint for the Buyer, or an empty text."""
        if name not in self._found:
            if len(name) > LONGEST_NAME or len(self._found) >= MOST_NAMES:
                return ""
            self._found[name] = nearest(name, self._known)
        return self._found[name]
