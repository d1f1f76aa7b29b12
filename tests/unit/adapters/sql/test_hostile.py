"""Statements that would write, wait, lock, read files or leave the database: each is refused while loading."""

from __future__ import annotations

import pytest

from adapters.base import AdapterConfigurationError
from tests.unit.adapters.sql.inventories import made, prepared

URLS = {
    "sqlite": "sqlite:////nowhere/inventory.db",
    "postgresql": "postgresql://reader:hidden@db.test/inventory",
    "mysql": "mysql://reader:hidden@db.test/inventory",
    "oracle": "oracle://reader:hidden@db.test/?service_name=inventory",
    "mssql": "mssql://reader:hidden@db.test/inventory",
}
EVERYWHERE = [
    "SELECT a FROM t; DROP TABLE t",
    "SELECT a FROM t /* x */; DELETE FROM t -- y",
    "WITH d AS (DELETE FROM t RETURNING a) SELECT a FROM d",
    "SELECT a FROM t FOR UPDATE",
    "SELECT a INTO x FROM t",
    "SELECT a FROM t WHERE b = {{ 1 }}",
    "SELECT a FROM t {# x #}",
    "SELECT a FROM t WHERE b = ?",
    "SELECT a FROM t WHERE b = $1",
    "SELECT a FROM t WHERE b = @b",
    "SELECT other.upper(a) AS a FROM t",
    "SELECT a FROM t WHERE other.coalesce(a, b) = 1",
    "SELECT a FROM f(1) AS f",
    "SELECT a FROM t LIMIT 1",
    "BEGIN",
    "COMMIT",
    "GRANT SELECT ON t TO u",
    "EXPLAIN SELECT a FROM t",
    "TABLE t",
]
OWN = {
    "sqlite": [
        "ATTACH DATABASE 'x' AS y",
        "PRAGMA query_only = OFF",
        "VACUUM INTO 'x'",
        "SELECT load_extension('x') AS a",
        "SELECT readfile('/etc/passwd') AS a",
        "SELECT writefile('x', 'y') AS a",
        "SELECT randomblob(1000000000) AS a",
        "SELECT zeroblob(1000000000) AS a",
        "SELECT a FROM pragma_table_info('t')",
    ],
    "postgresql": [
        "COPY t TO PROGRAM 'x'",
        "DO $$ BEGIN END $$",
        "MERGE INTO t USING u ON a = b WHEN MATCHED THEN DELETE",
        "SELECT pg_read_file('/etc/passwd') AS a",
        "SELECT a FROM pg_ls_dir('/') AS a",
        "SELECT lo_export(1, 'x') AS a",
        "SELECT a FROM dblink('x', 'DELETE FROM t') AS t(a int)",
        "SELECT query_to_xml('DELETE FROM t', true, true, '') AS a",
        "SELECT pg_advisory_lock(1) AS a",
        "SELECT pg_sleep(9) AS a",
        "SELECT a FROM t, LATERAL pg_sleep(9)",
        "SELECT a FROM ROWS FROM (pg_sleep(9)) AS x",
        "SELECT pg_terminate_backend(1) AS a",
        "SELECT setval('s', 1) AS a",
        "SELECT a FROM t FOR NO KEY UPDATE SKIP LOCKED",
        "SELECT a FROM t TABLESAMPLE SYSTEM (1)",
        "SELECT (odd(1)).x AS a",
    ],
    "mysql": [
        "SELECT a INTO OUTFILE '/tmp/x' FROM t",
        "SELECT a FROM t INTO DUMPFILE '/tmp/x'",
        "SELECT a FROM t INTO @x",
        "SELECT a FROM t /*!50000 INTO OUTFILE '/tmp/x' */",
        "SELECT a FROM t /*M!100000 INTO OUTFILE '/tmp/x' */",
        "SELECT a /*! , SLEEP(9) */ FROM t",
        "SELECT /*+ SET_VAR(max_execution_time=0) */ a FROM t",
        "SELECT /*+ MAX_EXECUTION_TIME(0) */ a FROM t",
        "SELECT LOAD_FILE('/etc/passwd') AS a",
        "SELECT SLEEP(9) AS a",
        "SELECT BENCHMARK(1000000000, 1) AS a",
        "SELECT GET_LOCK('a', 9) AS a",
        "SELECT @a := 1 AS a",
        "SELECT @@version AS a",
        "SELECT a FROM t LOCK IN SHARE MODE",
        "SELECT a FROM t PROCEDURE ANALYSE()",
        "SELECT NEXTVAL(s) AS a",
        "HANDLER t READ FIRST",
        "DO SLEEP(9)",
        "CALL p()",
        "LOAD DATA INFILE 'x' INTO TABLE t",
    ],
    "oracle": [
        "SELECT s.NEXTVAL AS a FROM dual",
        "SELECT DBMS_LOCK.SLEEP(9) AS a FROM dual",
        "SELECT DBMS_SESSION.SLEEP(9) AS a FROM dual",
        "SELECT UTL_HTTP.REQUEST('http://x') AS a FROM dual",
        "SELECT UTL_INADDR.GET_HOST_ADDRESS('x') AS a FROM dual",
        "SELECT a FROM TABLE(odd.f(1))",
        "SELECT a FROM t@elsewhere",
        "SELECT a FROM t FOR UPDATE NOWAIT",
        "SELECT a FROM t WHERE ROWNUM = 1",
        "SELECT /*+ PARALLEL(64) */ a FROM t",
        "SELECT CURSOR(SELECT a FROM t) AS c FROM dual",
        "SELECT XMLTYPE('x') AS a FROM dual",
        "WITH FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END; SELECT f AS a FROM dual",
        "BEGIN x; END;",
        "SELECT a FROM t SAMPLE (10)",
    ],
    "mssql": [
        "EXEC xp_cmdshell 'dir'",
        "EXECUTE sp_executesql N'DELETE FROM t'",
        "SELECT a FROM OPENROWSET('x', 'y', 'z') AS r",
        "SELECT a FROM OPENQUERY(elsewhere, 'DELETE FROM t') AS r",
        "SELECT a FROM OPENDATASOURCE('x', 'y').db.dbo.t",
        "SELECT a FROM elsewhere.db.dbo.t",
        "SELECT a FROM t WITH (UPDLOCK)",
        "SELECT a FROM t WITH (NOLOCK)",
        "SELECT a FROM t (TABLOCKX)",
        "SELECT a FROM t OPTION (MAXDOP 1)",
        "SELECT a FROM t FOR XML AUTO",
        "SELECT TOP 1 a FROM t",
        "SELECT NEXT VALUE FOR s AS a",
        "SELECT dbo.odd(a) AS a FROM t",
        "SELECT a FROM t CROSS APPLY dbo.odd(t.a) AS x",
        "SELECT a FROM fn_dblog(NULL, NULL)",
        "SELECT @a = 1",
        "WAITFOR DELAY '00:01'",
        "DECLARE @x int",
        "BACKUP DATABASE d TO DISK = 'x'",
        "SHUTDOWN",
    ],
}
HOSTILE = [
    pytest.param(engine, query, id=f"{engine}: {query}") for engine in URLS for query in (*EVERYWHERE, *OWN[engine])
]
HARMLESS = {
    "sqlite": "SELECT IFNULL(a, 1) AS n, SUBSTR(a, 1, 2) AS s, DATE('now') AS d, a % 2 AS m, INSTR(a, 'x') AS i FROM t",
    "postgresql": "SELECT COALESCE(a, 1) AS n, a::text AS s, CURRENT_DATE AS d, TO_CHAR(b, 'YYYY') AS y FROM s.t",
    "mysql": "SELECT IFNULL(a, 1) AS n, `b` AS s, CURDATE() AS d, YEAR(b) AS y, DATE_FORMAT(b, '%Y') AS f, "
    "IF(a = 1, 'x', 'y') AS i, a DIV 2 AS v, CONCAT(a, '%', b) AS c FROM d.t USE INDEX (x)",
    "oracle": "SELECT NVL(a, 1) AS n, DECODE(a, 1, 'x', 'y') AS d, SYSDATE AS s, TO_CHAR(b, 'YYYY') AS y, "
    "TRUNC(b) AS t, a || 'x' AS c, (SELECT c FROM u WHERE ROWNUM = 1) AS f FROM s.t",
    "mssql": "SELECT ISNULL(a, 1) AS n, [b c] AS s, GETDATE() AS g, LEN(a) AS l, CONVERT(varchar(10), b, 120) AS c, "
    "DATEADD(day, 1, b) AS d, DATEDIFF(day, b, c) AS e, CHARINDEX('x', a) AS h, IIF(a = 1, 2, 3) AS i FROM dbo.t",
}


