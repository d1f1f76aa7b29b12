"""What goes out, when and in which order: step by step on a store of its own, time being what the test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection

from gateway.lso.identifiers import BuyerId, Interface, PoqId, SellerId
from gateway.notify.dispatcher import Addressing, Dispatcher, Pace
from gateway.notify.letters import Letter
from gateway.notify.outcomes import Delivered, Failed, Gone, Outcome
from gateway.notify.schedule import Pauses
from gateway.store import deliveries
from gateway.store.errors import StoreUnavailable
from gateway.store.notifications import DeliveryStore, SubscriptionStore
from gateway.store.queries import insert_qualification
from gateway.store.records import JsonText, NewEvent, StoredQualification
from gateway.store.records_notify import DeliveryFilter, DeliveryRecord, Subscription, SubscriptionId
from gateway.store.sqlite import SqliteDatabase

T = TypeVar("T")

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
BUYER, SELLER = BuyerId("buyer-1"), SellerId("seller-1")
PAUSES = Pauses(timedelta(seconds=8), timedelta(hours=4))
VERSIONS = {Interface.SONATA: "v8", Interface.CANTATA: "v2"}


class ScriptedCourier:
    """Answers by the host of the letter; what is not scripted is delivered. `hold` keeps calls to a host waiting."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.letters: list[Letter] = []
        self.script: dict[str, list[Outcome | Exception]] = {}
        self.hold: dict[str, asyncio.Event] = {}
        self.cut_off: list[str] = []
        self._sent = asyncio.Condition()

    async def send(self, letter: Letter) -> Outcome:
        host = letter.url.split("/")[2]
        self.letters.append(letter)
        async with self._sent:
            self.sent.append(f"{host} {letter.body.decode()}")
            self._sent.notify_all()
        try:
            if host in self.hold:
                await self.hold[host].wait()
        except asyncio.CancelledError:
            self.cut_off.append(host)
            raise
        outcome = self.script[host].pop(0) if self.script.get(host) else Delivered()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def has_sent(self, number: int) -> list[str]:
        async with self._sent:
            await self._sent.wait_for(lambda: len(self.sent) >= number)
        return self.sent


class FailingDatabase(SqliteDatabase):
    """Can be told not to be there."""

    is_there = True

    async def write(self, work: Callable[[Connection], T]) -> T:
        if not self.is_there:
            raise StoreUnavailable("not there")
        return await super().write(work)


class Bench:
    """A store with POQs and registrations, a dispatcher on it, and a clock to set."""

    def __init__(self, database: FailingDatabase) -> None:
        self.database = database
        self.store = DeliveryStore(database)
        self.courier = ScriptedCourier()
        self.now = START
        self._ids = count(1)
        self.dispatcher = self.new_dispatcher()

    def new_dispatcher(self, **pace: Any) -> Dispatcher:
        return Dispatcher(
            self.store,
            self.courier,
            Addressing(VERSIONS),
            Pace(PAUSES, **{"grace": 0.0, "poll": 0.01, **pace}),
            now=lambda: self.now,
            chance=lambda: 0.5,
            sole_use=True,
        )

    async def register(self, *hosts: str) -> None:
        for host in hosts:
            record = Subscription(
                id=SubscriptionId(host),
                interface=Interface.SONATA,
                buyer=BUYER,
                seller=SELLER,
                callback=f"https://{host}/x",
                query=None,
                poq_events=True,
                item_events=True,
                created=START,
                buyer_parameter="buyer-1",
            )
            assert await SubscriptionStore(self.database).add(record, most=100)

    async def poq(self, poq_id: str, events: int, *, expires: timedelta = timedelta(hours=75)) -> None:
        """A new POQ with so many events, called `<POQ>/1` and so on."""
        record = StoredQualification(
            *(PoqId(poq_id), Interface.SONATA, BUYER, SELLER, "inProgress", START, JsonText("{}"), JsonText("[]"), ())
        )
        made = [
            NewEvent(f"{poq_id}/{number}", "poqStateChangeEvent", self.now, JsonText(f"{poq_id}/{number}"))
            for number in range(1, events + 1)
        ]

        def work(connection: Connection) -> None:
            insert_qualification(connection, record)
            deliveries.enqueue(
                connection,
                buyer=BUYER,
                seller=SELLER,
                interface=Interface.SONATA,
                poq_id=record.id,
                first_number=1,
                events=made,
                expires=self.now + expires,
                new_id=lambda: f"delivery-{next(self._ids)}",
            )

        await self.database.write(work)

    async def step(self) -> list[str]:
        """One turn, its calls to their end; what was sent."""
        before = len(self.courier.sent)
        turn = await self.dispatcher.turn()
        await asyncio.gather(*map(self.dispatcher.deliver, turn.claimed))
        return self.courier.sent[before:]

    async def steps(self) -> list[list[str]]:
        """Steps until nothing is sent any more."""
        done = []
        while sent := await self.step():
            done.append(sorted(sent))
        return done

    async def records(self) -> dict[str, DeliveryRecord]:
        found = await self.store.operator_list(DeliveryFilter(), limit=1000)
        return {f"{one.subscription} {one.event_id}": one for one in found}

    async def states(self) -> dict[str, str]:
        return {name: one.state.value for name, one in (await self.records()).items()}


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    database = FailingDatabase(tmp_path / "poq.db")
    await database.open()
    yield Bench(database)
    await database.close()


