"""Work on many things, shared among processes: each core computes a part of it. Knows nothing of the work.

A process is forked, so that it has at once all that was imported and read before; where that cannot be done safely (no
fork, or threads that run already) nothing is shared. What goes wrong in a process is done again by the one that began
it, which then tells what it is: no process says anything itself. Ctrl-C ends all of them.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_TASKS = Path("/proc/self/task")


def available() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def shared(work: Callable[[Sequence[T]], list[R]], things: Sequence[T], *, least: int, processes: int) -> list[R]:
    """What `work` gives for the things, one for each, in their order; raises what it raises.

    No process gets fewer than `least` things. `work` has no other effect, and its results can be pickled.
    """
    count = min(processes, len(things) // least)
    if count < 2 or not _can_fork():
        return work(things)
    parts = [things[number::count] for number in range(count)]  # neighbours, which may be alike, go to different ones
    begun = [_begin(work, part) for part in parts[1:]]
    try:
        results = [work(parts[0])]
        results += [_result(here) or work(part) for (_, here), part in zip(begun, parts[1:], strict=True)]
    finally:
        for process, here in begun:
            here.close()
            process.kill()
            process.join()
    return [results[number % count][number // count] for number in range(len(things))]


def _can_fork() -> bool:
    """Whether nothing else runs in this process: a copy of it would have only the thread that asks."""
    return sys.platform == "linux" and len(os.listdir(_TASKS)) == 1


def _begin(work: Callable[[Sequence[T]], list[R]], part: Sequence[T]) -> tuple[BaseProcess, Connection]:
    here, there = get_context("fork").Pipe(duplex=False)
    process = get_context("fork").Process(target=_run, args=(work, part, here, there), daemon=True)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # until the process knows what to do about it
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    there.close()
    return process, here


def _run(work: Callable[[Sequence[T]], list[R]], part: Sequence[T], here: Connection, there: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    here.close()  # so that nothing waits to be read where nobody is left to read it
    try:
        there.send(work(part))
    except BaseException:  # it is done again where it can be told, or nobody is there any more
        os._exit(1)


def _result(here: Connection) -> Any:
    """What a process found; None where it ended without a result."""
    try:
        return here.recv()
    except EOFError:
        return None
