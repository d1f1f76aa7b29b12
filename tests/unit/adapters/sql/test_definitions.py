"""Stored definitions of tables: what a query is held against without a database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.base import AdapterConfigurationError
from adapters.sql import SqlOptions, SqlStep, SqlSystem
from adapters.sql.definitions import Column, definition_text

PORT = (
    Column("PRT_KEY", "INTEGER", nullable=False, kind="whole number", key=True),
    Column("STAT_CD", "CHAR(1)", nullable=False, kind="text", enum=("A", "P")),
    Column("FREE_KB", "NUMERIC", nullable=True, kind="number"),
    Column("LOC_CD", "CHAR(24)", nullable=True, kind="text"),
)
SITE = (Column("LOC_CD", "CHAR(24)", nullable=False, kind="text"), Column("LIVE", "BOOLEAN", False, "true or false"))


def system(folder: Path, url: str = "sqlite:///nowhere.db") -> SqlSystem:
    (folder / "a.tables.json").write_text(definition_text({"PORT": PORT}, "SELECT 1"), encoding="utf-8")
    (folder / "b.tables.json").write_text(definition_text({"inv.SITE": SITE, "PORT": PORT}, ""), encoding="utf-8")
    return SqlSystem("inventory", SqlOptions(url=url, tables=folder))  # type: ignore[arg-type]


def contract(
    folder: Path, query: str, url: str = "sqlite:///nowhere.db"
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    found = system(folder, url).operation(SqlStep(query=query)).contract
    return found.arguments["properties"], found.reply["properties"]


NULL = {"type": "null"}


def test_columns_and_arguments_get_the_types_of_the_columns_behind_them(tmp_path: Path) -> None:
    arguments, reply = contract(
        tmp_path,
        "SELECT p.prt_key, p.STAT_CD AS status, FREE_KB AS free, FREE_KB + 1 AS more FROM port p "
        "WHERE p.STAT_CD = :status AND :least <= FREE_KB AND TRIM(p.LOC_CD) = :place",
    )

    assert arguments == {"status": {"type": "string", "enum": ["A", "P"]}, "least": {"type": "number"}, "place": {}}
    assert reply == {
        "prt_key": {"type": "integer"},
        "status": {"type": "string", "enum": ["A", "P"]},
        "free": {"anyOf": [{"type": "number"}, NULL]},
        "more": {},
    }


def test_a_query_that_several_mappings_ask_is_read_once(tmp_path: Path) -> None:
    one = system(tmp_path)
    asked = one.operation(SqlStep(query="SELECT STAT_CD FROM port"))

    assert one.operation(SqlStep(query="SELECT STAT_CD FROM port")) is asked
    assert one.operation(SqlStep(query="SELECT STAT_CD FROM port", most=1)) is not asked


@pytest.mark.parametrize(
    ("join", "nullable"),
    [
        pytest.param("port p LEFT JOIN site s ON s.loc_cd = p.loc_cd", {"site"}, id="left"),
        pytest.param("site s RIGHT JOIN port p ON s.loc_cd = p.loc_cd", {"site"}, id="right"),
        pytest.param("port p FULL JOIN site s ON s.loc_cd = p.loc_cd", {"port", "site"}, id="full"),
        pytest.param("port p JOIN site s ON s.loc_cd = p.loc_cd", set(), id="inner"),
        pytest.param(
            "port p LEFT JOIN site x ON x.loc_cd = p.loc_cd JOIN site s ON s.loc_cd = p.loc_cd", set(), id="two"
        ),
    ],
)
def test_an_outer_join_makes_the_columns_of_what_it_may_not_find_ones_that_may_be_null(
    tmp_path: Path, join: str, nullable: set[str]
) -> None:
    _, reply = contract(tmp_path, f"SELECT p.prt_key AS port, s.loc_cd AS site FROM {join}")

    assert {name for name, schema in reply.items() if NULL in schema.get("anyOf", ())} == nullable


@pytest.mark.parametrize(
    ("url", "expected"),
    [("sqlite:///x.db", {}), ("postgresql://u:p@host/db", {"type": "boolean"})],
    ids=["sqlite", "pg"],
)
def test_a_truth_value_is_one_only_where_the_database_has_them(
    url: str, expected: dict[str, str], tmp_path: Path
) -> None:
    assert contract(tmp_path, "SELECT live FROM inv.site", url) == ({}, {"live": expected})


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT p.FREE_MB FROM port p", r"port has no column FREE_MB, by its stored definition \(.*FREE_KB"),
        ("SELECT FREE_MB FROM port", "port has no column FREE_MB"),
        ("SELECT prt_key FROM port WHERE STATUS = :s", "port has no column STATUS"),
        ("SELECT p.prt_key FROM port p JOIN inv.site s ON s.PLACE = p.LOC_CD", "inv.site has no column PLACE"),
        (
            "SELECT prt_key FROM port WHERE EXISTS (SELECT 1 AS one FROM site s WHERE s.xyz = 1)",
            "site has no column xyz",
        ),
    ],
)
def test_a_column_that_no_table_has_is_refused(query: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(AdapterConfigurationError, match=told):
        system(tmp_path).operation(SqlStep(query=query))


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("SELECT x.anything FROM unknown x", id="a table that is not stored"),
        pytest.param("SELECT anything FROM port, unknown", id="one of two tables is not stored"),
        pytest.param("SELECT rowid AS id FROM port", id="a column of every table"),
        pytest.param("SELECT FREE_KB AS free FROM port ORDER BY free", id="a name that the query gives"),
        pytest.param("WITH few AS (SELECT PRT_KEY AS k FROM port) SELECT few.k FROM few", id="under WITH"),
        pytest.param("SELECT t.k FROM (SELECT PRT_KEY AS k FROM port) t", id="a derived table"),
        pytest.param(
            "SELECT prt_key FROM port WHERE EXISTS (SELECT 1 AS one FROM site WHERE live = 1 AND FREE_KB > 1)",
            id="a column of the query around it",
        ),
        pytest.param("SELECT prt_key FROM port UNION SELECT 1 AS prt_key FROM site", id="two queries"),
    ],
)
def test_what_cannot_be_told_is_left_to_the_database(query: str, tmp_path: Path) -> None:
    assert system(tmp_path).operation(SqlStep(query=query))


def test_definitions_that_cannot_be_used_are_told_with_their_file(tmp_path: Path) -> None:
    with pytest.raises(AdapterConfigurationError, match=r"inventory: tables: .* has no \*.tables.json"):
        SqlSystem("inventory", SqlOptions(url="sqlite:///x.db", tables=tmp_path))  # type: ignore[arg-type]
    (tmp_path / "c.tables.json").write_text(definition_text({"PORT": PORT[:1]}, ""), encoding="utf-8")
    with pytest.raises(AdapterConfigurationError, match=r"c.tables.json and .*a.tables.json define PORT differently"):
        system(tmp_path)
    (tmp_path / "c.tables.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(AdapterConfigurationError, match=r"c.tables.json is no stored definition"):
        system(tmp_path)


@pytest.mark.parametrize(
    ("query", "is_refused"),
    [
        ("SELECT a FROM t WHERE b NOT IN (SELECT c FROM d LIMIT 5)", True),
        ("SELECT a FROM t WHERE b IN (SELECT c FROM d ORDER BY c LIMIT 1)", True),
        ("SELECT x.a FROM (SELECT a FROM t LIMIT 10) x", True),
        ("SELECT x.a FROM (SELECT a FROM t ORDER BY a LIMIT 10) x", True),
        ("SELECT x.a FROM (SELECT a FROM t ORDER BY a LIMIT 1 OFFSET 1) x", True),
        ("WITH x AS (SELECT a FROM t LIMIT 1) SELECT a FROM x", True),
        ("SELECT COUNT(*) AS n FROM (SELECT a FROM t FETCH FIRST 3 ROWS ONLY) x", True),
        ("(SELECT a FROM t LIMIT 1) UNION SELECT a FROM u", True),
        ("SELECT (SELECT p.a FROM p ORDER BY p.since DESC LIMIT 1) AS newest FROM t", False),
        ("SELECT x.a FROM (SELECT a FROM t ORDER BY a LIMIT 1) x", False),
        ("SELECT a FROM t WHERE EXISTS (SELECT 1 AS one FROM d WHERE d.a = t.a LIMIT 1)", False),
    ],
)
def test_a_limit_of_an_inner_query_hides_no_rows(query: str, is_refused: bool, tmp_path: Path) -> None:
    plain = SqlSystem("inventory", SqlOptions(url="postgresql://u:p@host/db"))  # type: ignore[arg-type]
    if is_refused:
        with pytest.raises(AdapterConfigurationError, match="of the inner query"):
            plain.operation(SqlStep(query=query))
    else:
        assert plain.operation(SqlStep(query=query))
