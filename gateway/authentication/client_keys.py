"""Keys that a Seller hands out itself: random texts, of which the configuration has only the hash.

A key has 256 random bits, so that no one finds it by trying, however fast a hash is: SHA-256 is enough, and cheap
enough that wrong keys cost nothing. What people choose themselves has no such strength, and is not taken for a key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable

PREFIX = "poqk_"
"""Lets a key be recognised, by the gateway and by whoever looks for leaked ones."""

KEY = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}", re.ASCII)
HASH = r"^sha256:[0-9a-f]{64}$"


def new_key() -> str:
    """A key that nobody had before."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(key: str) -> str:
    """What stands in the configuration."""
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def is_key(text: str) -> bool:
    """Whether it has the form of a key."""
    return KEY.fullmatch(text) is not None


def find(key: str, hashes: Iterable[str]) -> str | None:
    """The hash that is this key's, every one compared in a time that does not tell how much of it fits."""
    own, found = hash_of(key), None
    for one in hashes:
        if hmac.compare_digest(own, one):
            found = one
    return found
