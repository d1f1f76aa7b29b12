"""An event loop whose time jumps to the next thing that is due: hours of waiting pass in no time, in their order."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def swiftly(steps: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine that waits for time and for its own kind only. Raises RuntimeError if nothing can move."""
    loop = _Loop(_Selector())
    try:
        return loop.run_until_complete(steps())
    finally:
        loop.close()


class _Selector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    now = 1000.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("all tasks wait, and nothing is due")
        self.now += max(timeout, 0.0)
        return []


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, selector: _Selector) -> None:
        self._clock = selector
        super().__init__(selector)

    def time(self) -> float:
        return self._clock.now
