"""What one dead and one slow listener cost twenty others: python -m tests.benchmarks.listeners

The same events go to twenty listeners, in turns without and with two more registrations: one whose listener takes the
connection and never answers, one that answers after a second. Measured is the time until the twenty have all of theirs,
everything included: store (SQLite, synchronous=FULL), HTTP, settlement. Prints the medians and their ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

import structlog
from sqlalchemy import Connection

from gateway.lso.identifiers import BuyerId, Dealing, Interface, PoqId, SellerId
from gateway.lso.models.states import MEFPOQTaskStateType
from gateway.notify.courier import HttpCourier
from gateway.notify.dispatcher import Addressing, Dispatcher, Pace
from gateway.notify.events import poq_event
from gateway.notify.names import Names
from gateway.notify.policy import CallbackPolicy
from gateway.notify.schedule import Pauses
from gateway.store import deliveries
from gateway.store.notifications import DeliveryStore, SubscriptionStore
from gateway.store.queries import insert_qualification
from gateway.store.records import JsonText, StoredQualification
from gateway.store.records_notify import Subscription, SubscriptionId
from gateway.store.sqlite import SqliteDatabase
from tests.support.listener import read_request

GOOD = 20
BUYER, SELLER = BuyerId("buyer-1"), SellerId("seller-1")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Listeners:
    """Servers that answer after so many seconds, None for never; the good ones answer at once and are counted."""

    def __init__(self, expected: int) -> None:
        self._left = expected
        self.done = asyncio.Event()

    async def start(self, opened: AsyncExitStack, delay: float | None) -> str:
        connections: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            connections.add(task)
            try:
                while True:
                    await read_request(reader)
                    await asyncio.sleep(3600 if delay is None else delay)
                    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                    if delay == 0:
                        self._count()
            except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        opened.callback(server.close)
        opened.callback(lambda: [task.cancel() for task in connections])
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    def _count(self) -> None:
        self._left -= 1
        if not self._left:
            self.done.set()


def change(poq_id: str, events: int, new_id: count[int], connection: Connection) -> None:
    """A POQ with so many events."""
    head = (PoqId(poq_id), Interface.SONATA, BUYER, SELLER)
    insert_qualification(connection, StoredQualification(*head, "done", NOW, JsonText("{}"), JsonText("[]"), ()))
    made = [
        poq_event(event_id=f"{poq_id}-{n}", time=NOW, poq_id=head[0], state=MEFPOQTaskStateType.DONE)
        for n in range(events)
    ]
    deliveries.enqueue(
        connection,
        buyer=BUYER,
        seller=SELLER,
        interface=Interface.SONATA,
        poq_id=head[0],
        first_number=1,
        events=made,
        expires=NOW + timedelta(days=36500),
        new_id=lambda: f"d-{next(new_id)}",
    )


async def seconds(delays: Sequence[float | None], *, poqs: int, events: int) -> float:
    """Until the good ones among listeners with these delays have all of their events."""
    async with AsyncExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory())
        database, names = SqliteDatabase(Path(folder) / "poq.db"), Names(timeout=5)
        await database.open()
        opened.push_async_callback(database.close)
        opened.push_async_callback(names.close)
        listeners = Listeners(sum(delay == 0 for delay in delays) * poqs * events)
        for number, delay in enumerate(delays):
            url = await listeners.start(opened, delay)
            record = Subscription(
                *(SubscriptionId(f"hub-{number}"), Interface.SONATA, BUYER, SELLER, url, None, True, True, NOW)
            )
            await SubscriptionStore(database).add(record, most=1000)
        ids = count(1)
        for number in range(poqs):
            await database.write(partial(change, f"poq-{number}", events, ids))
        courier = await opened.enter_async_context(HttpCourier(names, timeout=15))
        dispatcher = Dispatcher(
            DeliveryStore(database),
            courier,
            Addressing({Interface.SONATA: "v8"}, {Dealing(BUYER, SELLER): CallbackPolicy.of(["http"], ["127.0.0.1"])}),
            Pace(Pauses(timedelta(seconds=5), timedelta(hours=4)), grace=0),
            now=lambda: datetime.now(UTC),
            chance=lambda: 0.5,
            sole_use=True,
        )
        async with asyncio.TaskGroup() as tasks:
            started = time.perf_counter()
            tasks.create_task(dispatcher.run())
            await listeners.done.wait()
            taken = time.perf_counter() - started
            dispatcher.stop()
        return taken


async def compare(rounds: int, poqs: int, events: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    alone: list[float] = [0.0] * GOOD
    taken: dict[str, list[float]] = {"alone": [], "with two bad ones": []}
    await seconds(alone, poqs=2, events=2)  # imports and caches
    for number in range(rounds):
        pair = [("alone", alone), ("with two bad ones", [None, 1.0, *alone])]
        for name, delays in pair if number % 2 else reversed(pair):
            taken[name].append(await seconds(delays, poqs=poqs, events=events))
    calls = GOOD * poqs * events
    for name, times in taken.items():
        middle = statistics.median(times)
        spread = f"{min(times):.2f} to {max(times):.2f}"
        say(f"{name}: {middle:.2f} s for {calls} calls ({calls / middle:.0f} a second); {spread}")
    ratio = statistics.median(after / before for before, after in zip(*taken.values(), strict=True))
    say(f"ratio (median of {rounds} pairs): {ratio:.3f}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--poqs", type=int, default=60)
    parser.add_argument("--events", type=int, default=6)
    arguments = parser.parse_args()
    asyncio.run(compare(arguments.rounds, arguments.poqs, arguments.events))


if __name__ == "__main__":
    main()