@pytest.mark.parametrize(("engine", "query"), HOSTILE)
def test_a_hostile_statement_is_refused(engine: str, query: str) -> None:
    with pytest.raises(AdapterConfigurationError, match="inventory: query: "):
        prepared(made(URLS[engine]), query)


@pytest.mark.parametrize("engine", URLS)
def test_a_harmless_statement_of_its_own_kind_is_taken(engine: str) -> None:
    assert prepared(made(URLS[engine]), HARMLESS[engine]).contract.reply["required"]


def test_a_function_of_a_schema_is_allowed_by_its_full_name_only() -> None:
    query = "SELECT dbo.port_load(a) AS a FROM t"

    prepared(made(URLS["mssql"], functions=("dbo.port_load",)), query)
    with pytest.raises(AdapterConfigurationError, match=r"dbo\.port_load is not known"):
        prepared(made(URLS["mssql"], functions=("port_load",)), query)


@pytest.mark.parametrize("comment", ["-- x\n", "/* x */", "/* -- */", "--\n"], ids=["line", "block", "both", "empty"])
@pytest.mark.parametrize("engine", URLS)
def test_comments_are_not_sent(engine: str, comment: str) -> None:
    operation = prepared(made(URLS[engine]), f"SELECT a {comment} FROM t {comment} WHERE b = :b AND c = 'x -- y'")

    for sent in (operation.render({"b": 1}).partition("\n-- :b")[0], operation._statement.command.sql):
        assert "x -- y" in sent
        assert sent.count("--") == 1
        assert "/*" not in sent
