"""The command `poq-gateway`. One file a command group; each adds itself to the parser and names what to run.

Exit codes: 0 done, 1 something was found or failed, 2 what was asked cannot be read (files, arguments).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import gateway
from gateway.cli.process import begin_process, end_process, keep_all
from gateway.sources.findings import FindingsError

DONE, FAILED, UNREADABLE = 0, 1, 2
_GROUPS = ("serve", "check", "demo", "mapping", "poq", "deliveries", "audit", "purge", "wsdl", "client-key")


def parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The command line: as much of it as these words ask for, else all. What is not is not imported."""
    top = argparse.ArgumentParser(prog="poq-gateway", description=gateway.__doc__)
    top.add_argument("--version", action="version", version=f"poq-gateway {gateway.__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for name in asked(_GROUPS, words):
        group = import_module(f"gateway.cli.{name.replace('-', '_')}")
        if name == "mapping":
            group.add(commands, words[1:])
        else:
            group.add(commands)
    return top


def asked(names: Sequence[str], words: Sequence[str]) -> Sequence[str]:
    """The one of these commands that stands first, or all of them."""
    return words[:1] if words and words[0] in names else names


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    is_own = arguments is None  # a process of its own
    if is_own:
        begin_process()
    words = sys.argv[1:] if arguments is None else arguments
    try:
        chosen = parser(words).parse_args(words)
        if is_own and getattr(chosen, "keeps_all", False):
            keep_all()
        code: int = chosen.run(chosen)
        if is_own:
            end_process()
    except FindingsError as error:
        print(error, file=sys.stderr)
        return UNREADABLE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read the output (`| head`) has seen enough; nothing is flushed at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code
