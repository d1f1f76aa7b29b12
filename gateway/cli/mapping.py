"""`poq-gateway mapping …`: work on mapping files. Each command is a file of its own."""

from __future__ import annotations

from typing import Any

from gateway.cli import (
    mapping_docs,
    mapping_explain,
    mapping_lint,
    mapping_new,
    mapping_record,
    mapping_reload,
    mapping_schema,
    mapping_test,
)


def add(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("mapping", help="work on mapping files").add_subparsers(
        metavar="COMMAND", required=True
    )
    mapping_lint.add(group)
    mapping_schema.add(group)
    mapping_docs.add(group)
    mapping_test.add(group)
    mapping_new.add(group)
    mapping_reload.add(group)
    mapping_explain.add(group)
    mapping_record.add(group)
