"""A Buyer that posts and reads while the gateway dies again and again, and holds each sight against the last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import aiohttp

from gateway.lso.states import FINAL_POQ_STATES
from tests.faults.moments import Moments, Seen
from tests.faults.outside import Listener
from tests.faults.plans import PoqPlan
from tests.support.gateways import POQ, SONATA
from tests.support.histories import ITEMS, check_follows, check_lawful

REGISTRATIONS = {
    "all": None,
    "poqs": "eventType=poqStateChangeEvent",
    "items": "eventType=poqItemStateChangeEvent",
}
"""The Buyer's registrations, by the first part of their callback's path, with their query."""


@dataclass(frozen=True)
class Sent:
    """A POST that was tried. `body` as it was sent; `wanted`: the requested completion date, if it is near."""

    plan: PoqPlan
    body: Mapping[str, Any]
    wanted: datetime | None


class Buyer:
    """`kept`: the last sight of each POQ that got its 201, or was found; `sent`: by externalId."""

    def __init__(
        self,
        url: str,
        session: aiohttp.ClientSession,
        plans: Iterator[PoqPlan],
        listener: Listener,
        moments: Moments,
        random: Random,
    ) -> None:
        self._base = url + SONATA
        self.session = session
        self._plans = plans
        self._listener = listener
        self._moments = moments
        self._random = random
        self.known: dict[str, PoqPlan] = {}
        self.sent: dict[str, Sent] = {}
        self.kept: dict[str, Mapping[str, Any]] = {}
        self.registered: dict[str, str] = {}
        self.lost = 0
        self.reads = 0

    def is_final(self, poq_id: str) -> bool:
        return self.kept[poq_id]["state"] in FINAL_POQ_STATES

    async def register(self, callbacks: str) -> None:
        """All registrations; each is answered before the first POQ is posted."""
        for name, query in REGISTRATIONS.items():
            body = {"callback": f"{callbacks}/{name}", **({"query": query} if query else {})}
            async with self.session.post(f"{self._base}/hub", json=body) as response:
                shown = await response.json()
                assert response.status == 201, shown
            self.registered[name] = shown["id"]

    async def check_registered(self) -> None:
        for name, registration in self.registered.items():
            async with self.session.get(f"{self._base}/hub/{registration}") as response:
                assert response.status == 200, f"the registration {name} is lost"

    async def post_up_to(self, allowed: Callable[[], int]) -> None:
        """For ever: POQs one by one, as long as fewer than allowed got their 201."""
        while True:
            if len(self.kept) >= allowed():
                await asyncio.sleep(0.02)
            else:
                await self._post(next(self._plans))

    async def _post(self, plan: PoqPlan) -> None:
        """Until it is sent; what is sent and not answered is not repeated: it may exist."""
        self.known[plan.name] = plan
        while True:
            wanted = None if plan.within is None else datetime.now(UTC) + timedelta(seconds=plan.within)
            body = plan.request(wanted)
            self.sent[plan.name] = Sent(plan, body, wanted)
            try:
                async with self.session.post(self._base + POQ, json=body) as response:
                    shown = await response.json()
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)  # nobody there: nothing was sent
                continue
            except (aiohttp.ClientError, ValueError):
                self.lost += 1
                return
            assert (response.status, shown.get("state")) == (201, "acknowledged"), shown
            check_lawful(shown)
            self.kept[shown["id"]] = shown
            self._moments.saw(Seen.CREATED)
            return

    async def read_on(self) -> None:
        """For ever: mostly POQs that move, sometimes others, since they must not vanish either."""
        while True:
            await asyncio.sleep(0.01)
            chosen = [one for one in self.kept if not self.is_final(one) or self._random.random() < 0.02]
            if chosen:
                await self.read(self._random.choice(chosen))

    async def read(self, poq_id: str) -> bool:
        """Whether there was an answer. Fails if it cannot follow from what was seen before, or from events heard."""
        heard = self._heard(poq_id)
        before = self.kept.get(poq_id)
        try:
            async with self.session.get(f"{self._base}{POQ}/{poq_id}") as response:
                shown = await response.json()
        except (aiohttp.ClientError, ValueError):
            await asyncio.sleep(0.02)
            return False
        assert response.status == 200, f"{poq_id} was created and is answered {response.status}"
        self._believe(shown, before, heard)
        return True

    def _believe(self, shown: Mapping[str, Any], before: Mapping[str, Any] | None, heard: list[Any]) -> None:
        check_lawful(shown)
        if before is not None:
            check_follows(before, shown)
        for item_id, state in heard:
            told = shown if item_id is None else next(one for one in shown[ITEMS] if one["id"] == item_id)
            assert state in [entry["state"] for entry in told["stateChange"]], "an event came before its commit"
        self.reads += 1
        latest = self.kept.get(shown["id"])
        # another reader may have been faster with a later sight
        if latest is None or _entries(shown) >= _entries(latest):
            self.kept[shown["id"]] = shown

    def _heard(self, poq_id: str) -> list[tuple[str | None, str]]:
        events = [one.body["event"] for one in self._listener.of_poq.get(poq_id, ())]
        return [(event.get("poqItemId"), event["state"]) for event in events]


def _entries(shown: Mapping[str, Any]) -> int:
    return sum(len(one["stateChange"]) for one in (shown, *shown[ITEMS]))
