"""Commands of the gateway in a process of their own: one in this process writes its log to the same place."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Output:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


async def command(*words: object) -> Output:
    """Run `poq-gateway` with these words."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", *map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await process.communicate()
    return Output(process.returncode or 0, out.decode(), err.decode())
