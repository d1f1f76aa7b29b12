"""The pool: never more sessions than agreed, none lost, whatever calls do; and the thread for drivers that block."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sql.pool import NO_PLACE, Pool
from adapters.sql.session import Command, Rows
from adapters.sql.worker import Worker


class Counted:
    """A session that counts its kind."""

    open = most = made = 0

    def __init__(self) -> None:
        type(self).made += 1
        type(self).open += 1
        type(self).most = max(self.most, self.open)
        self.is_usable = True
        self.is_at_work = False

    async def rows(self, command: Command, values: Sequence[Any]) -> Rows:
        return ()

    async def end(self) -> None:
        await asyncio.sleep(0)
        type(self).open -= 1


def pool(size: int) -> tuple[Pool, type[Counted]]:
    kind = type("Own", (Counted,), {})

    async def connect() -> Counted:
        await asyncio.sleep(0)
        return kind()  # type: ignore[no-any-return]

    return Pool(connect, size), kind


class Lost(Exception):
    pass


ENDINGS = ["well", "fails", "is lost", "is cancelled"]


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 4), calls=st.lists(st.sampled_from(ENDINGS), max_size=25), steps=st.integers(0, 3))
def test_whatever_calls_do_no_session_is_shared_and_no_place_is_lost(size: int, calls: list[str], steps: int) -> None:
    async def run() -> None:
        made, kind = pool(size)

        async def work(session: Any, ending: str) -> str:
            assert not session.is_at_work, "two callers have one session"
            session.is_at_work = True
            for _ in range(steps):
                await asyncio.sleep(0)
            session.is_at_work = False
            if ending == "is lost":
                session.is_usable = False
            if ending == "is cancelled":
                raise asyncio.CancelledError
            if ending != "well":
                raise Lost
            return ending

        outcomes = await asyncio.gather(
            *(made.run(lambda session, ending=ending: work(session, ending)) for ending in calls),  # type: ignore[misc]
            return_exceptions=True,
        )
        assert [outcome == "well" for outcome in outcomes] == [ending == "well" for ending in calls]
        async with asyncio.timeout(5):
            await asyncio.gather(*(made.run(lambda session: work(session, "well")) for _ in range(2 * size)))
        assert kind.most <= size + (size - 1) * calls.count("is lost"), "the idle end beside it"
        await made.close()
        assert kind.open == 0

    asyncio.run(run())


async def test_who_waits_for_a_place_and_gives_up_says_so_and_takes_none() -> None:
    made, _ = pool(1)
    may_end = asyncio.Event()
    first = asyncio.gather(made.run(lambda _: may_end.wait()))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError) as raised:
        async with asyncio.timeout(0.01):
            await made.run(lambda _: may_end.wait())
    may_end.set()

    assert raised.value.__cause__ is not None
    assert raised.value.__cause__.args == (NO_PLACE,)
    assert await first == [True]
    assert await made.run(lambda _: may_end.wait())


async def test_a_failed_connecting_takes_no_place() -> None:
    tried = 0

    async def refuse() -> Counted:
        nonlocal tried
        tried += 1
        raise ConnectionRefusedError

    made = Pool(refuse, 1)
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            await made.run(lambda session: session.end())
    assert tried == 3


async def test_sessions_are_used_again() -> None:
    made, kind = pool(3)
    for _ in range(5):
        await made.run(lambda session: session.rows(Command("", (), 1), ()))

    assert kind.made == 1
    await made.close()


async def test_work_in_a_thread_gives_its_result_or_its_error_and_the_thread_ends() -> None:
    worker = Worker("a test's")
    (thread,) = [one for one in threading.enumerate() if one.name == "a test's"]

    assert await worker.run(threading.get_ident) == thread.ident
    with pytest.raises(ZeroDivisionError):
        await worker.run(lambda: 1 // 0)
    left = worker.run(lambda: 1)
    left.cancel()
    assert await worker.run(lambda: 2) == 2
    worker.end()
    await asyncio.to_thread(thread.join, 5)
    assert not thread.is_alive()
