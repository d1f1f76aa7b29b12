"""`poq-gateway mapping docs`: each mapping as tables that somebody reads who knows the business and no code."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from gateway.assembly.kinds import KINDS
from gateway.cli import DONE, FAILED, UNREADABLE
from gateway.cli.mapping_files import add_paths, mapping_files
from gateway.mapping.including import is_library_file
from gateway.mapping.loading import load_mapping_file
from gateway.mapping.telling import page
from gateway.sources.findings import FindingsError


def add(group: Any) -> None:
    """Add the command to its group."""
    parser = group.add_parser("docs", help="tell mappings in tables, for business readers", description=__doc__)
    add_paths(parser)
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="write a page (.md) for each into it")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: told, 1: a mapping has mistakes (`mapping lint`), 2: a path cannot be read or written."""
    files = mapping_files(arguments.paths, "docs")
    if not files:
        return UNREADABLE
    pages: dict[str, str] = {}
    broken = False
    for file in files:
        try:
            if is_library_file(file):
                continue  # what is taken from it is told where it is taken
            mapping = load_mapping_file(file, KINDS)
        except FindingsError as error:
            print(error, file=sys.stderr)
            broken = True
            continue
        pages[mapping.name] = page(mapping)
    written = _write(pages, arguments.output)
    return UNREADABLE if not written else FAILED if broken else DONE


def _write(pages: dict[str, str], folder: Path | None) -> bool:
    if folder is None:
        print("\n".join(pages.values()), end="")
        return True
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (folder / f"{name}.md").write_text(text, encoding="utf-8")
    except OSError as error:
        print(f"mapping docs: {folder} cannot be written: {error.strerror}", file=sys.stderr)
        return False
    return True
