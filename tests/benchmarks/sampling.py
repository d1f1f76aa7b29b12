"""Where the computing time of a program goes: `python -m tests.benchmarks.sampling FILE -m gateway serve …`

From SIGUSR1 on, every 2 ms of the process's computing time, the stack of the main thread is noted with the time that
this thread has computed since the last note: waiting, and what other threads compute, is not counted. At the end
(SIGTERM too) the stacks are written to FILE, one a line: `file:function;file:function … microseconds`, outermost first.
Time inside of a library written in C is that of the function that called it.
"""

from __future__ import annotations

import runpy
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY = 0.002


class Sampler:
    """Notes stacks between `start` and `write`. Of the main thread."""

    def __init__(self) -> None:
        self._stacks: Counter[tuple[str, ...]] = Counter()
        self._computed = 0

    def start(self, *_: object) -> None:
        signal.signal(signal.SIGPROF, self._note)
        self._computed = time.thread_time_ns()
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)

    def write(self, path: Path) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        lines = [f"{';'.join(stack)} {nanoseconds // 1000}\n" for stack, nanoseconds in self._stacks.items()]
        path.write_text("".join(sorted(lines)), encoding="utf-8")

    def _note(self, number: int, frame: FrameType | None) -> None:
        now = time.thread_time_ns()
        spent, self._computed = now - self._computed, now
        stack: list[str] = []
        while frame is not None:
            code = frame.f_code
            stack.append(f"{code.co_filename}:{code.co_qualname}")
            frame = frame.f_back
        self._stacks[tuple(reversed(stack))] += spent


def main() -> None:
    path, module = Path(sys.argv[1]), sys.argv[3]
    sys.argv = [module, *sys.argv[4:]]
    sampler = Sampler()
    signal.signal(signal.SIGUSR1, sampler.start)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        sampler.write(path)


if __name__ == "__main__":
    main()
