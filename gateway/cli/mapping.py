"""`poq-gateway mapping lint`: every mistake in mapping files, at file:line:column. Asks no system."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from gateway.app import ADAPTERS, KINDS, catalog_of
from gateway.cli import DONE, FAILED, UNREADABLE
from gateway.mapping.collection import MappingCollection
from gateway.mapping.loading import load_mapping_file
from gateway.mapping.plan import LoadedMapping
from gateway.settings import load_settings
from gateway.sources.findings import Finding, FindingsError, show


def add(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("mapping", help="work on mapping files").add_subparsers(
        metavar="COMMAND", required=True
    )
    lint = group.add_parser("lint", help="find mistakes in mapping files", description=__doc__)
    lint.add_argument("paths", nargs="*", type=Path, default=[Path("mappings")], help="files or folders (mappings)")
    lint.add_argument(
        "-c",
        "--config",
        type=Path,
        metavar="FILE",
        help="also hold the steps against the systems of this configuration",
    )
    lint.set_defaults(run=run_lint)


def run_lint(arguments: argparse.Namespace) -> int:
    """Exit code 0: nothing found, 1: findings, 2: a path cannot be read."""
    files = list(_files(arguments.paths))
    missing = [path for path in arguments.paths if not path.exists()]
    if missing or not files:
        what = f"{missing[0]} is not there" if missing else "no mapping file (*.yaml) is there"
        print(f"mapping lint: {what}", file=sys.stderr)
        return UNREADABLE
    mappings, findings = _load(files)
    findings += _together(mappings, arguments.config) if not findings else []
    for finding in sorted(set(findings)):
        print(_shown(finding))
    print(f"{len(files)} file(s), {len(set(findings))} finding(s)")
    return FAILED if findings else DONE


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        found = sorted(path.glob("**/*.yaml")) if path.is_dir() else [path]
        yield from (file for file in found if file.exists() and not file.name.endswith(".test.yaml"))


def _load(files: Sequence[Path]) -> tuple[list[LoadedMapping], list[Finding]]:
    mappings: list[LoadedMapping] = []
    findings: list[Finding] = []
    for file in files:
        try:
            mappings.append(load_mapping_file(file, KINDS))
        except FindingsError as error:
            findings += error.findings
    return mappings, findings


def _together(mappings: Sequence[LoadedMapping], config: Path | None) -> list[Finding]:
    """What only shows when the mappings meet each other, and the systems."""
    try:
        collection = MappingCollection(mappings)
        if config is not None:
            catalog_of(load_settings(config, ADAPTERS), collection)
    except FindingsError as error:
        return list(error.findings)
    return []


def _shown(finding: Finding) -> str:
    try:
        return show(finding, Path(finding.location.file).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return str(finding)
