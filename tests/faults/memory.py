"""How far resident memory grows while much is sent to an adapter: `python -m tests.faults.memory ADAPTER TIMES`.

Prints, for each heavy fault, the bytes by which the peak (VmHWM) is above what it was after a few good answers. Not
ru_maxrss: that begins with what the process had that started this one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from adapters.base import NoAnswer
from adapters.guard import Asking, Guard, GuardOptions
from tests.faults.harm import HARM, LONG, Harm
from tests.faults.victims import Victim, victim

_AT_ONCE = 2


async def _measured(name: str, times: int) -> dict[str, int]:
    grown: dict[str, int] = {}
    for fault, harm in HARM[name].items():
        if harm.heavy:
            async with victim(name, calls_at_once=_AT_ONCE) as one:
                grown[fault] = await _grown(one, harm, times)
    return grown


async def _grown(one: Victim, harm: Harm, times: int) -> int:
    options = {"tries": 1, "calls_at_once": _AT_ONCE, "longest_wait": "60 s", "breaker": {"least_calls": 100_000}}
    guard = Guard("victim", GuardOptions.model_validate(options))
    for _ in range(5):
        await guard.call(one.operation, one.arguments, Asking(LONG))
    before = _peak()
    await harm.begin(one)
    found = await asyncio.gather(*(guard.call(one.operation, one.arguments, Asking(30.0)) for _ in range(times)))
    assert all(isinstance(asked.outcome, NoAnswer) for asked in found)
    return _peak() - before


def _peak() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_measured(sys.argv[1], int(sys.argv[2])))))
