"""Requests that would be taken for each other: one after the other, and none waits longer than its answer may take."""

from __future__ import annotations

import asyncio
import gc

import pytest

from gateway.qualification.port import Unavailable
from gateway.qualification.repeating import Alone
from gateway.store.repeats import Mark, MarkKind
from tests.support.client import caller

KEY, CONTENT = Mark(MarkKind.KEY, "k", "c"), Mark(MarkKind.CONTENT, "c", "c")


async def test_who_bears_the_same_mark_waits_and_nobody_else_does() -> None:
    alone = Alone()
    async with alone.with_marks(caller(), [KEY], 1.0):
        async with alone.with_marks(caller(), [CONTENT], 1.0), alone.with_marks(caller("buyer-2"), [KEY], 1.0):
            pass
        with pytest.raises(Unavailable):
            async with alone.with_marks(caller(), [KEY], 0.01):
                pass


async def test_who_gave_up_or_ended_keeps_nobody_waiting() -> None:
    alone = Alone()
    async with asyncio.TaskGroup() as group:
        async with alone.with_marks(caller(), [KEY, CONTENT], 1.0):

            async def wait() -> None:
                async with alone.with_marks(caller(), [KEY, CONTENT], 5.0):
                    pass

            given_up, patient = group.create_task(wait()), group.create_task(wait())
            await asyncio.sleep(0)
            given_up.cancel()
        await patient

    del given_up, patient
    gc.collect()
    assert not alone._locks, "nothing is left of requests that have ended"