@asynccontextmanager
async def running(dispatcher: Dispatcher) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(20):
        tasks.create_task(dispatcher.run())
        try:
            yield
        finally:
            dispatcher.stop()


@pytest.mark.requirement("87.1-R72", "87.1-R76")
async def test_events_go_to_every_registration_in_the_order_of_their_poq(bench: Bench) -> None:
    await bench.register("a", "b")
    await bench.poq("p", 3)
    await bench.poq("q", 1)

    assert await bench.steps() == [["a p/1", "a q/1", "b p/1", "b q/1"], ["a p/2", "b p/2"], ["a p/3", "b p/3"]]
    assert set((await bench.states()).values()) == {"delivered"}
    assert bench.courier.letters[0].url == (
        "https://a/x/mefApi/sonata/productOfferingQualificationNotification/v8/listener/poqStateChangeEvent"
        "?buyerId=buyer-1"
    )


async def test_a_failed_event_is_repeated_with_growing_pauses_and_then_the_next_one_follows(bench: Bench) -> None:
    await bench.register("a")
    await bench.poq("p", 2)
    bench.courier.script["a"] = [Failed("HTTP 500"), Failed("HTTP 503", "100")]

    assert await bench.steps() == [["a p/1"]]
    bench.now += timedelta(seconds=7.9)
    assert await bench.steps() == []
    bench.now += timedelta(seconds=0.1)
    assert await bench.steps() == [["a p/1"]]
    bench.now += timedelta(seconds=99.9)
    assert await bench.steps() == []
    assert (await bench.records())["a p/1"].note == "HTTP 503"
    bench.now += timedelta(seconds=0.1)
    assert await bench.steps() == [["a p/1"], ["a p/2"]]


async def test_what_is_never_taken_becomes_a_dead_letter_and_the_next_one_gets_its_turn(bench: Bench) -> None:
    await bench.register("a")
    await bench.poq("p", 2)
    bench.courier.script["a"] = [Failed("HTTP 500")] * 100

    while (due := (await bench.records())["a p/1"].due) is not None:
        bench.now = due
        await bench.steps()

    first, second = (await bench.records())["a p/1"], (await bench.records())["a p/2"]
    assert (first.state, first.note, first.settled) == ("dead", "HTTP 500", START + timedelta(hours=75))
    assert 25 < first.attempts < 45
    assert bench.courier.sent == ["a p/1"] * first.attempts + ["a p/2"]
    assert second.state == "dead"


@pytest.mark.requirement("87.1-R73")
async def test_a_listener_that_is_gone_is_not_called_again(bench: Bench) -> None:
    await bench.register("gone", "stays")
    await bench.poq("p", 2)
    bench.courier.script["gone"] = [Gone()]

    assert await bench.steps() == [["gone p/1", "stays p/1"], ["stays p/2"]]
    await bench.poq("q", 1)
    assert await bench.steps() == [["stays q/1"]]


