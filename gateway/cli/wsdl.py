"""`poq-gateway wsdl`: copies of WSDLs, each with all that it imports and a lock; nothing is fetched while serving."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli import DONE, FAILED, UNREADABLE

if TYPE_CHECKING:
    from adapters.soap.options import SoapOptions


class NotPossible(Exception):
    """What was asked cannot be done. The text is one line."""


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    group = commands.add_parser("wsdl", help="copies of WSDLs", description=__doc__)
    actions = group.add_subparsers(metavar="ACTION", required=True)
    fetch = actions.add_parser(
        "fetch",
        help="store a WSDL with all that it imports",
        description="Store a WSDL with all that it imports, each import naming the file beside it, and a lock.",
    )
    fetch.add_argument("source", metavar="URL", help="an http or https address, or a file")
    fetch.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="where to (contracts/NAME)")
    fetch.add_argument("--replace", action="store_true", help="in place of another copy that is there")
    fetch.add_argument("--system", metavar="NAME", help="with the certificates and credentials of this system")
    fetch.add_argument("-c", "--config", type=Path, metavar="FILE", help="where --system is described")
    fetch.set_defaults(run=run_fetch)
    lock = actions.add_parser(
        "lock",
        help="take a copy as it is now",
        description="Take the files of a stored copy as they are now: what was changed by hand is meant.",
    )
    lock.add_argument("folder", type=Path, metavar="FOLDER")
    lock.set_defaults(run=run_lock)


def run_fetch(arguments: argparse.Namespace) -> int:
    """Exit code 0: stored, or there already; 1: another copy is there; 2: it cannot be done, and why."""
    from adapters.described import DescriptionError
    from adapters.soap.fetching import fetched
    from gateway.authoring.new.copies import CopyError, store
    from gateway.authoring.new.wording import file_name

    try:
        options = _options(arguments)
        files = asyncio.run(fetched(arguments.source, options))
        name = Path(next(iter(files))).stem
        folder: Path = arguments.output or Path("contracts") / file_name(name, "service")
        is_stored = store(folder, files, arguments.source, replace=arguments.replace)
    except (DescriptionError, NotPossible) as error:
        print(f"wsdl fetch: {error}", file=sys.stderr)
        return UNREADABLE
    except CopyError as error:
        print(f"wsdl fetch: {error}", file=sys.stderr)
        return FAILED
    print(f"{'wrote' if is_stored else 'kept'} {folder} ({len(files)} file(s), with their hashes)")
    print(f"In the configuration: soap: {{wsdl: {folder / next(iter(files))}}}")
    print(f"Next: poq-gateway mapping new --list --wsdl {folder / next(iter(files))}")
    return DONE


def run_lock(arguments: argparse.Namespace) -> int:
    """Exit code 0: locked; 2: it cannot be done, and why."""
    from adapters.locks import LOCK, LockError, changed, lock_text, locked

    folder: Path = arguments.folder
    try:
        source, hashes = locked(folder)
        different = changed(folder)
        contents = {name: (folder / name).read_bytes() for name in hashes}
        extra = [path for pattern in ("*.wsdl", "*.xsd") for path in folder.glob(pattern) if path.name not in hashes]
        contents |= {path.name: path.read_bytes() for path in extra}
        (folder / LOCK).write_text(lock_text(contents, source), encoding="utf-8")
    except (OSError, LockError) as error:
        print(f"wsdl lock: {error}", file=sys.stderr)
        return UNREADABLE
    print(f"locked {folder}: {len(different)} file(s) changed, {len(extra)} new, {len(contents)} in all")
    return DONE


def _options(arguments: argparse.Namespace) -> SoapOptions | None:
    """The options of the system that was named. Raises NotPossible, FindingsError."""
    if (arguments.config is None) != (arguments.system is None):
        raise NotPossible("--system and -c go together")
    if arguments.config is None:
        return None
    from adapters.soap.options import SoapOptions
    from gateway.app import ADAPTERS
    from gateway.settings import load_settings

    systems = load_settings(arguments.config, ADAPTERS).systems
    found = systems.get(arguments.system)
    if found is None or not isinstance(found.options, SoapOptions):
        raise NotPossible(f"{arguments.config} has no SOAP system {arguments.system}")
    return found.options
