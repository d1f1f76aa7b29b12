"""One campaign: POQs are posted and read, the gateway is killed again and again; then all that came of it is judged."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

import aiohttp

from gateway.lso.models.events import PoqEventType
from gateway.lso.states import FINAL_POQ_STATES
from tests.faults import verdicts
from tests.faults.buyer import REGISTRATIONS, Buyer
from tests.faults.moments import Moment, Moments, Seen
from tests.faults.outside import Legacy, Listener, legacy_service, listening
from tests.faults.plans import MAPPING, plans
from tests.faults.process import GatewayProcess, StoreContents, examine, new_gateway

KINDS = {
    "all": [*PoqEventType],
    "poqs": [PoqEventType.POQ_STATE_CHANGE],
    "items": [PoqEventType.POQ_ITEM_STATE_CHANGE],
}
READERS = 3
NEAR = timedelta(seconds=1.5)
"""How long the gateway stays dead at most for a date to pass."""


@dataclass
class Summary:
    """What a campaign went through."""

    moments: Counter[str] = field(default_factory=Counter)
    open_at_kill: list[int] = field(default_factory=list)
    passed_while_dead: int = 0
    finished_in: float = 0.0

    def text(self, buyer: Buyer, listener: Listener) -> str:
        states = Counter(str(shown["state"]) for shown in buyer.kept.values())
        events = {(one.registration, one.body["eventId"]) for one in listener.arrivals}
        kills = self.open_at_kill
        return "\n".join(
            [
                f"kills: {len(kills)}: " + ", ".join(f"{count} {what}" for what, count in self.moments.most_common()),
                f"open POQs at the kill: {min(kills)} to {max(kills)}, median {median(kills):g}",
                f"POQs: {len(buyer.kept)}: " + ", ".join(f"{count} {state}" for state, count in states.most_common()),
                f"POSTs without an answer: {buyer.lost}; reads: {buyer.reads}",
                f"events: {len(events)}, with repeats {len(listener.arrivals)}",
                f"requested completion dates that passed while the gateway was dead: {self.passed_while_dead}",
                f"brought to an end within {self.finished_in:.1f} s of peace",
            ]
        )


class Campaign:
    """`async with Campaign.prepared(...) as campaign`, then `kill_again_and_again`, `finish` and `judge`."""

    def __init__(
        self,
        gateway: GatewayProcess,
        buyer: Buyer,
        legacy: Legacy,
        listener: Listener,
        moments: Moments,
        random: Random,
    ) -> None:
        self._gateway = gateway
        self._buyer = buyer
        self._legacy = legacy
        self._listener = listener
        self._moments = moments
        self._random = random
        self._allowed = 0
        self.summary = Summary()

    @classmethod
    @asynccontextmanager
    async def prepared(cls, folder: Path, *, seed: int, kills: int) -> AsyncIterator[Campaign]:
        """The gateway is running, the Buyer registered. Everything that is drawn is drawn from `seed`."""
        moments = Moments()
        known = plans(Random(f"{seed} plans"), kills)
        listener = Listener(Random(f"{seed} listener"), moments)
        # one connection a request: a dead process is told from a lost answer
        connector = aiohttp.TCPConnector(force_close=True)
        session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20))
        async with session, listening(listener) as callbacks:
            legacy = Legacy({}, moments)
            async with legacy_service(legacy) as service:
                gateway = new_gateway(folder, service.url, MAPPING)
                buyer = Buyer(gateway.url, session, known, listener, moments, Random(f"{seed} reads"))
                legacy.plans = buyer.known
                await gateway.start()
                try:
                    await gateway.until_ready(session)
                    await buyer.register(callbacks)
                    yield cls(gateway, buyer, legacy, listener, moments, Random(f"{seed} kills"))
                finally:
                    if gateway.process.returncode is None:
                        await gateway.kill()

    async def kill_again_and_again(self, kills: int, poqs: int) -> None:
        """All of the POQs as soon as they are taken, and one more for each kill right after a 201."""
        self._allowed = poqs
        async with asyncio.TaskGroup() as group:
            working = [group.create_task(self._buyer.post_up_to(lambda: self._allowed)) for _ in range(2)]
            working += [group.create_task(self._buyer.read_on()) for _ in range(READERS)]
            for _ in range(kills):
                watching = group.create_task(self._gateway.until_ready(self._buyer.session))
                moment, come = await self._moment()
                watching.cancel()
                await self._kill(_told(moment, come))
                await self._gateway.start()
            await self._until(lambda: len(self._buyer.kept) >= self._allowed, within=60)
            for task in working:
                task.cancel()

    async def _moment(self) -> tuple[Moment, bool]:
        takes = self._gateway.start_takes
        moment = Moment.drawn(self._random, takes)
        self._allowed += moment.seen is Seen.CREATED
        return moment, await self._moments.wait(moment, most=2 * takes + 3)

    async def _kill(self, when: str) -> None:
        await self._gateway.kill()
        self._legacy.kills += 1
        self.summary.moments[when] += 1
        contents = await self._check_store()
        open_now = [one for one, state in contents.poqs.items() if state not in FINAL_POQ_STATES]
        self.summary.open_at_kill.append(len(open_now))
        await self._stay_dead()

    async def _check_store(self) -> StoreContents:
        """What was answered with 201 is in the store, whatever happened right after."""
        contents = await asyncio.to_thread(examine, self._gateway.folder)
        assert contents.integrity == "ok"
        lost = self._buyer.kept.keys() - contents.poqs.keys()
        assert not lost, f"answered with 201, and lost: {lost}"
        return contents

    async def _stay_dead(self) -> None:
        """Sometimes until a requested completion date has passed. Who asked first then would get an answer."""
        now = datetime.now(UTC)
        sent = [self._buyer.sent[shown["externalId"]] for shown in self._buyer.kept.values()]
        coming = {one.plan.name: one.wanted for one in sent if one.wanted and now < one.wanted < now + NEAR}
        if coming and self._random.random() < 0.7:
            await asyncio.sleep((min(coming.values()) - now).total_seconds() + 0.01)
        later = datetime.now(UTC)
        passed = {name for name, wanted in coming.items() if wanted <= later}
        self._legacy.hurried |= passed
        self.summary.passed_while_dead += len(passed)

    async def finish(self) -> None:
        """Left in peace, the gateway brings everything to an end: no POQ is stuck, no event on its way for ever.

        It has about as long as all the pauses of an item take, after the last date that some POQ waits for: nothing may
        wait for a lease of the dead to run out.
        """
        await self._gateway.until_ready(self._buyer.session)
        dates = [one.wanted for one in self._buyer.sent.values() if one.wanted]
        still = max(((date - datetime.now(UTC)).total_seconds() for date in dates), default=0.0)
        within = 15 + 5 * self._gateway.start_takes + max(still, 0.0)
        contents = await self._check_store()
        found = contents.poqs.keys() - self._buyer.kept.keys()
        assert len(found) <= self._buyer.lost, "more POQs than were posted"
        for poq_id in found:
            assert await self._buyer.read(poq_id)
        begun = datetime.now(UTC)
        try:
            async with asyncio.timeout(within):
                await self._until_all_is_final()
                await self._until_all_is_told()
        except TimeoutError:
            contents = await self._check_store()
            raise AssertionError(f"stuck after {within:.0f} s: {contents.stuck}") from None
        self.summary.finished_in = (datetime.now(UTC) - begun).total_seconds()
        await self._buyer.check_registered()
        status = await self._gateway.stop()
        assert status == 0, f"stopped with {status}: {self._gateway.last_words()}"
        faults = [*self._gateway.faults()]
        assert not faults, faults[:3]

    def told(self) -> str:
        """The summary as text."""
        return self.summary.text(self._buyer, self._listener)

    def judge(self) -> int:
        """Hold every final POQ against its plan, and what the listener was told against its history; gives how many."""
        arrivals = self._listener.arrivals
        assert {one.poq_id for one in arrivals} <= self._buyer.kept.keys(), "events of POQs that do not exist"
        verdicts.check_ids(arrivals)
        for poq_id, shown in self._buyer.kept.items():
            verdicts.check_end(self._buyer.sent[shown["externalId"]], shown, self._gateway.lives)
            of_poq = self._listener.of_poq.get(poq_id, [])
            for name in REGISTRATIONS:
                verdicts.check_deliveries(shown, [one for one in of_poq if one.registration == name], KINDS[name])
            verdicts.check_order(shown, [one for one in of_poq if one.registration == "all"])
        return len(self._buyer.kept)

    async def _until_all_is_final(self) -> None:
        while open_now := [one for one in self._buyer.kept if not self._buyer.is_final(one)]:
            for poq_id in open_now:
                assert await self._buyer.read(poq_id)
            await asyncio.sleep(0.05)

    async def _until_all_is_told(self) -> None:
        while True:
            contents = await self._check_store()
            if not contents.open_deliveries:
                return
            await asyncio.sleep(0.1)

    async def _until(self, holds: Callable[[], bool], *, within: float) -> None:
        async with asyncio.timeout(within):
            while not holds():
                self._gateway.check_alive()
                await asyncio.sleep(0.02)


def _told(moment: Moment, come: bool) -> str:
    if not come:
        return "in a quiet moment"
    return f"when {moment.seen}" if moment.seen else "while it starts"
