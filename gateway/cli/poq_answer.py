"""`poq-gateway poq answer`: an operator's answer to an item that waits; beside a running gateway or without one."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from gateway.cli import DONE, FAILED, UNREADABLE
from gateway.cli.operators import operator
from gateway.lso.instants import parse_instant
from gateway.mapping.plain import rfc3339
from gateway.qualification.operating import NotAnswered, Refused, Said
from gateway.settings import Settings
from gateway.store.errors import StoreError

_INTERVAL = re.compile(r"\s*([0-9]{1,9})\s*([A-Za-z]+)\s*")


def add(group: Any) -> None:
    """Add the command to the group `poq`."""
    command = group.add_parser("answer", help="answer an item that waits for an operator", description=__doc__)
    command.add_argument("poq", help="the POQ's id, as `poq waiting` shows it")
    command.add_argument("item", help="the item's id")
    command.add_argument("-c", "--config", type=Path, default=Path("config/gateway.yaml"), metavar="FILE")
    how = command.add_mutually_exclusive_group(required=True)
    how.add_argument("--green", action="store_true", help="can be delivered")
    how.add_argument("--yellow", action="store_true", help="can be delivered if a check says so")
    how.add_argument("--red", metavar="REASON", help="cannot be delivered")
    how.add_argument("--refuse", metavar="REASON", help="reject the item, and with it the whole POQ")
    command.add_argument("--interval", type=_interval, metavar="TIME", help='how long it takes: "5 businessDays"')
    command.add_argument("--delivery", metavar="TYPE", help="onNetWithoutBuild, onNetWithBuild, offNet…")
    command.add_argument("--reason", help="what the Buyer reads beside green or yellow")
    command.add_argument("--guaranteed-until", type=_until, metavar="DATE", help="2026-12-31, or a date and time")
    command.add_argument("--offering", metavar="ID", help="of which offering, where only a specification was asked for")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: the item has this answer now, 1: it was not taken, 2: the arguments do not go together."""
    from gateway.app import ADAPTERS
    from gateway.settings import load_settings

    said = said_in(arguments)
    if said is None:
        print("poq answer: --interval, --delivery, --reason … go with --green and --yellow only", file=sys.stderr)
        return UNREADABLE
    settings = load_settings(arguments.config, ADAPTERS)
    try:
        told = asyncio.run(answered(settings, arguments.poq, arguments.item, said))
    except (NotAnswered, StoreError) as error:
        print(f"poq answer: {error}", file=sys.stderr)
        return FAILED
    print(told)
    return DONE


async def answered(settings: Settings, poq_id: str, item_id: str, said: Said | Refused) -> str:
    """Keep the answer; gives what to tell of it. Raises NotAnswered, StoreError."""
    from gateway.app import operator_desk

    async with operator_desk(settings) as desk:
        change = await desk.answer(poq_id, item_id, said, operator("poq answer"))
    return f"the item {item_id} has its answer; the POQ is {change.state}"


def said_in(arguments: argparse.Namespace) -> Said | Refused | None:
    """What was typed; None where it does not go together."""
    beside = {
        "serviceabilityConfidenceReason": arguments.reason,
        "installationInterval": arguments.interval,
        "deliveryType": arguments.delivery,
        "guaranteedUntilDate": arguments.guaranteed_until,
    }
    members = {name: value for name, value in beside.items() if value is not None}
    if arguments.green or arguments.yellow:
        color = "green" if arguments.green else "yellow"
        return Said({"serviceabilityConfidence": color, **members}, arguments.offering)
    if members or arguments.offering:
        return None
    if arguments.refuse is not None:
        return Refused(arguments.refuse)
    return Said({"serviceabilityConfidence": "red", "serviceabilityConfidenceReason": arguments.red})


def _interval(text: str) -> dict[str, Any]:
    """`5 businessDays`. Raises ValueError, which the parser tells the user; units are checked with the answer."""
    match = _INTERVAL.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return {"amount": int(match[1]), "units": match[2]}


def _until(text: str) -> str:
    """A date (its end, in UTC), or a date and time with an offset. Raises ValueError."""
    instant = parse_instant(text)
    if instant is None:
        instant = datetime.combine(date.fromisoformat(text), datetime.max.time().replace(microsecond=0), UTC)
    return rfc3339(instant)
