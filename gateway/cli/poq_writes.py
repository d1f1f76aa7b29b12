"""`poq-gateway poq writes`: what was changed in legacy systems for POQs; beside a running gateway or without one.

Without a POQ: the writes of which nobody knows what came of them, and those that were made for a POQ whose Buyer got no
answer. `--forget`: a write that was never made, as somebody has found out; the next try makes it again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from gateway.cli import DONE, FAILED
from gateway.cli.tables import instant, table
from gateway.settings import Settings
from gateway.store.errors import StoreError

if TYPE_CHECKING:
    from gateway.store.intents import IntentRecord

_COLUMNS = ("write", "POQ", "item", "Buyer", "step", "system", "what is known", "begun", "why")


def add(group: Any) -> None:
    """Add the command to the group `poq`."""
    command = group.add_parser("writes", help="what was changed in legacy systems", description=__doc__)
    command.add_argument("poq", nargs="?", help="all writes of this POQ (those of all POQs that need a look)")
    command.add_argument("-c", "--config", type=Path, default=Path("config/gateway.yaml"), metavar="FILE")
    command.add_argument("--forget", metavar="WRITE", help="it was never made: the next try makes it again")
    command.add_argument("--json", action="store_true", help="for programs")
    command.add_argument("--limit", type=int, default=100, help="how many (100)")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: told or forgotten, 1: there is no such write, or the store is not there."""
    from gateway.app import ADAPTERS
    from gateway.settings import load_settings

    settings = load_settings(arguments.config, ADAPTERS)
    try:
        if arguments.forget:
            return _told(arguments.forget, asyncio.run(_forgotten(settings, arguments.forget)))
        writes = asyncio.run(_writes(settings, arguments.poq, arguments.limit))
    except StoreError as error:
        print(f"poq writes: {error}", file=sys.stderr)
        return FAILED
    if arguments.json:
        print(json.dumps([plain(one) for one in writes], indent=2, ensure_ascii=False))
        return DONE
    for line in table([_COLUMNS, *map(_row, writes)] if writes else []):
        print(line)
    print(f"{len(writes)} write(s)" if arguments.poq else f"{len(writes)} write(s) need a look")
    return DONE


def plain(write: IntentRecord) -> dict[str, Any]:
    """JSON-ready, absent members left out."""
    values = {
        "write": write.id,
        "poq": write.poq_id,
        "poqState": write.poq_state or "never kept: its Buyer got no answer",
        "item": write.item_id,
        "buyer": write.buyer,
        "mapping": f"{write.mapping} version {write.mapping_version}",
        "step": write.step,
        "system": write.system,
        "offering": write.offering or None,
        "known": write.state.value,
        "begun": instant(write.begun),
        "settled": instant(write.settled) if write.settled else None,
        "arguments": orjson.loads(write.arguments) if write.arguments else None,
        "note": write.note,
    }
    return {name: value for name, value in values.items() if value is not None}


async def _writes(settings: Settings, poq_id: str | None, limit: int) -> Sequence[IntentRecord]:
    from gateway.app import operator_store
    from gateway.lso.identifiers import PoqId
    from gateway.store.store import Store

    async with operator_store(settings) as database:
        store = Store(database, keep_events=timedelta(0), new_id=str)
        return await store.operator_writes(poq_id=PoqId(poq_id) if poq_id else None, is_open=poq_id is None, most=limit)


async def _forgotten(settings: Settings, id: str) -> bool:
    from gateway.app import operator_store
    from gateway.store.store import Store

    async with operator_store(settings) as database:
        return await Store(database, keep_events=timedelta(0), new_id=str).withdraw_write(id)


def _told(id: str, is_forgotten: bool) -> int:
    if is_forgotten:
        print(f"{id} is forgotten: the next try of its item makes the call again")
        return DONE
    print(f"poq writes: there is no write {id}", file=sys.stderr)
    return FAILED


def _row(write: IntentRecord) -> tuple[str, ...]:
    why = write.note or ("" if write.poq_state else "its Buyer got no answer")
    return (
        *(write.id, write.poq_id, write.item_id, write.buyer, write.step, write.system),
        *(write.state.value, instant(write.begun), why),
    )
