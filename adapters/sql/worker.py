"""A thread for a driver that blocks: one hop there and one back for a whole piece of work. Knows no database."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
Job = tuple[Callable[[], Any], asyncio.Future[Any]]


class Worker:
    """Runs jobs one after the other. The thread ends with `end`, and never keeps the process alive."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def run(self, job: Callable[[], T]) -> asyncio.Future[T]:
        """What the job gives. Leaving the future early does not stop the job."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put((job, future))
        return future

    def end(self) -> None:
        """No more jobs after those that are waiting."""
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            work, future = job
            result, error = None, None
            try:
                result = work()
            except BaseException as raised:  # the caller's, whatever it is
                error = raised
            with suppress(RuntimeError):  # its event loop is closed: nobody is left to tell
                future.get_loop().call_soon_threadsafe(_settle, future, result, error)
            del job, work, future, result, error  # nothing is held while waiting for the next


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
