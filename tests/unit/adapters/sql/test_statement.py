"""Which queries are taken while loading, and what is known of them then. No database is touched."""

from __future__ import annotations

import re
import sys

import pytest

from adapters.base import AdapterConfigurationError
from tests.unit.adapters.sql.inventories import made, prepared

SQLITE, POSTGRES = "sqlite:////nowhere/inventory.db", "postgresql://reader:hidden@db.test/inventory"
URLS = {"sqlite": SQLITE, "postgresql": POSTGRES, "mysql": "mysql://reader:hidden@db.test/inventory"}

REFUSED = [
    pytest.param("SELECT a FROM t; SELECT b FROM t", "exactly one statement, this has 2", id="two-statements"),
    pytest.param("SELECT a FROM t; DELETE FROM t", "exactly one statement", id="select-then-delete"),
    pytest.param("-- nothing", "exactly one statement, this has 0", id="comment-only"),
    pytest.param("SELEC a FROM t", "SELECT", id="misspelt"),
    pytest.param("SELECT a FROM WHERE", "not readable as SQL", id="no-sql"),
    pytest.param("INSERT INTO t (a) VALUES (1)", "may only read", id="insert"),
    pytest.param("UPDATE t SET a = 1", "may only read", id="update"),
    pytest.param("DELETE FROM t", "may only read", id="delete"),
    pytest.param("DROP TABLE t", "may only read", id="drop"),
    pytest.param("CREATE TABLE x AS SELECT a FROM t", "may only read", id="create"),
    pytest.param("PRAGMA query_only = OFF", "may only read", id="pragma"),
    pytest.param("SET default_transaction_read_only = off", "may only read", id="set"),
    pytest.param("ATTACH DATABASE 'x' AS y", "may only read", id="attach"),
    pytest.param("EXPLAIN SELECT a FROM t", "SELECT", id="explain"),
    pytest.param("VALUES (1)", "may only read", id="values"),
    pytest.param("WITH d AS (DELETE FROM t RETURNING a) SELECT a FROM d", "take out the DELETE", id="delete-in-cte"),
    pytest.param("WITH d AS (INSERT INTO t VALUES (1) RETURNING a) SELECT a FROM d", "INSERT", id="insert-in-cte"),
    pytest.param("SELECT a INTO x FROM t", "INTO", id="into"),
    pytest.param("SELECT a FROM t FOR UPDATE", "FOR UPDATE", id="for-update"),
    pytest.param("SELECT a FROM t FOR SHARE", "FOR SHARE", id="for-share"),
    pytest.param("SELECT * FROM t", "name the columns", id="star"),
    pytest.param("SELECT t.* FROM t", "name the columns", id="star-of-a-table"),
    pytest.param("SELECT a FROM (SELECT * FROM t) AS s", "name the columns", id="star-inside"),
    pytest.param("SELECT count(*) FROM t", "AS name", id="nameless-column"),
    pytest.param(
        "SELECT coalesce(a, :kite, :site) FROM t", "COALESCE(a, :kite, :site) AS name", id="nameless-argument"
    ),
    pytest.param("SELECT a, b AS A FROM t", "two columns are called a", id="one-name-twice"),
    pytest.param("SELECT a FROM t LIMIT 1", "take out LIMIT: it would hide that there are more rows", id="limit"),
    pytest.param("SELECT a FROM t LIMIT 1000", "take out LIMIT", id="limit-too-high"),
    pytest.param("SELECT a FROM t LIMIT :n", "take out LIMIT", id="limit-by-argument"),
    pytest.param("SELECT a FROM t UNION ALL SELECT b FROM u LIMIT 1", "take out LIMIT", id="limit-of-a-union"),
    pytest.param("SELECT a FROM t FETCH FIRST 1 ROW ONLY", "take out FETCH", id="fetch-first"),
    pytest.param("SELECT a FROM t OFFSET 1", "take out OFFSET", id="offset"),
    pytest.param("SELECT pg_sleep(5) AS a", "pg_sleep", id="function-that-waits"),
    pytest.param('SELECT "pg_sleep"(5) AS a', "pg_sleep", id="quoted-function"),
    pytest.param("SELECT pg_catalog.pg_sleep(5) AS a", "pg_sleep", id="qualified-function"),
    pytest.param("SELECT lo_import('/etc/passwd') AS a", "lo_import", id="function-that-reads-files"),
    pytest.param("SELECT nextval('s') AS a", "nextval", id="function-that-counts"),
    pytest.param("SELECT set_config('a', 'b', false) AS a", "set_config", id="function-that-configures"),
    pytest.param("SELECT load_extension('x') AS a", "load_extension", id="function-that-loads-code"),
    pytest.param("SELECT a FROM generate_series(1, 9) AS g(a)", "generate_series", id="function-as-a-table"),
    pytest.param("SELECT a FROM t WHERE a IN (SELECT pg_sleep(1) AS s)", "pg_sleep", id="function-in-a-subquery"),
    pytest.param("SELECT a FROM t ORDER BY dblink_exec('x')", "dblink_exec", id="function-in-order-by"),
]


