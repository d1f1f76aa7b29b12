"""`poq-gateway demo`: a whole Seller on this machine, a POQ answered at once, one answered later, and their stories."""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import select
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli import DONE, FAILED, UNREADABLE
from gateway.cli.logs import configure_logs
from gateway.cli.process import run_served
from gateway.cli.serve import explained, port, until_stopped
from gateway.settings.models import LogSettings

if TYPE_CHECKING:
    from gateway.demo.deferred import Say
    from gateway.demo.issuer import Issuer
    from gateway.demo.run import Demo

PORT = 8080
_PORTS_OF_ESTATE = "stop it (another demo --estate?), or change endpoint and keys in config/gateway.yaml"


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("demo", help="try everything on this machine", description=__doc__)
    command.add_argument("--once", action="store_true", help="end after the two answers")
    command.add_argument(
        "--json", action="store_true", help="with --once: print requests, responses, events and calls as JSON"
    )
    command.add_argument(
        "--estate", action="store_true", help="only legacy systems and the issuer of tokens, for `serve`"
    )
    command.add_argument(
        "--into", type=Path, metavar="FOLDER", help="with --estate: put the inventory and the WSDL into this folder"
    )
    command.add_argument(
        "--port", type=port, help=f"where the gateway listens ({PORT}, or any free one); with --into: where Nimbus does"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0 if every step did what it should."""
    from gateway.demo.buyer import DemoFailed
    from gateway.store.errors import StoreError

    if arguments.json and not arguments.once:
        print("demo: --json goes with --once", file=sys.stderr)
        return UNREADABLE
    if arguments.into is not None and not arguments.estate:
        print("demo: --into goes with --estate", file=sys.stderr)
        return UNREADABLE
    configure_logs(LogSettings(level="error", format="console"))
    try:
        run_served(_estate(arguments) if arguments.estate else _first_free_port(arguments))
    except BrokenPipeError:
        raise
    except (DemoFailed, StoreError, OSError) as error:
        is_configured = arguments.estate and arguments.into is None
        told = explained(error, other_port=_PORTS_OF_ESTATE) if is_configured else explained(error)
        print(f"demo: {told}", file=sys.stderr)
        return FAILED
    return DONE


async def _estate(arguments: argparse.Namespace) -> None:
    from gateway.demo.run import estate_in, running_estate, workplace

    if arguments.into is not None:
        async with estate_in(arguments.into, arguments.port) as estate:
            print(f"The inventory is {_shown(estate.inventory)}.")
            print(f"Nimbus answers at {estate.soap_url}; its WSDL is {_shown(estate.wsdl)}.")
            print("Until Ctrl-C.", flush=True)
            await until_stopped()
        return
    place = workplace()
    async with running_estate(place) as (estate, issuer):
        print(f"The inventory is {_shown(estate.inventory)}, Nimbus answers at {estate.soap_url}, until Ctrl-C.")
        print(f"In another terminal: poq-gateway serve -c {_shown(place / 'config' / 'gateway.yaml')}")
        print(f"A Buyer takes its token so:\n\n{_token_line(issuer)}\n")
        print('and shows it: curl -H "Authorization: Bearer $TOKEN" …')
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
    from gateway.demo.run import running_demo

    async with running_demo(folder, port=at) as demo:
        say = _unsaid if arguments.json else _say
        at_once = await _answered_at_once(demo, say)
        later = await _answered_later(demo, say)
        if arguments.json:
            print(json.dumps({**at_once, "deferred": later}, indent=2))
        if arguments.once:
            return
        demo.recorder.recording = False
        for line in _closing(demo):
            _say(line)
        await _until_stopped(demo)
        say_if_read("\nStopped.")


async def _answered_at_once(demo: Demo, say: Say) -> dict[str, Any]:
    from gateway.demo.run import read_request
    from gateway.demo.story import tell, title

    say(title("The Buyer takes a token"))
    say(f"  POST {demo.issuer.url}/token: an access token of {len(demo.buyer.token)} characters, shown from here on")
    say("")
    request = read_request()
    response = await demo.buyer.ask(request)
    for line in tell(request, response, demo.recorder):
        say(line)
    say("")
    return {"request": request, "response": response, "legacy": demo.recorder.legacy()}


async def _answered_later(demo: Demo, say: Say) -> dict[str, Any]:
    from gateway.demo.deferred import tell_deferred
    from gateway.demo.run import DEFERRED_REQUEST, read_request

    demo.recorder.forget()
    poq = await tell_deferred(demo.buyer, read_request(DEFERRED_REQUEST), demo.recorder, say)
    return {**poq.plain(), "legacy": demo.recorder.legacy()}


def _closing(demo: Demo) -> Iterator[str]:
    from gateway.demo.run import DEFERRED_REQUEST, request_file

    yield f"\nServing on {demo.gateway.url} until Ctrl-C. Take a token as the Buyer:\n"
    yield f"{_token_line(demo.issuer)}\n"
    yield "Then try an answer at once, one later, and the list:\n"
    curl = 'curl -s -H "Authorization: Bearer $TOKEN"'
    for file in (request_file(), request_file(DEFERRED_REQUEST)):
        yield f"  {curl} -H 'Content-Type: application/json' \\\n    -d @{_shown(file)} \\\n    {demo.buyer.url}\n"
    yield f"  {curl} '{demo.buyer.url}?state=done'\n"
    yield f"Other requests are in {_shown(request_file().parent)}."
    yield f"The API is described at {demo.gateway.url}/openapi.json"
    yield "What the Buyer's listener is told of deferred POQs is printed here:"


def _token_line(issuer: Issuer) -> str:
    """What a Buyer types to get a token; a JWT begins with `ey`."""
    from gateway.demo.issuer import CLIENT, SECRET

    asked = f"curl -s -u {CLIENT}:{SECRET} -d grant_type=client_credentials {issuer.url}/token"
    return f"  TOKEN=$({asked} | grep -o 'ey[^\"]*')"


async def _until_stopped(demo: Demo) -> None:
    """Meanwhile tell what the listener is told."""
    try:
        async with asyncio.TaskGroup() as group:
            telling = group.create_task(_tell_events(demo))
            await until_stopped()
            telling.cancel()
    except* BrokenPipeError as errors:
        raise BrokenPipeError from errors


async def _tell_events(demo: Demo) -> None:
    from gateway.demo.deferred import told_of_any

    while True:
        say_if_read(told_of_any(await demo.buyer.listener.next()))


def _say(line: str) -> None:
    """At once, whatever reads it."""
    print(line, flush=True)


def say_if_read(line: str) -> None:
    """Left out where it would have to wait: serving does not stop because nobody reads what is printed."""
    if select.select([], [sys.stdout], [], 0)[1]:
        _say(line)


def _unsaid(line: str) -> None:
    return None


def _shown(path: Path) -> str:
    """A path as it can be typed here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
