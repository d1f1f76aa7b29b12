"""A large document made smaller, so that naming what is wrong with it costs no more than with a large honest one.

The checker names every fault at once, and a list of a few bytes an element may have more faults than anybody reads.
Knows nothing of what a document is about.
"""

from __future__ import annotations

from typing import Any


def excerpt(document: Any, most: int) -> Any:
    """The document with the first `most` elements of all its lists together, and one element of each list at least.

    The document itself, if it has no more than that; otherwise a copy. Members of objects all stay: each may be
    mandatory.
    """
    taking = _Taking(most)
    copy = taking.part(document)
    return copy if taking.has_left_out else document


class _Taking:
    def __init__(self, most: int) -> None:
        self._left = most
        self.has_left_out = False

    def part(self, node: Any) -> Any:
        if isinstance(node, dict):
            return {name: self.part(value) for name, value in node.items()}
        return self._elements(node) if isinstance(node, list) else node

    def _elements(self, elements: list[Any]) -> list[Any]:
        taken: list[Any] = []
        for element in elements:
            if taken and self._left <= 0:
                self.has_left_out = True
                break
            self._left -= 1
            taken.append(self.part(element))
        return taken
