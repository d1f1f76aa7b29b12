"""Rows from a running database, whichever it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.base import BadArguments, Cause, NoAnswer
from adapters.sql import SqlSystem
from tests.unit.adapters.sql.inventories import mariadb, postgres, prepared, rows, sqlite

ALL = "SELECT port_ref, free_mbps FROM enni_port ORDER BY port_ref"


@pytest.fixture(
    params=[
        pytest.param(sqlite, id="sqlite"),
        pytest.param(postgres, id="postgresql", marks=pytest.mark.server),
        pytest.param(mariadb, id="mariadb", marks=pytest.mark.server),
    ]
)
async def system(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlSystem]:
    async with request.param(tmp_path, max_rows=2) as made:
        yield made


async def test_no_row_is_an_empty_list(system: SqlSystem) -> None:
    assert await rows(system, "SELECT metro FROM enni_port WHERE port_ref = :ref", {"ref": "none"}) == []


async def test_one_row_too_many_is_seen(system: SqlSystem) -> None:
    assert len(await rows(system, ALL, most=1)) == 2


async def test_more_than_the_systems_limit_is_no_answer(system: SqlSystem) -> None:
    with pytest.raises(NoAnswer) as raised:
        await rows(system, ALL)

    assert raised.value.cause is Cause.TOO_LARGE


async def test_as_many_as_the_systems_limit_is_an_answer(system: SqlSystem) -> None:
    assert len(await rows(system, "SELECT port_ref FROM enni_port WHERE free_mbps > 0")) == 2


async def test_a_null_is_none(system: SqlSystem) -> None:
    found = await rows(system, "SELECT free_mbps, rate FROM enni_port WHERE port_ref = :ref", {"ref": "P-2"})

    assert found == [{"free_mbps": None, "rate": None}]


async def test_column_names_are_in_lower_case_whatever_the_database_says(system: SqlSystem) -> None:
    found = await rows(
        system, "SELECT METRO AS Metro, port_ref AS Ref FROM enni_port WHERE port_ref = :r", {"r": "P-1"}
    )

    assert found == [{"metro": "NYC", "ref": "P-1"}]


async def test_the_padding_of_a_char_column_is_taken_off(system: SqlSystem) -> None:
    assert await rows(system, "SELECT 'AB    ' AS a FROM enni_port WHERE port_ref = 'P-1'") == [{"a": "AB"}]


async def test_what_looks_like_an_argument_in_a_text_stays(system: SqlSystem) -> None:
    found = await rows(
        system, "SELECT 'a :ref :b 100% %s 12:30' AS a FROM enni_port WHERE port_ref = :ref", {"ref": "P-1"}
    )

    assert found == [{"a": "a :ref :b 100% %s 12:30"}]


async def test_an_argument_is_never_read_as_sql(system: SqlSystem) -> None:
    evil = "x' OR '1'='1"

    assert await rows(system, "SELECT metro FROM enni_port WHERE port_ref = :ref", {"ref": evil}) == []


@pytest.mark.parametrize("value", [["P-1"], {"a": 1}, b"P-1"], ids=["list", "object", "bytes"])
async def test_an_argument_that_is_no_single_value_is_refused(system: SqlSystem, value: Any) -> None:
    with pytest.raises(BadArguments, match="ref"):
        await rows(system, "SELECT metro FROM enni_port WHERE port_ref = :ref", {"ref": value})


async def test_an_argument_that_is_null_is_refused_as_null(system: SqlSystem) -> None:
    with pytest.raises(BadArguments, match=r"\(null: ref\)"):
        await rows(system, "SELECT metro FROM enni_port WHERE port_ref = :ref", {"ref": None})


@pytest.mark.parametrize(
    ("query", "words"),
    [("SELECT a FROM absent", "absent"), ("SELECT absent FROM enni_port", "absent")],
    ids=["table", "column"],
)
async def test_what_the_database_does_not_have_is_broken(system: SqlSystem, query: str, words: str) -> None:
    with pytest.raises(NoAnswer, match=words) as raised:
        await rows(system, query)

    assert raised.value.cause is Cause.BROKEN


@pytest.mark.server
async def test_values_of_postgresql_are_plain(tmp_path: Path) -> None:
    async with postgres(tmp_path) as system:
        found = await rows(system, "SELECT metro, rate, since FROM enni_port WHERE port_ref = :ref", {"ref": "P-1"})
        others = await rows(
            system,
            "SELECT CAST('2026-01-31 10:00' AS timestamp) AS t, "
            "CAST('00000000-0000-0000-0000-000000000007' AS uuid) AS u FROM enni_port WHERE port_ref = 'P-1'",
        )

    assert found == [{"metro": "NYC", "rate": Decimal("10.50"), "since": date(2020, 1, 31)}]
    assert others == [{"t": datetime(2026, 1, 31, 10), "u": "00000000-0000-0000-0000-000000000007"}]


@pytest.mark.server
@pytest.mark.parametrize(
    ("expression", "words"),
    [
        pytest.param("CAST('NaN' AS float)", "not a number", id="nan"),
        pytest.param("CAST('Infinity' AS float)", "not a number", id="infinity"),
        pytest.param("CAST('\\xff' AS bytea)", "no UTF-8", id="bytes"),
        pytest.param("CAST('1 day' AS interval)", "CAST the column", id="interval"),
    ],
)
async def test_a_value_without_a_plain_form_is_unreadable(tmp_path: Path, expression: str, words: str) -> None:
    async with postgres(tmp_path) as system:
        with pytest.raises(NoAnswer, match=words) as raised:
            await rows(system, f"SELECT {expression} AS odd FROM enni_port WHERE port_ref = 'P-1'")

    assert raised.value.cause is Cause.UNREADABLE
    assert "odd" in raised.value.text


@pytest.mark.server
async def test_a_value_of_the_wrong_type_is_a_bad_argument(tmp_path: Path) -> None:
    async with postgres(tmp_path) as system:
        with pytest.raises(BadArguments, match="expected str, got int"):
            await rows(system, "SELECT metro FROM enni_port WHERE port_ref = :ref", {"ref": 7})


@pytest.mark.parametrize(
    "value",
    [Decimal(4000), 4000, Decimal("4000.0"), 4000.0],
    ids=["whole-decimal", "int", "decimal-with-a-zero", "float"],
)
async def test_numbers_of_every_kind_are_compared_by_sqlite(tmp_path: Path, value: Any) -> None:
    async with sqlite(tmp_path) as system:
        found = await rows(system, "SELECT port_ref FROM enni_port WHERE free_mbps >= :n", {"n": value})

    assert found == [{"port_ref": "P-1"}]


async def test_a_date_is_compared_by_sqlite_as_its_text(tmp_path: Path) -> None:
    async with sqlite(tmp_path) as system:
        found = await rows(system, "SELECT port_ref FROM enni_port WHERE since = :d", {"d": date(2020, 1, 31)})

    assert found == [{"port_ref": "P-1"}]


async def test_what_came_is_kept_for_the_operator(tmp_path: Path) -> None:
    async with sqlite(tmp_path) as system:
        reply = await prepared(system, "SELECT metro FROM enni_port WHERE port_ref = 'P-1'").call({}, timeout=10)

    assert reply.received == '{"metro":"NYC"}'
