"""The fault campaign for an inventory in a SQLite file: what happens to files, many times each, behind a guard.

Never does a wrong answer come of it: an answer is the row that the file holds now, or there is none. Every place is
free afterwards, and the file is read again as soon as it is whole.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters import sql
from adapters.base import Cause, NoAnswer, Operation, Reply
from adapters.guard import Asked, Asking, Guard
from tests.faults.test_adapters import AT_ONCE, COUNTED, TIMES, causes, guarded
from tests.support.databases import ENDLESS

SQL = "SELECT ref, free FROM port WHERE ref = :ref"
PORTS = 2_000
MILLION = "SELECT a.ref AS ref FROM port a CROSS JOIN port b"
LONG, SHORT = 5.0, 0.2


def write(path: Path, free: int) -> None:
    """A new file beside, moved into its place: every port has so much free."""
    new = path.with_suffix(".new")
    with closing(sqlite3.connect(new)) as connection, connection:
        connection.execute("CREATE TABLE port (ref TEXT PRIMARY KEY, free INTEGER NOT NULL, note TEXT)")
        rows = ((f"P-{number:04}", free, "x" * 100) for number in range(PORTS))
        connection.executemany("INSERT INTO port VALUES (?, ?, ?)", rows)
    new.replace(path)


@dataclass
class Inventory:
    path: Path
    query: Operation
    slow: Operation
    million: Operation
    free: int = 10

    async def ask(self, guard: Guard, seconds: float = LONG, number: int = 7) -> Asked:
        return await guard.call(self.query, {"ref": f"P-{number:04}"}, Asking(seconds))

    async def many(self, guard: Guard, seconds: float = LONG) -> list[Asked]:
        """Of ports all over the file."""
        numbers = [number * PORTS // TIMES for number in range(TIMES)]
        found = await asyncio.gather(*(self.ask(guard, seconds, number) for number in numbers))
        for number, asked in zip(numbers, found, strict=True):
            if isinstance(asked.outcome, Reply):
                assert asked.outcome.value == [{"ref": f"P-{number:04}", "free": self.free}]
        assert guard.snapshot().busy == 0
        return found

    async def works(self, guard: Guard) -> None:
        found = await self.many(guard)
        assert all(isinstance(one.outcome, Reply) for one in found), causes(found)


@asynccontextmanager
async def inventory(folder: Path) -> AsyncIterator[Inventory]:
    path = folder / "disk" / "inventory.db"
    path.parent.mkdir()
    write(path, 10)
    options = sql.SqlOptions(url=SecretStr(f"sqlite:///{path}"), timeout="5 s")  # type: ignore[arg-type]
    system = sql.ADAPTER.build("inventory", options, calls_at_once=AT_ONCE)
    await system.open()
    try:
        yield Inventory(path, *(system.operation(sql.SqlStep(query=one)) for one in (SQL, ENDLESS, MILLION)))
    finally:
        await system.close()


Damage = Callable[[Path], None]


def cut_to(share: float) -> Damage:
    def damage(path: Path) -> None:
        os.truncate(path, int(path.stat().st_size * share) // 512 * 512)

    return damage


def overwritten(content: bytes, *, beginning: bool = True) -> Damage:
    """In its place, as a copy that breaks off writes it."""

    def damage(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(0 if beginning else 8192)
            file.write(content)

    return damage


DAMAGES = [
    pytest.param(cut_to(0.0), id="empty"),
    pytest.param(cut_to(0.05), id="a twentieth"),
    pytest.param(cut_to(0.5), id="half"),
    pytest.param(cut_to(0.95), id="almost all"),
    pytest.param(overwritten(b"<html>no such page</html>"), id="another header"),
    pytest.param(overwritten(os.urandom(100_000), beginning=False), id="garbage inside"),
    pytest.param(lambda path: path.write_bytes(os.urandom(200_000)), id="garbage"),
]


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_file_gives_what_is_whole_of_it_or_nothing(tmp_path: Path, damage: Damage) -> None:
    guard = guarded(least_calls=100_000)
    async with inventory(tmp_path) as one:
        await one.works(guard)
        damage(one.path)
        found = causes([asked for asked in await one.many(guard) if not isinstance(asked.outcome, Reply)])
        assert found, "nothing was harmed"
        assert found <= {Cause.BROKEN, Cause.UNREACHABLE}
        write(one.path, 10)
        await one.works(guard)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program writes, and keeps everybody out."""
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        yield
        writer.execute("ROLLBACK")


