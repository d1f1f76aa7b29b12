"""Which mapping files a command is about: the paths that were typed, files or folders. Reads none of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gateway.mapping.collection import files_further_down, own_files


def add_paths(parser: argparse.ArgumentParser) -> None:
    """The argument `paths`."""
    parser.add_argument("paths", nargs="*", type=Path, default=[Path("mappings")], help="files or folders (mappings)")


def mapping_files(paths: Sequence[Path], command: str) -> list[Path]:
    """The mapping files among the paths and below the folders; empty, and told, where there is none or no such path."""
    missing = [path for path in paths if not path.exists()]
    files = list(dict.fromkeys(_files(paths)))
    if missing or not files:
        what = f"{missing[0]} is not there" if missing else "no mapping file (*.yaml) is there"
        print(f"mapping {command}: {what}", file=sys.stderr)
        return []
    return files


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        found = [*own_files(path), *files_further_down(path)] if path.is_dir() else [path]
        yield from (file for file in found if not file.name.endswith(".test.yaml"))
