"""SQL functions that only compute: what a query may call without the Seller vouching for it.

Whatever is not here is refused while loading, because a SELECT may well write, wait or read files by a function
(`nextval`, `pg_sleep`, `lo_import`, `load_extension`). Names are sqlglot's, one for all spellings of a function:
SUBSTR and `substring(x from 1)` are SUBSTRING; NOW() is CURRENT_TIMESTAMP; IFNULL is COALESCE.
"""

from __future__ import annotations

OPERATORS = frozenset({"AND", "CASE", "CAST", "EXISTS", "IF", "JSON_EXTRACT_SCALAR", "NULLIF", "OR", "TRY_CAST"})
NUMBERS = frozenset({"ABS", "CEIL", "COALESCE", "FLOOR", "GREATEST", "LEAST", "ROUND", "SIGN"})
TEXTS = frozenset({"CONCAT", "CONCAT_WS", "HEX", "INITCAP", "LEFT", "LENGTH", "LOWER", "PAD", "REPLACE", "RIGHT"})
MORE_TEXTS = frozenset({"STR_POSITION", "SUBSTRING", "TRIM", "UPPER"})
TIMES = frozenset({"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "DATE", "TIME_TO_STR"})
GROUPS = frozenset({"AVG", "COUNT", "GROUP_CONCAT", "MAX", "MIN", "SUM"})
WINDOWS = frozenset({"DENSE_RANK", "FIRST_VALUE", "LAG", "LAST_VALUE", "LEAD", "RANK", "ROW_NUMBER"})

EVERYWHERE = OPERATORS | NUMBERS | TEXTS | MORE_TEXTS | TIMES | GROUPS | WINDOWS

SQLITE = EVERYWHERE | {"DATETIME", "JULIANDAY", "TIME", "TOTAL", "TS_OR_DS_TO_TIMESTAMP", "TYPEOF", "UNICODE"}
POSTGRES = (
    EVERYWHERE
    | {"AGE", "DATE_PART", "EXTRACT", "LOCALTIMESTAMP", "MAKE_DATE", "STR_TO_DATE", "TIMESTAMP_TRUNC", "TO_NUMBER"}
    | {"ARRAY", "ARRAY_AGG", "JSON_EXTRACT", "LOGICAL_AND", "LOGICAL_OR", "PERCENTILE_CONT"}
    | {"REGEXP_I_LIKE", "REGEXP_LIKE", "REGEXP_REPLACE", "SPLIT_PART"}
)
MYSQL = (
    EVERYWHERE
    | {
        "DATE_ADD",
        "DATE_SUB",
        "DATEDIFF",
        "DAY_OF_MONTH",
        "DAY",
        "EXTRACT",
        "LAST_DAY",
        "LOCALTIMESTAMP",
        "MONTH",
        "YEAR",
    }
    | {"STR_TO_DATE", "STR_TO_TIME", "TIMESTAMP_DIFF", "TS_OR_DS_TO_DATE", "TS_OR_DS_TO_TIMESTAMP", "UTC_TIMESTAMP"}
    | {"JSON_EXTRACT", "REGEXP_LIKE", "REGEXP_REPLACE", "SUBSTRING_INDEX", "CHAR_LENGTH", "XOR", "FIELD", "ELT"}
)
ORACLE = (
    EVERYWHERE
    | {"ADD_MONTHS", "DECODE_CASE", "EXTRACT", "LAST_DAY", "MONTHS_BETWEEN", "NVL2", "STR_TO_DATE", "STR_TO_TIME"}
    | {"TO_CHAR", "TO_NUMBER", "TO_TIMESTAMP", "TRUNC", "DATE_TRUNC", "TIMESTAMP_TRUNC", "TRANSLATE"}
    | {"JSON_EXTRACT", "REGEXP_LIKE", "REGEXP_REPLACE", "REGEXP_EXTRACT"}
)
MSSQL = (
    EVERYWHERE
    | {"CONVERT", "DATEDIFF", "DATE_ADD", "DATE_PART", "DATE_FROM_PARTS", "DAY", "LAST_DAY", "MONTH", "YEAR"}
    | {"TIME_STR_TO_TIME", "TS_OR_DS_TO_DATE", "TRY_CONVERT", "EXTRACT", "STUFF", "REPLICATE"}
    | {"JSON_EXTRACT", "DATENAME", "SYSDATETIME", "SYSUTCDATETIME"}
)