async def test_a_fault_of_ours_is_a_failed_attempt_like_others(bench: Bench) -> None:
    await bench.register("a")
    await bench.poq("p", 1)
    bench.courier.script["a"] = [RuntimeError("a mistake")]

    await bench.steps()
    bench.now += timedelta(seconds=8)
    assert await bench.steps() == [["a p/1"]]
    assert await bench.states() == {"a p/1": "delivered"}


async def test_a_registration_has_so_many_calls_at_once_each_for_another_poq(bench: Bench) -> None:
    await bench.register("a")
    for number in range(10):
        await bench.poq(f"p{number}", 2)

    waves = [sorted({one.split("/")[0] for one in sent}) for sent in await bench.steps()]

    assert {len(wave) for wave in waves} == {4}
    assert len(bench.courier.sent) == 20


async def test_a_registration_that_fails_has_one_call_until_it_answers_again(bench: Bench) -> None:
    await bench.register("a")
    for number in range(8):
        await bench.poq(f"p{number}", 1)
    bench.courier.script["a"] = [Failed("HTTP 500")] * 5

    sizes = [len(sent) for sent in await bench.steps()]
    bench.now += timedelta(minutes=1)

    assert sizes == [4, 1, 1, 2]
    assert sum(sizes) == 8
    assert await bench.steps() != []


async def test_what_finished_while_the_store_was_away_is_written_down_later(bench: Bench) -> None:
    await bench.register("a")
    await bench.poq("p", 2)
    turn = await bench.dispatcher.turn()
    await asyncio.gather(*map(bench.dispatcher.deliver, turn.claimed))

    bench.database.is_there = False
    with pytest.raises(StoreUnavailable):
        await bench.dispatcher.turn()
    bench.database.is_there = True

    assert await bench.steps() == [["a p/2"]]
    assert set((await bench.states()).values()) == {"delivered"}


async def test_a_claim_that_ran_out_is_sent_again_and_the_late_outcome_changes_nothing(bench: Bench) -> None:
    await bench.register("a")
    await bench.poq("p", 2)
    stuck = (await bench.dispatcher.turn()).claimed

    bench.now += timedelta(seconds=60)
    bench.dispatcher, late = bench.new_dispatcher(), bench.dispatcher
    other = (await bench.dispatcher.turn()).claimed
    await asyncio.gather(*map(late.deliver, stuck))
    assert (await late.turn()).claimed == []
    assert [one.event_id for one in other] == ["p/1"]
    await asyncio.gather(*map(bench.dispatcher.deliver, other))
    assert await bench.steps() == [["a p/2"]]


async def test_running_it_delivers_what_comes_and_stops(bench: Bench) -> None:
    await bench.register("a", "b")
    async with running(bench.dispatcher):
        await bench.poq("p", 5)
        bench.dispatcher.wake()
        sent = await bench.courier.has_sent(10)

    assert [one for one in sent if one.startswith("a")] == [f"a p/{number}" for number in range(1, 6)]
    assert set((await bench.states()).values()) == {"delivered"}


async def test_waking_it_is_not_waiting_for_the_next_look(bench: Bench) -> None:
    await bench.register("a")
    bench.dispatcher = bench.new_dispatcher(poll=3600)
    async with running(bench.dispatcher):
        for number in range(5):
            await bench.poq(f"p{number}", 2)
            bench.dispatcher.wake()
            sent = await bench.courier.has_sent(2 * number + 2)
            assert sent[-2:] == [f"a p{number}/1", f"a p{number}/2"], "an hour before the next look"


async def test_what_becomes_due_is_sent_without_a_wake(bench: Bench) -> None:
    await bench.register("a")
    await bench.poq("p", 1)
    bench.courier.script["a"] = [Failed("HTTP 500")]
    async with running(bench.dispatcher):
        await bench.courier.has_sent(1)
        bench.now += timedelta(seconds=9)
        sent = await bench.courier.has_sent(2)

    assert sent == ["a p/1", "a p/1"]
    assert set((await bench.states()).values()) == {"delivered"}


