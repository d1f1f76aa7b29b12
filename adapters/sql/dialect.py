"""What has to be known of a kind of database, in one value: each module of `adapters.sql.engines` makes one."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.sql.options import SqlOptions
from adapters.sql.session import Command, Rows, Session

if TYPE_CHECKING:
    from sqlalchemy.engine import URL


@dataclass(frozen=True)
class Marks:
    """How a driver writes the place of an argument. `form` has a `{}` for its number where it is numbered.

    `is_shared`: one number for all places of one name. `doubles_percent`: a `%` of the query itself is written twice.
    """

    form: str
    is_shared: bool = False
    doubles_percent: bool = False

    def mark(self, number: int) -> str:
        """The place of the argument with this number (from 1)."""
        return self.form.format(number)


PERCENT = Marks("%s", doubles_percent=True)
"""As drivers have it that are written like the old MySQLdb."""


Call = Callable[[str, Mapping[str, str], Sequence[str]], str]
"""The text that calls a procedure: of its name, its arguments' marks by their names, and the columns it gives."""


def rows_of_function(name: str, marks: Mapping[str, str], gives: Sequence[str]) -> str:
    """A function that gives rows stands where a table stands."""
    return f"SELECT {', '.join(gives)}\nFROM {name}({', '.join(marks.values())})"


def call_procedure(name: str, marks: Mapping[str, str], gives: Sequence[str]) -> str:
    """The standard's CALL."""
    return f"CALL {name}({', '.join(marks.values())})"


def limit_behind(sql: str, rows: int) -> str:
    """The statement with at most so many rows, as most databases have it."""
    return f"{sql}\nLIMIT {rows}"


@dataclass(frozen=True)
class Dialect:
    """One kind of database.

    `name`: sqlglot's name for it. `driver`: the package that speaks to it, `extra` what installs that. `address`: how
    its URL looks. `drivername`, `catalogue_address`: what SQLAlchemy is given for the definitions of tables. `connect`
    opens a session. `at_once`: the rows that a session can give without waiting, else None. `limited`: a statement with
    at most so many rows. `probe`: one that reads a row of nothing. `call`: how a procedure is called, None where there
    are none.
    """

    name: str
    driver: str
    extra: str | None
    address: str
    functions: frozenset[str]
    marks: Marks
    connect: Callable[[URL, SqlOptions], Awaitable[Session]]
    at_once: Callable[[Any, Command, Sequence[Any]], Rows | None] | None = None
    limited: Callable[[str, int], str] = limit_behind
    probe: str = "SELECT 1 AS one"
    call: Call | None = None
    drivername: str | None = None
    catalogue_address: Callable[[URL], URL] = lambda url: url
    catalogue_arguments: Callable[[URL], dict[str, Any]] = lambda _: {}
    bind: Mapping[type, Callable[[Any], Any]] = field(default_factory=dict)

    def for_catalogue(self, url: URL) -> URL:
        """The address as SQLAlchemy takes it."""
        address = self.catalogue_address(url)
        return address if self.drivername is None else address.set(drivername=self.drivername)

    def value(self, value: Any) -> Any:
        """An argument as the driver takes it."""
        convert = self.bind.get(type(value))
        return value if convert is None else convert(value)


def whole_seconds(options: SqlOptions) -> int:
    """The system's timeout for a driver that counts in seconds."""
    return max(1, math.ceil(options.timeout))


def driver_arguments(url: URL, drivername: str) -> dict[str, Any]:
    """The address as the driver's `connect` takes it, with what the URL's `?key=value` adds."""
    with_driver = url.set(drivername=drivername)
    dialect: Any = with_driver.get_dialect()
    positional, named = dialect(dbapi=dialect.import_dbapi()).create_connect_args(with_driver)
    if positional:
        raise ValueError(f"{drivername} is opened by a text")
    return dict(named)
