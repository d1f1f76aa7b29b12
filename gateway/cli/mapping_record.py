"""`poq-gateway mapping record`: turn the trace of an item into a case of its mapping's test file."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.authoring.recording import CannotRecord, case_text, recorded_case
from gateway.authoring.running import Bench, CaseResult
from gateway.authoring.telling import details
from gateway.catalog import Catalog
from gateway.cli import DONE, FAILED
from gateway.cli.logs import quiet_logs
from gateway.cli.poq_trace import Traced, plain, read_traced
from gateway.settings import Settings
from gateway.sources.yamlfile import read_yaml
from gateway.store.errors import StoreError


@dataclass(frozen=True)
class Recorded:
    """A case as text, what came of running it, and what the user should know of it."""

    text: str
    result: CaseResult
    remarks: tuple[str, ...]


def add(group: Any) -> None:
    """Add the command to the group `mapping`."""
    command = group.add_parser("record", help="turn how an item was answered into a test", description=__doc__)
    command.add_argument("poq", help="the POQ's id")
    command.add_argument("item", help="the item's id")
    command.add_argument("-c", "--config", type=Path, default=Path("config/gateway.yaml"), metavar="FILE")
    command.add_argument("-o", "--output", type=Path, metavar="FILE", help="add it to this test file (printed)")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: recorded, and the mapping answers the case as it did, 1: it does not (any more), or cannot be."""
    from gateway.app import ADAPTERS, load_catalog
    from gateway.settings import load_settings

    quiet_logs()
    settings = load_settings(arguments.config, ADAPTERS)
    try:
        traced = asyncio.run(read_traced(settings, arguments.poq))
        if traced is None:
            raise CannotRecord(f"there is no POQ {arguments.poq}")
        recorded = record(settings, load_catalog(settings, base=Path.cwd()), traced, arguments.item)
    except (StoreError, CannotRecord) as error:
        print(f"mapping record: {error}", file=sys.stderr)
        return FAILED
    _write(recorded.text, arguments.output)
    for line in recorded.remarks:
        print(f"mapping record: {line}", file=sys.stderr)
    if recorded.result.passed:
        return DONE
    print("mapping record: the mapping does not answer the case as it answered the item:", file=sys.stderr)
    for line in details(recorded.result):
        print(f"    {line}", file=sys.stderr)
    return FAILED


def record(settings: Settings, catalog: Catalog, traced: Traced, item_id: str) -> Recorded:
    """The case of an item. Runs an event loop of its own. Raises CannotRecord."""
    from gateway.authoring.loading import load_cases
    from gateway.qualification.composition import request_of
    from gateway.upkeep.rehearsal import surroundings

    trace = _trace(traced, item_id)
    mapping = next((one for one in catalog.mappings.mappings if one.name == trace.get("mapping")), None)
    if mapping is None:
        raise CannotRecord(f"the mapping '{trace.get('mapping')}' that the item came to is not there")
    around = surroundings(settings, catalog.products, catalog.prepared)
    known = around.at(traced.record.seller).seller.buyers.get(traced.record.buyer, {})
    buyer = dict(known) if len(known) > 1 else traced.record.buyer
    name = f"as recorded: item {item_id} of {traced.record.id}"
    request = request_of(traced.record).plain
    case = {**recorded_case(name, trace, request, item_id, mapping, buyer), "seller": traced.record.seller}
    case["irp"] = traced.record.interface.value
    text = case_text({**case, "expect": case.pop("expect")})
    (loaded,) = load_cases(read_yaml(text, "recorded"), mapping, Path()).cases
    result = asyncio.run(Bench(mapping, around).run(loaded))
    return Recorded(text, result, tuple(_remarks(trace, mapping.version)))


def _trace(traced: Traced, item_id: str) -> Mapping[str, Any]:
    """The trace of the item as JSON data. Raises CannotRecord."""
    for position, item in enumerate(traced.record.items):
        if item.item_id == item_id:
            return plain(traced, position)
    raise CannotRecord(f"the POQ has no item {item_id}")


def _remarks(trace: Mapping[str, Any], version: int) -> Iterator[str]:
    if trace["version"] != version:
        yield f"recorded with version {trace['version']} of {trace['mapping']}; now it has version {version}"
    if "operator" in trace:
        yield "an operator answered the item in the end; the case has what its mapping said before"


def _write(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="")
        return
    before = output.read_text(encoding="utf-8") if output.exists() else ""
    between = "" if not before.strip() else "\n" if before.endswith("\n") else "\n\n"
    output.write_text(before + between + text, encoding="utf-8")
