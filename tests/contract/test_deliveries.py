"""Registrations, and events on their way, as every store keeps them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select

from gateway.lso.identifiers import BuyerId, Interface, PoqId, SellerId
from gateway.store import deliveries
from gateway.store.database import Database
from gateway.store.notifications import DeliveryStore, SubscriptionStore
from gateway.store.queries import insert_qualification
from gateway.store.records import JsonText, NewEvent, StoredQualification
from gateway.store.records_notify import (
    Arrived,
    ClaimedDelivery,
    DeliveryFilter,
    DeliveryId,
    DeliveryState,
    GiveUp,
    Repeat,
    Replayed,
    Settlement,
    Subscription,
    SubscriptionId,
    Turn,
    Unwanted,
    Verdict,
)
from gateway.store.tables import event, poq

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
EXPIRES = NOW + timedelta(hours=75)
BUYER, SELLER = BuyerId("buyer-1"), SellerId("seller-1")
POQ_EVENT, ITEM_EVENT = "poqStateChangeEvent", "poqItemStateChangeEvent"
REGISTRATION = Subscription(
    id=SubscriptionId("hub-1"),
    interface=Interface.SONATA,
    buyer=BUYER,
    seller=SELLER,
    callback="https://buyer.example/é",
    query="eventType = poqStateChangeEvent,poqItemStateChangeEvent",
    poq_events=True,
    item_events=True,
    created=NOW,
    buyer_parameter="buyer-1",
)


def seconds(number: float) -> datetime:
    return NOW + timedelta(seconds=number)


class Desk:
    """A store with short words for what the tests do again and again. Time is what each call is told."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.registrations = SubscriptionStore(database)
        self.deliveries = DeliveryStore(database)
        self._ids = count(1)

    async def register(self, id: str = "hub-1", **changes: Any) -> Subscription:
        record = replace(REGISTRATION, id=SubscriptionId(id), **changes)
        assert await self.registrations.add(record, most=1000)
        return record

    async def poq(self, id: str = "poq-1", **changes: Any) -> None:
        record = StoredQualification(
            id=PoqId(id),
            interface=Interface.SONATA,
            buyer=BUYER,
            seller=SELLER,
            state="inProgress",
            creation_date=NOW,
            envelope=JsonText("{}"),
            state_changes=JsonText("[]"),
            items=(),
        )
        await self.database.write(partial(insert_qualification, record=replace(record, **changes)))

    async def enqueue(self, *types: str, poq_id: str = "poq-1", first: int = 1, at: float = 0, **changes: Any) -> int:
        """Events with the ids `<POQ>/<number>`, as a change of the POQ makes them."""
        made = [
            NewEvent(f"{poq_id}/{number}", kind, seconds(at), JsonText(f'{{"n":{number}}}'))
            for number, kind in enumerate(types, first)
        ]
        arguments = {"buyer": BUYER, "seller": SELLER, "interface": Interface.SONATA, **changes}

        def change(connection: Connection) -> int:
            connection.execute(select(poq.c.id).where(poq.c.id == poq_id).with_for_update()).one()
            return deliveries.enqueue(
                connection,
                poq_id=PoqId(poq_id),
                first_number=first,
                events=made,
                expires=EXPIRES,
                new_id=lambda: f"delivery-{next(self._ids)}",
                **arguments,
            )

        return await self.database.write(change)

    async def turn(
        self,
        *settled: tuple[ClaimedDelivery, Verdict],
        at: float = 0,
        at_once: int = 4,
        most: int = 100,
        lease: float = 60,
        room: dict[str, int] | None = None,
    ) -> Turn:
        return await self.deliveries.operator_turn(
            [Settlement(claimed, verdict) for claimed, verdict in settled],
            now=seconds(at),
            until=seconds(at + lease),
            at_once=at_once,
            room={SubscriptionId(id): places for id, places in (room or {}).items()},
            most=most,
        )

    async def claim(self, *settled: tuple[ClaimedDelivery, Verdict], **options: Any) -> list[ClaimedDelivery]:
        return sorted(
            (await self.turn(*settled, **options)).claimed, key=lambda one: (one.subscription.id, one.event_id)
        )

    async def all_in_order(self, **options: Any) -> list[str]:
        """Deliver whatever comes, one turn after the other; the eventIds in the order in which they came."""
        came: list[str] = []
        claimed = await self.claim(**options)
        while claimed:
            came += [one.event_id for one in claimed]
            claimed = await self.claim(*((one, Arrived()) for one in claimed), **options)
        return came

    async def states(self, **wanted: Any) -> dict[str, str]:
        found = await self.deliveries.operator_list(DeliveryFilter(**wanted), limit=10_000)
        return {f"{one.subscription} {one.event_id}": one.state.value for one in found}


