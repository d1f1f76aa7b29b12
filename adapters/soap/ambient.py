"""The clock and the chance that messages need: handed to a system when it is made, the machine's own if nothing is."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


@dataclass(frozen=True)
class Ambient:
    """`now`: the time, with its zone; `chance`: so many random bytes."""

    now: Callable[[], datetime] = _now
    chance: Callable[[int], bytes] = secrets.token_bytes

    def message_id(self) -> str:
        """A name for a message that no other has."""
        return UUID(bytes=self.chance(16), version=4).urn
