"""What stands in folders, told apart by name, time and size: whether something has changed is a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

_WATCHED = frozenset({".yaml", ".yml", ".csv", ".json", ".xml"})

Files = frozenset[tuple[str, int, int]]
"""Path, time of the last change (nanoseconds) and size (bytes) of each file."""


def files_in(folders: Iterable[Path]) -> Files:
    """The files that mappings and their tests are made of, below these folders; one that vanishes is not there."""
    return frozenset(_stated(path for folder in folders for path in folder.rglob("*")))


def _stated(paths: Iterable[Path]) -> Iterator[tuple[str, int, int]]:
    for path in paths:
        if path.suffix not in _WATCHED:
            continue
        try:
            stat = path.stat()
        except OSError:
            continue
        yield str(path), stat.st_mtime_ns, stat.st_size
