"""`poq-gateway check`: real systems, one broken at a time; the others are told all the same, and no secret is."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.base import CheckOutcome
from gateway.checkup import Line, check_up
from gateway.cli import main
from gateway.sources.findings import FindingsError
from gateway.upkeep.state import ask_state
from tests.support.databases import sqlite_inventory
from tests.support.gateways import configuration, running, write_configuration
from tests.support.legacy import MAPPING
from tests.support.soap_server import WSDL_FOLDER, soap_server

QUERY = """
mapping: port
version: 1
for: {product: any, actions: [modify]}
steps:
  port:
    sql: inventory
    query: SELECT metro FROM enni_port WHERE port_ref = :ref
    with: {ref: =item.id}
    rows: one
    on: {no rows: {red: No port}, many rows: fail}
answer:
  - otherwise: {red: Nothing}
"""
OK, FAILED, DRIFT, NOT_CHECKED = CheckOutcome


@asynccontextmanager
async def estate(folder: Path, change: Callable[[dict[str, Any]], None] = lambda said: None) -> AsyncIterator[Path]:
    """The configuration of a Seller whose systems are all there, but for what `change` does to it."""
    async with soap_server() as nimbus:
        soap = {"wsdl": str(WSDL_FOLDER / "feasibility.wsdl"), "endpoint": nimbus.url}
        said = configuration(
            products={"unknown_types": "accept"},
            systems={"nimbus": {"soap": soap}, "inventory": {"sql": {"url": sqlite_inventory(folder)}}},
        )
        change(said)
        yield write_configuration(folder, said, {"line": MAPPING, "port": QUERY})


async def lines(config: Path, *, timeout: float = 5.0, live: bool = False) -> list[Line]:  # noqa: ASYNC109
    return await check_up(config, live=live, timeout=timeout)


def bad(found: list[Line]) -> list[tuple[str, str]]:
    return [(line.part, line.subject) for line in found if line.is_bad]


@pytest.mark.parametrize("live", [False, True])
async def test_where_all_is_well_every_part_says_so(tmp_path: Path, live: bool) -> None:
    async with estate(tmp_path) as config:
        found = await lines(config, live=live)

    assert bad(found) == []
    assert {line.part for line in found} == {
        "configuration",
        "products",
        "mappings",
        "system nimbus",
        "system inventory",
        "store",
        "callbacks",
    }
    told = {(line.part, line.subject): (line.outcome, line.text) for line in found}
    assert told["system nimbus", "operation CheckFeasibility"] == (OK, "codec: compiled")
    assert told["system inventory", "connection"][0] is OK
    assert told["store", "poq.db"][0] is NOT_CHECKED
    assert not (tmp_path / "poq.db").exists(), "a check makes no store"


def _no_inventory(said: dict[str, Any]) -> None:
    said["systems"]["inventory"]["sql"]["url"] += ".gone"


def _no_nimbus(said: dict[str, Any]) -> None:
    said["systems"]["nimbus"]["soap"]["endpoint"] = "http://127.0.0.1:1/"


def _no_wsdl(said: dict[str, Any]) -> None:
    said["systems"]["nimbus"]["soap"]["wsdl"] = "gone.wsdl"


def _no_products(said: dict[str, Any]) -> None:
    said["products"]["folders"] = ["gone"]


def _unknown_host(said: dict[str, Any]) -> None:
    said["notifications"] = {"allow": ["no-such-host.invalid"]}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(_no_inventory, ("system inventory", "connection"), id="a database that is gone"),
        pytest.param(_no_nimbus, ("system nimbus", "connection"), id="a service that refuses"),
        pytest.param(_no_wsdl, ("system nimbus", "soap"), id="no WSDL"),
        pytest.param(_unknown_host, ("callbacks", "host no-such-host.invalid"), id="a host that nobody knows"),
    ],
)
async def test_one_broken_part_is_told_and_the_others_too(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], expected: tuple[str, str]
) -> None:
    async with estate(tmp_path, change) as config:
        found = await lines(config)

    assert expected in bad(found)
    assert {part for part, _ in bad(found)} <= {expected[0], "mappings"}, "only what depends on it"
    assert all(any(line.part == f"system {name}" for line in found) for name in ("nimbus", "inventory"))


async def test_a_broken_mapping_hides_nothing(tmp_path: Path) -> None:
    async with estate(tmp_path) as config:
        (tmp_path / "mappings" / "broken.yaml").write_text("mapping: broken\nversion: 0\n", encoding="utf-8")
        found = await lines(config)

    assert {part for part, _ in bad(found)} == {"mappings"}
    assert any(line.part == "system inventory" and line.outcome is OK for line in found)


async def test_a_mapping_that_nothing_reads_is_told(tmp_path: Path) -> None:
    async with estate(tmp_path) as config:
        (tmp_path / "mappings" / "new").mkdir()
        (tmp_path / "mappings" / "new" / "line.yaml").write_text("mapping: line\n", encoding="utf-8")
        found = await lines(config)

    ((part, name),) = bad(found)
    assert (part, name.endswith("new/line.yaml:1:1")) == ("mappings", True)


async def test_products_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    async with estate(tmp_path, _no_products) as config:
        found = await lines(config)
    assert "products" in {part for part, _ in bad(found)}


async def test_a_store_of_something_else_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    other = tmp_path / "poq.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = other.read_bytes()

    async with estate(tmp_path) as config:
        found = await lines(config)

    assert [part for part, _ in bad(found)] == ["store"]
    assert other.read_bytes() == before


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await reader.read()
    finally:
        writer.close()


async def test_systems_that_hang_cost_their_time_limit_once(tmp_path: Path) -> None:
    server = await asyncio.start_server(_silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"postgresql://poq@127.0.0.1:{port}/x"

    def change(said: dict[str, Any]) -> None:
        said["systems"] |= {f"hanging{n}": {"sql": {"url": url}} for n in range(4)}

    async with server, estate(tmp_path, change) as config:
        loop = asyncio.get_running_loop()
        began = loop.time()
        found = await lines(config, timeout=1.0)
        took = loop.time() - began

    assert bad(found) == [(f"system hanging{n}", "connection") for n in range(4)]
    assert took < 4 * 1.0 + 3, "they are asked at the same time"


async def test_no_secret_is_ever_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADER", "canary-header")
    monkeypatch.setenv("PASSWORD", "canary-pass%20word")

    def change(said: dict[str, Any]) -> None:
        said["systems"]["nimbus"]["soap"] |= {
            "endpoint": "http://127.0.0.1:1/",
            "headers": {"Authorization": "${env:HEADER}"},
        }
        said["systems"]["other"] = {"sql": {"url": "postgresql://poq:${env:PASSWORD}@127.0.0.1:1/x"}}
        said["store"] = {"url": "postgresql://poq:canary-store@127.0.0.1:1/x"}

    async with estate(tmp_path, change) as config:
        found = await lines(config)

    assert {"configuration", "system nimbus", "system other", "store"} <= {part for part, _ in bad(found)}
    assert "canary" not in " ".join(f"{line.subject} {line.text}" for line in found)


async def test_a_secret_in_the_file_itself_fails_and_is_told_at_its_place(tmp_path: Path) -> None:
    def change(said: dict[str, Any]) -> None:
        said["systems"]["nimbus"]["soap"]["authentication"] = {"bearer": {"token": "canary"}}

    async with estate(tmp_path, change) as config:
        found = await lines(config)
        text = config.read_text(encoding="utf-8").splitlines()

    ((where, told),) = [(line.subject, line.text) for line in found if line.is_bad]
    assert told == "CFG-202 a secret stands in the file itself (write ${env:NAME} or ${file:PATH})"
    file, line, column = where.rsplit(":", 2)
    assert file == str(config)
    assert text[int(line) - 1][int(column) - 1 :] == "canary"


async def test_the_exit_code_and_the_data_say_whether_all_is_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with estate(tmp_path) as config:
        code = await asyncio.to_thread(main, ["check", "-c", str(config), "--json"])
        told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert told["is_ok"] is True
    assert told["running"] is None
    assert {"part", "subject", "outcome", "text"} == told["checks"][0].keys()

    assert await asyncio.to_thread(main, ["check", "-c", str(config), "--timeout", "2 s"]) == 1
    shown = capsys.readouterr().out
    assert "system nimbus" in shown
    assert "no gateway runs" in shown


def test_a_configuration_that_cannot_be_read_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "gateway.yaml"
    config.write_text("sellers: []\nno such key: 1\n", encoding="utf-8")
    assert main(["check", "-c", str(config)]) == 2
    assert "gateway.yaml" in capsys.readouterr().err


async def test_a_running_gateway_tells_the_state_of_its_guards(tmp_path: Path) -> None:
    async with soap_server() as nimbus:
        soap = {"wsdl": str(WSDL_FOLDER / "feasibility.wsdl"), "endpoint": nimbus.url}
        said = configuration(products={"unknown_types": "accept"}, systems={"nimbus": {"soap": soap}})
        assert await ask_state(tmp_path / "poq.db") is None
        async with running(tmp_path, said, {"line": MAPPING}):
            state = await ask_state(tmp_path / "poq.db", within=20)

    assert state is not None
    assert state["nimbus"]["breaker"] == "closed"
    assert state["nimbus"]["busy"] == 0
    assert "poq.db.state" not in os.listdir(tmp_path)  # the question is taken away


async def test_findings_in_the_configuration_are_raised(tmp_path: Path) -> None:
    with pytest.raises(FindingsError):
        await lines(tmp_path / "gone.yaml")
