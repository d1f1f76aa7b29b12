"""The kinds of databases by the first word of their URL. A further one is one more module in `adapters.sql.engines`.

Neither a driver nor SQLAlchemy is imported to know the kind: who only reads queries needs no more.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import unquote

from adapters.base import AdapterConfigurationError
from adapters.sql.dialect import Dialect
from adapters.sql.engines.mssql import MSSQL
from adapters.sql.engines.mysql import MYSQL
from adapters.sql.engines.oracle import ORACLE
from adapters.sql.engines.postgresql import POSTGRES
from adapters.sql.engines.sqlite import SQLITE
from adapters.sql.options import SqlOptions

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

DIALECTS: dict[str, Dialect] = {
    "sqlite": SQLITE,
    "postgresql": POSTGRES,
    "mysql": MYSQL,
    "mariadb": MYSQL,
    "oracle": ORACLE,
    "mssql": MSSQL,
}


_PLAIN = re.compile(r"([a-z]+)://(?:[^/?@]*@)?[\w.-]*(?::[0-9]{1,5})?/([^?@]+)(?:\?[^@]*)?")
"""Addresses that SQLAlchemy can parse for certain; what they begin with, and the database, as it reads them."""


def dialect_of(system: str, options: SqlOptions) -> Dialect:
    """The dialect of a system, whose address can be parsed. Raises AdapterConfigurationError, never with the URL."""
    word, database = _word_and_database(options)
    dialect = DIALECTS.get(word)
    if dialect is None:
        known = " or ".join(dict.fromkeys(dialect.address for dialect in DIALECTS.values()))
        raise AdapterConfigurationError(f"{system}: url must be {known}")
    if dialect is SQLITE and database in ("", ":memory:"):
        raise AdapterConfigurationError(f"{system}: url names no SQLite file; write {dialect.address}")
    if find_spec(dialect.driver) is None:
        raise AdapterConfigurationError(
            f"{system}: needs the driver {dialect.driver}: pip install 'poq-gateway[{dialect.extra}]'"
        )
    return dialect


def address_of(options: SqlOptions) -> URL:
    """The parsed address of a system. Raises what SQLAlchemy raises, unless `dialect_of` has found it usable."""
    from sqlalchemy.engine import make_url

    return make_url(options.url.get_secret_value())


def _word_and_database(options: SqlOptions) -> tuple[str, str]:
    """Both empty where the address cannot be parsed."""
    plain = _PLAIN.fullmatch(options.url.get_secret_value())
    if plain is not None:
        return plain[1], unquote(plain[2])
    from sqlalchemy.exc import ArgumentError

    try:
        url = address_of(options)
    except (ArgumentError, ValueError):
        return "", ""
    return url.drivername, url.database or ""
