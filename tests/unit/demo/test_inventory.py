"""The inventory of 1998: made anew each time, the same on both databases, with the quirks it is there for."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gateway.demo.files import demo_files
from gateway.demo.inventory import create_inventory
from gateway.demo.network import load_network
from tests.conftest import skip_or_fail
from tests.support import demo_tables

TABLES = ("T_LOC", "CUST_XREF", "ENPRT_MST", "OFR_CAT", "SVC_INST")
POSTGRES = os.environ.get("POQ_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")


@pytest.fixture
def rows(inventory: Path) -> Iterator[Any]:
    with closing(sqlite3.connect(inventory)) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def counts_of(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        return {table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in TABLES}


def test_a_file_of_an_earlier_run_is_replaced_whole(tmp_path: Path, inventory: Path) -> None:
    path = tmp_path / "inventory.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE T_LOC (LEFT_OVER INTEGER)")
    create_inventory(path)
    assert counts_of(path) == counts_of(inventory)
    assert [file.name for file in tmp_path.iterdir()] == ["inventory.sqlite"]


def test_a_script_that_fails_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    path, script = tmp_path / "inventory.sqlite", tmp_path / "broken.sql"
    create_inventory(path)
    script.write_text("CREATE TABLE HALF (ID INTEGER); INSERT INTO NOWHERE VALUES (1);", encoding="utf-8")
    before = counts_of(path)
    with pytest.raises(sqlite3.OperationalError, match="NOWHERE"):
        create_inventory(path, script=script)
    assert counts_of(path) == before


def test_there_are_forty_addresses_in_many_countries_and_scripts(rows: Any) -> None:
    addresses = rows("SELECT CTRY_CD, STR_NM || CTY_NM FROM T_LOC WHERE LOC_TYP_CD = 'A'")
    assert len(addresses) >= 40
    assert len({country for country, _ in addresses}) >= 15
    assert sum(1 for _, text in addresses if not text.isascii()) >= 10


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("SELECT 1 FROM T_LOC WHERE LOC_CD LIKE '% '", id="padded-codes"),
        pytest.param("SELECT 1 FROM T_LOC WHERE LOC_CD NOT LIKE '% ' AND LENGTH(LOC_CD) < 24", id="unpadded-codes"),
        pytest.param("SELECT 1 FROM T_LOC WHERE ACT_FLG IS NULL", id="null-flag"),
        pytest.param("SELECT 1 FROM T_LOC WHERE ACT_FLG = ' '", id="blank-flag"),
        pytest.param("SELECT 1 FROM T_LOC WHERE LOC_TYP_CD = 'S'", id="sites-among-addresses"),
        pytest.param("SELECT 1 FROM T_LOC WHERE WDRN_DT > 0", id="withdrawn"),
        pytest.param("SELECT 1 FROM ENPRT_MST WHERE SPD_KB LIKE ' %'", id="speed-as-text-with-blanks"),
        pytest.param("SELECT 1 FROM ENPRT_MST WHERE USED_KB IS NULL", id="use-not-measured"),
        pytest.param("SELECT 1 FROM ENPRT_MST WHERE CUST_NO IS NULL", id="port-of-nobody"),
        pytest.param("SELECT 1 FROM CUST_XREF WHERE XREF_TYP = 'BILL'", id="billing-among-buyers"),
    ],
)
def test_the_quirk_is_there(rows: Any, sql: str) -> None:
    assert rows(sql)


def test_a_buyer_has_several_customer_numbers_at_a_time(rows: Any) -> None:
    found = rows(
        "SELECT CUST_NO FROM CUST_XREF WHERE XREF_TYP = 'BUYR' AND EXT_ID = 'demo-buyer' AND END_DT = 99991231"
    )
    assert len(found) == 2


def test_each_nimbus_number_but_the_one_meant_to_be_unknown_is_in_the_network(rows: Any) -> None:
    network = load_network(demo_files() / "nimbus-network.yaml")
    numbers = {number for (number,) in rows("SELECT NIM_SITE_NO FROM T_LOC WHERE NIM_SITE_NO IS NOT NULL")}
    assert numbers - network.sites.keys() == {"NB-10499"}
    assert network.sites.keys() <= numbers
    assert {site.plan for site in network.sites.values()} <= network.plans.keys()


@pytest.mark.server
async def test_the_same_script_makes_the_inventory_on_postgresql(inventory: Path) -> None:
    try:
        connection = await asyncpg.connect(POSTGRES, timeout=2)
    except (OSError, asyncpg.PostgresError) as error:
        skip_or_fail(f"no PostgreSQL can be reached ({type(error).__name__})")
        return
    script = (demo_files() / "inventory.sql").read_text(encoding="utf-8")
    made = connection.transaction()
    await made.start()
    try:
        await connection.execute("CREATE SCHEMA demo_estate; SET LOCAL search_path TO demo_estate")
        await connection.execute(script)
        counts = {table: await connection.fetchval(f"SELECT COUNT(*) FROM {table}") for table in TABLES}
        port = await connection.fetchrow("SELECT PRT_KEY FROM ENPRT_MST WHERE TRIM(PRT_REF) = $1", "SP1_ENNI")
    finally:
        await made.rollback()
        await connection.close()
    assert counts == counts_of(inventory)
    assert port is not None
    assert port["prt_key"] == 90011


def test_the_script_is_plain_inserts_and_tables() -> None:
    script = (demo_files() / "inventory.sql").read_text(encoding="utf-8")
    statements = [line for line in script.splitlines() if re.match(r"[A-Z]", line)]
    assert {line.split()[0] for line in statements} == {"CREATE", "INSERT"}


def test_the_stored_definitions_of_its_tables_are_fresh(repository: Path) -> None:
    assert (repository / demo_tables.FILE).read_text(encoding="utf-8") == demo_tables.text(), "run `make docs`"
