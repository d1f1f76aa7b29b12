"""Stored procedures that give rows: allowed by name, called with bound arguments, held to what was said of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.base import AdapterConfigurationError, BadArguments, Cause, NoAnswer
from adapters.sql import SqlOptions, SqlStep, SqlSystem
from adapters.sql.operation import SqlOperation
from tests.unit.adapters.sql.inventories import made, opened
from tests.unit.adapters.sql.servers import SERVERS, Server

MADE = {
    "postgresql": (
        "CREATE FUNCTION ports(place text, lowest int) RETURNS TABLE (port_ref varchar, free_mbps int) LANGUAGE sql AS "
        "$$ SELECT port_ref, free_mbps FROM enni_port WHERE metro = place AND free_mbps >= lowest $$",
        "CREATE FUNCTION odd() RETURNS TABLE (a int) LANGUAGE plpgsql AS "
        "$$ BEGIN DELETE FROM enni_port; RETURN QUERY SELECT 1; END $$",
        "CREATE FUNCTION endless() RETURNS TABLE (a int) LANGUAGE sql AS "
        "$$ SELECT n FROM generate_series(1, 1000000) AS n $$",
    ),
    "mariadb": (
        "CREATE PROCEDURE ports(place text, lowest int) "
        "SELECT free_mbps, port_ref AS PORT_REF FROM enni_port WHERE metro = place AND free_mbps >= lowest",
        "CREATE PROCEDURE odd() BEGIN DELETE FROM enni_port; SELECT 1 AS a; END",
        "CREATE PROCEDURE endless() SELECT seq AS a FROM seq_1_to_1000000",
        "CREATE PROCEDURE silent() BEGIN END",
    ),
}
ALLOWED = {
    "ports": {"takes": ["place", "lowest"], "gives": ["port_ref", "free_mbps"]},
    "odd": {"gives": ["a"]},
    "endless": {"gives": ["a"]},
    "silent": {"gives": ["a"]},
}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.param
    return found


@pytest.fixture
async def system(server: Server) -> AsyncIterator[SqlSystem]:
    async with server.inventory() as url:
        async with server.asking(url) as ask:
            for statement in MADE[server.name]:
                await ask(statement)
        async with opened(url, procedures=ALLOWED, calls_at_once=1, max_rows=5) as made:
            yield made


def called(system: SqlSystem, name: str, **step: Any) -> SqlOperation:
    return system.operation(SqlStep(procedure=name, **step))


async def test_a_procedure_gives_its_rows_under_the_names_that_were_said(system: SqlSystem) -> None:
    operation = called(system, "ports")

    reply = await operation.call({"place": "LON", "lowest": 5}, timeout=10)
    assert reply.value == [{"port_ref": "P-3", "free_mbps": 10}]
    assert (await operation.call({"place": "x' OR '1'='1", "lowest": 5}, timeout=10)).value == []
    assert "ports(:place, :lowest)" in operation.render({"place": "LON", "lowest": 5})


async def test_a_procedure_that_writes_is_refused_by_the_database(system: SqlSystem) -> None:
    with pytest.raises(NoAnswer, match=r"(?i)read.only") as raised:
        await called(system, "odd").call({}, timeout=10)

    assert raised.value.cause is Cause.BROKEN
    assert len((await called(system, "ports").call({"place": "NYC", "lowest": 0}, timeout=10)).value) == 1


async def test_more_rows_than_the_system_gives_are_no_answer_and_not_taken_in(system: SqlSystem) -> None:
    with pytest.raises(NoAnswer, match="max_rows") as raised:
        await called(system, "endless").call({}, timeout=10)
    assert raised.value.cause is Cause.TOO_LARGE
    assert len((await called(system, "endless", most=2).call({}, timeout=10)).value) == 3
    assert len((await called(system, "ports").call({"place": "NYC", "lowest": 0}, timeout=10)).value) == 1


@pytest.mark.server
@pytest.mark.parametrize(
    ("name", "gives", "words"),
    [
        ("ports", ["port_ref", "metro"], "does not give metro; it gave these: free_mbps, port_ref"),
        ("silent", ["a"], "it gave no rows at all"),
    ],
    ids=["another-column", "no-rows"],
)
async def test_a_procedure_that_gives_something_else_is_unreadable(name: str, gives: list[str], words: str) -> None:
    (server,) = [one.values[0] for one in SERVERS if one.id == "mariadb"]
    async with server.inventory() as url:  # type: ignore[union-attr]
        async with server.asking(url) as ask:  # type: ignore[union-attr]
            for statement in MADE["mariadb"]:
                await ask(statement)
        allowed = {name: {"takes": ALLOWED[name].get("takes", []), "gives": gives}}
        async with opened(url, procedures=allowed) as system:
            with pytest.raises(NoAnswer, match=words) as raised:
                await called(system, name).call({"place": "LON", "lowest": 1} if name == "ports" else {}, timeout=10)

    assert raised.value.cause is Cause.UNREADABLE


async def test_its_arguments_are_those_that_were_said(system: SqlSystem) -> None:
    with pytest.raises(BadArguments, match="lowest"):
        await called(system, "ports").call({"place": "LON"}, timeout=10)


URLS = {
    "postgresql": "postgresql://u@h/d",
    "mysql": "mysql://u@h/d",
    "oracle": "oracle://u@h/?service_name=d",
    "mssql": "mssql://u@h/d",
}


@pytest.mark.parametrize(
    ("engine", "sent"),
    [
        ("postgresql", "SELECT metro, free\nFROM inv.load($1, $2)\nLIMIT 3"),
        ("mysql", "CALL inv.load(%s, %s)"),
        ("oracle", "SELECT metro, free\nFROM TABLE(inv.load(:b1, :b2))\nFETCH FIRST 3 ROWS ONLY"),
        ("mssql", "SET NOCOUNT ON; SET ROWCOUNT 0;\nEXEC inv.load @ref = %s, @lowest = %s"),
    ],
)
def test_each_database_is_called_its_own_way(engine: str, sent: str) -> None:
    allowed = {"inv.load": {"takes": ["ref", "lowest"], "gives": ["metro", "free"]}}
    operation = called(made(URLS[engine], procedures=allowed), "inv.load", most=2)

    assert operation._statement.command.sql == sent
    assert operation._statement.command.order == ("ref", "lowest")
    assert operation.contract.arguments["required"] == ["ref", "lowest"]
    assert operation.contract.reply["required"] == ["metro", "free"]


@pytest.mark.parametrize(
    ("url", "name", "words"),
    [
        ("mysql://u@h/d", "other", "other is not among the system's `procedures`"),
        ("sqlite:////nowhere.db", "ports", "this database has no procedures"),
    ],
    ids=["not-allowed", "sqlite"],
)
def test_what_may_not_or_cannot_be_called_is_refused_while_loading(url: str, name: str, words: str) -> None:
    with pytest.raises(AdapterConfigurationError, match=words):
        called(made(url, procedures=ALLOWED), name)


@pytest.mark.parametrize("name", ["p; DROP TABLE t", "p()", "p --", "", "1p", "a.b.c.d", "p'", 'p"'])
def test_a_name_is_nothing_but_a_name(name: str) -> None:
    with pytest.raises(ValidationError):
        SqlOptions(url="mysql://u@h/d", procedures={name: {"gives": ["a"]}})  # type: ignore[arg-type]


@pytest.mark.parametrize("step", [{}, {"query": "SELECT a FROM t", "procedure": "p"}], ids=["neither", "both"])
def test_a_step_says_a_query_or_a_procedure(step: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="say 'query', or 'procedure'"):
        SqlStep(**step)
