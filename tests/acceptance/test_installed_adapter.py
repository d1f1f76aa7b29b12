"""The example adapter of the docs, installed: configuration, lint, JSON Schema, docs, explain, test, a real POQ."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import ClientSession

from tests.conftest import REPOSITORY
from tests.support.gateways import POQ, SONATA, configuration
from tests.support.line_protocol import example, install, line_server
from tests.support.requests import valid_request

MAPPING = """
mapping: line
version: 1
for: {product: any}
steps:
  check:
    line_protocol: provisioning
    command: CHECK
    with: {key: =item.id}
    on:
      fault NOSUCH: {red: The address is not known}
      any fault: fail
answer:
  - when: check.code == 'A'
    serviceabilityConfidence: green
    installationInterval: {amount: =check.days, units: businessDays}
    deliveryType: onNetWithoutBuild
    guaranteedUntilDate: =now + days(30)
  - otherwise: {red: Not feasible}
"""
CASES = """
- test: it is feasible
  item: {id: a, product: {productOffering: {id: O}, productConfiguration: {"@type": "urn:x"}}}
  legacy: {check: {code: A, days: 3}}
  sends: {check: {key: a}}
  expect: {serviceabilityConfidence: green}
- test: the address is not known
  item: {id: a, product: {productOffering: {id: O}, productConfiguration: {"@type": "urn:x"}}}
  legacy: {check: {fault: NOSUCH}}
  expect: red
- test: it is not feasible
  item: {id: a, product: {productOffering: {id: O}, productConfiguration: {"@type": "urn:x"}}}
  legacy: {check: {code: B, days: 3}}
  expect: red
"""


class Place:
    """A folder with the package, a configuration, a mapping and its cases."""

    def __init__(self, folder: Path, port: int = 1) -> None:
        self.folder = folder
        install(folder / "packages", {"line_protocol": "line_protocol:ADAPTER"}, line_protocol=example())
        (folder / "mappings").mkdir()
        self.mapping = folder / "mappings" / "line.yaml"
        self.mapping.write_text(MAPPING)
        (folder / "mappings" / "line.test.yaml").write_text(CASES)
        self.configure(host="127.0.0.1", tcp_port=port)

    def configure(self, **options: Any) -> None:
        systems = {"provisioning": {"line_protocol": options}}
        said = configuration(products={"unknown_types": "accept"}, systems=systems)
        (self.folder / "gateway.yaml").write_text(yaml.safe_dump(said))

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": f"{self.folder / 'packages'}{os.pathsep}{REPOSITORY}"}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gateway", *words]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=50
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_lint_knows_its_options_and_its_contract(place: Place) -> None:
    place.mapping.write_text(MAPPING.replace("{key: =item.id}", "{kee: =item.id}").replace("check.days", "check.dayz"))
    done = place.run("mapping", "lint", "-c", "gateway.yaml", "mappings")
    assert done.returncode == 1
    assert "MAP-402 'check' does not take 'kee'" in done.stdout + done.stderr
    assert "MAP-404 the reply has no 'dayz'" in done.stdout + done.stderr

    place.configure(host="127.0.0.1", tcp_prt=1)
    done = place.run("mapping", "lint", "-c", "gateway.yaml", "mappings")
    assert "CFG-102 'tcp_prt' is not known here" in done.stdout + done.stderr


def test_editors_know_its_step(place: Place) -> None:
    schema = json.loads(place.run("mapping", "schema").stdout)
    step = schema["definitions"]["Line_protocolStep"]
    assert step["properties"]["command"]["description"] == "What is asked, for example `CHECK`."


def test_its_mapping_is_tested_and_explained(place: Place) -> None:
    done = place.run("mapping", "test", "-c", "gateway.yaml", "mappings")
    assert done.returncode == 0, done.stdout + done.stderr

    (place.folder / "request.json").write_text(json.dumps(valid_request()))
    (place.folder / "reply.json").write_text('{"code": "A", "days": 3}')
    done = place.run("mapping", "explain", "request.json", "-c", "gateway.yaml", "--reply", "check=reply.json")
    assert "CHECK item-1" in done.stdout, done.stdout + done.stderr


@asynccontextmanager
async def serving(place: Place) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "serve", "-c", "gateway.yaml"),
        cwd=place.folder,
        env=place.environment,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(30):
            while b'"serving"' not in (line := await process.stderr.readline()) and line:
                pass
        yield str(json.loads(line)["url"])
    finally:
        process.terminate()
        await process.communicate()


async def test_poqs_are_answered_by_what_its_system_says(tmp_path: Path) -> None:
    async with (
        line_server() as server,
        serving(Place(tmp_path, server.port)) as url,
        ClientSession() as session,
    ):
        found = []
        for answer in ("OK A 10\n", "OK B 10\n", "ERR NOSUCH\n", "OK A\n"):
            server.answer = answer
            async with session.post(url + SONATA + POQ, json=valid_request()) as response:
                body = await response.json()
                items = body.get("productOfferingQualificationItem", [{}])
                found.append((response.status, items[0].get("serviceabilityConfidence")))

    assert found == [(201, "green"), (201, "red"), (201, "red"), (500, None)]
    assert server.asked == ["CHECK item-1\n"] * 4
