"""The clock, the ids and the chance that messages need: those of whoever runs a system, the machine's own before."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _new_id() -> str:
    return str(UUID(bytes=secrets.token_bytes(16), version=4))


@dataclass
class Ambient:
    """`now`: the time, with its zone; `new_id`: a UUID that no other is like; `chance`: so many random bytes."""

    now: Callable[[], datetime] = _now
    new_id: Callable[[], str] = _new_id
    chance: Callable[[int], bytes] = secrets.token_bytes

    def message_id(self) -> str:
        """A name for a message that no other has."""
        return f"urn:uuid:{self.new_id()}"