@pytest.fixture
async def desk(database: Database) -> Desk:
    desk = Desk(database)
    await desk.poq()
    return desk


def names(claimed: Sequence[ClaimedDelivery]) -> list[str]:
    return [f"{one.subscription.id} {one.event_id}" for one in claimed]


@pytest.mark.requirement("87.1-R67", "79.1-R7")
async def test_a_registration_comes_back_as_it_was_kept(desk: Desk) -> None:
    bare = await desk.register("hub-2", query=None, buyer_parameter=None, item_events=False)
    full = await desk.register()

    for record in (full, bare):
        assert await desk.registrations.get(BUYER, SELLER, Interface.SONATA, record.id) == record


@pytest.mark.requirement("C14", "J2")
@pytest.mark.parametrize(
    "asked",
    [
        pytest.param((BuyerId("buyer-2"), SELLER, Interface.SONATA, "hub-1"), id="other-buyer"),
        pytest.param((BUYER, SellerId("seller-2"), Interface.SONATA, "hub-1"), id="other-seller"),
        pytest.param((BUYER, SELLER, Interface.CANTATA, "hub-1"), id="other-interface"),
        pytest.param((BUYER, SELLER, Interface.SONATA, "hub-2"), id="unknown-id"),
    ],
)
async def test_only_the_buyers_own_registration_is_found_and_ended(desk: Desk, asked: Any) -> None:
    kept = await desk.register()

    assert await desk.registrations.get(*asked) is None
    assert not await desk.registrations.remove(*asked)
    assert await desk.registrations.get(BUYER, SELLER, Interface.SONATA, kept.id) == kept


@pytest.mark.requirement("H9")
async def test_a_buyer_has_no_more_registrations_than_the_limit_even_at_once(desk: Desk) -> None:
    def add(number: int, buyer: str) -> Any:
        record = replace(REGISTRATION, id=SubscriptionId(f"{buyer}-{number}"), buyer=BuyerId(buyer))
        return desk.registrations.add(record, most=3)

    kept = await asyncio.gather(*(add(number, buyer) for number in range(8) for buyer in ("buyer-1", "buyer-2")))

    assert kept.count(True) == 6
    removed = [
        await desk.registrations.remove(BUYER, SELLER, Interface.SONATA, SubscriptionId(f"buyer-1-{number}"))
        for number in range(8)
    ]
    assert removed.count(True) == 3
    assert await add(9, "buyer-1")


@pytest.mark.requirement("87.1-R72", "87.1-R73", "87.1-R74", "87.1-R76", "79.1-R5", "79.1-R6", "79.1-R90", "79.1-R91")
async def test_an_event_goes_to_exactly_the_registrations_that_want_it(desk: Desk) -> None:
    await desk.register("all")
    await desk.register("poqs", item_events=False)
    await desk.register("items", poq_events=False)
    await desk.register("other-buyer", buyer=BuyerId("buyer-2"))
    await desk.register("other-seller", seller=SellerId("seller-2"))
    await desk.register("other-interface", interface=Interface.CANTATA)
    await desk.register("disabled", disabled=NOW)

    number = await desk.enqueue(ITEM_EVENT, POQ_EVENT)

    assert number == 4
    assert await desk.states() == {
        "all poq-1/1": "waiting",
        "all poq-1/2": "waiting",
        "items poq-1/1": "waiting",
        "poqs poq-1/2": "waiting",
    }


@pytest.mark.requirement("87.1-R73")
async def test_what_nobody_wants_is_not_kept(desk: Desk) -> None:
    await desk.register(item_events=False)

    assert await desk.enqueue(ITEM_EVENT, ITEM_EVENT, POQ_EVENT) == 1
    assert await desk.enqueue(ITEM_EVENT, first=4) == 0

    kept = await desk.database.read(lambda connection: connection.execute(select(event.c.id, event.c.number)).all())
    assert [tuple(row) for row in kept] == [("poq-1/3", 3)]


async def test_a_claim_has_all_that_the_call_needs(desk: Desk) -> None:
    record = await desk.register()
    await desk.enqueue(POQ_EVENT)

    [claimed] = await desk.claim(at=5, lease=30)

    assert claimed == ClaimedDelivery(
        id=DeliveryId("delivery-1"),
        subscription=record,
        poq_id=PoqId("poq-1"),
        event_id="poq-1/1",
        event_type=POQ_EVENT,
        body=JsonText('{"n":1}'),
        attempts=1,
        expires=EXPIRES,
        until=seconds(35),
    )


