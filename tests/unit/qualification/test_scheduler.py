"""When POQs are worked on: on a store in memory, with work that does what the test says. Events, no sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from gateway.qualification.recording import Recorder
from gateway.qualification.results import Begun, Later, overdue_change
from gateway.qualification.scheduler import LEASE, LONGEST_SLEEP, Scheduler
from gateway.qualification.tools import Tools
from gateway.store.changes import QualificationNow
from gateway.store.errors import StoreUnavailable
from gateway.store.tables import poq, poq_item
from gateway.store.work import PoqRef
from tests.support.memory_store import Fault, Memory
from tests.support.simulation import Process, World, acknowledged

PATIENCE = 20.0
"""Seconds after which a test that waits for what never comes fails."""


class Work:
    """In the place of the work on a POQ: keeps each until the test ends it."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.open: dict[str, asyncio.Future[datetime | None]] = {}
        self.cancelled: list[str] = []
        self._changed = asyncio.Condition()

    async def __call__(self, tools: Tools, ref: PoqRef) -> datetime | None:
        end = self.open[ref.id] = asyncio.get_running_loop().create_future()
        async with self._changed:
            self.begun.append(ref.id)
            self._changed.notify_all()
        try:
            return await end
        except asyncio.CancelledError:
            self.cancelled.append(ref.id)
            raise
        finally:
            if self.open.get(ref.id) is end:
                del self.open[ref.id]

    async def has_begun(self, number: int) -> list[str]:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.begun) >= number)
        return self.begun


class Bench:
    """One process, whose scheduler runs or is told to look; a desk that takes POQs."""

    def __init__(self, most: int = 3) -> None:
        self.memory = Memory()
        self.world = World.on(self.memory)
        self.work = Work()
        self.desk = Process("desk", self.world)
        self.process = Process("one", self.world, most=most, work=self.work)

    @property
    def scheduler(self) -> Scheduler:
        return self.process.scheduler

    async def create(self, *names: str, within: float | None = None, items: int = 1) -> None:
        for name in names:
            now = self.world.clock()
            deadline = now + timedelta(seconds=within) if within is not None else None
            record = acknowledged(name, [None] * items, now, deadline=deadline)
            await self.desk.store.create(record)

    def row(self, name: str) -> Row[tuple[object, ...]]:
        with self.memory.begin() as connection:
            return connection.execute(select(poq).where(poq.c.id == name)).one()

    async def settled(self, name: str, by: Process | None = None) -> Row[tuple[object, ...]]:
        """A POQ that nobody works on any more; `by`: who gives it back, if it is another process."""
        while (row := self.row(name)).worker is not None:
            await self.store_is_used(by or self.process)
        return row

    async def store_is_used(self, by: Process) -> None:
        used = by.database.used
        used.clear()
        async with asyncio.timeout(PATIENCE):
            await used.wait()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.memory.dispose()


@asynccontextmanager
async def running(scheduler: Scheduler) -> AsyncIterator[None]:
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        task = group.create_task(scheduler.run())
        try:
            yield
        finally:
            task.cancel()


async def test_what_is_due_is_taken_and_given_back_until_it_is_due_again(bench: Bench) -> None:
    await bench.create("a", "b")
    async with running(bench.scheduler):
        assert sorted(await bench.work.has_begun(2)) == ["a", "b"]
        assert {bench.row(name).worker for name in ("a", "b")} == {"one"}
        again = bench.world.clock() + timedelta(hours=1)
        bench.work.open["a"].set_result(again)
        bench.work.open["b"].set_result(None)
        given_back = [(await bench.settled(name)).due for name in ("a", "b")]

    assert given_back == [again, None]
    assert len(bench.work.begun) == 2


async def test_so_many_at_most_are_worked_on_and_then_the_next(bench: Bench) -> None:
    names = [f"poq-{number}" for number in range(5)]
    await bench.create(*names)
    async with running(bench.scheduler):
        assert await bench.work.has_begun(3) == names[:3], "who has waited longest comes first"
        bench.scheduler.wake()
        await asyncio.sleep(0)
        assert [bench.row(name).worker for name in names[3:]] == [None, None]
        for number in range(2):
            bench.work.open[names[number]].set_result(None)
            assert await bench.work.has_begun(4 + number) == names[: 4 + number]


