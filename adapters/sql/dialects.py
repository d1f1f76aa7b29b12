"""The kinds of databases by the first word of their URL. A further one is one more module in `adapters.sql.engines`."""

from __future__ import annotations

from importlib.util import find_spec

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from adapters.base import AdapterConfigurationError
from adapters.sql.dialect import Dialect
from adapters.sql.engines.mssql import MSSQL
from adapters.sql.engines.mysql import MYSQL
from adapters.sql.engines.oracle import ORACLE
from adapters.sql.engines.postgresql import POSTGRES
from adapters.sql.engines.sqlite import SQLITE
from adapters.sql.options import SqlOptions

DIALECTS: dict[str, Dialect] = {
    "sqlite": SQLITE,
    "postgresql": POSTGRES,
    "mysql": MYSQL,
    "mariadb": MYSQL,
    "oracle": ORACLE,
    "mssql": MSSQL,
}


def database(system: str, options: SqlOptions) -> tuple[Dialect, URL]:
    """The dialect and the parsed address of a system. Raises AdapterConfigurationError, never with the URL in it."""
    try:
        url = make_url(options.url.get_secret_value())
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in DIALECTS:
        known = " or ".join(dict.fromkeys(dialect.address for dialect in DIALECTS.values()))
        raise AdapterConfigurationError(f"{system}: url must be {known}")
    dialect = DIALECTS[url.drivername]
    if dialect is SQLITE and url.database in (None, "", ":memory:"):
        raise AdapterConfigurationError(f"{system}: url names no SQLite file; write {dialect.address}")
    if find_spec(dialect.driver) is None:
        raise AdapterConfigurationError(
            f"{system}: needs the driver {dialect.driver}: pip install 'poq-gateway[{dialect.extra}]'"
        )
    return dialect, url
