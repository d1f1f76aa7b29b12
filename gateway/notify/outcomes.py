"""What one call of a listener can come to. A closed choice; knows no HTTP library."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Delivered:
    """The listener has it: any 2xx, though the definition knows 204 only."""


@dataclass(frozen=True)
class Gone:
    """410: the listener is no more and wants nothing more."""


@dataclass(frozen=True)
class Failed:
    """It may succeed later. `reason` is for the operator, `retry_after` the header as it came."""

    reason: str
    retry_after: str | None = None


Outcome = Delivered | Gone | Failed
