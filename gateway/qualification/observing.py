"""What an operator may see of a qualification: each call and each decision, with the line of the mapping behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.lso.identifiers import ItemId


@dataclass(frozen=True)
class LegacyCall:
    """One exchange with a legacy system. `sent` and `received` as they went over the wire, `seconds` it took."""

    item: ItemId
    mapping: str
    step: str
    system: str
    kind: str
    attempt: int
    sent: str
    received: str
    result: str
    seconds: float


@dataclass(frozen=True)
class ItemDecision:
    """How an item was decided, and by which rule (file:line:column)."""

    item: ItemId
    mapping: str
    version: int
    rule: str
    outcome: str


class Observer(Protocol):
    def called(self, call: LegacyCall) -> None: ...

    def decided(self, decision: ItemDecision) -> None: ...


class Silent:
    """Nobody looks on."""

    def called(self, call: LegacyCall) -> None:
        return None

    def decided(self, decision: ItemDecision) -> None:
        return None
