"""`poq-gateway serve`: run the gateway until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import errno
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.app import ADAPTERS, Gateway, load_catalog
from gateway.assembly.configured import deferred_without_notifications
from gateway.cli import DONE, FAILED, UNREADABLE
from gateway.cli.logs import configure_logs
from gateway.cli.process import run_served, settle_memory
from gateway.loggers import logger
from gateway.settings import Settings, literal_secrets, load_settings
from gateway.store.errors import StoreError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

_log = logger()


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("serve", help="run the gateway", description="Run the gateway until Ctrl-C.")
    command.add_argument("-c", "--config", type=Path, default=Path("config/gateway.yaml"), metavar="FILE")
    command.add_argument("--host", help="instead of the configuration's")
    command.add_argument("--port", type=port, help="instead of the configuration's; 0 takes any free port")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Load everything, then serve. Nothing is served while a file has a mistake."""
    settings = _with_arguments(load_settings(arguments.config, ADAPTERS), arguments)
    configure_logs(settings.log)
    if not (settings.clients or settings.listen.host in _LOOPBACK or settings.listen.unauthenticated):
        print(
            f"{arguments.config}: it names no clients, so nobody would be authenticated, and the gateway does not "
            f"listen on {settings.listen.host}. Name them under 'clients', or set listen.unauthenticated: true where a "
            "proxy in front authenticates them.",
            file=sys.stderr,
        )
        return UNREADABLE
    return run_served(_serve(settings))


def _with_arguments(settings: Settings, arguments: argparse.Namespace) -> Settings:
    said = {name: value for name in ("host", "port") if (value := getattr(arguments, name)) is not None}
    return settings.model_copy(update={"listen": settings.listen.model_copy(update=said)})


async def _serve(settings: Settings) -> int:
    catalog = load_catalog(settings, base=Path.cwd())
    try:
        async with Gateway(settings, catalog) as gateway:
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, gateway.reload_soon)
            for warning in _open_doors(settings):
                _log.warning(warning, listening=gateway.url)
            for finding in literal_secrets(settings):
                _log.warning("secret in the configuration", code=finding.code, place=str(finding.location))
            if silent := deferred_without_notifications(settings):
                _log.warning("deferred answers without notifications contradict 87.1-R4", buyers=silent)
            _log.info("serving", url=gateway.url, mappings=len(catalog.mappings.mappings), buyers=len(settings.buyers))
            settle_memory()
            await until_stopped()
            _log.info("stopping")
    except (StoreError, OSError) as error:
        print(f"cannot serve: {explained(error)}", file=sys.stderr)
        return FAILED
    return DONE


def _open_doors(settings: Settings) -> Iterator[str]:
    if not settings.clients:
        yield "CLIENTS ARE NOT AUTHENTICATED: whoever reaches the gateway acts for every Buyer"
    elif settings.listen.tls is None and settings.listen.host not in _LOOPBACK and not settings.listen.proxies:
        yield "credentials travel unprotected: there is neither listen.tls nor a proxy in listen.proxies"


def explained(error: Exception, *, other_port: str = "choose one with --port (0 takes any free one)") -> str:
    """An error that ends the program, with what to do about it where that is known. `other_port`: how to take one."""
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"the port is taken by another program; {other_port}"
    return str(error)


def port(text: str) -> int:
    """A port of the command line. Raises ValueError, which the parser tells the user."""
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError(text)
    return number


async def until_stopped() -> None:
    """Wait for SIGINT or SIGTERM; a second one ends the process the hard way."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(number: int) -> None:
        stopped.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    await stopped.wait()
