"""`poq-gateway mapping …`: work on mapping files. Each command is a file of its own."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from gateway.cli import asked

_COMMANDS = ("lint", "schema", "docs", "test", "new", "reload", "explain", "record")


def add(commands: Any, words: Sequence[str] = ()) -> None:
    """Add the command group to the parser: the command that `words` begin with, or all."""
    group = commands.add_parser("mapping", help="work on mapping files").add_subparsers(
        metavar="COMMAND", required=True
    )
    for name in asked(_COMMANDS, words):
        import_module(f"gateway.cli.mapping_{name}").add(group)
