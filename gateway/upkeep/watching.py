"""What stands in folders, told apart by name, time, size and inode: whether something has changed is a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from gateway.sources.folders import files_below

_WATCHED = frozenset({".yaml", ".yml", ".csv", ".json", ".xml"})

Files = frozenset[tuple[str, int, int, int]]
"""Path, time of the last change (nanoseconds), size (bytes) and inode of each file: one that was put in the place of
another may have its time and size.
"""


def files_in(folders: Iterable[Path], others: Iterable[Path] = ()) -> Files:
    """The files that mappings and their tests are made of, below these folders, and `others`; one that vanishes is not
    there.
    """
    below = (path for folder in folders for path in files_below(folder) if path.suffix in _WATCHED)
    return frozenset(_stated(chain(below, others)))


def _stated(paths: Iterable[Path]) -> Iterator[tuple[str, int, int, int]]:
    for path in paths:
        try:
            stat = path.stat()
        except OSError:
            continue
        yield str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino
