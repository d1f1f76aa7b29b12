"""`poq-gateway client-key`: keys for clients that have no issuer of tokens."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from gateway.cli import DONE


def add(commands: Any) -> None:
    """Add the command to the parser."""
    group = commands.add_parser("client-key", help="keys for clients", description=__doc__)
    actions = group.add_subparsers(metavar="ACTION", required=True)
    new = actions.add_parser(
        "new",
        help="make a key",
        description="Make a key: the key goes to the client, its hash into the configuration (clients, keys).",
    )
    new.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print a new key, and what the configuration has of it. The key is kept nowhere."""
    from gateway.authentication.client_keys import hash_of, new_key

    key = new_key()
    print(key)
    print(f"For the client: the line above, once. For the configuration: keys: [{hash_of(key)!r}]", file=sys.stderr)
    return DONE
