"""What is shown of a database's own words: names that an operator needs, and no value of anybody's."""

from __future__ import annotations

import pytest

from adapters.sql.saying import discreet


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param('invalid input syntax for type integer: "ada@b.example"', "22P02", id="PostgreSQL: a value"),
        pytest.param("Key (mail)=(ada@b.example) already exists", "23505", id="PostgreSQL: a key"),
        pytest.param("customer ada@b.example is blocked", "P0001", id="PostgreSQL: raised by a function"),
        pytest.param("Truncated incorrect INTEGER value: 'ada@b.example' (1292)", 1292, id="MariaDB: a value"),
        pytest.param("no line for ada@b.example (1644)", 1644, id="MariaDB: raised by a procedure"),
        pytest.param("bad JSON path: 'ada@b.example'", "", id="SQLite: a path"),
        pytest.param("JSON path error near ada@b.example", "", id="SQLite: a path without quotes"),
        pytest.param("ORA-20001: no line for ada@b.example", "ORA-20001", id="Oracle: raised by a procedure"),
        pytest.param("Conversion failed when converting 'ada@b.example' to int (245)", 245, id="SQL Server: a value"),
        pytest.param("no line for ada@b.example (50000)", 50_000, id="SQL Server: raised by a procedure"),
        pytest.param("unfinished: 'ada@b.example", "22000", id="a text that was cut"),
    ],
)
def test_no_value_is_shown(line: str, code: str | int) -> None:
    said = discreet(line, code)

    assert "ada" not in said
    assert said


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param('relation "port" does not exist', "42P01", id="PostgreSQL: a table"),
        pytest.param('password authentication failed for user "poq"', "28P01", id="PostgreSQL: credentials"),
        pytest.param("Table 'inventory.port' doesn't exist (1146)", 1146, id="MariaDB: a table"),
        pytest.param("Invalid object name 'port' (208)", 208, id="SQL Server: a table"),
        pytest.param("no such table: port", "", id="SQLite: a table"),
        pytest.param("database is locked", "", id="SQLite: locked"),
        pytest.param("ORA-00942: table or view does not exist", "ORA-942", id="Oracle: a table"),
    ],
)
def test_what_an_operator_needs_is_shown_as_it_is(line: str, code: str | int) -> None:
    assert discreet(line, code) == line
