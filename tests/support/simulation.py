"""Processes of the gateway on one store, without network and threads: each question of theirs waits for the test.

The scheduler, the work on a POQ and the dispatcher are the product's own. What is not is what they speak to: a clock
that the test moves, a database in memory, mappings that ask the test, listeners that the test answers for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any, cast

import orjson

from gateway.lso.identifiers import BuyerId, Dealing, Interface, PoqId, SellerId
from gateway.lso.problems import ProblemCode
from gateway.lso.request import read_request
from gateway.mapping.collection import MappingCollection
from gateway.mapping.loading import load_mapping_text
from gateway.mapping.outcomes import Failure, Postponed, Refusal
from gateway.notify.dispatcher import Addressing, Dispatcher, Pace
from gateway.notify.letters import Letter
from gateway.notify.outcomes import Outcome
from gateway.notify.schedule import Pauses
from gateway.products.specifications import ProductSpecifications
from gateway.qualification import composition
from gateway.qualification.answering import ItemAnswer
from gateway.qualification.composition import Promise, Received
from gateway.qualification.deferred import work
from gateway.qualification.items import ItemJob, ItemOutcome, ItemQualifier
from gateway.qualification.jobs import JobMaker, Rules, Seller
from gateway.qualification.port import Caller, QualificationFailed
from gateway.qualification.preparing import prepare
from gateway.qualification.references import Agreed, Checked, ReferenceChecker
from gateway.qualification.scheduler import Scheduler, Work
from gateway.qualification.tools import Tools
from gateway.sources.findings import Location
from gateway.store.notifications import DeliveryStore, SubscriptionStore
from gateway.store.records import StoredQualification
from gateway.store.records_notify import ClaimedDelivery
from gateway.store.store import Store
from tests.support.memory_store import Memory, MemoryDatabase
from tests.support.requests import CONTACT, PRODUCT_TYPE, deferred_request, valid_item
from tests.support.scripted import KINDS, received

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
BUYERS = (BuyerId("buyer-1"), BuyerId("buyer-2"))
SELLER = SellerId("seller-1")
BASE = "https://gateway.example/base"
BASES = {Interface.SONATA: BASE, Interface.CANTATA: BASE}
KEEP_EVENTS = timedelta(minutes=10)
RULE = Location("mapping.yaml")

MAPPING = f"""
mapping: line
version: 4
for: {{product: "{PRODUCT_TYPE}"}}
answer:
  - when: related('NEEDS') != None and related('NEEDS').answer.serviceabilityConfidence == 'red'
    red: What it needs cannot be delivered
  - otherwise: {{red: Not here}}
