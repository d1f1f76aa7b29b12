"""`poq-gateway poq trace`: how the items of a POQ were answered; beside a running gateway or without one."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli import DONE, FAILED, poq_writes
from gateway.settings import Settings
from gateway.store.errors import StoreError
from gateway.store.records import StoredItem, StoredQualification, StoredTrace
from gateway.store.store import Store

if TYPE_CHECKING:
    from gateway.store.intents import IntentRecord

_MOST_WRITES = 10_000


@dataclass(frozen=True)
class Traced:
    """A POQ with the traces of its items, by position, and all that was written for it."""

    record: StoredQualification
    traces: Mapping[int, StoredTrace]
    writes: Sequence[IntentRecord] = ()


def add(group: Any) -> None:
    """Add the command to the group `poq`."""
    command = group.add_parser("trace", help="how the items of a POQ were answered", description=__doc__)
    command.add_argument("poq", help="the POQ's id")
    command.add_argument("item", nargs="?", help="the id of one item (all)")
    command.add_argument("-c", "--config", type=Path, default=Path("config/gateway.yaml"), metavar="FILE")
    command.add_argument("--json", action="store_true", help="for programs")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: told, 1: there is no such POQ or item, or the store is not there."""
    from gateway.app import ADAPTERS
    from gateway.settings import load_settings

    settings = load_settings(arguments.config, ADAPTERS)
    try:
        traced = asyncio.run(read_traced(settings, arguments.poq))
    except StoreError as error:
        print(f"poq trace: {error}", file=sys.stderr)
        return FAILED
    items = list(_items(traced, arguments.item)) if traced else []
    if traced is None or not items:
        what = f"POQ {arguments.poq}" if traced is None else f"item {arguments.item}"
        print(f"poq trace: there is no {what}", file=sys.stderr)
        return FAILED
    if arguments.json:
        told = [{**plain(traced, position), **_writes(traced, item)} for position, item in items]
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return DONE
    for position, item in items:
        print("\n".join([*_shown(item, plain(traced, position)), *_shown_writes(_writes(traced, item))]))
    return DONE


async def read_traced(settings: Settings, poq_id: str) -> Traced | None:
    """A POQ with its traces; None if there is none. Raises StoreError."""
    from gateway.app import operator_store

    async with operator_store(settings) as database:
        store = Store(database, keep_events=timedelta(0), new_id=str)
        record = await store.operator_find(poq_id)
        if record is None:
            return None
        writes = await store.operator_writes(poq_id=record.id, most=_MOST_WRITES)
        return Traced(record, await store.operator_traces(record.id), writes)


def _writes(traced: Traced, item: StoredItem) -> dict[str, Any]:
    """What was changed in legacy systems for the item."""
    writes = [poq_writes.plain(one) for one in traced.writes if one.item_id == item.item_id]
    return {"writes": writes} if writes else {}


def _items(traced: Traced, wanted: str | None) -> Iterator[tuple[int, StoredItem]]:
    for position, item in enumerate(traced.record.items):
        if wanted is None or item.item_id == wanted:
            yield position, item


def plain(traced: Traced, position: int) -> dict[str, Any]:
    """The trace of one item as JSON data, with the item that it is of."""
    from gateway.qualification.retelling import retold

    item, trace = traced.record.items[position], traced.traces.get(position)
    begun = {"mapping": trace.mapping, "version": trace.version} if trace and trace.mapping else {}
    told = retold(trace, traced.record, position) if trace else {}
    note = {} if item.note is None else {"note": item.note}
    return {"item": item.item_id, "state": item.state, **note, **begun, **told}


def _shown(item: StoredItem, trace: Mapping[str, Any]) -> Iterator[str]:
    yield f"item {item.item_id}: {item.state}"
    if "outcome" not in trace:
        yield "  no trace is kept of it" if "mapping" in trace else "  nothing was asked yet, or no trace is kept of it"
    if "mapping" in trace:
        at = f", at {trace['at']}" if "at" in trace else ""
        yield f"  by {trace['mapping']} version {trace['version']}{at}"
    for number, call in enumerate(trace.get("calls", ()), start=1):
        yield from _call(number, call)
    for name in ("known", "answers"):
        if name in trace:
            yield f"  {name}: {_flow(trace[name])}"
    if "outcome" in trace:
        where = f"{trace['rule']}: " if "rule" in trace else ""
        yield f"  {where}{trace['outcome']}"
    if "operator" in trace:
        yield f"  answered by an operator: {_flow(trace['operator'])}"
    if trace.get("keeps", "full") != "full":
        yield "  (values are left out: see `traces` in the configuration)"


def _shown_writes(told: Mapping[str, Any]) -> Iterator[str]:
    for write in told.get("writes", ()):
        note = f" ({write['note']})" if "note" in write else ""
        yield f"  changed by {write['step']} in {write['system']}: {write['known']}{note}, begun {write['begun']}"
        yield f"       write {write['write']}"


def _call(number: int, call: Mapping[str, Any]) -> Iterator[str]:
    index = f" for element {call['index']}" if "index" in call else ""
    again = f", try {call['attempt']}" if call["attempt"] > 1 else ""
    kept = f", kept for {call['age']:g} s" if "age" in call else ""
    asked = f", asked {call['tries']} times" if call.get("tries", 0) > 1 else ""
    yield (
        f"  {number}. {call['step']}{index} ({call['kind']} {call['system']}{again}): {call['result']}{kept}{asked}, "
        f"{call['milliseconds']:g} ms"
    )
    for name in ("arguments", "reply", "fault"):
        if name in call:
            yield f"       {name}: {_flow(call[name])}"


def _flow(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
