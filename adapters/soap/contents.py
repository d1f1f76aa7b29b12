"""What may stand in an element, one after the other: automata over tags, put together of a schema's particles.

Each takes only what the schema allows, if not always all of it: a long list to a certain length only, the members of
an `all` in the order in which they are declared, no wildcard. Knows no schema documents and no values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from adapters.soap.facets import Unsure

MOST_REPEATED = 20
"""A list of bounded length is followed so far."""
_MOST_PLACES = 400


@dataclass(eq=False)
class Content:
    """`steps`: in each state, from 0, the next one and what the element is, by tag; `ends`: where nothing need follow.

    What an element is, is `Facets`, a `Content`, or None where it is not known. `problem`: why nothing is known of it.
    """

    steps: list[dict[str, tuple[int, Any]]] = field(default_factory=list)
    ends: set[int] = field(default_factory=set)
    problem: str = ""


@dataclass
class Part:
    """A piece of an automaton: where it may begin (by tag), where it may end, and whether it may be left out."""

    first: dict[str, int] = field(default_factory=dict)
    last: set[int] = field(default_factory=set)
    is_optional: bool = True


class Automaton:
    """Puts one together. All of its methods raise Unsure where two ways begin with the same tag."""

    def __init__(self) -> None:
        self._follow: list[dict[str, int]] = []
        self._is: list[Any] = []

    def element(self, tag: str, what: Any) -> Part:
        """One element."""
        place = len(self._is)
        if place >= _MOST_PLACES:
            raise Unsure("more elements than are followed")
        self._is.append(what)
        self._follow.append({})
        return Part({tag: place}, {place}, is_optional=False)

    def sequence(self, parts: Iterable[Part]) -> Part:
        """One after the other."""
        whole = Part()
        for part in parts:
            for place in whole.last:
                _join(self._follow[place], part.first)
            if whole.is_optional:
                _join(whole.first, part.first)
            whole.last = (whole.last | part.last) if part.is_optional else set(part.last)
            whole.is_optional = whole.is_optional and part.is_optional
        return whole

    def choice(self, parts: Iterable[Part]) -> Part:
        """One of them."""
        whole, found = Part(is_optional=False), list(parts)
        for part in found:
            _join(whole.first, part.first)
            whole.last |= part.last
            whole.is_optional = whole.is_optional or part.is_optional
        return whole

    def repeated(self, make: Callable[[], Part], least: int, most: int | None) -> Part:
        """So many times. `make` gives a new one each time; None: without an end."""
        if least > MOST_REPEATED:
            raise Unsure(f"at least {least} of them")
        if most is None:
            return self._endless(make, least)
        whole: Part | None = None
        for number in range(min(most, MOST_REPEATED), 0, -1):
            part = make()
            whole = part if whole is None else self.sequence([part, whole])
            if number > least:
                whole = Part(whole.first, whole.last, is_optional=True)
        return whole or Part()

    def _endless(self, make: Callable[[], Part], least: int) -> Part:
        parts = [make() for _ in range(max(least, 1))]
        for place in parts[-1].last:
            _join(self._follow[place], parts[-1].first)
        whole = self.sequence(parts)
        return whole if least else Part(whole.first, whole.last, is_optional=True)

    def finish(self, content: Content, whole: Part) -> None:
        """Fill a content that takes just this."""
        for step in (whole.first, *self._follow):
            content.steps.append({tag: (place + 1, self._is[place]) for tag, place in step.items()})
        content.ends = {place + 1 for place in whole.last} | ({0} if whole.is_optional else set())


def _join(one: dict[str, int], other: dict[str, int]) -> None:
    for tag, place in other.items():
        if one.setdefault(tag, place) != place:
            raise Unsure(f"two ways to go on with {tag}")
