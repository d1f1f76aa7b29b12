"""The connections to one database: at most so many, used again while they live. Knows no driver and no query.

A call that ends badly (cancelled, out of time, connection lost) gives its connection up. It is taken leave of behind
the caller's back, and its place is free once that is done: the database never has more connections than were agreed.
But where one is lost those that were idle are ended too, and no place is kept for them meanwhile (3 s at most).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from adapters.sql.session import Session

T = TypeVar("T")
Connect = Callable[[], Awaitable[Session]]

NO_PLACE = "all connections are in use"
LEAVE_SECONDS = 3.0  # for stopping a query and disconnecting; a server that is silent is left without a word


class Pool:
    """At most `size` sessions. No time limit of its own: a caller's holds for the wait, the connecting and the work."""

    def __init__(self, connect: Connect, size: int) -> None:
        self._connect = connect
        self._places = asyncio.Semaphore(size)
        self._idle: list[Session] = []
        self._leaving: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def run(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """What `work` makes of a session. Raises what connecting or the work raises.

        Cancelled while it waits for a place, it says `NO_PLACE`.
        """
        try:
            await self._places.acquire()
        except asyncio.CancelledError:
            raise asyncio.CancelledError(NO_PLACE) from None
        try:
            session = self._take() or await self._connect()
        except BaseException:
            self._places.release()
            raise
        try:
            result = await work(session)
        except Exception:
            if self._is_usable(session):
                self._give_back(session)
            else:
                self._lost(session)
            raise
        except BaseException:
            self._leave(session)
            raise
        self._give_back(session)
        return result

    def at_once(self, work: Callable[[Session], T | None]) -> T | None:
        """What `work` makes of an idle session without waiting; None: it cannot, and `run` has to.

        Raises what the work raises.
        """
        session = self._idle[-1] if self._idle else None
        return work(session) if session is not None and session.is_usable else None

    async def close(self) -> None:
        """Take leave of all that are not at work, at most `LEAVE_SECONDS` long; of the others when they are done."""
        self._is_closed = True
        while self._idle:
            self._drop(self._idle.pop())
        await asyncio.gather(*self._leaving, return_exceptions=True)

    def _take(self) -> Session | None:
        while self._idle:
            session = self._idle[-1]
            if session.is_usable:
                return self._idle.pop()
            self._drop(self._idle.pop())
        return None

    def _is_usable(self, session: Session) -> bool:
        try:
            return session.is_usable
        except Exception:
            return False

    def _give_back(self, session: Session) -> None:
        if self._is_closed:
            self._leave(session)
            return
        self._idle.append(session)
        self._places.release()

    def _lost(self, session: Session) -> None:
        """The others were most likely lost with it: a server that restarts ends them all."""
        others, self._idle = self._idle, []
        for other in others:
            self._drop(other)
        self._leave(session)

    def _leave(self, session: Session) -> None:
        self._drop(session).add_done_callback(lambda _: self._places.release())

    def _drop(self, session: Session) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(_ended(session))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
        return task


async def _ended(session: Session) -> None:
    # How it ends concerns nobody any more; that it ends does.
    with suppress(Exception):
        async with asyncio.timeout(LEAVE_SECONDS):
            await session.end()