@pytest.mark.parametrize("url", URLS.values(), ids=URLS.keys())
@pytest.mark.parametrize(("query", "words"), REFUSED)
def test_what_is_not_one_harmless_select_is_refused(url: str, query: str, words: str) -> None:
    with pytest.raises(AdapterConfigurationError) as raised:
        prepared(made(url), query)

    assert words in str(raised.value) or "not readable as SQL" in str(raised.value)
    assert str(raised.value).startswith("inventory: query: ")


TAKEN = [
    pytest.param("SELECT a, t.b, c AS Dee FROM t", ("a", "b", "dee"), id="names"),
    pytest.param("SELECT a FROM t UNION ALL SELECT b FROM u", ("a",), id="union"),
    pytest.param("WITH s AS (SELECT a FROM t) SELECT a FROM s", ("a",), id="cte"),
    pytest.param("SELECT count(*) AS n, max(a) AS m FROM t GROUP BY b HAVING count(*) > 1", ("n", "m"), id="groups"),
    pytest.param("SELECT coalesce(upper(trim(a)), 'x') AS a FROM t", ("a",), id="functions"),
    pytest.param("SELECT CASE WHEN a > 1 AND b < 2 THEN 'x' END AS c FROM t", ("c",), id="case"),
    pytest.param("SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a) ORDER BY b", ("a",), id="exists"),
    pytest.param("SELECT a FROM t LEFT JOIN u ON t.a = u.b WHERE a LIKE 'x%'", ("a",), id="join"),
    pytest.param("SELECT CAST(a AS INTEGER) AS a FROM t;", ("a",), id="cast-and-semicolon"),
    pytest.param("SELECT row_number() OVER (ORDER BY a) AS n FROM t", ("n",), id="window"),
    pytest.param(
        "SELECT a FROM t WHERE b = (SELECT b FROM u ORDER BY c LIMIT 1)", ("a",), id="limit-where-one-value-is-meant"
    ),
]


COMPLAINTS = [
    pytest.param(
        "SELECT a FROM WHERE", "at line 1, column 15 near `WHERE`: expected was table name", id="another-word-expected"
    ),
    pytest.param("SELEC a FROM t", "at line 1, column 9 near `FROM`: this is not expected here", id="misspelt"),
    pytest.param(
        "SELECT a\nFROM t\nWHERE b = :site AND", "at line 3, column 17 near `AND`: something is missing", id="half-and"
    ),
    pytest.param("SELECT a FROM t\nWHERE b = :site :s", "at line 2, column 17 near `:`", id="two-arguments"),
    pytest.param(
        "SELECT a FROM t WHERE c = :x AND b IN (:site", "column 40 near `:site`: expected was )", id="open-bracket"
    ),
    pytest.param(
        "SELECT a FROM t\nWHERE b = :site AND c = :kite AND d = :n AND",
        "at line 2, column 42 near `AND`: something is missing",
        id="after-three-arguments",
    ),
    pytest.param("SELECT 'a FROM t", "a ' is opened and never closed", id="open-quote"),
    pytest.param("SELECT a /* x FROM t", "a quote or comment is opened and never closed", id="open-comment"),
]


