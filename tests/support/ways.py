"""The ways to all that stands in JSON data, for tests that spoil each in turn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def ways(node: Any, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """To each member and element, however deep: the names and indexes that lead there."""
    if here:
        yield here
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, below in members:
        yield from ways(below, (*here, key))
