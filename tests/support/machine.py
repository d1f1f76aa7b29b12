"""Two processes on one store, and what must hold of it whatever they do: the store is held against the state model.

The model says what follows from results, dates, registrations and replies. That a process has begun an item, or ended
what is overdue, is seen in the store, since it depends on when a process looks; what follows is the model's again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import orjson
from sqlalchemy import Row, Table, select

from gateway.lso.documents import check_event
from gateway.lso.models.events import PoqEventType
from gateway.qualification.composition import poq_href
from gateway.qualification.composition import shown as as_read
from gateway.store.errors import StoreUnavailable
from gateway.store.operator import operator_find
from gateway.store.records import StoredItem, StoredQualification
from gateway.store.tables import delivery, event, poq
from tests.support.histories import ITEMS, check_follows, check_lawful
from tests.support.idle_loop import IdleLoop
from tests.support.memory_store import Memory
from tests.support.simulation import BASE, Call, Process, Question, World
from tests.support.state_model import ITEM, Model, Poq, Told

T = TypeVar("T")

_ALL = {table: select(table) for table in (poq, event, delivery)}


@dataclass(frozen=True)
class Claim:
    """A delivery that a process has in hand; `token` tells this claim from others of the same delivery."""

    delivery: str
    order: tuple[str, str]
    number: int
    token: tuple[int, int]
    expires: datetime


class Machine:
    """`desk` is a process that only takes requests and never fails; `processes` work and deliver."""

    def __init__(self, memory: Memory) -> None:
        memory.wipe()
        self.memory = memory
        self.world = World.on(memory)
        self.loop = IdleLoop(lambda: self.world.clock.seconds)
        self.model = Model()
        self.desk = Process("desk", self.world)
        self.processes = [self._started(at_once) for at_once in (2, 3)]
        self.is_sound = True
        self.shown: dict[str, dict[str, Any]] = {}
        self.rows: dict[str, Row[Any]] = {}
        self.items: dict[str, Sequence[StoredItem]] = {}
        self.deadlines: dict[str, datetime] = {}
        self.told: set[tuple[str, int]] = set()
        self.deliveries: dict[str, Row[Any]] = {}
        self.replays: Counter[str] = Counter()
        self.claims: dict[Call, Claim] = {}
        self.read: dict[Table, tuple[int, Sequence[Row[Any]]]] = {}
        self.finished: dict[str, list[tuple[Claim, str]]] = {}

    def close(self) -> None:
        for process in (self.desk, *self.processes):
            self.do(process.crash)
        self.loop.close()

    def do(self, step: Callable[[], Awaitable[T]]) -> T | None:
        """Take a step, and let everything go on until it waits; None where the store was not available."""
        self.is_sound = False

        async def steps() -> T | None:
            try:
                result: T | None = await step()
            except StoreUnavailable:
                result = None
            await self.loop.settled()
            return result

        return self.loop.run(steps())

    def let_go_on(self) -> None:
        """Everything goes on until it waits."""
        self.is_sound = False
        self.loop.run(self.loop.settled())

    def pass_time(self, seconds: float) -> None:
        """The clock goes on, or is set back; who slept so long goes on."""
        self.world.clock.advance(seconds)
        self.let_go_on()

    def replace(self, number: int, end: Callable[[Process], Awaitable[None]]) -> None:
        """A process ends, and another one takes its place."""
        old = self.processes[number]
        self.do(lambda: end(old))
        self.processes[number] = self._started(old.at_once)

    def questions(self) -> list[tuple[Process, Question]]:
        return [(process, question) for process in self.processes for question in process.questions.open]

    def calls(self) -> list[tuple[Process, Call]]:
        return [(process, call) for process in self.processes for call in process.listeners.open]

    # deliveries

    def calls_are_due(self) -> bool:
        """Whether there is something that a listener has not been told."""
        enabled = {name for name, registration in self.model.registrations.items() if registration.is_enabled}
        return any(queue.turn is not None for (name, _), queue in self.model.queues.items() if name in enabled)

    def settle(self, claim: Claim, verdict: str) -> None:
        """What a reply means for the model, if the claim is still the last one of its delivery."""
        row = self.deliveries.get(claim.delivery)
        queue = self.model.queues.get(claim.order)
        if row is None or queue is None:
            return
        if queue.letters[claim.number].state == "dead" and verdict == "taken":
            queue.letters[claim.number].state = "delivered"  # though the registration was disabled meanwhile
            return
        if queue.letters[claim.number].state != "open" or row.state != "sending" or claim.token != self._token(row):
            return
        del self.deliveries[claim.delivery]  # nobody holds it now; until it is read again
        if verdict == "gone":
            self.model.disable(claim.order[0])
        elif verdict != "failed":
            queue.settle(claim.number, {"taken": "delivered", "given up": "dead"}[verdict])

    def sent(self, call: Call, before: Mapping[str, Row[Any]]) -> None:
        """A listener is called: it must be its turn, and nobody else's."""
        rows = (row for row in self.deliveries.values() if row.subscription_id == call.registration)
        row = next(row for row in rows if row.event_id == call.event["eventId"])
        order = (row.subscription_id, row.poq_id)
        assert self.model.registrations[call.registration].is_enabled, "who wants no more gets no more"
        queue = self.model.queues[order]
        assert queue.turn == row.number, "one after the other"
        check_body(call.event, row.poq_id, queue.letters[row.number].event)
        held = before.get(row.id)
        assert held is None or held.state != "sending" or held.due <= self.world.clock(), "one claim at a time"
        self.claims[call] = Claim(row.id, order, row.number, self._token(row), row.expires)

    def replayed(self, states: Collection[str], enable: bool) -> None:
        """An operator has sent again what was in these states."""
        meant = [row for row in self.deliveries.values() if row.state in states]
        again: dict[tuple[str, str], list[int]] = {}
        for row in meant:
            registration = self.model.registrations[row.subscription_id]
            registration.is_enabled |= enable
            if registration.is_enabled:
                again.setdefault((row.subscription_id, row.poq_id), []).append(row.number)
                self.replays[row.id] += 1
        for order, numbers in again.items():
            self.model.queues[order].replay(numbers)

    def read_deliveries(self) -> None:
        self.deliveries = {row.id: row for row in self._read(delivery)}

    def _token(self, row: Row[Any]) -> tuple[int, int]:
        return (self.replays[row.id], row.attempts)

    def record(self, poq_id: str) -> StoredQualification:
        with self.memory.rolled_back() as connection:
            record = operator_find(connection, poq_id=poq_id)
        assert record is not None
        return record

    # what must hold

    def check(self) -> None:
        """Fails unless the store says what the model says."""
        self.check_poqs()
        self.model.post()
        self._check_events(self._read(event))
        self._check_deliveries(self._read(delivery))
        self.is_sound = True

    def check_poqs(self) -> None:
        """The same for POQs alone: to be told what has begun before the next thing happens."""
        for process in self.processes:
            process.check()
        for row in self._read(poq):
            known = self.rows.get(row.id)
            if known is None or known.revision != row.revision:
                self._check_poq(row)
            assert row.state == self.model.poqs[row.id].state
            if known != row:
                self._check_wake_up(row)
            self.rows[row.id] = row

    def _read(self, table: Table) -> Sequence[Row[Any]]:
        """All rows, read again only where something has been written since."""
        changes, rows = self.read.get(table, (None, ()))
        if changes != self.memory.changes:
            with self.memory.rolled_back() as connection:
                rows = connection.execute(_ALL[table]).all()
            self.read[table] = self.memory.changes, rows
        return rows

    def _check_poq(self, row: Row[Any]) -> None:
        """As a Buyer reads it."""
        expected = self.model.poqs[row.id]
        record = self.record(row.id)
        shown = orjson.loads(as_read(record, BASE))
        check_lawful(shown)
        check_follows(self.shown.get(row.id, shown), shown)
        if expected.is_open and row.state == "terminatedWithError":
            assert self.deadlines[row.id] <= self.world.clock(), "only a date that has passed does that"
            expected.overdue()
        expected.begin(n for n, item in enumerate(shown[ITEMS]) if _has_begun(item, expected, n))
        assert _history(shown) == expected.history
        assert [_history(item) for item in shown[ITEMS]] == [item.history for item in expected.items]
        answers = [item.get("installationInterval", {}).get("amount") for item in shown[ITEMS]]
        assert answers == [item.answer for item in expected.items]
        self.shown[row.id] = shown
        self.items[row.id] = record.items
        if row.deadline is not None:
            self.deadlines[row.id] = row.deadline

    def _check_wake_up(self, row: Row[Any]) -> None:
        """Nothing that is open is forgotten, and nothing that is final is looked at."""
        expected, dues = self.model.poqs[row.id], [item.due for item in self.items[row.id]]
        if not expected.is_open:
            assert (row.due, row.deadline, row.worker) == (None, None, None)
            assert dues == [None] * len(dues)
            return
        assert row.deadline == self.deadlines.get(row.id)
        ready = [n for n, item in enumerate(expected.items) if item.is_open and not expected.waits_for_a_person(n)]
        assert row.due is not None or not ready, "somebody has to look at it again"
        wishes = [due for n in ready if not expected.is_blocked(n) and (due := dues[n]) is not None]
        if row.worker is None and wishes:
            now = max(self.world.clock(), row.changed)  # the clock may have been set back since
            assert row.due <= max(min(wishes), now), "and not later than it is wanted"

    def _check_events(self, stored: Sequence[Row[Any]]) -> None:
        """Exactly what somebody wanted to know has been kept."""
        wanted = {(name, number) for name, events in self.model.wanted.items() for number in events}
        assert {(row.poq_id, row.number) for row in stored} == wanted
        for row in stored:
            if (row.poq_id, row.number) not in self.told:
                self.told.add((row.poq_id, row.number))
                body = orjson.loads(row.body)
                check_body(body, row.poq_id, self.model.wanted[row.poq_id][row.number])
                assert (body["eventId"], body["eventType"]) == (row.id, row.type)

    def _check_deliveries(self, rows: Sequence[Row[Any]]) -> None:
        """Of each registration and POQ exactly one event is on its way, the others wait for it."""
        self.deliveries = {row.id: row for row in rows}
        states = {"waiting": "open", "sending": "open"}
        stored = {
            (row.subscription_id, row.poq_id, row.number): (states.get(row.state, row.state), row.due is not None)
            for row in self.deliveries.values()
        }
        assert stored == {
            (*order, number): (letter.state, number == queue.turn)
            for order, queue in self.model.queues.items()
            for number, letter in queue.letters.items()
        }

    def _started(self, at_once: int) -> Process:
        process = Process(self.world.new_id(), self.world, at_once=at_once)
        self.loop.run(process.start())
        return process


def check_body(body: Mapping[str, Any], poq_id: str, expected: Told) -> None:
    """Fails unless this is the notification of that event."""
    kind, position, state = expected
    assert check_event(PoqEventType(kind), body) == []
    item = {"poqItemId": f"item-{position}"} if kind == ITEM else {}
    assert body["event"] == {"id": poq_id, "href": poq_href(BASE, poq_id), "state": state, **item}
    assert body["eventType"] == kind


def _has_begun(shown: Mapping[str, Any], expected: Poq, position: int) -> bool:
    has = any(entry["state"] == "inProgress" for entry in shown["stateChange"])
    return has and expected.is_open and expected.items[position].state == "acknowledged"


def _history(shown: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    return [(entry["state"], entry.get("changeReason")) for entry in shown["stateChange"]]
