"""Who types a command, for the audit."""

from __future__ import annotations

import getpass

from gateway.store.records_audit import Actor


def operator(command: str) -> Actor:
    """The user of this machine that runs this command."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # a container without such a user
        name = "unknown"
    return Actor(f"operator {name}", f"poq-gateway {command}")
