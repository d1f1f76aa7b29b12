"""One POQ of 2,000 items through a gateway in a process of its own: time to read it, and the memory it takes.

    python -m tests.benchmarks.large_poq

The legacy system answers at once, in this process. What is measured against: the same gateway with a POQ of one item.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.gateways import POQ, SONATA, write_configuration
from tests.support.histories import ITEMS
from tests.support.legacy import MAPPING, nimbus, seller
from tests.support.requests import deferred_request, valid_item, valid_product

ITEM_COUNT = 2_000
READS = 15
_SERVING = re.compile(r'"url": ?"([^"]+)".*"serving"|"serving".*"url": ?"([^"]+)"')


def request(items: int) -> dict[str, Any]:
    """A deferred request; each item is about 900 bytes."""
    configuration = {"@type": "urn:example:spec:line:v1", **{f"attribute{n}": "x" * 20 for n in range(10)}}
    product = valid_product(productConfiguration=configuration)
    return deferred_request(**{ITEMS: [valid_item(id=f"item-{n}", product=product) for n in range(items)]})


@contextmanager
def served(config: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`poq-gateway serve` in a process; gives it and its URL."""
    command = [sys.executable, "-m", "gateway", "serve", "-c", str(config), "--port", "0"]
    log = config.parent / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stderr=output)
    try:
        while (found := _SERVING.search(log.read_text())) is None:
            assert process.poll() is None, log.read_text()
        yield process, found[1] or found[2]
    finally:
        process.terminate()
        process.wait()


def peak(process: subprocess.Popen[bytes]) -> float:
    """The most memory that the process has had so far, in MiB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


async def read(session: aiohttp.ClientSession, url: str) -> tuple[float, dict[str, Any], int]:
    """Seconds until the last byte; the POQ; its size."""
    started = time.perf_counter()
    async with session.get(url) as response:
        body = await response.read()
        seconds = time.perf_counter() - started
        return seconds, await response.json(), len(body)


async def one(items: int, folder: Path) -> dict[str, float]:
    """Post, work and read a POQ of so many items."""
    async with nimbus() as legacy, aiohttp.ClientSession() as session:
        settings = seller(legacy, log={"level": "info", "format": "json"})
        with served(write_configuration(folder, settings, {"line": MAPPING})) as (process, base):
            started = time.perf_counter()
            async with session.post(base + SONATA + POQ, json=request(items)) as response:
                assert response.status == 201, await response.text()
                poq = await response.json()
            posted, url = time.perf_counter() - started, f"{base}{SONATA}{POQ}/{poq['id']}"
            shown = poq
            while shown["state"] != "done":
                await asyncio.sleep(0.2)
                _, shown, _ = await read(session, url)
            worked = time.perf_counter() - started
            reads = [await read(session, url) for _ in range(READS)]
            return {
                "POST, ms": posted * 1000,
                "all answered, s": worked,
                "GET, median ms": statistics.median(seconds for seconds, _, _ in reads) * 1000,
                "GET, slowest ms": max(seconds for seconds, _, _ in reads) * 1000,
                "body, KiB": reads[0][2] / 1024,
                "peak memory, MiB": peak(process),
            }


async def main() -> None:
    figures = {}
    for items in (1, ITEM_COUNT):
        with tempfile.TemporaryDirectory() as folder:
            figures[items] = await one(items, Path(folder))
    sys.stdout.write(f"| | 1 item | {ITEM_COUNT:,} items | ratio |\n| --- | ---: | ---: | ---: |\n")
    for name, small in figures[1].items():
        large = figures[ITEM_COUNT][name]
        sys.stdout.write(f"| {name} | {small:,.1f} | {large:,.1f} | {large / small:,.1f} |\n")


if __name__ == "__main__":
    asyncio.run(main())
