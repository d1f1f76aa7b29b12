"""What PostgreSQL says of itself is StoreUnavailable, in its own words; what it says of our statements is a mistake."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.store.errors import UNAVAILABLE_STATES, StoreUnavailable
from gateway.store.postgresql import PostgresqlDatabase

MISTAKES = {
    "00": "success",
    "01": "warnings",
    "02": "no data",
    "03": "statement not complete",
    "09": "triggered actions",
    "0A": "not supported",
    "0B": "transaction initiation",
    "0F": "locators",
    "0L": "grants",
    "0P": "roles",
    "0Z": "diagnostics",
    "10": "xquery",
    "20": "case not found",
    "21": "cardinality",
    "22": "values",
    "23": "constraints",
    "24": "cursors",
    "25": "transaction states, but for those of a server that takes no writes or ends what does nothing",
    "26": "prepared statements",
    "27": "triggers",
    "2B": "dependent privileges",
    "2D": "transaction termination",
    "2F": "SQL routines",
    "34": "cursor names",
    "38": "external routines",
    "39": "external routine invocation",
    "3B": "savepoints",
    "40002": "constraints at the commit",
    "42": "statements, but for missing rights",
    "44": "views",
    "54": "limits of one statement or row",
    "72": "snapshots",
    "HV": "foreign data",
    "P0": "PL/pgSQL",
}
"""Classes of SQLSTATEs that speak of statements and values."""


def raising(state: str) -> str:
    return f"""DO $$ BEGIN
        RAISE EXCEPTION 'could not do it' USING ERRCODE = '{state}', DETAIL = 'Failing row contains (s3cret)';
    END $$"""


async def run(database: PostgresqlDatabase, statement: str) -> None:
    await database.write(lambda connection: connection.execute(text(statement)) and None)


@pytest.mark.server
@pytest.mark.requirement("C20")
@pytest.mark.parametrize(
    "state",
    [
        pytest.param("08006", id="connection-failure"),
        pytest.param("25006", id="read-only-server"),
        pytest.param("28P01", id="wrong-password"),
        pytest.param("40001", id="serialization"),
        pytest.param("42501", id="missing-right"),
        pytest.param("53100", id="disk-full"),
        pytest.param("53200", id="out-of-memory"),
        pytest.param("53300", id="too-many-connections"),
        pytest.param("55P03", id="lock-not-available"),
        pytest.param("57014", id="took-too-long"),
        pytest.param("57P01", id="shutting-down"),
        pytest.param("57P03", id="starting-up"),
        pytest.param("58030", id="input-output-error"),
        pytest.param("XX001", id="damaged"),
    ],
)
async def test_what_the_server_says_of_itself_is_unavailable_and_shows_no_rows(
    postgresql: PostgresqlDatabase, state: str
) -> None:
    with pytest.raises(StoreUnavailable, match=r"^could not do it$"):
        await run(postgresql, raising(state))
    await run(postgresql, "SELECT 1")


@pytest.mark.server
@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("SELEKT", id="no-sql"),
        pytest.param("SELECT * FROM nowhere", id="no-such-table"),
        pytest.param("SELECT 1 / 0", id="a-value"),
        pytest.param("INSERT INTO alembic_version VALUES (NULL)", id="a-constraint"),
        pytest.param(raising("40002"), id="a-constraint-at-the-commit"),
    ],
)
async def test_a_mistake_of_ours_stays_one(postgresql: PostgresqlDatabase, statement: str) -> None:
    with pytest.raises(DBAPIError):
        await run(postgresql, statement)
    await run(postgresql, "SELECT 1")


def states() -> dict[str, str]:
    """Of every error that the driver knows."""
    kinds = (getattr(asyncpg.exceptions, name) for name in asyncpg.exceptions.__all__)
    return {kind.sqlstate: kind.__name__ for kind in kinds if getattr(kind, "sqlstate", None)}


def test_every_state_that_the_driver_knows_has_been_judged() -> None:
    known = states()
    assert len(known) > 200
    judged = (*UNAVAILABLE_STATES, *MISTAKES)
    assert {state: name for state, name in known.items() if not state.startswith(judged)} == {}


def test_no_class_is_judged_twice() -> None:
    assert {state for state in UNAVAILABLE_STATES if state in MISTAKES} == set()
