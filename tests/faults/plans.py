"""What each POQ of a campaign asks for, and how the legacy service answers it: data, drawn from a seed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from random import Random
from typing import Any

from tests.support.histories import ITEMS
from tests.support.requests import deferred_request, valid_item

MAPPING = """
mapping: line
version: 4
for: {product: any}
steps:
  feasibility:
    soap: nimbus
    operation: CheckFeasibility
    with:
      Reference: =item.id
      Circuit: {ProductCode: AEL-P, BandwidthKbps: 1000, Site: [a]}
    on:
      fault LOC-404: {refuse: referenceNotFound, reason: The address is not known}
      fault SOON: {wait: 30 ms}
      fault BUSY: {wait: 3 s}
      any fault: fail
answer:
  - when: related('NEEDS') != None and related('NEEDS').answer.serviceabilityConfidence != 'green'
    red: What it needs is not green
  - when: feasibility.FeasCode == 'A'
    serviceabilityConfidence: green
    installationInterval: {amount: =feasibility.LeadDays, units: businessDays}
    deliveryType: onNetWithoutBuild
    guaranteedUntilDate: =now + days(30)
  - when: feasibility.FeasCode == 'N' and feasibility.LeadDays == None
    red: Not feasible
  - otherwise: {red: Not feasible}
"""


class Stall(Enum):
    """What the legacy service does as long as an item is not open yet; never an answer."""

    SOON = auto()
    BUSY = auto()
    BROKEN = auto()
    DROPPED = auto()
    HALF = auto()
    SLOW = auto()
    SILENT = auto()


class End(Enum):
    """What the legacy service says of an item in the end."""

    GREEN = auto()
    RED = auto()
    REFUSED = auto()
    NEVER = auto()


@dataclass(frozen=True)
class ItemPlan:
    """`stalls` come first, then others until so many kills have `opened` it, then `end`. `needs`: an item's id."""

    id: str
    stalls: tuple[Stall, ...]
    opened: int
    end: End
    needs: str | None
    lead_days: int

    @property
    def poq(self) -> str:
        """The name of its POQ."""
        return self.id.rpartition("-")[0]


@dataclass(frozen=True)
class PoqPlan:
    """`name` travels as externalId. `within`: seconds from the POST to the requested completion date, if it is near."""

    name: str
    items: tuple[ItemPlan, ...]
    within: float | None

    def item(self, item_id: str) -> ItemPlan:
        return next(item for item in self.items if item.id == item_id)

    def is_green(self, item: ItemPlan) -> bool:
        """Whether a complete answer of this item has to be green; else it has to be red."""
        return item.end is End.GREEN and (item.needs is None or self.is_green(self.item(item.needs)))

    def request(self, wanted: datetime | None) -> dict[str, Any]:
        """The body of the POST; without `wanted` it is wanted in the far future."""
        date = {"requestedPOQCompletionDate": wanted.isoformat()} if wanted else {}
        return deferred_request(**{"externalId": self.name, ITEMS: [_item(one) for one in self.items], **date})


def plans(random: Random, kills: int) -> Iterator[PoqPlan]:
    """Endless; each has an item that opens late in a campaign of so many kills."""
    number = 0
    while True:
        number += 1
        yield _poq(random, number, kills)


def by_item(known: Mapping[str, PoqPlan], item_id: str) -> ItemPlan:
    """An item of one of these POQs; its id begins with the POQ's name."""
    return known[item_id.rpartition("-")[0]].item(item_id)


def _poq(random: Random, number: int, kills: int) -> PoqPlan:
    name = f"poq-{number}"
    # a kill and what comes with it takes about two seconds
    within = random.uniform(0.5, 10.0 + 2 * kills) if random.random() < 0.25 else None
    ids = [f"{name}-{position}" for position in range(random.randint(1, 6))]
    # one item keeps the POQ in work for long
    last = random.choice(ids)
    opened = {one: random.randint(kills // 2, kills) if one == last else random.randint(0, kills // 2) for one in ids}
    items = [_item_plan(random, ids[: n + 1], opened, number, within) for n in range(len(ids))]
    return PoqPlan(name, tuple(items), within)


def _item_plan(
    random: Random, ids: list[str], opened: Mapping[str, int], number: int, within: float | None
) -> ItemPlan:
    """The last one of `ids`; it may need one of the others."""
    *others, own = ids
    never = 0 if within is None else 8
    [end] = random.choices([*End], weights=[34, 5, 2, never])
    stalls = random.choices([*Stall], weights=[6, 6, 3, 1, 1, 2, 1], k=random.randint(0, 4))
    needs = random.choice(others) if others and random.random() < 0.2 else None
    return ItemPlan(own, tuple(stalls), opened[own], end, needs, 10 * number + len(others))


def _item(plan: ItemPlan) -> dict[str, Any]:
    relation = [{"id": plan.needs, "relationshipType": "NEEDS"}] if plan.needs else []
    return valid_item(id=plan.id, **({"qualificationItemRelationship": relation} if relation else {}))
