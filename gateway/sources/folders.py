"""Which files below a folder count. What editors, systems and Kubernetes keep for themselves does not: a name that
begins with a dot (`.#line.yaml`, `._line.yaml`, `..data`), and all below a folder of such a name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is nobody's to read."""
    return name.startswith(".")


def files_below(folder: Path) -> Iterator[Path]:
    """All files that count, in order; links to folders are followed, each folder once. None where it is no folder."""
    seen: set[tuple[int, int]] = set()
    for at, folders, files in os.walk(folder, followlinks=True):
        try:
            stat = os.stat(at)
        except OSError:
            folders.clear()
            continue
        if (stat.st_dev, stat.st_ino) in seen:
            folders.clear()
            continue
        seen.add((stat.st_dev, stat.st_ino))
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        yield from (Path(at, name) for name in sorted(files) if not is_hidden(name))
