"""PostgreSQL, by asyncpg's own interface: it prepares each statement once, and reads rows without a layer between."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import TYPE_CHECKING, Any

from adapters.sql import functions
from adapters.sql.dialect import Dialect, Marks, driver_arguments, rows_of_function
from adapters.sql.options import SqlOptions
from adapters.sql.session import Command, Rows, Session

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

DRIVERNAME = "postgresql+asyncpg"
LEAVE_SECONDS = 2.0


class PostgresSession:
    """An asyncpg connection. Fulfils `adapters.sql.session.Session`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @property
    def is_usable(self) -> bool:
        return not self._connection.is_closed()

    async def rows(self, command: Command, values: Sequence[Any]) -> Rows:
        import asyncpg

        # Cancelled, asyncpg asks the server to stop, behind its caller's back.
        try:
            found: Rows = await self._connection.fetch(command.sql, *values)
        except asyncpg.InternalClientError as error:
            # What a server says in its last moment may come when asyncpg waits for something else.
            self._connection.terminate()
            raise ConnectionResetError from error
        except asyncpg.InterfaceError as error:
            if not self._connection.is_closed():
                raise
            raise ConnectionResetError from error
        return found

    async def end(self) -> None:
        try:
            await self._connection.close(timeout=LEAVE_SECONDS)
        finally:
            self._connection.terminate()


def _with_settings(url: URL) -> tuple[URL, dict[str, str]]:
    """The address for the driver, and what its `?key=value` has for the server (`search_path`, `role`)."""
    import asyncpg

    own = signature(asyncpg.connect).parameters
    settings = {name: str(value) for name, value in url.query.items() if name not in own}
    return url.difference_update_query(settings), settings


async def connect(url: URL, options: SqlOptions) -> Session:
    """A session of read-only transactions, each one statement."""
    import asyncpg

    address, settings = _with_settings(url)
    connection = await asyncpg.connect(
        **driver_arguments(address, DRIVERNAME),
        timeout=options.timeout,
        server_settings=settings
        | {
            "application_name": "poq-gateway",
            "default_transaction_read_only": "on",
            "standard_conforming_strings": "on",  # a text ends where the check of the query saw it end
            "statement_timeout": str(round(options.timeout * 1000)),
        },
    )
    return PostgresSession(connection)


POSTGRES = Dialect(
    name="postgres",
    driver="asyncpg",
    extra="postgresql",
    address="postgresql://user:password@host/database",
    drivername=DRIVERNAME,
    catalogue_address=lambda url: _with_settings(url)[0],
    catalogue_arguments=lambda url: {"server_settings": _with_settings(url)[1]},
    functions=functions.POSTGRES,
    marks=Marks("${}", is_shared=True),
    connect=connect,
    call=rows_of_function,
)
