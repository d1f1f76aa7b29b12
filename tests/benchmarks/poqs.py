"""What a POQ costs the whole gateway: python -m tests.benchmarks.poqs [--profile] [--items 2] [--delay-ms 20] …

The gateway runs as `poq-gateway serve` on a core of its own with the configuration of poq_stub; the legacy systems and
the Buyers are on another. The Buyers hold a number of connections and ask again as soon as they are answered. Besides
requests per second, computing time per POQ is measured, which other work on the machine disturbs far less.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, cast

from tests.benchmarks import stages
from tests.benchmarks.poq_stub import buyer, legacy
from tests.conftest import REPOSITORY

STUB = REPOSITORY / "tests" / "benchmarks" / "poq_stub"
PATH = "/mefApi/sonata/productOfferingQualification/v8/productOfferingQualification"
WINDOW = 0.4
"""Seconds of a part of the run."""
START_SECONDS = 240.0
"""Under valgrind, beside other work; otherwise it takes two."""


@dataclass(frozen=True)
class Load:
    """What the Buyers saw: seconds of the whole, and of each answer. `windows`: what the gateway computed a POQ in each
    part of the run, in seconds, the least first.
    """

    seconds: float
    answers: list[float]
    windows: list[float]

    def quantile(self, share: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.answers)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


class Connection(asyncio.Protocol):
    """One Buyer: sends, reads the answer, sends again."""

    def __init__(self, asked: bytes, until: float, answers: list[float]) -> None:
        head = f"POST {PATH} HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
        self._message = f"{head}Content-Length: {len(asked)}\r\n\r\n".encode() + asked
        self._asked, self._until, self._answers = asked, until, answers
        self._received = b""
        self._is_checked = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        self._began = time.perf_counter()
        self._transport.write(self._message)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, gap, body = self._received.partition(b"\r\n\r\n")
        if not gap or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]):
            return
        now = time.perf_counter()
        status = int(self._received[9:12])
        if status != 201 or not self._is_checked:
            buyer.check(self._asked, status, body)
            self._is_checked = True
        self._answers.append(now - self._began)
        self._received = b""
        if now < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


async def load(port: int, asked: bytes, connections: int, seconds: float, process: int) -> Load:
    """So many Buyers for so long, of the gateway in that process. Raises AssertionError for a wrong answer."""
    answers: list[float] = []
    faults: list[BaseException] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: faults.append(context.get("exception", RuntimeError(context))))
    began = time.perf_counter()
    ended = []
    for _ in range(connections):
        _, one = await loop.create_connection(lambda: Connection(asked, began + seconds, answers), "127.0.0.1", port)
        ended.append(one.ended)
    windows: list[float] = []
    async with asyncio.timeout(seconds + 30):
        while time.perf_counter() - began < seconds - WINDOW and not faults:
            before, answered = Spent.of(process), len(answers)
            await asyncio.sleep(WINDOW)
            if len(answers) > answered:
                windows.append((Spent.of(process).seconds - before.seconds) / (len(answers) - answered))
        await asyncio.wait(ended)
    if faults:
        raise faults[0]
    return Load(time.perf_counter() - began, answers, sorted(windows))


@dataclass(frozen=True)
class Spent:
    """Seconds that a process has computed, by thread; `memory` in MiB."""

    threads: Mapping[str, float]
    memory: float

    @classmethod
    def of(cls, process: int) -> Spent:
        threads: dict[str, float] = {}
        for task in Path(f"/proc/{process}/task").iterdir():
            name = "event loop" if task.name == str(process) else "other threads"
            nanoseconds = int((task / "schedstat").read_text().split()[0])
            threads[name] = threads.get(name, 0.0) + nanoseconds / 1e9
        resident = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return cls(threads, resident * os.sysconf("SC_PAGE_SIZE") / 2**20)

    @property
    def seconds(self) -> float:
        return sum(self.threads.values())

    def since(self, before: Spent) -> dict[str, float]:
        return {name: seconds - before.threads.get(name, 0.0) for name, seconds in self.threads.items()}


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The process, ended in any case."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def pinned(core: int, *command: str) -> list[str]:
    """The command on one core, where the machine has several."""
    return ["taskset", "-c", str(core), *command] if (os.cpu_count() or 1) > 1 else list(command)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> float:
    """Seconds until the port is served. Raises RuntimeError if the process ends before."""
    began = time.perf_counter()
    while time.perf_counter() - began < START_SECONDS:
        if process.poll() is not None:
            raise RuntimeError(f"the process ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return time.perf_counter() - began
    raise RuntimeError("nothing is served")


class Under(NamedTuple):
    """What the gateway runs under: a program, and options of the interpreter."""

    program: tuple[str, ...] = ()
    python: tuple[str, ...] = ()


@contextmanager
def running(
    folder: Path, *, delay_ms: float = 0.0, under: Under | None = None
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The legacy systems and a gateway, each in a process of its own; gives the gateway's port and process.

    The log goes to a file in `folder`.
    """
    legacy.seed(folder / "addresses.db")
    stub, port = free_port(), free_port()
    service = ["-m", "tests.benchmarks.poq_stub.legacy", "--port", str(stub), "--delay-ms", str(delay_ms)]
    names = {
        "BENCH_PRODUCTS": str(REPOSITORY / "config" / "products"),
        "BENCH_ADDRESSES": str(folder / "addresses.db"),
        "BENCH_STORE": str(folder / "poq.db"),
        "LEGACY_SOAP": f"http://127.0.0.1:{stub}/inventory",
    }
    serve = ["-m", "gateway", "serve", "-c", str(STUB / "gateway.yaml"), "--port", str(port)]
    program, python = under or Under()
    command = pinned(0, *program, sys.executable, *python, *serve)
    with ended(subprocess.Popen(pinned(1, sys.executable, *service), cwd=REPOSITORY)) as legacy_process:
        wait_for(stub, legacy_process)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, env=os.environ | names, stderr=log, cwd=REPOSITORY)
            with ended(process):
                yield port, process


