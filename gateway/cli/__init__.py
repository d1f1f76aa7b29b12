"""The command `poq-gateway`. One file a command group; each adds itself to the parser and names what to run.

Exit codes: 0 done, 1 something was found or failed, 2 what was asked cannot be read (files, arguments).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import gateway
from gateway.sources.findings import FindingsError

DONE, FAILED, UNREADABLE = 0, 1, 2


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    from gateway.cli import deliveries, demo, mapping, poq, serve

    top = argparse.ArgumentParser(prog="poq-gateway", description=gateway.__doc__)
    top.add_argument("--version", action="version", version=f"poq-gateway {gateway.__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for group in (serve, demo, mapping, poq, deliveries):
        group.add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    chosen = parser().parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
    except FindingsError as error:
        print(error, file=sys.stderr)
        return UNREADABLE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read the output (`| head`) has seen enough; nothing is flushed at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code