async def test_the_events_of_one_poq_come_one_by_one_in_the_order_of_the_commits(desk: Desk) -> None:
    await desk.register("a")
    await desk.register("b")
    await desk.enqueue(ITEM_EVENT, POQ_EVENT)
    first = await desk.claim()
    await desk.enqueue(*[ITEM_EVENT] * 10, first=3)

    assert names(first) == ["a poq-1/1", "b poq-1/1"]
    assert await desk.claim() == []
    came = {"a": [1], "b": [1]}
    claimed = await desk.claim((first[0], Arrived()))
    assert names(claimed) == ["a poq-1/2"]
    claimed += [first[1]]
    while claimed:
        claimed = await desk.claim(*((one, Arrived()) for one in claimed))
        for one in claimed:
            came[one.subscription.id].append(int(one.event_id.partition("/")[2]))
    assert came == {"a": [1, *range(3, 13)], "b": list(range(1, 13))}


async def test_poqs_do_not_wait_for_each_other(desk: Desk) -> None:
    await desk.register()
    await desk.poq("poq-2")
    await desk.enqueue(ITEM_EVENT, POQ_EVENT)
    await desk.enqueue(ITEM_EVENT, POQ_EVENT, poq_id="poq-2")

    assert names(await desk.claim()) == ["hub-1 poq-1/1", "hub-1 poq-2/1"]


async def test_an_event_that_failed_keeps_its_successors_waiting_until_it_is_given_up(desk: Desk) -> None:
    await desk.register()
    await desk.enqueue(ITEM_EVENT, POQ_EVENT)
    [first] = await desk.claim()

    turn = await desk.turn((first, Repeat(seconds(100), "HTTP 503")))
    assert (list(turn.claimed), turn.next_due) == ([], seconds(100))
    assert await desk.claim(at=99) == []
    [again] = await desk.claim(at=100)
    assert (again.event_id, again.attempts) == ("poq-1/1", 2)
    [second] = await desk.claim((again, GiveUp("HTTP 503")), at=101)
    assert second.event_id == "poq-1/2"
    assert await desk.states() == {"hub-1 poq-1/1": "dead", "hub-1 poq-1/2": "sending"}


async def test_a_new_event_waits_for_an_earlier_one_that_is_being_repeated(desk: Desk) -> None:
    await desk.register()
    await desk.enqueue(ITEM_EVENT)
    [first] = await desk.claim()
    await desk.claim((first, Repeat(seconds(500), "HTTP 503")))

    await desk.enqueue(POQ_EVENT, first=2, at=10)

    assert await desk.claim(at=20) == []
    assert await desk.all_in_order(at=500) == ["poq-1/1", "poq-1/2"]


async def test_a_claim_holds_until_its_time_is_over_and_then_is_somebody_elses(desk: Desk) -> None:
    await desk.register()
    await desk.enqueue(ITEM_EVENT, POQ_EVENT)
    [slow] = await desk.claim(lease=60)

    assert await desk.claim(at=59) == []
    [other] = await desk.claim(at=60)
    assert (other.event_id, other.attempts) == ("poq-1/1", 2)
    for late in (Arrived(), GiveUp("x"), Repeat(NOW, "x"), Unwanted("x")):
        assert await desk.claim((slow, late), at=61) == []
    [second] = await desk.claim((other, Arrived()), at=62)
    assert second.event_id == "poq-1/2"


async def test_settling_twice_changes_nothing(desk: Desk) -> None:
    await desk.register()
    await desk.enqueue(ITEM_EVENT, POQ_EVENT, POQ_EVENT)
    [first] = await desk.claim()

    [second] = await desk.claim((first, Arrived()))
    assert await desk.claim((first, Arrived()), (first, GiveUp("x"))) == []
    assert await desk.states() == {
        "hub-1 poq-1/1": "delivered",
        "hub-1 poq-1/2": "sending",
        "hub-1 poq-1/3": "waiting",
    }
    assert second.event_id == "poq-1/2"


async def test_what_a_process_had_claimed_before_it_ended_is_due_at_the_next_start(desk: Desk) -> None:
    await desk.register()
    await desk.poq("poq-2")
    await desk.enqueue(POQ_EVENT)
    await desk.enqueue(POQ_EVENT, poq_id="poq-2")
    [one, other] = await desk.claim(lease=3600)
    await desk.claim((other, Repeat(seconds(900), "HTTP 500")), lease=3600)

    assert await desk.deliveries.operator_release_all(now=seconds(1)) == 1

    assert names(await desk.claim(at=1)) == names([one])


