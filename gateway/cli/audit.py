"""`poq-gateway audit`: who did what to which POQ, registration, delivery or mapping; with or without a gateway."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.cli import DONE, FAILED
from gateway.cli.tables import instant, table
from gateway.sources.units import seconds
from gateway.store.audit import AuditFilter
from gateway.store.errors import StoreError
from gateway.store.keeping import AuditStore
from gateway.store.records_audit import Action, KeptEntry

_COLUMNS = ("no.", "at", "who", "from", "did", "to", "Buyer", "Seller", "outcome", "more", "request")


def add(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("audit", help="who did what, and whether that was touched", description=__doc__)
    group = group.add_subparsers(metavar="COMMAND", required=True)
    shown = _command(group, "show", "the latest entries, oldest first")
    shown.add_argument("--actor", metavar="NAME", help='"client acme", "operator root", gateway')
    shown.add_argument("--action", type=Action, choices=list(Action), metavar="ACTION", help=", ".join(Action))
    shown.add_argument("--subject", metavar="ID", help="of a POQ, a registration")
    shown.add_argument("--buyer", metavar="ID")
    shown.add_argument("--within", type=seconds, metavar="TIME", help="of the last 2 h, 30 d")
    shown.add_argument("--limit", type=int, default=100, help="how many (100)")
    shown.set_defaults(work=_show)
    verified = _command(group, "verify", "hold all entries against their seals")
    verified.add_argument("--head", metavar="HASH", help="of a seal, noted earlier: it must still be there")
    verified.set_defaults(work=_verify)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: told, and all is as it was sealed; 1: something was touched, or the store is not there."""
    try:
        code: int = asyncio.run(_with_store(arguments))
    except StoreError as error:
        print(f"audit: {error}", file=sys.stderr)
        return FAILED
    return code


async def _with_store(arguments: argparse.Namespace) -> int:
    from gateway.app import ADAPTERS, operator_store
    from gateway.settings import load_settings

    async with operator_store(load_settings(arguments.config, ADAPTERS)) as database:
        code: int = await arguments.work(AuditStore(database), arguments)
    return code


async def _show(store: AuditStore, arguments: argparse.Namespace) -> int:
    since = None if arguments.within is None else _now() - timedelta(seconds=arguments.within)
    wanted = AuditFilter(arguments.actor, arguments.action, arguments.subject, arguments.buyer, since)
    entries = await store.operator_entries(wanted, most=arguments.limit)
    if arguments.json:
        print(json.dumps([_plain(one) for one in entries], indent=2))
        return DONE
    for line in table([_COLUMNS, *map(_row, entries)] if entries else []):
        print(line)
    print(f"{len(entries)} shown")
    return DONE


async def _verify(store: AuditStore, arguments: argparse.Namespace) -> int:
    problems, last = await store.operator_problems(now=_now(), head=arguments.head)
    if arguments.json:
        head = {"seal": last.number, "hash": last.hash} if last else {}
        print(json.dumps({"problems": problems, **head}))
    else:
        for problem in problems:
            print(problem)
        told = f"the last seal is {last.number}, of {instant(last.at)}: {last.hash}" if last else "there is no seal yet"
        print(f"{told}\n{'something was touched' if problems else 'all entries are as they were sealed'}")
    return FAILED if problems else DONE


def _command(group: Any, name: str, help: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = group.add_parser(name, help=help)
    command.add_argument("-c", "--config", type=Path, default=Path("config/gateway.yaml"), metavar="FILE")
    command.add_argument("--json", action="store_true", help="for programs")
    command.set_defaults(run=run)
    return command


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _row(kept: KeptEntry) -> tuple[str, ...]:
    one = kept.entry
    who = (instant(one.at), one.actor.name, one.actor.origin, one.action.value, one.subject)
    return (str(kept.number), *who, one.buyer, one.seller, one.outcome, one.detail, one.actor.request_id)


def _plain(kept: KeptEntry) -> dict[str, Any]:
    """JSON-ready, what is empty left out."""
    one = kept.entry
    values = {
        "number": kept.number,
        "seal": kept.seal,
        "at": one.at.isoformat().replace("+00:00", "Z"),
        "actor": one.actor.name,
        "origin": one.actor.origin,
        "request": one.actor.request_id,
        "action": one.action.value,
        "subject": one.subject,
        "buyer": one.buyer,
        "seller": one.seller,
        "outcome": one.outcome,
        "detail": one.detail,
    }
    return {name: value for name, value in values.items() if value not in (None, "")}
