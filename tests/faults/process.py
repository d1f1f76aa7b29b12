"""The gateway's process: started, killed, started again; and what its store holds while nobody has it open."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import socket
import sqlite3
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from tests.support.gateways import configuration, write_configuration
from tests.support.soap_server import WSDL_FOLDER

STORE = "poq.db"

_OPEN_ITEMS = """
SELECT poq.due, poq.worker, poq.deadline, item.item_id, item.state, item.due, item.attempts, item.note
FROM poq JOIN poq_item AS item ON item.poq_id = poq.id WHERE poq.state IN ('acknowledged', 'inProgress')
"""


@dataclass
class Life:
    """From start to end of one process. `ready`: when it first said so, if it came to that."""

    started: datetime
    ready: datetime | None = None
    ended: datetime | None = None

    def awake_after(self, instant: datetime) -> timedelta:
        """How long it had been ready by its end, counted from `instant` on."""
        if self.ready is None or self.ended is None:
            return timedelta()
        return max(self.ended - max(self.ready, instant), timedelta())


@dataclass
class GatewayProcess:
    """Always on the same port and store. `folder` has the configuration, the store and the logs."""

    folder: Path
    port: int
    lives: list[Life] = field(default_factory=list)
    start_takes: float = 1.5
    _process: Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> Process:
        assert self._process is not None
        return self._process

    async def start(self) -> None:
        with (self.folder / f"log-{len(self.lives):03}").open("wb") as log:
            self.lives.append(Life(datetime.now(UTC)))
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "gateway", "serve", "-c", str(self.folder / "gateway.yaml")),
                stdout=DEVNULL,
                stderr=log,
            )

    async def until_ready(self, session: aiohttp.ClientSession) -> None:
        """Returns when it can work. Fails if it ends by itself before."""
        begun = time.monotonic()
        while True:
            self.check_alive()
            try:
                async with session.get(f"{self.url}/ready") as response:
                    if response.status == 200:
                        break
            except aiohttp.ClientError:
                await asyncio.sleep(0.02)
        self.start_takes = time.monotonic() - begun
        self.lives[-1].ready = datetime.now(UTC)

    def check_alive(self) -> None:
        assert self.process.returncode is None, f"the gateway ended by itself: {self.last_words()}"

    async def kill(self) -> None:
        """SIGKILL; on return it is gone."""
        self.check_alive()
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()
        self.lives[-1].ended = datetime.now(UTC)

    async def stop(self) -> int:
        """SIGTERM; its exit status."""
        self.check_alive()
        self.process.send_signal(signal.SIGTERM)
        status = await self.process.wait()
        self.lives[-1].ended = datetime.now(UTC)
        return status

    def last_words(self) -> str:
        return (self.folder / f"log-{len(self.lives) - 1:03}").read_text(encoding="utf-8")[-2000:]

    def faults(self) -> Iterator[str]:
        """Lines of the logs that neither a kill nor the legacy service explains."""
        for path in sorted(self.folder.glob("log-*")):
            # the last line may be half a line
            for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
                if _is_fault(line):
                    yield f"{path.name}: {line}"


@dataclass(frozen=True)
class StoreContents:
    """What a copy of the store holds. `poqs`: states by id; `stuck`: rows of what is open, to read."""

    integrity: str
    poqs: Mapping[str, str]
    open_deliveries: int
    stuck: Sequence[Any]


def examine(folder: Path) -> StoreContents:
    """Reads a copy, as a restart would find it: looking at the file itself would already repair it."""
    copy = folder / "examined"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for suffix in ("", "-wal"):
        if (folder / (STORE + suffix)).exists():
            shutil.copyfile(folder / (STORE + suffix), copy / (STORE + suffix))
    with closing(sqlite3.connect(copy / STORE)) as connection:
        integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'delivery'").fetchone():
            return StoreContents(integrity, {}, 0, ())
        poqs = dict(connection.execute("SELECT id, state FROM poq").fetchall())
        deliveries = connection.execute("SELECT * FROM delivery WHERE settled IS NULL").fetchall()
        items = connection.execute(_OPEN_ITEMS).fetchall()
    assert not broken, "rows without the rows they belong to"
    return StoreContents(integrity, poqs, len(deliveries), [*items, *deliveries])


def new_gateway(folder: Path, endpoint: str, mapping: str, **sections: Any) -> GatewayProcess:
    """A gateway in `folder` that asks the service at `endpoint`; everything that waits waits shortly."""
    port = free_port()
    soap = {"wsdl": str(WSDL_FOLDER / "feasibility.wsdl"), "endpoint": endpoint, "timeout": "1 s"}
    settings = configuration(
        listen={"port": port},
        products={"unknown_types": "accept"},
        systems={"nimbus": {"soap": soap}},
        work={"first_pause": "50 ms", "longest_pause": "2 s"},
        delivery={"timeout": "1 s", "first_pause": "20 ms", "longest_pause": "500 ms"},
        notifications={"schemes": ["http"], "allow": ["127.0.0.1"]},
        **sections,
    )
    write_configuration(folder, settings, {"line": mapping})
    return GatewayProcess(folder, port)


def free_port() -> int:
    """Below those that outgoing connections get: none of them may take it while the gateway is dead."""
    for port in Random().sample(range(15_000, 30_000), 100):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise AssertionError("no free port")


def _is_fault(line: str) -> bool:
    try:
        said = json.loads(line)
    except ValueError:
        return True
    # an item that fails is told as an error, and asked again
    return said["level"] not in ("debug", "info", "warning") and said["event"] != "item decided"