async def test_a_registration_has_no_more_calls_than_places(desk: Desk) -> None:
    for id in ("busy", "failing", "free"):
        await desk.register(id)
    for number in range(2, 12):
        await desk.poq(f"poq-{number}")
        await desk.enqueue(POQ_EVENT, poq_id=f"poq-{number}")

    claimed = await desk.claim(at_once=4, room={"busy": 0, "failing": 1})

    of = [one.subscription.id for one in claimed]
    assert {id: of.count(SubscriptionId(id)) for id in ("busy", "failing", "free")} == {
        "busy": 0,
        "failing": 1,
        "free": 4,
    }
    assert len({(one.subscription.id, one.poq_id) for one in claimed}) == 5


async def test_where_places_are_few_those_with_the_most_room_come_first(desk: Desk) -> None:
    for id in ("a-failing", "b-free", "c-free"):
        await desk.register(id)
    for number in range(2, 6):
        await desk.poq(f"poq-{number}")
        await desk.enqueue(POQ_EVENT, poq_id=f"poq-{number}")

    claimed = await desk.claim(at_once=2, most=4, room={"a-failing": 1})

    assert sorted({one.subscription.id for one in claimed}) == ["b-free", "c-free"]
    assert await desk.claim(most=0) == []


@pytest.mark.requirement("87.1-R73", "87.1-R70", "79.1-R6")
async def test_the_end_of_a_registration_ends_its_repeats_and_no_other(desk: Desk) -> None:
    for id in ("ended", "stays"):
        await desk.register(id)
    await desk.enqueue(ITEM_EVENT, POQ_EVENT)
    [ended, stays] = await desk.claim()
    await desk.claim((ended, Repeat(seconds(10), "HTTP 500")), (stays, Repeat(seconds(10), "HTTP 500")))

    assert await desk.registrations.remove(BUYER, SELLER, Interface.SONATA, SubscriptionId("ended"))

    assert not await desk.registrations.remove(BUYER, SELLER, Interface.SONATA, SubscriptionId("ended"))
    assert await desk.claim((ended, Arrived()), at=5) == []
    assert await desk.all_in_order(at=10) == ["poq-1/1", "poq-1/2"]
    assert await desk.states() == {"stays poq-1/1": "delivered", "stays poq-1/2": "delivered"}


async def test_a_listener_that_wants_no_more_gets_no_more(desk: Desk) -> None:
    for id in ("gone", "stays"):
        await desk.register(id)
    await desk.poq("poq-2")
    await desk.enqueue(ITEM_EVENT, POQ_EVENT)
    await desk.enqueue(POQ_EVENT, poq_id="poq-2")
    [gone, *_] = await desk.claim()

    await desk.claim((gone, Unwanted("HTTP 410")), at=7)

    assert await desk.enqueue(POQ_EVENT, first=3, at=8) == 1
    states = await desk.states(subscription=SubscriptionId("gone"))
    assert states == {"gone poq-1/1": "dead", "gone poq-1/2": "dead", "gone poq-2/1": "dead"}
    kept = await desk.registrations.get(BUYER, SELLER, Interface.SONATA, SubscriptionId("gone"))
    assert kept is not None
    assert kept.disabled == seconds(7)


@pytest.mark.parametrize("together", [True, False], ids=["in one turn", "in the next turn"])
async def test_what_arrived_is_not_dead_though_another_call_was_told_that_no_more_is_wanted(
    desk: Desk, together: bool
) -> None:
    await desk.register()
    await desk.poq("poq-2")
    await desk.enqueue(ITEM_EVENT, POQ_EVENT)
    await desk.enqueue(POQ_EVENT, poq_id="poq-2")
    arrived, unwanted = await desk.claim()

    if together:
        await desk.claim((unwanted, Unwanted("HTTP 410")), (arrived, Arrived()), at=7)
    else:
        await desk.claim((unwanted, Unwanted("HTTP 410")), at=7)
        await desk.claim((arrived, Arrived()), at=8)

    states = await desk.states()
    assert states == {"hub-1 poq-1/1": "delivered", "hub-1 poq-1/2": "dead", "hub-1 poq-2/1": "dead"}
    [found] = await desk.deliveries.operator_list(DeliveryFilter(state=DeliveryState.DELIVERED), limit=10)
    assert (found.note, found.due) == (None, None)
    assert await desk.claim(at=1000) == []


