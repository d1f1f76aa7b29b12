"""`poq-gateway purge`: forget what is older than the settings say, or the persons in POQs that have ended."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.cli import DONE, FAILED
from gateway.cli.operators import operator
from gateway.lso.contacts import envelope_without_contacts, item_without_contacts
from gateway.lso.identifiers import PoqId
from gateway.settings import Settings
from gateway.store.errors import StoreError
from gateway.store.keeping import AuditStore, Forgetting
from gateway.store.records import JsonText
from gateway.store.records_audit import Action, AuditEntry
from gateway.upkeep.retention import Forgotten, forget


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("purge", help="forget what is old, or persons on request", description=__doc__)
    command.add_argument("-c", "--config", type=Path, default=Path("config/gateway.yaml"), metavar="FILE")
    command.add_argument("--json", action="store_true", help="for programs")
    command.add_argument(
        "--contacts", nargs="+", metavar="POQ", help="instead: remove the Buyer's contacts from these POQs, and traces"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: done, 1: a POQ is not there or still open, or the store is not there."""
    from gateway.app import ADAPTERS
    from gateway.settings import load_settings

    settings = load_settings(arguments.config, ADAPTERS)
    try:
        return asyncio.run(_purged(settings, arguments))
    except StoreError as error:
        print(f"purge: {error}", file=sys.stderr)
        return FAILED


async def _purged(settings: Settings, arguments: argparse.Namespace) -> int:
    from gateway.app import operator_store

    async with operator_store(settings) as database:
        store = Forgetting(database)
        if arguments.contacts:
            return await _without_contacts(store, arguments.contacts, is_json=arguments.json)
        now = _now()
        gone = await forget(store, settings.retention, now)
        entry = AuditEntry(now, operator("purge"), Action.PURGED, _told(gone))
        await AuditStore(database).add([entry], now=now)
    print(json.dumps(vars(gone)) if arguments.json else _told(gone))
    return DONE


async def _without_contacts(store: Forgetting, poqs: list[str], *, is_json: bool) -> int:
    done: dict[str, bool] = {}
    for poq in dict.fromkeys(poqs):
        entry = AuditEntry(_now(), operator("purge --contacts"), Action.CONTACTS_REMOVED, "done", poq)
        done[poq] = await store.rewrite(PoqId(poq), _envelope, _item, entry)
    if is_json:
        print(json.dumps(done))
    else:
        for poq, is_done in done.items():
            print(f"{poq}: {'contacts removed' if is_done else 'no such POQ, or it has not ended'}")
    return DONE if all(done.values()) else FAILED


def _envelope(text: JsonText) -> JsonText:
    return JsonText(envelope_without_contacts(text))


def _item(text: JsonText) -> JsonText:
    return JsonText(item_without_contacts(text))


def _told(gone: Forgotten) -> str:
    parts = (f"{gone.poqs} POQ(s)", f"{gone.traces} trace(s)", f"{gone.deliveries} deliveries", f"{gone.audit} entries")
    return f"forgotten: {', '.join(parts[:3])}, {parts[3]} of the audit"


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