async def test_a_wake_up_is_faster_than_the_next_look(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.qualification.scheduler.LONGEST_SLEEP", 3600.0)
    async with running(bench.scheduler):
        for number in range(3):
            await bench.create(f"poq-{number}")
            bench.scheduler.wake()
            begun = await bench.work.has_begun(number + 1)
            assert begun[number:] == [f"poq-{number}"], "an hour before the next look"


async def test_nobody_looks_while_nothing_is_due(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """One look for the start, one after each wake-up, one after each work; else the sleep of an hour goes on."""
    monkeypatch.setattr("gateway.qualification.scheduler.LONGEST_SLEEP", 3600.0)
    looks = 0
    overdue = bench.process.store.operator_overdue

    async def counted(now: datetime, *, most: int) -> list[PoqRef]:
        nonlocal looks
        looks += 1
        return await overdue(now, most=most)

    monkeypatch.setattr(bench.process.store, "operator_overdue", counted)
    await bench.create("a")
    async with running(bench.scheduler):
        await bench.work.has_begun(1)
        for _ in range(100):
            await asyncio.sleep(0)
        assert looks == 1
        bench.work.open["a"].set_result(bench.world.clock() + timedelta(hours=2))
        await bench.settled("a")
        for _ in range(100):
            await asyncio.sleep(0)
        assert looks == 2


@pytest.mark.parametrize(
    ("within", "seconds"),
    [
        pytest.param(None, 1.0, id="nothing is due"),
        pytest.param(3600, 1.0, id="never longer than a second"),
        pytest.param(0.5, 0.5, id="until the next deadline"),
    ],
)
async def test_the_next_look_is_when_something_is_due(bench: Bench, within: float | None, seconds: float) -> None:
    await bench.create("a", within=within)
    async with asyncio.TaskGroup() as group:
        waits = await bench.scheduler.look(group)
        await bench.work.has_begun(1)
        bench.work.open["a"].set_result(None)

    assert seconds - 0.1 < waits <= seconds


async def test_whoever_works_at_the_limit_does_not_look_for_more(bench: Bench) -> None:
    await bench.create("a", "b", "c", "d")
    async with asyncio.TaskGroup() as group:
        waits = await bench.scheduler.look(group)
        await bench.work.has_begun(3)
        for end in bench.work.open.values():
            end.set_result(None)

    assert waits == 1.0, "although the fourth is due"


async def test_a_poq_is_kept_as_long_as_it_is_worked_on(bench: Bench) -> None:
    await bench.create("long")
    other = Process("two", bench.world, work=bench.work)
    async with asyncio.TaskGroup() as group:
        await bench.scheduler.look(group)
        await bench.work.has_begun(1)
        for _ in range(5):
            bench.world.clock.advance(LEASE.total_seconds() / 2)
            await bench.scheduler.look(group)
            await other.scheduler.look(group)
        assert bench.work.begun == ["long"]
        bench.work.open["long"].set_result(None)


async def test_who_gives_no_sign_of_life_loses_the_poq_to_another(bench: Bench) -> None:
    await bench.create("a")
    other = Process("two", bench.world, work=bench.work)
    async with asyncio.TaskGroup() as group:
        await bench.scheduler.look(group)
        stuck = (await bench.work.has_begun(1), bench.work.open["a"])[1]
        bench.world.clock.advance(LEASE.total_seconds())
        await other.scheduler.look(group)
        assert await bench.work.has_begun(2) == ["a", "a"]

        stuck.set_result(None)
        await asyncio.sleep(0)
        assert bench.row("a").worker == "two", "who comes too late gives nothing back"
        again = bench.world.clock() + timedelta(hours=1)
        bench.work.open["a"].set_result(again)
        assert (await bench.settled("a", by=other)).due == again


async def test_a_poq_is_not_worked_on_twice_by_one_process_and_looked_at_again_after(bench: Bench) -> None:
    """Its claim had gone to another process, which has ended: what that one did is not known to the work here."""
    await bench.create("a")
    other = Process("two", bench.world, work=bench.work)
    async with asyncio.TaskGroup() as group:
        await bench.scheduler.look(group)
        await bench.work.has_begun(1)
        first = bench.work.open["a"]
        bench.world.clock.advance(LEASE.total_seconds())
        async with asyncio.TaskGroup() as gone:
            await other.scheduler.look(gone)
            await bench.work.has_begun(2)
            bench.work.open["a"].cancel()
        bench.world.clock.advance(LEASE.total_seconds())
        await bench.scheduler.look(group)
        assert bench.row("a").worker == "one"
        assert bench.work.begun == ["a", "a"], "the first work still goes on"

        first.set_result(bench.world.clock() + timedelta(hours=1))
        assert (await bench.settled("a")).due <= bench.world.clock()


async def test_stopping_gives_back_what_is_under_way(bench: Bench) -> None:
    await bench.create("a", "b")
    async with running(bench.scheduler):
        await bench.work.has_begun(2)
        bench.work.open["a"].set_result(None)
        await bench.settled("a")

    assert bench.work.cancelled == ["b"]
    row = bench.row("b")
    assert (row.worker, row.due <= bench.world.clock()) == (None, True)
    assert bench.row("a").due is None, "what waits for a person is not made due by stopping"


async def test_stopping_without_a_store_ends_all_the_same_and_the_lease_runs_out(bench: Bench) -> None:
    await bench.create("a", "b")
    async with running(bench.scheduler):
        await bench.work.has_begun(2)
        bench.process.database.is_there = False

    assert [bench.row(name).worker for name in ("a", "b")] == ["one", "one"]
    bench.world.clock.advance(LEASE.total_seconds())
    other = Process("two", bench.world, work=bench.work)
    async with asyncio.TaskGroup() as group:
        await other.scheduler.look(group)
        await bench.work.has_begun(4)
        for end in bench.work.open.values():
            end.set_result(None)


async def test_a_store_that_is_away_is_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.qualification.scheduler.LONGEST_SLEEP", 0.001)
    await bench.create("a")
    bench.process.database.is_there = False
    async with running(bench.scheduler):
        for _ in range(3):
            await bench.store_is_used(bench.process)
        assert bench.work.begun == []
        bench.process.database.is_there = True
        assert await bench.work.has_begun(1) == ["a"]


async def test_work_that_lost_the_store_is_done_again_when_it_is_back(bench: Bench) -> None:
    await bench.create("a")
    async with asyncio.TaskGroup() as group:
        await bench.scheduler.look(group)
        await bench.work.has_begun(1)
        bench.process.database.is_there = False
        bench.work.open["a"].set_exception(StoreUnavailable("gone"))
        await bench.scheduler.look(group)
        assert bench.work.begun == ["a"]
        bench.process.database.is_there = True
        await bench.scheduler.look(group)
        assert await bench.work.has_begun(2) == ["a", "a"]
        bench.work.open["a"].set_result(None)


async def test_a_fault_of_ours_in_one_poq_concerns_no_other(bench: Bench) -> None:
    await bench.create("bad", "good")
    async with running(bench.scheduler):
        await bench.work.has_begun(2)
        bench.work.open["bad"].set_exception(RuntimeError("a mistake"))
        row = await bench.settled("bad")
        assert timedelta(0) < row.due - bench.world.clock() <= LEASE, "tried again, but not at once"
        assert bench.work.cancelled == []


@pytest.mark.requirement("87.1-R11", "79.1-R102")
async def test_a_date_that_passes_ends_the_poq_and_the_work_on_it(bench: Bench) -> None:
    await bench.create("late", within=60, items=2)
    await bench.create("other")
    async with asyncio.TaskGroup() as group:
        await bench.scheduler.look(group)
        await bench.work.has_begun(2)
        bench.world.clock.advance(60)
        await bench.scheduler.look(group)
        await asyncio.sleep(0)
        row = bench.row("late")
        assert (row.state, row.due, row.deadline, row.worker) == ("terminatedWithError", None, None, None)
        assert bench.work.cancelled == ["late"]
        bench.work.open["other"].set_result(None)


async def test_one_that_cannot_be_ended_keeps_no_other_open_and_is_not_tried_without_a_pause(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.create("broken", "late", within=60)
    bench.world.clock.advance(60)

    def overdue(stored: QualificationNow, **known: Any) -> Any:
        if stored.id == "broken":
            raise ValueError("it cannot be read")
        return overdue_change(stored, **known)

    monkeypatch.setattr("gateway.qualification.scheduler.overdue_change", overdue)
    async with asyncio.TaskGroup() as group:
        seconds = await bench.scheduler.look(group)

    assert (bench.row("late").state, bench.row("broken").state) == ("terminatedWithError", "acknowledged")
    assert seconds == LONGEST_SLEEP


@pytest.mark.requirement("87.1-R11")
async def test_a_date_that_passes_acts_though_another_process_works_on_the_poq(bench: Bench) -> None:
    await bench.create("late", within=60)
    other = Process("two", bench.world, work=bench.work)
    async with asyncio.TaskGroup() as group:
        await bench.scheduler.look(group)
        await bench.work.has_begun(1)
        bench.world.clock.advance(60)
        await other.scheduler.end_overdue()
        assert bench.row("late").state == "terminatedWithError"
        bench.work.open["late"].set_result(bench.world.clock())
    assert bench.row("late").due is None, "nothing makes a final POQ due"


async def test_who_is_told_that_a_result_is_kept_can_rely_on_it_though_the_commit_it_shared_failed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.qualification.recording.PATIENCE", ())
    await bench.create("a", items=3)
    now = bench.world.clock()
    (ref,) = await bench.desk.store.operator_claim(now=now, until=now + LEASE, worker="one", most=1)
    recorder = Recorder(replace(bench.process.tools, worker="one"), ref, range(3))
    bench.process.database.fail(Fault.NONE, Fault.ROLLED_BACK)
    later = Later(None, 1, "a person")

    kept = await asyncio.gather(*(recorder.keep(n, later) for n in range(3)), return_exceptions=True)

    with bench.memory.begin() as connection:
        notes = connection.execute(select(poq_item.c.note).order_by(poq_item.c.position)).scalars().all()
    assert [result is None for result in kept] == [True, False, True]
    assert isinstance(kept[1], StoreUnavailable)
    assert notes[0] == notes[2] == "a person"


async def test_who_no_longer_holds_a_poq_is_heard_and_the_poq_is_due_again(bench: Bench) -> None:
    await bench.create("a")
    now = bench.world.clock()
    (ref,) = await bench.desk.store.operator_claim(now=now, until=now + LEASE, worker="holder", most=1)

    await Recorder(replace(bench.process.tools, worker="holder"), ref, [0]).keep(0, Begun())
    assert (bench.row("a").worker, bench.row("a").due) == ("holder", now + LEASE)
    late = Later(bench.world.clock() + timedelta(minutes=1), 1, "busy")
    await Recorder(replace(bench.process.tools, worker="late"), ref, []).keep(0, late)

    row = bench.row("a")
    assert (row.worker, row.due <= bench.world.clock()) == (None, True)
