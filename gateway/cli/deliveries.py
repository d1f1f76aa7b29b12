"""`poq-gateway deliveries`: events on their way to Buyers, for the operator, whether the gateway runs or not."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.app import ADAPTERS, operator_store
from gateway.cli import DONE, FAILED, UNREADABLE
from gateway.cli.operators import operator
from gateway.cli.tables import instant, table
from gateway.settings import Settings, load_settings
from gateway.store.errors import StoreError
from gateway.store.notifications import DeliveryStore
from gateway.store.records_notify import DeliveryFilter, DeliveryId, DeliveryRecord, DeliveryState

_PAGE = 500
_COLUMNS = ("delivery", "state", "event", "POQ", "no.", "tries", "next or end", "registration", "Buyer", "note")


def add(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("deliveries", help="events on their way to Buyers", description=__doc__)
    group = group.add_subparsers(metavar="COMMAND", required=True)
    listed = _command(group, "list", "those of the latest events first")
    _filters(listed)
    listed.add_argument("--state", type=DeliveryState, choices=list(DeliveryState), metavar="|".join(DeliveryState))
    listed.add_argument("--limit", type=_count, default=50, help="how many (50)")
    listed.add_argument("--offset", type=_count, default=0, help="how many to pass over")
    listed.set_defaults(work=_list)
    shown = _command(group, "show", "one delivery with the whole notification")
    shown.add_argument("id")
    shown.set_defaults(work=_show)
    replayed = _command(group, "replay", "send dead letters again, in their order")
    replayed.add_argument("id", nargs="*", help="deliveries; or --all")
    replayed.add_argument("--all", action="store_true", help="all dead ones, as far as the filters go")
    _filters(replayed)
    replayed.add_argument("--delivered", action="store_true", help="also those named that did arrive")
    replayed.add_argument("--enable", action="store_true", help="also of disabled registrations, enabling these")
    replayed.set_defaults(work=_replay)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: done, 1: not found, not possible or the store is not there, 2: the arguments do not go together."""
    settings = load_settings(arguments.config, ADAPTERS)
    try:
        code: int = asyncio.run(_with_store(settings, arguments))
    except StoreError as error:
        print(f"deliveries: {error}", file=sys.stderr)
        return FAILED
    return code


async def _with_store(settings: Settings, arguments: argparse.Namespace) -> int:
    async with operator_store(settings) as database:
        code: int = await arguments.work(DeliveryStore(database), settings, arguments)
    return code


async def _list(store: DeliveryStore, settings: Settings, arguments: argparse.Namespace) -> int:
    wanted = DeliveryFilter(arguments.state, arguments.registration, arguments.poq)
    records = await store.operator_list(wanted, offset=arguments.offset, limit=arguments.limit)
    counts = await store.operator_counts()
    if arguments.json:
        rows = [{**_plain(record, body=False), "callback": _host(record.callback)} for record in records]
        print(json.dumps({"counts": counts, "deliveries": rows}, indent=2))
        return DONE
    for line in table([_COLUMNS, *map(_row, records)] if records else []):
        print(line)
    print(f"{len(records)} shown; in all " + ", ".join(f"{number} {state}" for state, number in counts.items()))
    return DONE


async def _show(store: DeliveryStore, settings: Settings, arguments: argparse.Namespace) -> int:
    record = await store.operator_show(DeliveryId(arguments.id))
    if record is None:
        print(f"deliveries: there is no delivery {arguments.id}", file=sys.stderr)
        return FAILED
    plain = _plain(record, body=True)
    if arguments.json:
        print(json.dumps(plain, indent=2))
        return DONE
    for name, value in plain.items():
        print(f"{name}: {json.dumps(value, indent=2) if name == 'body' else value}")
    return DONE


async def _replay(store: DeliveryStore, settings: Settings, arguments: argparse.Namespace) -> int:
    if bool(arguments.id) is arguments.all:
        print("deliveries: name deliveries, or say --all (with --registration, --poq)", file=sys.stderr)
        return UNREADABLE
    if not arguments.all and (arguments.registration or arguments.poq):
        print("deliveries: --registration and --poq go with --all", file=sys.stderr)
        return UNREADABLE
    meant = await _dead(store, arguments) if arguments.all else list(dict.fromkeys(map(DeliveryId, arguments.id)))
    now = datetime.fromtimestamp(time.time(), UTC)
    replayed = await store.operator_replay(
        meant,
        now=now,
        expires=now + timedelta(seconds=settings.delivery.give_up_after),
        delivered=arguments.delivered and not arguments.all,
        enable=arguments.enable,
        by=operator("deliveries replay"),
    )
    result = {
        "waiting": replayed.waiting,
        "disabled": replayed.disabled,
        "passed_over": len(meant) - replayed.waiting - replayed.disabled,
    }
    print(json.dumps(result) if arguments.json else _told(result))
    return DONE if replayed.waiting == len(meant) else FAILED


async def _dead(store: DeliveryStore, arguments: argparse.Namespace) -> list[DeliveryId]:
    wanted = DeliveryFilter(DeliveryState.DEAD, arguments.registration, arguments.poq)
    found: list[DeliveryId] = []
    while page := await store.operator_list(wanted, offset=len(found), limit=_PAGE):
        found += [record.id for record in page]
    return found


def _host(callback: str | None) -> str | None:
    """Without the path, in which a Buyer may have a secret; `show` has it whole."""
    return callback and "/".join([*callback.split("/")[:3], "…"])


def _told(result: Mapping[str, int]) -> str:
    parts = [f"{result['waiting']} wait(s) to be sent again"]
    if result["disabled"]:
        parts.append(f"{result['disabled']} not: the registration is disabled (--enable)")
    if result["passed_over"]:
        parts.append(f"{result['passed_over']} passed over: unknown, open, or delivered (--delivered)")
    return "; ".join(parts)


def _command(group: Any, name: str, help: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = group.add_parser(name, help=help)
    command.add_argument("-c", "--config", type=Path, default=Path("config/gateway.yaml"), metavar="FILE")
    command.add_argument("--json", action="store_true", help="for programs")
    command.set_defaults(run=run)
    return command


def _filters(command: argparse.ArgumentParser) -> None:
    command.add_argument("--registration", metavar="ID", help="only of this one")
    command.add_argument("--poq", metavar="ID", help="only of this one")


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _plain(record: DeliveryRecord, *, body: bool) -> dict[str, Any]:
    """JSON-ready, absent members left out."""
    values = {name: value for name, value in vars(record).items() if value is not None and name != "body"}
    plain = {name: instant(value) if isinstance(value, datetime) else value for name, value in values.items()}
    return plain | ({"body": json.loads(record.body)} if body else {})


def _row(record: DeliveryRecord) -> tuple[str, ...]:
    end = record.settled or record.due
    note = f"{record.note or ''}{' (registration disabled)' if record.disabled else ''}"
    numbers = (str(record.number), str(record.attempts))
    when = instant(end) if end else "after an earlier one"
    names = (record.id, record.state.value, record.event_type, record.poq_id)
    return (*names, *numbers, when, record.subscription, record.buyer, note)
