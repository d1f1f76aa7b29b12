"""Commands that only read files start quickly: they import no driver, no server and no store."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.conftest import REPOSITORY

DRIVERS = ("asyncmy", "asyncpg", "lxml", "oracledb", "pymssql", "sqlglot", "zeep")
OF_DATABASES = ("alembic", "asyncmy", "asyncpg", "oracledb", "pymssql", "sqlalchemy")
SERVERS = ("aiohttp", "alembic", "cryptography", "gateway.api", "gateway.app", "joserfc", "sqlalchemy")
RUN = """
import contextlib, io, json, sys
from gateway.cli import main

def run(*words):
    with contextlib.redirect_stdout(io.StringIO()):
        code = main(["mapping", *words])
    return [words[0], code, sorted(sys.modules)]

print(json.dumps([run(*words) for words in json.loads(sys.argv[1])]))
"""


def imported(*commands: list[str]) -> list[tuple[str, int, set[str]]]:
    """Each command with its exit code and the modules that are there after it: all run in one fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(commands)], capture_output=True, text=True, cwd=REPOSITORY, check=True
    )
    return [(name, code, {*modules}) for name, code, modules in json.loads(done.stdout)]


def test_no_driver_no_server_and_no_store_is_imported() -> None:
    found = imported(
        ["lint", "mappings"],
        ["schema"],
        ["docs", "mappings"],
        ["lint", "--explain", "MAP-308"],
        ["test", "mappings/operator-uni.test.yaml"],
    )

    assert [(name, code) for name, code, _ in found] == [
        ("lint", 0),
        ("schema", 0),
        ("docs", 0),
        ("lint", 0),
        ("test", 0),
    ]
    assert [sorted(modules & {*DRIVERS, *SERVERS}) for _, _, modules in found] == [[], [], [], [], []]
    reading = found[3][2]  # of those that run nothing, all together
    assert (
        sorted(reading & {"asyncio", "structlog", "gateway.qualification", "gateway.settings", "gateway.store"}) == []
    )


def test_queries_are_prepared_without_any_database() -> None:
    found = imported(
        ["lint", "-c", "config/gateway.yaml", "mappings"], ["explain", "config/demo/requests/access-eline.json"]
    )
    (_, linted, reading), (_, explained, running) = found

    assert (linted, explained) == (0, 1)  # the explanation ends at a step without a reply
    assert "adapters.sql.statement" in reading
    assert sorted(reading & {*OF_DATABASES, "cryptography", "structlog", "rich"}) == []
    assert sorted(running & {*OF_DATABASES}) == []
