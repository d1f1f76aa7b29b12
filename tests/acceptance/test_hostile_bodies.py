"""Hostile bodies sent to a gateway in a process of its own: each gets a documented answer, and memory stays flat.

POQ_HOSTILE_BODIES says how many; `make hostile` sends 20,000.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.support.errors import Answer, assert_standard_error
from tests.support.gateways import POQ, SONATA, configuration, write_configuration
from tests.support.hostile import KINDS, body

MAPPING = """
mapping: generic
version: 1
for: {product: any}
answer:
  - otherwise: {red: Not offered here}
"""
BODIES = int(os.environ.get("POQ_HOSTILE_BODIES", "600"))
SENDERS = 4
MIB = 1024 * 1024
GROWTH = 48 * MIB
"""Bytes; what is kept besides POQs (buffers, caches, the allocator) varies by so much, and grows no further."""


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int, Path]]:
    """URL, process id and log."""
    settings = configuration(products={"unknown_types": "accept"}, limits={"rate": None}, log={"level": "warning"})
    path = write_configuration(folder, settings, {"generic": MAPPING})
    log = folder / "log"
    with log.open("wb") as stderr:
        command = [sys.executable, "-m", "gateway", "serve", "-c", str(path)]
        process = subprocess.Popen(command, stderr=stderr, cwd=folder)
    try:
        yield _url(log), process.pid, log
        process.terminate()
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()


def _url(log: Path) -> str:
    """Of the warning that nobody is authenticated."""
    for _ in range(600):
        if found := re.search(r'"listening": ?"([^"]+)"', log.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))


def resident(process: int) -> int:
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def send(session: aiohttp.ClientSession, url: str, number: int) -> tuple[str, int]:
    kind, raw = body(number)
    headers = {"Content-Type": "application/json"}
    async with session.post(url + SONATA + POQ, data=io.BytesIO(raw), headers=headers) as response:
        answer = await Answer.of(response)
    where = f"body {number}, {kind}: {raw[:200]!r}"
    if answer.status == 201:
        assert json.loads(answer.body)["state"] == "done", where
    else:
        assert answer.status in (400, 413, 422), f"{answer.status} to {where}"
        await assert_standard_error(answer, answer.status, "invalidBody" if answer.status == 400 else None)
    return kind, answer.status


async def send_all(url: str, numbers: range) -> Counter[tuple[str, int]]:
    seen: Counter[tuple[str, int]] = Counter()
    rest = iter(numbers)

    async def sender(session: aiohttp.ClientSession) -> None:
        for number in rest:
            seen[await send(session, url, number)] += 1

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for _ in range(SENDERS):
            group.create_task(sender(session))
    return seen


@pytest.mark.timeout(3600 if BODIES > 5000 else 300)
@pytest.mark.requirement("C17", "C18")
def test_hostile_bodies_get_documented_answers_and_leave_memory_flat(tmp_path: Path) -> None:
    with serving(tmp_path) as (url, process, log):
        warm = BODIES // 4
        seen = asyncio.run(send_all(url, range(warm)))
        before = resident(process)
        seen += asyncio.run(send_all(url, range(warm, BODIES)))
        after = resident(process)
        told = log.read_text(encoding="utf-8")

    counts = "".join(f"{kind:<10} {status} {number:>6}\n" for (kind, status), number in sorted(seen.items()))
    sys.stdout.write(f"\n{BODIES} bodies; {before // MIB} MiB after a quarter, {after // MIB} MiB at the end\n{counts}")
    assert after - before < GROWTH
    assert {kind for kind, _ in seen} == {make.__name__ for make in KINDS}
    assert min(seen["good", 201], seen["deep", 400], seen["confused", 422]) > 0
    assert '"error"' not in told