"""


class Clock:
    """What time it is: each time it is asked it is a little later. `advance` may also be negative: a clock is set.

    `seconds`: the time that has passed, whatever the clock says.
    """

    def __init__(self) -> None:
        self._now = START
        self.seconds = 0.0

    def __call__(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self.seconds += max(seconds, 0.0)


@dataclass
class World:
    """What all processes share."""

    memory: Memory
    clock: Clock
    new_id: Callable[[], str]

    @classmethod
    def on(cls, memory: Memory) -> World:
        numbers = count(1)
        return cls(memory, Clock(), lambda: f"id-{next(numbers)}")


@cache
def jobs() -> JobMaker:
    """Makes jobs by one mapping, in which an item may read the answer of the one that it NEEDS."""
    mappings = MappingCollection([load_mapping_text(MAPPING, "mapping.yaml", KINDS)])
    products = ProductSpecifications([], unknown_types="accept")
    return JobMaker(Rules(mappings, prepare(mappings, {}), products), {SELLER: Seller({}, (), {})})


def request(name: str, needs: list[int | None]) -> dict[str, Any]:
    """A deferred request; `needs` says for each item the position of the one whose answer it reads, or None."""

    def related(needed: int | None) -> dict[str, Any]:
        if needed is None:
            return {}
        return {"qualificationItemRelationship": [{"id": f"item-{needed}", "relationshipType": "NEEDS"}]}

    items = [valid_item(id=f"item-{n}", **related(needed)) for n, needed in enumerate(needs)]
    return deferred_request(externalId=name, productOfferingQualificationItem=items)


def acknowledged(
    name: str, needs: list[int | None], now: datetime, *, buyer: str = "buyer-1", deadline: datetime | None = None
) -> StoredQualification:
    """The record of a new POQ, whose id and externalId are its name."""
    caller = Caller(BuyerId(buyer), SELLER, Interface.SONATA, BASE)
    body = received(request(name, needs))
    taken = Received(caller, body, read_request(body.plain), CONTACT)
    return composition.acknowledged(PoqId(name), taken, Promise(deadline, None), now)


@dataclass(eq=False)
class Question:
    """What a mapping was asked, and waits to be told."""

    poq: str
    position: int
    reply: asyncio.Future[ItemOutcome]


class NoReferences:
    """In the place of a ReferenceChecker: no references files."""

    async def check_item(self, *_: object) -> Checked:
        return Checked()


class Questions:
    """In the place of an ItemQualifier: keeps every question, in the order in which they came."""

    def __init__(self) -> None:
        self.open: list[Question] = []

    async def qualify(self, job: ItemJob) -> ItemOutcome:
        position = int(job.id.removeprefix("item-"))
        question = Question(job.request.document["externalId"], position, asyncio.get_running_loop().create_future())
        self.open.append(question)
        try:
            return await question.reply
        finally:
            self.open.remove(question)


@dataclass(eq=False)
class Call:
    """A call of a listener that waits for its reply."""

    registration: str
    event: Mapping[str, Any]
    reply: asyncio.Future[Outcome]


class Listeners:
    """In the place of a Courier: keeps every call, in the order in which they came."""

    def __init__(self) -> None:
        self.open: list[Call] = []

    async def send(self, letter: Letter) -> Outcome:
        registration = letter.url.split("/")[2]
        call = Call(registration, orjson.loads(letter.body), asyncio.get_running_loop().create_future())
        self.open.append(call)
        try:
            return await call.reply
        finally:
            self.open.remove(call)


class Process:
    """One process: a scheduler and a dispatcher, which do a step when told to. `crash` leaves everything as it is."""

    def __init__(self, name: str, world: World, *, most: int = 3, at_once: int = 3, work: Work = work) -> None:
        self.name = name
        self.at_once = at_once
        self.database = MemoryDatabase(world.memory)
        self.store = Store(self.database, keep_events=KEEP_EVENTS, new_id=world.new_id)
        self.registrations = SubscriptionStore(self.database)
        self.deliveries = DeliveryStore(self.database)
        self.questions = Questions()
        self.listeners = Listeners()
        self.tools = Tools(
            store=self.store,
            qualifiers={SELLER: cast(ItemQualifier, self.questions)},
            jobs=jobs(),
            references=cast(ReferenceChecker, NoReferences()),
            agreed={Dealing(buyer, SELLER): Agreed() for buyer in BUYERS},
            slots=asyncio.Semaphore(at_once),
            at_once=at_once,
            pause=lambda attempts: 10.0 * attempts,
            base_hrefs=BASES,
            now=world.clock,
            new_id=world.new_id,
            changed=lambda: None,
        )
        self.scheduler = Scheduler(self.tools, worker=name, most=most, work=work)
        self.dispatcher = Dispatcher(
            self.deliveries,
            self.listeners,
            Addressing({Interface.SONATA: "v8"}),
            Pace(Pauses(timedelta(seconds=8), timedelta(minutes=2)), at_once=2, lease=60.0),
            now=world.clock,
            chance=lambda: 0.5,
            sole_use=False,
        )
        self._group = asyncio.TaskGroup()
        self._host: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """From now on its tasks live."""
        self._host = asyncio.get_running_loop().create_task(self._live())

    async def look(self) -> None:
        """The scheduler looks once; what it takes is begun."""
        await self.scheduler.look(self._group)

    async def turn(self) -> list[ClaimedDelivery]:
        """The dispatcher settles and claims once; what it claims is being sent. Raises StoreUnavailable."""
        turn = await self.dispatcher.turn()
        for claimed in turn.claimed:
            self._group.create_task(self.dispatcher.deliver(claimed))
        return list(turn.claimed)

    def check(self) -> None:
        """Raises what a task has died of."""
        if self._host is not None and self._host.done():
            self._host.result()
            raise AssertionError("the process has ended")

    async def stop(self) -> None:
        """In good order: what was taken is given back."""
        await self.crash()
        await self.scheduler.give_back()

    async def crash(self) -> None:
        """All tasks are gone; nothing is told to the store."""
        if self._host is not None:
            self._host.cancel()
            await asyncio.wait([self._host])
            self._host = None

    async def _live(self) -> None:
        async with self._group:
            await asyncio.get_running_loop().create_future()


def answer(question: Question, word: str, number: int) -> None:
    """What a mapping comes to, in one of the `WORDS`; whatever it is bears the number."""
    outcome = WORDS[word](number)
    if isinstance(outcome, Exception):
        question.reply.set_exception(outcome)
    else:
        question.reply.set_result(outcome)


def _green(number: int) -> ItemAnswer:
    members = {
        "serviceabilityConfidence": "green",
        "serviceabilityConfidenceReason": "Can be delivered as requested",
        "installationInterval": {"amount": number, "units": "businessDays"},
        "deliveryType": "onNetWithoutBuild",
    }
    return ItemAnswer(members, None, RULE)


WORDS: Mapping[str, Callable[[int], ItemOutcome | Exception]] = {
    "green": _green,
    "rejected": lambda n: Refusal(ProblemCode.OTHER_ISSUE, f"reason {n}", None, RULE),
    "wait": lambda n: Postponed(f"reason {n}", RULE, 20),
    "wait long": lambda n: Postponed(f"reason {n}", RULE, 3600),
    "person": lambda n: Postponed(f"reason {n}", RULE, None),
    "failed": lambda n: Failure(f"reason {n}", RULE),
    "no mapping": lambda n: QualificationFailed(f"reason {n}"),
    "broken": lambda n: RuntimeError(f"reason {n}"),
}
