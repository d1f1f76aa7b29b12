"""How many connections there are, in all and from each address; a proxy in front is not one sender."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable


class Connections:
    """Counts those that are open. One event loop only."""

    def __init__(self, *, most: int, most_each: int, is_proxy: Callable[[str], bool]) -> None:
        self._most = most
        self._most_each = most_each
        self._is_proxy = is_proxy
        self._open = 0
        self._from: Counter[str] = Counter()

    def opened(self, address: str) -> bool:
        """One more; False if it is one too many, and then it is not counted."""
        if self._open >= self._most or (self._from[address] >= self._most_each and not self._is_proxy(address)):
            return False
        self._open += 1
        self._from[address] += 1
        return True

    def closed(self, address: str) -> None:
        """One that was counted is no more."""
        self._open -= 1
        self._from[address] -= 1
        if not self._from[address]:
            del self._from[address]
