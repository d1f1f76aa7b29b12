"""`poq-gateway mapping reload`: let the running gateway load its mappings anew, if they pass lint and their tests."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from gateway.cli import DONE, FAILED
from gateway.sources.units import seconds
from gateway.upkeep.control import Control

T = TypeVar("T")

_LOOK = 0.1
TAKEN = 10.0
"""Seconds after which a request that nobody takes is withdrawn."""


def add(group: Any) -> None:
    """Add the command to the group `mapping`."""
    command = group.add_parser("reload", help="let the running gateway use changed mappings", description=__doc__)
    command.add_argument("-c", "--config", type=Path, default=Path("config/gateway.yaml"), metavar="FILE")
    command.add_argument("--wait", type=seconds, default=120.0, metavar="TIME", help="for lint and tests (2 min)")
    command.add_argument("--json", action="store_true", help="for programs")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: the gateway answers by the new mappings, 1: the old ones stay, or no gateway was there."""
    from gateway.app import ADAPTERS
    from gateway.settings import load_settings

    control = Control.beside(load_settings(arguments.config, ADAPTERS).store.path)
    try:
        told = asyncio.run(_asked(control, arguments.wait))
    except (OSError, TimeoutError) as error:
        print(f"mapping reload: {error}", file=sys.stderr)
        return FAILED
    if arguments.json:
        print(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        print("\n".join(_shown(told)), file=sys.stdout if told["is_done"] else sys.stderr)
    return DONE if told["is_done"] else FAILED


async def _asked(control: Control, wait: float) -> dict[str, Any]:
    """What came of it. Raises OSError, TimeoutError with what the user should know."""
    request = secrets.token_hex(8)
    await asyncio.to_thread(control.ask, request)
    if await _polled(lambda: None if control.is_asked() else True, TAKEN) is None:
        await asyncio.to_thread(control.withdraw)
        raise TimeoutError(f"no gateway took {control.request}: none runs with this configuration")
    told = await _polled(lambda: control.told(request), wait)
    if told is None:
        raise TimeoutError("the gateway has not finished yet; what comes of it will stand in its log")
    return told


async def _polled(look: Callable[[], T | None], within: float) -> T | None:
    """What a look gives, as soon as it gives something; None after so many seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while (found := await asyncio.to_thread(look)) is None and loop.time() < end:  # noqa: ASYNC110 - another process
        await asyncio.sleep(_LOOK)
    return found


def _shown(told: Mapping[str, Any]) -> Iterator[str]:
    if not told["is_done"]:
        yield from told["reasons"]
        yield "not reloaded: the gateway goes on with the mappings that it has"
        return
    for one in told["unversioned"]:
        yield f"{one} changed without a new version"
    yield f"reloaded: {told['mappings']} mapping(s), {told['cases']} test(s) passed"
    if told["staying"]:
        yield f"{told['staying']} open POQ(s) end on the mappings that they began with"
