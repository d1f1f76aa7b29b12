"""What is expected against what was found: field by field. What an expectation does not name is not looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.lso.problems import Path, pointer


@dataclass(frozen=True)
class Difference:
    """One field that is not as expected; `path` leads to it. Null stands for what is not there."""

    path: Path
    expected: Any
    found: Any

    @property
    def pointer(self) -> str:
        return pointer(self.path)


def differences(expected: Any, found: Any, path: Path = ()) -> Iterator[Difference]:
    """The fields of `expected` that `found` does not have, or has otherwise. Lists match one by one, all of them."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for name, value in expected.items():
            yield from differences(value, found.get(name), (*path, str(name)))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for number, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differences(one, other, (*path, number))
    elif not _same(expected, found):
        yield Difference(path, expected, found)


def _same(expected: Any, found: Any) -> bool:
    """Whether two values that are not compared part by part are the same: true is not 1."""
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    return bool(expected == found)


def renewed(expected: Any, found: Any) -> Any:
    """The expectation as it would have to be: what it names, as it was found."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return {name: renewed(value, found.get(name)) for name, value in expected.items()}
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [renewed(one, other) for one, other in zip(expected, found, strict=True)]
    return expected if _same(expected, found) else found
