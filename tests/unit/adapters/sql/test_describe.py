"""What a table or a query gives, told for people: columns with types, keys, values that are listed; nothing is read."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from adapters.described import DescriptionError, Field
from adapters.sql.describe import database_options, describe_query, describe_table
from tests.support.databases import mariadb_inventory, postgres_inventory

TABLES = """
CREATE TABLE port (PRT_KEY INTEGER PRIMARY KEY, STAT_CD CHAR(1) NOT NULL CHECK (STAT_CD IN ('A', 'P', 'it''s')),
  RATE NUMERIC(8,2), SINCE DATE, LIVE BOOLEAN);
CREATE TABLE "Odd Table" ("my col" TEXT NOT NULL UNIQUE, "Select" INTEGER, "9lives" REAL);
CREATE TABLE heap (A TEXT, B TEXT);
CREATE VIEW live_port AS SELECT PRT_KEY FROM port;
INSERT INTO port VALUES (1, 'A', 1, NULL, NULL);
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    connection = sqlite3.connect(tmp_path / "some.db")
    connection.executescript(TABLES)
    connection.close()
    return f"sqlite:///{tmp_path / 'some.db'}"


def _query(url: str, table: str) -> str:
    return dict(describe_table(database_options(url), table).described.definition)["query"]


def test_a_table_is_asked_for_all_columns_by_its_key(url: str) -> None:
    assert _query(url, "port").split() == (
        [
            "SELECT",
            "PRT_KEY,",
            "STAT_CD,",
            "RATE,",
            "SINCE,",
            "LIVE",
            "FROM",
            "port",
            "WHERE",
            "PRT_KEY",
            "=",
            ":prt_key",
        ]
    )


def test_names_that_need_it_are_quoted_and_get_a_name_that_can_be_read(url: str) -> None:
    assert _query(url, "Odd Table") == (
        'SELECT "my col" AS my_col,\n       "Select" AS c_select,\n       "9lives" AS c_9lives\n'
        'FROM "Odd Table"\nWHERE "my col" = :my_col'
    )


@pytest.mark.parametrize(
    ("table", "spelled", "argument"),
    [
        pytest.param("PORT", "port", "prt_key", id="another case"),
        pytest.param("live_port", "live_port", "prt_key", id="view"),
        pytest.param("heap", "heap", "a", id="without a key"),
    ],
)
def test_a_table_is_found_and_asked_by_what_it_has(url: str, table: str, spelled: str, argument: str) -> None:
    query = _query(url, table)

    assert f"\nFROM {spelled}\n" in query
    assert query.endswith(f":{argument}")


def test_columns_are_told_with_type_null_and_values(url: str) -> None:
    reply = describe_table(database_options(url), "port").described.reply

    assert reply == (
        Field("prt_key", "whole number", True, note="INTEGER"),
        Field("stat_cd", "text", True, enum=("A", "P", "it's"), note="CHAR(1)"),
        Field("rate", "number", False, note="NUMERIC(8, 2)"),
        Field("since", "date", False, note="DATE"),
        Field("live", "true or false", False, note="BOOLEAN"),
    )


@pytest.mark.parametrize(
    ("query", "required"),
    [
        pytest.param("SELECT p.STAT_CD AS stat FROM port p WHERE p.PRT_KEY = :key", True, id="alone"),
        pytest.param("SELECT p.STAT_CD AS stat FROM port p JOIN heap h ON h.A = p.PRT_KEY WHERE :key = p.PRT_KEY", True,
                     id="joined"),
        pytest.param("SELECT p.STAT_CD AS stat FROM heap h LEFT JOIN port p ON p.PRT_KEY = :key", False,
                     id="perhaps without a partner"),
    ],
)  # fmt: skip
def test_a_query_is_told_by_the_columns_behind_it(url: str, query: str, required: bool) -> None:
    described = describe_query(database_options(url), query).described

    assert described.arguments == (Field("key", "whole number", True, note="INTEGER"),)
    assert described.reply == (Field("stat", "text", required, enum=("A", "P", "it's"), note="CHAR(1)"),)


def test_what_is_computed_is_of_an_unknown_type_and_may_be_null(url: str) -> None:
    query = "SELECT UPPER(STAT_CD) AS stat FROM port WHERE TRIM(STAT_CD) = :code"

    described = describe_query(database_options(url), query).described

    assert [(one.kind, one.required) for one in described.reply] == [("of an unknown type", False)]
    assert [one.kind for one in described.arguments] == ["of an unknown type"]


@pytest.mark.parametrize(
    ("look", "said"),
    [
        pytest.param(
            lambda options: describe_table(options, "prot"), "no table prot; there are: Odd Table", id="table"
        ),
        pytest.param(lambda options: describe_table(options, ""), "no table", id="no name"),
        pytest.param(lambda options: describe_table(options, "no.where"), "", id="schema"),
        pytest.param(lambda options: describe_query(options, " "), "empty", id="empty query"),
        pytest.param(lambda options: describe_query(options, "SELECT * FROM port"), "instead of", id="star"),
        pytest.param(lambda options: describe_query(options, "DELETE FROM port"), "only read", id="a write"),
        pytest.param(lambda options: describe_query(options, "SELECT A FROM gone"), "no table gone", id="its table"),
        pytest.param(lambda options: describe_query(options, "SELECT 'A"), "never closed", id="open quote"),
    ],
)
def test_what_cannot_be_told_is_said_in_one_line(url: str, look: Callable[[object], object], said: str) -> None:
    with pytest.raises(DescriptionError) as told:
        look(database_options(url))

    assert said in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param("sqlite:////no/such/file.db", id="no file"),
        pytest.param("postgresql://who:secret@127.0.0.1:1/db", id="nobody listens"),
        pytest.param("db2://who:secret@host/db", id="another database"),
        pytest.param("who knows: secret", id="no url"),
    ],
)
def test_a_database_that_cannot_be_looked_at_is_told_without_its_password(wrong: str) -> None:
    with pytest.raises(DescriptionError) as told:
        describe_table(database_options(wrong), "port")

    assert "secret" not in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.server
@pytest.mark.parametrize("inventory", [postgres_inventory, mariadb_inventory], ids=["postgresql", "mariadb"])
async def test_a_table_of_a_server_is_told_the_same_way(
    inventory: Callable[[], AbstractAsyncContextManager[str]],
) -> None:
    async with inventory() as url:
        look = await asyncio.to_thread(describe_table, database_options(url), "enni_port")

    assert [(one.name, one.kind) for one in look.described.reply] == [
        ("port_ref", "text"),
        ("metro", "text"),
        ("free_mbps", "whole number"),
        ("rate", "number"),
        ("since", "date"),
    ]
