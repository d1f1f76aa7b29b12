"""`poq-gateway demo`: a whole Seller on this machine, one POQ through it, and the story of its answer."""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from gateway.cli import DONE, FAILED, UNREADABLE
from gateway.cli.logs import configure_logs
from gateway.cli.serve import explained, port, until_stopped
from gateway.settings.models import LogSettings

PORT = 8080


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("demo", help="try everything on this machine", description=__doc__)
    command.add_argument("--once", action="store_true", help="end after the first answer")
    command.add_argument("--json", action="store_true", help="with --once: print request, response and calls as JSON")
    command.add_argument("--estate", action="store_true", help="only the legacy systems, for `serve` to ask")
    command.add_argument("--port", type=port, help=f"where the gateway listens ({PORT}, or any free one)")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0 if every step did what it should."""
    from gateway.demo.run import DemoFailed
    from gateway.store.errors import StoreError

    if arguments.json and not arguments.once:
        print("demo: --json goes with --once", file=sys.stderr)
        return UNREADABLE
    configure_logs(LogSettings(level="error", format="console"))
    try:
        asyncio.run(_estate() if arguments.estate else _first_free_port(arguments))
    except BrokenPipeError:
        raise
    except (DemoFailed, StoreError, OSError) as error:
        print(f"demo: {explained(error)}", file=sys.stderr)
        return FAILED
    return DONE


async def _estate() -> None:
    from gateway.demo.run import running_estate, workplace

    place = workplace()
    async with running_estate(place) as estate:
        print(f"The inventory is {_shown(estate.inventory)}, Nimbus answers at {estate.soap_url}, until Ctrl-C.")
        print(f"In another terminal: poq-gateway serve -c {_shown(place / 'config' / 'gateway.yaml')}")
        sys.stdout.flush()
        await until_stopped()


async def _first_free_port(arguments: argparse.Namespace) -> None:
    if arguments.port is not None or arguments.once:
        return await _demo(arguments, arguments.port or 0)
    try:
        return await _demo(arguments, PORT)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
    return await _demo(arguments, 0)


async def _demo(arguments: argparse.Namespace, at: int) -> None:
    with tempfile.TemporaryDirectory(prefix="poq-gateway-demo-") as folder:
        await _story(arguments, Path(folder), at)


async def _story(arguments: argparse.Namespace, folder: Path, at: int) -> None:
    from gateway.demo.run import read_request, request_file, running_demo
    from gateway.demo.story import tell

    async with running_demo(folder, port=at) as demo:
        request = read_request()
        response = await demo.ask(request)
        if arguments.json:
            print(json.dumps({"request": request, "response": response, "legacy": demo.recorder.legacy()}, indent=2))
            return
        for line in tell(request, response, demo.recorder):
            print(line)
        if arguments.once:
            return
        demo.recorder.recording = False
        print(f"\nServing on {demo.gateway.url} until Ctrl-C. Try:\n")
        print(f"  curl -s -H 'Content-Type: application/json' -d @{_shown(request_file())} \\\n    {demo.url}\n")
        print(f"Other requests are in {_shown(request_file().parent)}.")
        print(f"The API is described at {demo.gateway.url}/openapi.json")
        sys.stdout.flush()
        await until_stopped()
        print("\nStopped.")


def _shown(path: Path) -> str:
    """A path as it can be typed here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
