"""`poq-gateway poq`: POQs, for the operator; beside a running gateway or without one.

Here: `waiting`. `trace`, `answer` and `writes` are files of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.cli import DONE, FAILED, poq_answer, poq_trace, poq_writes
from gateway.cli.tables import instant, table
from gateway.settings import Settings
from gateway.store.errors import StoreError
from gateway.store.work import WaitingItem

_COLUMNS = ("POQ", "item", "Buyer", "state", "failed", "asked again", "ends", "why")


def add(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("poq", help="POQs, for the operator", description="POQs, for the operator.")
    group = group.add_subparsers(metavar="COMMAND", required=True)
    command = group.add_parser("waiting", help="open items without an answer: what failed, waits, or needs a person")
    command.add_argument("-c", "--config", type=Path, default=Path("config/gateway.yaml"), metavar="FILE")
    command.add_argument("--json", action="store_true", help="for programs")
    command.add_argument("--limit", type=int, default=100, help="how many (100)")
    command.set_defaults(run=run)
    poq_trace.add(group)
    poq_answer.add(group)
    poq_writes.add(group)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: told, 1: the store is not there."""
    from gateway.app import ADAPTERS
    from gateway.settings import load_settings

    settings = load_settings(arguments.config, ADAPTERS)
    try:
        items = asyncio.run(_waiting(settings, arguments.limit))
    except StoreError as error:
        print(f"poq: {error}", file=sys.stderr)
        return FAILED
    if arguments.json:
        print(json.dumps([_plain(item) for item in items], indent=2))
        return DONE
    for line in table([_COLUMNS, *map(_row, items)] if items else []):
        print(line)
    print(f"{len(items)} item(s) wait")
    return DONE


async def _waiting(settings: Settings, limit: int) -> Sequence[WaitingItem]:
    from gateway.app import operator_store
    from gateway.store.store import Store

    async with operator_store(settings) as database:
        store = Store(database, keep_events=timedelta(0), new_id=str)
        return await store.operator_waiting(most=limit)


def _row(item: WaitingItem) -> tuple[str, ...]:
    due = instant(item.due) if item.due else "by an operator"
    ends = instant(item.deadline) if item.deadline else "never"
    return (item.poq.id, item.item_id, item.poq.buyer, item.state, str(item.attempts), due, ends, item.note or "")


def _plain(item: WaitingItem) -> dict[str, Any]:
    """JSON-ready, absent members left out."""
    values = {
        "poq": item.poq.id,
        "item": item.item_id,
        "buyer": item.poq.buyer,
        "seller": item.poq.seller,
        "interface": item.poq.interface.value,
        "state": item.state,
        "attempts": item.attempts,
        "due": instant(item.due) if item.due else None,
        "deadline": instant(item.deadline) if item.deadline else None,
        "note": item.note,
    }
    return {name: value for name, value in values.items() if value is not None}