async def test_a_hanging_listener_keeps_no_other_waiting(bench: Bench) -> None:
    await bench.register("hangs", "works")
    bench.courier.hold["hangs"] = asyncio.Event()
    async with running(bench.dispatcher):
        for number in range(20):
            await bench.poq(f"p{number}", 2)
        bench.dispatcher.wake()
        await bench.courier.has_sent(44)

    sent = bench.courier.sent
    assert len([one for one in sent if one.startswith("works")]) == 40
    assert len([one for one in sent if one.startswith("hangs")]) == 4


async def test_stopping_gives_back_what_was_under_way(bench: Bench) -> None:
    await bench.register("hangs")
    await bench.poq("p", 2)
    bench.courier.hold["hangs"] = asyncio.Event()
    async with running(bench.dispatcher):
        await bench.courier.has_sent(1)

    assert await bench.states() == {"hangs p/1": "waiting", "hangs p/2": "waiting"}
    assert bench.courier.cut_off == ["hangs"]
    bench.courier.hold.clear()
    bench.dispatcher = bench.new_dispatcher()
    assert await bench.steps() == [["hangs p/1"], ["hangs p/2"]]


async def test_a_call_that_ends_in_time_is_not_repeated_after_stopping(bench: Bench) -> None:
    await bench.register("slow")
    await bench.poq("p", 2)
    bench.courier.hold["slow"] = asyncio.Event()
    bench.dispatcher = bench.new_dispatcher(grace=20)
    async with running(bench.dispatcher):
        await bench.courier.has_sent(1)
        bench.dispatcher.stop()
        bench.courier.hold["slow"].set()

    assert await bench.states() == {"slow p/1": "delivered", "slow p/2": "waiting"}
    assert bench.courier.sent == ["slow p/1"]


async def test_being_cancelled_is_stopping(bench: Bench) -> None:
    await bench.register("hangs")
    await bench.poq("p", 1)
    bench.courier.hold["hangs"] = asyncio.Event()
    task = asyncio.create_task(bench.dispatcher.run())
    await bench.courier.has_sent(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await bench.states() == {"hangs p/1": "waiting"}


async def test_it_can_run_again(bench: Bench) -> None:
    await bench.register("a")
    for number in (1, 2):
        async with running(bench.dispatcher):
            await bench.poq(f"p{number}", 1)
            await bench.courier.has_sent(number)

    assert set((await bench.states()).values()) == {"delivered"}


async def test_after_a_crash_what_was_under_way_is_sent_at_once(bench: Bench) -> None:
    await bench.register("a")
    await bench.poq("p", 2)
    assert len((await bench.dispatcher.turn()).claimed) == 1

    bench.dispatcher = bench.new_dispatcher()
    async with running(bench.dispatcher):
        await bench.courier.has_sent(2)

    assert bench.courier.sent == ["a p/1", "a p/2"]


async def test_it_waits_for_a_store_that_is_away(bench: Bench) -> None:
    await bench.register("a")
    await bench.poq("p", 1)
    bench.database.is_there = False
    async with running(bench.dispatcher):
        await asyncio.sleep(0)
        assert bench.courier.sent == []
        bench.database.is_there = True
        await bench.courier.has_sent(1)


@pytest.mark.requirement("87.1-R73")
async def test_a_registration_that_ends_has_its_calls_cut_off(bench: Bench) -> None:
    await bench.register("ends", "stays")
    await bench.poq("p", 2)
    bench.courier.hold |= {"ends": asyncio.Event(), "stays": asyncio.Event()}
    async with running(bench.dispatcher):
        await bench.courier.has_sent(2)
        store = SubscriptionStore(bench.database)
        assert await store.remove(BUYER, SELLER, Interface.SONATA, SubscriptionId("ends"))
        bench.dispatcher.forget(SubscriptionId("ends"))
        bench.courier.hold["stays"].set()
        await bench.courier.has_sent(3)

    assert bench.courier.cut_off == ["ends"]
    assert sorted(bench.courier.sent) == ["ends p/1", "stays p/1", "stays p/2"]
    assert await bench.states() == {"stays p/1": "delivered", "stays p/2": "delivered"}