def measure(said: argparse.Namespace, folder: Path) -> None:
    """Run it and print what came of it."""
    asked = buyer.request(said.items)
    profile = folder / "stacks"
    under = Under(python=("-m", "tests.benchmarks.sampling", str(profile))) if said.profile else None
    with running(folder, delay_ms=said.delay_ms, under=under) as (port, process):
        started = wait_for(port, process)
        asyncio.run(load(port, asked, said.connections, 1.0, process.pid))
        if said.profile:
            process.send_signal(signal.SIGUSR1)
        before = Spent.of(process.pid)
        found = asyncio.run(load(port, asked, said.connections, said.seconds, process.pid))
        after = Spent.of(process.pid)
    lines = _told(said, started, found, before, after)
    if said.profile:
        lines += stages.told(profile, len(found.answers))
    sys.stdout.write("\n".join(lines) + "\n")


def _told(said: argparse.Namespace, started: float, found: Load, before: Spent, after: Spent) -> list[str]:
    number = len(found.answers)
    spent = {name: seconds / number * 1000 for name, seconds in after.since(before).items()}
    by_thread = sorted(spent.items(), key=lambda pair: -pair[1])
    return [
        f"{number} POQs of {said.items} item(s), {said.connections} connections, legacy delay {said.delay_ms:g} ms",
        f"requests/s          {number / found.seconds:8.0f}",
        f"p50 / p99 ms        {found.quantile(0.5):8.1f} / {found.quantile(0.99):.1f}",
        f"computed ms a POQ   {sum(spent.values()):8.3f}",
        *(f"    {name:15} {milliseconds:8.3f}" for name, milliseconds in by_thread if milliseconds >= 0.001),
        f"    least in {WINDOW} s  {found.windows[0] * 1000:8.3f}",
        f"start s             {started:8.2f}",
        f"memory MiB          {before.memory:8.1f} -> {after.memory:.1f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--items", type=int, default=1)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--delay-ms", type=float, default=0.0, help="of the legacy service, for each call")
    parser.add_argument(
        "--profile", action="store_true", help="also where the time goes; it slows the gateway a little"
    )
    said = parser.parse_args()
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})
    with tempfile.TemporaryDirectory() as folder:
        measure(said, Path(folder))


if __name__ == "__main__":
    main()
