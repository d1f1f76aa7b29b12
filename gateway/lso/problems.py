"""A problem of a request: what one entry of a 422 list says (error model, sections 2 to 6).

Knows nothing of HTTP; `gateway.api.errors` turns problems into a body.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Any

from gateway.values import value


class ProblemCode(StrEnum):
    """What kind of problem a member of the request has."""

    MISSING_PROPERTY = "missingProperty"
    INVALID_VALUE = "invalidValue"
    INVALID_FORMAT = "invalidFormat"
    REFERENCE_NOT_FOUND = "referenceNotFound"
    UNEXPECTED_PROPERTY = "unexpectedProperty"
    TOO_MANY_RECORDS = "tooManyRecords"
    OTHER_ISSUE = "otherIssue"


MOST_PROBLEMS = 1000
"""How many problems one check of a request names. Nobody mends more at once; the rest is told when these are gone.

Where a check has found so many the next one is not begun.
"""

Path = tuple[str | int, ...]
"""Keys and indices from the top of the request."""


@value(frozen=True)
class Problem:
    """One finding. `path` leads into the request body; `reason` (of any length) and `message` are for the Buyer."""

    code: ProblemCode
    path: Path
    reason: str
    message: str = ""

    @property
    def pointer(self) -> str:
        return pointer(self.path)


def pointer(path: Sequence[str | int]) -> str:
    """A path as a JSON Pointer (RFC 6901, string form)."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)


def parse_pointer(text: str) -> Path:
    """The opposite of `pointer`; a token of digits stays a string (only the document tells an index from a name).

    Raises ValueError if the text is no JSON Pointer.
    """
    if text and not text.startswith("/"):
        raise ValueError(f"a JSON Pointer starts with '/': {text!r}")
    tokens = text.split("/")[1:]
    return tuple([token.replace("~1", "/").replace("~0", "~") for token in tokens] if "~" in text else tokens)


def in_document_order(problems: Iterable[Problem], document: Any) -> list[Problem]:
    """One entry per pointer, in the order the pointers occur in the body, absent members after the present ones.

    Where two problems stand at one pointer the first one given stays: callers give structure before rules.
    """
    first: dict[Path, Problem] = {}
    for problem in problems:
        first.setdefault(problem.path, problem)
    if not first:
        return []
    order = _Order(document)
    return sorted(first.values(), key=lambda problem: tuple(order.ranks(problem.path)))


@value(frozen=True)
class _Order:
    """The order of a document's members; those of an object are counted once, however many problems lead there."""

    document: Any
    positions: dict[int, Mapping[str | int, int]] = field(default_factory=dict)

    def ranks(self, path: Path) -> Iterator[tuple[int, int, str]]:
        """Where each step of the path stands among its siblings; an absent one comes last, by name."""
        node = self.document
        for key in path:
            if isinstance(node, dict) and key in node:
                yield (0, self._positions(node)[key], "")
                node = node[key]
            elif isinstance(node, list) and isinstance(key, int) and key < len(node):
                yield (0, key, "")
                node = node[key]
            else:
                yield (1, 0, str(key))
                node = None

    def _positions(self, node: Mapping[str | int, Any]) -> Mapping[str | int, int]:
        # an object is known by its identity: the document holds it as long as this lives
        known = self.positions.get(id(node))
        if known is None:
            known = self.positions[id(node)] = {key: index for index, key in enumerate(node)}
        return known