@contextmanager
def missing(path: Path) -> Iterator[None]:
    """The disk is not there."""
    away = path.parent.with_name("away")
    path.parent.rename(away)
    yield
    away.rename(path.parent)


@contextmanager
def instead(make: Callable[[Path], None], remove: Callable[[Path], None], path: Path) -> Iterator[None]:
    """Something else stands in the file's place."""
    kept = path.with_suffix(".kept")
    path.rename(kept)
    make(path)
    yield
    remove(path)
    kept.rename(path)


@pytest.mark.parametrize(
    ("harm", "seconds", "expected"),
    [
        pytest.param(locked, LONG, {Cause.OVERLOADED}, id="locked"),
        pytest.param(locked, SHORT, {Cause.TIMEOUT}, id="locked, without time"),
        pytest.param(missing, LONG, {Cause.UNREACHABLE}, id="no disk"),
        pytest.param(partial(instead, Path.mkdir, Path.rmdir), LONG, {Cause.UNREACHABLE}, id="a folder"),
        pytest.param(partial(instead, os.mkfifo, Path.unlink), LONG, {Cause.UNREACHABLE}, id="a pipe"),
    ],
)
async def test_a_file_that_cannot_be_read_is_no_answer_until_it_can(
    tmp_path: Path, harm: Callable[[Path], AbstractContextManager[None]], seconds: float, expected: set[Cause]
) -> None:
    assert expected <= COUNTED
    patient, strict = guarded(least_calls=100_000), guarded(least_calls=3, pause="50 ms", longest_pause="50 ms")
    async with inventory(tmp_path) as one:
        await one.works(patient)
        with harm(one.path):
            assert causes(await one.many(patient, seconds)) == expected
            await asyncio.gather(*(one.ask(strict, seconds) for _ in range(3)))
            refused = await one.ask(strict)
            assert (causes([refused]), refused.tries) == ({Cause.OVERLOADED}, 0)
        await one.works(patient)
        await asyncio.sleep(strict.snapshot().pause + 0.01)  # timers may be a millisecond early
        assert isinstance((await one.ask(strict)).outcome, Reply)  # the one that is let through to see
        await one.works(strict)


async def test_a_file_that_is_replaced_answers_from_the_next_question_on(tmp_path: Path) -> None:
    guard = guarded(least_calls=100_000)
    async with inventory(tmp_path) as one:
        for free in range(TIMES):
            write(one.path, free)
            one.free = free
            await one.works(guard)


async def test_a_file_that_is_copied_over_while_it_is_read_never_gives_half_of_it(tmp_path: Path) -> None:
    """Copied in place, which is no way to replace a database: one half may be new. What cannot be read is no answer."""
    guard = guarded(least_calls=100_000)
    async with inventory(tmp_path) as one:
        other = tmp_path / "other.db"
        write(other, 20)
        for _ in range(TIMES):
            asked = asyncio.gather(*(one.ask(guard, LONG, number) for number in range(0, PORTS, PORTS // AT_ONCE)))
            await asyncio.to_thread(shutil.copyfile, other, one.path)
            for answer in await asked:
                if isinstance(answer.outcome, Reply):
                    assert [row["free"] in (10, 20) for row in answer.outcome.value] == [True]
            write(one.path, 10)
        await one.works(guard)


@pytest.mark.parametrize(
    ("which", "seconds", "cause"), [("slow", SHORT, Cause.TIMEOUT), ("million", LONG, Cause.TOO_LARGE)]
)
async def test_a_query_that_is_too_much_is_stopped_and_leaves_its_place(
    tmp_path: Path, which: str, seconds: float, cause: Cause
) -> None:
    guard = guarded(least_calls=100_000)
    async with inventory(tmp_path) as one:
        operation: Operation = getattr(one, which)
        found = await asyncio.gather(*(guard.call(operation, {}, Asking(seconds)) for _ in range(TIMES)))
        assert {asked.outcome.cause for asked in found if isinstance(asked.outcome, NoAnswer)} == {cause}
        assert not any(isinstance(asked.outcome, Reply) for asked in found)
        await one.works(guard)