async def test_a_failure_told_late_says_nothing_new_of_what_is_dead(desk: Desk) -> None:
    await desk.register()
    await desk.poq("poq-2")
    await desk.enqueue(ITEM_EVENT)
    await desk.enqueue(POQ_EVENT, poq_id="poq-2")
    failed, unwanted = await desk.claim()
    await desk.claim((unwanted, Unwanted("HTTP 410")), at=7)

    await desk.claim((failed, Repeat(seconds(30), "HTTP 503")), at=8)

    assert set((await desk.states()).values()) == {"dead"}


@pytest.mark.parametrize(
    ("options", "replayed", "states"),
    [
        pytest.param({}, Replayed(1, 0), ["waiting", "delivered"], id="the-dead-one"),
        pytest.param({"delivered": True}, Replayed(2, 0), ["waiting", "waiting"], id="the-delivered-one-too"),
    ],
)
async def test_a_replay_lets_dead_events_wait_again(
    desk: Desk, options: dict[str, Any], replayed: Replayed, states: list[str]
) -> None:
    await desk.register()
    await desk.enqueue(ITEM_EVENT, POQ_EVENT)
    [first] = await desk.claim()
    [second] = await desk.claim((first, GiveUp("HTTP 500")))
    await desk.claim((second, Arrived()))
    ids = [first.id, second.id, DeliveryId("unknown")]

    assert await desk.deliveries.operator_replay(ids, now=seconds(9), expires=seconds(99), **options) == replayed

    assert list(dict(sorted((await desk.states()).items())).values()) == states
    [again] = await desk.claim(at=9)
    assert (again.event_id, again.attempts, again.expires) == ("poq-1/1", 1, seconds(99))


async def test_replayed_events_come_in_their_order_and_never_two_at_once(desk: Desk) -> None:
    await desk.register()
    await desk.enqueue(*[ITEM_EVENT] * 4)
    dead: list[ClaimedDelivery] = []
    for _ in range(3):
        [one] = await desk.claim(*((last, GiveUp("x")) for last in dead[-1:]))
        dead.append(one)
    [fourth] = await desk.claim((dead[-1], GiveUp("x")))

    ids = [dead[2].id, dead[0].id]
    assert await desk.deliveries.operator_replay(ids, now=NOW, expires=EXPIRES) == Replayed(2, 0)

    assert await desk.claim() == []
    [first] = await desk.claim((fourth, Arrived()))
    [third] = await desk.claim((first, Arrived()))
    assert [first.event_id, third.event_id] == ["poq-1/1", "poq-1/3"]


async def test_a_disabled_registration_is_replayed_only_when_it_is_enabled(desk: Desk) -> None:
    await desk.register()
    await desk.enqueue(ITEM_EVENT, POQ_EVENT)
    [first] = await desk.claim()
    await desk.claim((first, Unwanted("HTTP 410")))
    ids = [one.id for one in await desk.deliveries.operator_list(DeliveryFilter(), limit=10)]
    replay = partial(desk.deliveries.operator_replay, ids, now=NOW, expires=EXPIRES)

    assert await replay() == Replayed(0, 2)
    assert await desk.claim() == []
    assert await replay(enable=True) == Replayed(2, 0)
    assert await desk.all_in_order() == ["poq-1/1", "poq-1/2"]


async def test_an_operator_sees_what_is_where(desk: Desk) -> None:
    await desk.register("a")
    await desk.register("b")
    await desk.poq("poq-2")
    await desk.enqueue(ITEM_EVENT, POQ_EVENT)
    await desk.enqueue(POQ_EVENT, poq_id="poq-2", at=60)
    [one, *_] = await desk.claim(room={"b": 0})
    await desk.claim((one, GiveUp("HTTP 500")), room={"a": 0, "b": 0})
    store = desk.deliveries

    assert await desk.states(state=DeliveryState.DEAD) == {"a poq-1/1": "dead"}
    assert set(await desk.states(poq_id=PoqId("poq-2"))) == {"a poq-2/1", "b poq-2/1"}
    assert await store.operator_counts() == {"waiting": 5, "sending": 0, "delivered": 0, "dead": 1}
    pages = [await store.operator_list(DeliveryFilter(), offset=offset, limit=4) for offset in (0, 4, 8)]
    assert [len(page) for page in pages] == [4, 2, 0]
    assert len({one.id for page in pages for one in page}) == 6
    shown = await store.operator_show(one.id)
    assert shown is not None
    assert (shown.event_id, shown.note, shown.settled, shown.body) == ("poq-1/1", "HTTP 500", NOW, '{"n":1}')
    assert await store.operator_show(DeliveryId("unknown")) is None


