"""`poq-gateway mapping test`: runs the test files beside mappings. Asks no system, opens no store."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from gateway.authoring import telling
from gateway.authoring.running import CaseResult, Surroundings
from gateway.authoring.suite import Report, Tested, load_suite, run_suite
from gateway.authoring.updating import renewed_file
from gateway.cli import DONE, FAILED, UNREADABLE
from gateway.cli.logs import quiet_logs
from gateway.cli.stored_contracts import prepared_by_stored
from gateway.settings import Settings
from gateway.sources.yamlfile import SourceDocument


def add(group: Any) -> None:
    """Add the command to the group `mapping`."""
    test = group.add_parser("test", help="run the tests beside mapping files", description=__doc__)
    test.add_argument("paths", nargs="*", type=Path, help="mappings, test files or folders (mappings)")
    test.add_argument(
        "-c", "--config", type=Path, metavar="FILE", help="also use the products, offerings and contracts of this one"
    )
    test.add_argument("-k", metavar="TEXT", default="", help="only cases with this text in their name")
    test.add_argument("--coverage", action="store_true", help="tell what no case reaches")
    test.add_argument(
        "--fail-under", type=_percentage, metavar="N", help="fail where less than N percent is reached (0 to 100)"
    )
    test.add_argument("--update", action="store_true", help="rewrite what failing cases expect, and say what changed")
    test.add_argument("--json", action="store_true", help="for programs")
    test.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: all as expected, 1: a case failed or too little is reached, 2: a file cannot be read."""
    # Failures of cases are told below: what the gateway would log about them has no reader here.
    quiet_logs()
    settings = _settings(arguments.config)
    paths = arguments.paths or _folders(settings)
    missing = [path for path in paths if not path.exists()]
    tested = [] if missing else _load(paths)
    if not tested:
        what = f"{missing[0]} is not there" if missing else "no mapping file (*.yaml) is there"
        print(f"mapping test: {what}", file=sys.stderr)
        return UNREADABLE
    report = _run(tested, _surroundings(settings, tested), arguments.k)
    unmended = _update(report, as_json=arguments.json) if arguments.update else report.failed
    _tell(report, unmended, tested, arguments)
    enough = arguments.fail_under is None or report.percent >= arguments.fail_under
    return FAILED if unmended or not enough else DONE


def _run(tested: Sequence[Tested], around: Surroundings, only: str) -> Report:
    """The report is not what the task gives: asyncio writes that out as a text when it ends, for nobody."""
    reports: list[Report] = []

    async def run() -> None:
        reports.append(await run_suite(tested, around, only=only))

    asyncio.run(run())
    return reports[0]


def _load(paths: Iterable[Path]) -> list[Tested]:
    from gateway.assembly.kinds import KINDS

    return load_suite(paths, KINDS)


def _folders(settings: Settings | None) -> list[Path]:
    """Where mappings are if nobody says so; as paths from here where they are below."""
    here = Path.cwd()
    folders = settings.mapping_folders if settings else [Path("mappings")]
    return [folder.relative_to(here) if folder.is_relative_to(here) else folder for folder in folders]


def _percentage(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 100:
        raise ValueError(text)
    return value


def _settings(config: Path | None) -> Settings | None:
    from gateway.assembly.kinds import ADAPTERS
    from gateway.settings import load_settings

    return load_settings(config, ADAPTERS) if config is not None else None


def _surroundings(settings: Settings | None, tested: Sequence[Tested]) -> Surroundings:
    """What the configuration knows; nothing of it is connected. Raises FindingsError."""
    if settings is None:
        return Surroundings(prepared=prepared_by_stored(tested))
    from gateway.catalog import catalog_of
    from gateway.mapping.collection import MappingCollection
    from gateway.upkeep.rehearsal import surroundings

    catalog = catalog_of(settings, MappingCollection([one.mapping for one in tested]))
    return surroundings(settings, catalog.products, catalog.prepared)


def _update(report: Report, *, as_json: bool) -> list[CaseResult]:
    """Rewrite the expectations of failing cases; gives the cases that could not be mended."""
    unmended: list[CaseResult] = []
    for _, group in groupby(report.failed, key=lambda result: result.case.document.file):
        failed = list(group)
        renewal = renewed_file(failed[0].case.document, failed)
        if renewal.changed:
            _write(renewal.document)
        unmended += [result for result, _ in renewal.kept]
        if as_json:
            continue
        for result in renewal.changed:
            print("\n".join(telling.renewal(result)))
        for result, why in renewal.kept:
            print(f"NOT UPDATED {result.case.location} {why}")
    return unmended


def _write(document: SourceDocument) -> None:
    """The file again, with the line breaks and the mark at its start that it had."""
    path = Path(document.file)
    before = path.read_bytes()
    text = document.text.replace("\n", "\r\n") if b"\r\n" in before else document.text
    mark = "\ufeff" if before.startswith(b"\xef\xbb\xbf") else ""
    path.write_bytes((mark + text).encode())


def _tell(
    report: Report, unmended: Sequence[CaseResult], tested: Sequence[Tested], arguments: argparse.Namespace
) -> None:
    wants_coverage = arguments.coverage or arguments.fail_under is not None
    if arguments.json:
        print(json.dumps(telling.for_programs(report, unmended, with_coverage=wants_coverage), indent=2, default=str))
        return
    for result in unmended:
        print("\n".join(telling.failure(result)))
    for line in telling.untested(tested):
        print(line)
    if wants_coverage:
        for line in telling.coverage(report):
            print(line)
    summary = f"{len(report.results)} case(s) of {len(tested)} mapping(s), {len(unmended)} failed"
    print(f"{summary}, {report.percent:.1f} % reached" if wants_coverage else summary)
