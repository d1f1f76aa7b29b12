"""`poq-gateway mapping lint`: every mistake in mapping files, at file:line:column. Asks no system."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway import cores
from gateway.cli import DONE, FAILED, UNREADABLE
from gateway.cli.error_pages import error_pages
from gateway.cli.mapping_files import add_paths, mapping_files
from gateway.linting import lint, misnamed
from gateway.sources.findings import Finding, as_annotation, as_data, nearest, show

if TYPE_CHECKING:
    from gateway.surroundings import Surroundings

FORMATS = ("text", "json", "github")


def add(group: Any) -> None:
    """Add the command to its group."""
    parser = group.add_parser("lint", help="find mistakes in mapping files", description=__doc__)
    add_paths(parser)
    parser.add_argument(
        "-c",
        "--config",
        type=Path,
        metavar="FILE",
        help="also hold the steps against the systems of this configuration",
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="for people, for programs, or as annotations of a pull request (text)",
    )
    parser.add_argument("--explain", metavar="CODE", help="say what a code means, with an example, and nothing else")
    parser.set_defaults(run=run, keeps_all=True)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: nothing found, 1: findings, 2: a path cannot be read, or no such code is known."""
    if arguments.explain:
        return _explain(arguments.explain)
    files = mapping_files(arguments.paths, "lint")
    config: Path | None = arguments.config
    if not files:
        return UNREADABLE
    if config is not None and not config.is_file():
        print(f"mapping lint: {config} is not there", file=sys.stderr)
        return UNREADABLE
    whole = any(path.is_dir() for path in arguments.paths)
    findings = lint(files, _surroundings(config), whole=whole, processes=cores.available())
    findings = sorted({*findings, *misnamed(arguments.paths)})
    for line in _report(arguments.format, files, findings):
        print(line)
    return FAILED if findings else DONE


def _surroundings(config: Path | None) -> Surroundings | None:
    if config is None:
        return None
    from gateway.surroundings import read_surroundings  # with the systems that it builds: most of a start

    return read_surroundings(config)


def _report(form: str, files: Sequence[Path], findings: Sequence[Finding]) -> Iterator[str]:
    if form == "json":
        told = {"files": len(files), "findings": [as_data(finding) for finding in findings]}
        yield json.dumps(told, indent=2, ensure_ascii=False)
        return
    yield from (as_annotation(finding) if form == "github" else _shown(finding) for finding in findings)
    yield f"{len(files)} file(s), {len(findings)} finding(s)"


def _shown(finding: Finding) -> str:
    try:
        return show(finding, Path(finding.location.file).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return str(finding)


def _explain(code: str) -> int:
    pages = error_pages()
    page = pages.get(code.upper())
    if page is None:
        hint = nearest(code.upper(), pages)
        print(f"mapping lint: no code is called {code}" + (f" ({hint})" if hint else ""), file=sys.stderr)
        return UNREADABLE
    print(page.read_text(encoding="utf-8"), end="")
    return DONE