async def test_events_and_deliveries_go_with_their_poq(desk: Desk) -> None:
    await desk.register()
    await desk.enqueue(POQ_EVENT)
    [claimed] = await desk.claim()

    await desk.database.write(lambda connection: connection.execute(delete(poq)))

    assert await desk.claim((claimed, Arrived())) == []
    assert await desk.states() == {}


async def test_a_change_of_thousands_of_items_is_kept_and_taken_in_order(desk: Desk) -> None:
    for id in ("a", "b", "c"):
        await desk.register(id)

    assert await desk.enqueue(*[ITEM_EVENT] * 4000) == 12_000

    claimed = await desk.claim()
    assert names(claimed) == ["a poq-1/1", "b poq-1/1", "c poq-1/1"]
    assert names(await desk.claim(*((one, Arrived()) for one in claimed))) == [f"{id} poq-1/2" for id in "abc"]


async def test_changes_and_settlements_at_the_same_time_lose_nothing(desk: Desk) -> None:
    """Whatever comes first: what is enqueued while its predecessor is settled becomes due all the same."""
    poqs = [f"poq-{number}" for number in range(2, 6)]
    for id in ("a", "b"):
        await desk.register(id)
    for poq_id in poqs:
        await desk.poq(poq_id)
    came: dict[tuple[str, str], list[int]] = {}

    async def change(poq_id: str) -> None:
        for number in range(1, 16):
            await desk.enqueue(POQ_EVENT, poq_id=poq_id, first=number)

    async def deliver() -> None:
        claimed: list[ClaimedDelivery] = []
        while sum(map(len, came.values())) < 2 * 4 * 15 or claimed:
            claimed = await desk.claim(*((one, Arrived()) for one in claimed), at_once=1)
            for one in claimed:
                order = came.setdefault((one.subscription.id, one.poq_id), [])
                order.append(int(one.event_id.partition("/")[2]))

    async with asyncio.TaskGroup() as tasks:
        for poq_id in poqs:
            tasks.create_task(change(poq_id))
        for _ in range(3):
            tasks.create_task(deliver())

    assert came == {(id, poq_id): list(range(1, 16)) for id in ("a", "b") for poq_id in poqs}


async def test_ends_410s_and_replays_in_the_middle_of_changes_disturb_no_other_registration(desk: Desk) -> None:
    poqs = [f"poq-{number}" for number in range(2, 6)]
    for id in ("stays", *(f"ends-{number}" for number in range(6)), *(f"gone-{number}" for number in range(6))):
        await desk.register(id)
    for poq_id in poqs:
        await desk.poq(poq_id)
    came: dict[str, list[int]] = {poq_id: [] for poq_id in poqs}

    async def change(poq_id: str) -> None:
        for number in range(1, 11):
            await desk.enqueue(POQ_EVENT, poq_id=poq_id, first=number)

    async def end() -> None:
        for number in range(6):
            assert await desk.registrations.remove(BUYER, SELLER, Interface.SONATA, SubscriptionId(f"ends-{number}"))

    async def replay() -> None:
        for _ in range(6):
            dead = await desk.deliveries.operator_list(DeliveryFilter(DeliveryState.DEAD), limit=50)
            await desk.deliveries.operator_replay([one.id for one in dead], now=NOW, expires=EXPIRES, enable=True)

    async def deliver() -> None:
        claimed: list[ClaimedDelivery] = []
        while sum(map(len, came.values())) < 4 * 10 or claimed:
            claimed = await desk.claim(*((one, _answer(one)) for one in claimed), at_once=2)
            for one in claimed:
                if one.subscription.id == "stays":
                    came[one.poq_id].append(int(one.event_id.partition("/")[2]))

    async with asyncio.TaskGroup() as tasks:
        for poq_id in poqs:
            tasks.create_task(change(poq_id))
        for work in (deliver, deliver, end, replay):
            tasks.create_task(work())

    assert came == {poq_id: list(range(1, 11)) for poq_id in poqs}
    assert set((await desk.states(subscription=SubscriptionId("stays"))).values()) == {"delivered"}


def _answer(claimed: ClaimedDelivery) -> Verdict:
    return Unwanted("HTTP 410") if claimed.subscription.id.startswith("gone") else Arrived()