@pytest.mark.parametrize("url", URLS.values(), ids=URLS.keys())
@pytest.mark.parametrize(("query", "words"), COMPLAINTS)
def test_a_query_that_cannot_be_read_is_told_where_in_its_own_words(url: str, query: str, words: str) -> None:
    with pytest.raises(AdapterConfigurationError) as raised:
        prepared(made(url), query)

    assert "not readable as SQL" in str(raised.value)
    assert words in str(raised.value)
    assert not re.search(r"sqlglot|<|Token|:_", str(raised.value))


@pytest.mark.parametrize("url", URLS.values(), ids=URLS.keys())
@pytest.mark.parametrize(("query", "columns"), TAKEN)
def test_a_select_is_taken_with_its_columns_in_lower_case(url: str, query: str, columns: tuple[str, ...]) -> None:
    contract = prepared(made(url), query).contract

    assert contract.reply["required"] == list(columns)
    assert contract.reply["additionalProperties"] is False


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param("SELECT a FROM t WHERE b = :ref AND c = :buyer", ["ref", "buyer"], id="two"),
        pytest.param("SELECT a FROM t WHERE b = :ref OR c = :ref", ["ref"], id="one-twice"),
        pytest.param("SELECT a FROM t WHERE b = :select", ["select"], id="a-word-of-sql"),
        pytest.param("SELECT a FROM t WHERE b = ':no' AND c = '12:30' -- :nor", [], id="colons-in-text"),
        pytest.param('SELECT ":no" AS a FROM t WHERE c = :yes', ["yes"], id="colon-in-a-name"),
    ],
)
@pytest.mark.parametrize("url", URLS.values(), ids=URLS.keys())
def test_arguments_are_the_names_after_a_colon(url: str, query: str, names: list[str]) -> None:
    assert prepared(made(url), query).contract.arguments["required"] == names


def test_a_double_colon_is_a_cast_and_no_argument() -> None:
    contract = prepared(made(POSTGRES), "SELECT a::text AS a FROM t WHERE b = :ref::int").contract

    assert contract.arguments["required"] == ["ref"]


def test_a_function_that_the_seller_vouches_for_may_be_called() -> None:
    system = made(POSTGRES, functions=("port_load",))

    assert prepared(system, "SELECT port_load(a) AS l FROM t").contract.reply["required"] == ["l"]


def test_more_rows_than_the_system_gives_cannot_be_asked_for() -> None:
    with pytest.raises(AdapterConfigurationError, match="max_rows is 10"):
        prepared(made(SQLITE, max_rows=10), "SELECT a FROM t", most=11)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("nonsense", id="no-url"),
        pytest.param("db2://u:hidden@h/d", id="another-database"),
        pytest.param("sqlite://", id="no-file"),
        pytest.param("sqlite:///:memory:", id="in-memory"),
        pytest.param("sqlite:///%3Amemory%3A?mode=ro", id="in-memory-in-other-letters"),
        pytest.param("postgresql+psycopg://u:hidden@h/d", id="another-driver"),
        pytest.param("postgresql://u:hidden@h:many/d", id="no-port"),
        pytest.param("postgresql://u:1/hidden@h:many/d", id="no-port-behind-a-password-with-a-slash"),
        pytest.param("postgresql://u:1/d?hidden=a@h:many/d", id="no-port-behind-a-password-with-a-question-mark"),
        pytest.param("", id="empty"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(AdapterConfigurationError) as raised:
        made(url)

    assert "inventory" in str(raised.value)
    assert "hidden" not in str(raised.value)


def test_postgresql_without_its_driver_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(AdapterConfigurationError, match=r"driver asyncpg: pip install 'poq-gateway\[postgresql\]'"):
        made(POSTGRES)

    made(SQLITE)


def test_the_url_is_never_shown_with_the_options() -> None:
    assert "hidden" not in repr(made(POSTGRES).options)


def test_a_rendered_query_shows_its_arguments_and_one_row_more_than_expected() -> None:
    operation = prepared(made(SQLITE), "SELECT a FROM t WHERE b = :ref AND c = :n AND d = :x", most=1)

    assert operation.render({"ref": "O'Neill\nDROP", "n": 7, "x": True}).splitlines() == [
        "SELECT a FROM t WHERE b = :ref AND c = :n AND d = :x",
        "LIMIT 2",
        "-- :ref = 'O''Neill\\nDROP'",
        "-- :n = 7",
        "-- :x = True",
    ]
