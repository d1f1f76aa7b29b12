"""`poq-gateway check`: whether a gateway with this configuration could work, part by part. Changes nothing."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli import DONE, FAILED
from gateway.cli.tables import table
from gateway.sources.units import seconds

if TYPE_CHECKING:
    from gateway.checkup import Line

_SECONDS = 10.0


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("check", help="whether everything is there and as agreed", description=__doc__)
    command.add_argument("-c", "--config", type=Path, default=Path("config/gateway.yaml"), metavar="FILE")
    command.add_argument("--live", action="store_true", help="also ask each system a question that only reads")
    command.add_argument("--timeout", type=seconds, default=_SECONDS, metavar="TIME", help="for each system (10 s)")
    command.add_argument("--json", action="store_true", help="for programs")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: all is well, 1: something has failed or has drifted, 2: the configuration cannot be read."""
    from gateway.app import ADAPTERS
    from gateway.checkup import check_up
    from gateway.settings import load_settings
    from gateway.upkeep.state import ask_state

    lines = asyncio.run(check_up(arguments.config, live=arguments.live, timeout=arguments.timeout))
    state = asyncio.run(ask_state(load_settings(arguments.config, ADAPTERS).store.path))
    bad = any(line.is_bad for line in lines)
    if arguments.json:
        print(json.dumps(_data(lines, state, is_ok=not bad), indent=2, ensure_ascii=False))
    else:
        print("\n".join(_shown(lines, state)))
    return FAILED if bad else DONE


def _data(lines: Sequence[Line], state: Mapping[str, Any] | None, *, is_ok: bool) -> dict[str, Any]:
    told = [{"part": one.part, "subject": one.subject, "outcome": str(one.outcome), "text": one.text} for one in lines]
    return {"is_ok": is_ok, "checks": told, "running": state}


def _shown(lines: Sequence[Line], state: Mapping[str, Any] | None) -> Iterator[str]:
    yield from table([("part", "subject", "outcome", ""), *((o.part, o.subject, o.outcome, o.text) for o in lines)])
    counts = Counter(str(line.outcome) for line in lines)
    yield ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    if state is None:
        yield "no gateway runs with this configuration here"
        return
    yield ""
    yield from table([_COLUMNS, *(_row(name, one) for name, one in sorted(state.items()))])


_COLUMNS = (
    "running: system",
    "breaker",
    "failed",
    "calls now",
    "deferred",
    "waiting",
    "asked",
    "again",
    "refused",
    "budget",
)


def _row(name: str, one: Mapping[str, Any]) -> tuple[str, ...]:
    pause = f", {one['pause']:.0f} s" if one["pause"] else ""
    return (
        name,
        f"{one['breaker']}{pause}",
        f"{one['failures']} of {one['calls']}",
        str(one["busy"]),
        str(one["busy_deferred"]),
        f"{one['waiting']} + {one['waiting_deferred']}",
        str(one["asked"]),
        str(one["retried"]),
        str(one["refused"]),
        f"{one['budget']:.1f}",
    )
