"""Limits with one timer for all against `asyncio.timeout_at`: whatever tasks do inside of them, it ends the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.alarm import Alarm, Limit
from tests.support.swift_loop import swiftly

Within = Callable[[float, int], AbstractAsyncContextManager[object]]
"""Ends what stands in it at a time; the number says which of the alarms has it."""


@dataclass(frozen=True)
class Sleep:
    seconds: int


@dataclass(frozen=True)
class Fail:
    """What stands in a limit fails by itself."""


@dataclass(frozen=True)
class Limited:
    """A limit, `seconds` from when it begins; it may be over before that. `cleanup` comes after what stands in it."""

    seconds: int
    alarm: int
    inside: tuple[Node, ...]
    cleanup: tuple[Node, ...]
    is_caught: bool


@dataclass(frozen=True)
class Deaf:
    """Goes on as if it had not been cancelled."""

    inside: tuple[Node, ...]


Node = Sleep | Fail | Limited | Deaf


def _nodes(inside: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inside, max_size=3).map(tuple)
    few = st.lists(st.builds(Sleep, st.integers(1, 4)) | st.builds(Fail), max_size=1).map(tuple)
    limits = st.builds(Limited, st.integers(-1, 8), st.integers(0, 1), several, few, st.booleans())
    return limits | st.builds(Deaf, several)


_PROGRAMS = st.lists(
    st.recursive(st.builds(Sleep, st.integers(1, 6)) | st.builds(Fail), _nodes, max_leaves=8), min_size=1, max_size=3
)
_CANCELLED = st.lists(st.integers(1, 12), max_size=2)
_TASKS = st.lists(st.tuples(_PROGRAMS, _CANCELLED), min_size=1, max_size=3)


@settings(max_examples=300)
@given(_TASKS)
def test_limits_end_what_the_library_ends(tasks: list[tuple[list[Node], list[int]]]) -> None:
    assert _told(tasks, _limits) == _told(tasks, _timeouts)


def _limits() -> Within:
    alarms = Alarm(), Alarm()

    @asynccontextmanager
    async def within(at: float, number: int):
        with Limit(alarms[number], at):
            yield

    return within


def _timeouts() -> Within:
    return lambda at, number: asyncio.timeout_at(at)


def _told(tasks: list[tuple[list[Node], list[int]]], kind: Callable[[], Within]) -> list[list[str]]:
    """What happened to each task, when, and how often it then was cancelled."""

    async def steps() -> list[list[str]]:
        loop, within, runs = asyncio.get_running_loop(), kind(), []
        for nodes, cancelled in tasks:
            run = _Run(within)
            task = loop.create_task(run.whole(tuple(nodes)))
            for after in cancelled:
                loop.call_later(after, task.cancel)
            runs.append((run, task))
        await asyncio.wait([task for _, task in runs])
        return [run.told for run, _ in runs]

    return swiftly(steps)


class _Run:
    def __init__(self, within: Within) -> None:
        self._within = within
        self.told: list[str] = []

    async def whole(self, nodes: tuple[Node, ...]) -> None:
        try:
            await self._all(nodes)
            self._tell("done")
        except BaseException as error:
            self._tell(f"ended by {type(error).__name__}")

    async def _all(self, nodes: tuple[Node, ...]) -> None:
        for node in nodes:
            await self._one(node)

    async def _one(self, node: Node) -> None:
        match node:
            case Sleep(seconds):
                await asyncio.sleep(seconds)
                self._tell("slept")
            case Fail():
                raise ValueError
            case Limited():
                await self._limited(node)
            case Deaf(inside):
                try:
                    await self._all(inside)
                except asyncio.CancelledError:
                    self._tell("not heard")

    async def _limited(self, node: Limited) -> None:
        at = asyncio.get_running_loop().time() + node.seconds
        try:
            async with self._within(at, node.alarm):
                try:
                    await self._all(node.inside)
                finally:
                    await self._all(node.cleanup)
            self._tell("in time")
        except BaseException as error:
            self._tell(f"out with {type(error).__name__} of {type(error.__cause__).__name__}")
            if not node.is_caught or not isinstance(error, TimeoutError | ValueError):
                raise

    def _tell(self, what: str) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.told.append(f"{what} at {asyncio.get_running_loop().time():g}, cancelled {task.cancelling()} times")
