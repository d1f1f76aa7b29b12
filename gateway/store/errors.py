"""What can go wrong between the gateway and its store.

    StoreError
    ├── StoreUnavailable      not reachable, locked, full, damaged or closed: the same call may succeed later
    │   ├── StoreInUse        another process holds the file
    │   ├── StoreTooNew       written by a newer version of the program
    │   ├── StoreTooOld       written by an older version, by whoever may not bring it up to date
    │   └── StoreForeign      the database of something else
    ├── IdTaken               a POQ with this id is stored already (87.1-R45)
    └── TooManySubscriptions  a Buyer has as many registrations as it may (H9)

Foreign exceptions are translated by one function; what a driver says of the database itself never leaves this room.
    SQLite          by the kind of exception
    PostgreSQL      by SQLSTATE: `UNAVAILABLE_STATES`
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

try:
    from asyncpg import InternalClientError, InvalidCachedStatementError
except ImportError:  # PostgreSQL is an extra: without its driver none of its errors can occur
    InternalClientError = InvalidCachedStatementError = type("NotInstalled", (Exception,), {})


class StoreError(Exception):
    """Anything this room raises. The text is for the operator."""


class StoreUnavailable(StoreError):
    """Nothing was stored, or nothing could be read; of a commit that took too long it is not known (database.py)."""


class StoreInUse(StoreUnavailable):
    """Another process has opened the same file."""


class StoreTooNew(StoreUnavailable):
    """The tables come from a newer version of the program than this one."""


class StoreTooOld(StoreUnavailable):
    """The tables come from an older version of the program, and are not to be changed now."""


class StoreForeign(StoreUnavailable):
    """The database is not of ours: nothing is made in it."""


class AlreadyOpen(Exception):
    """The Buyer has as many open POQs with this Seller as it may have; nothing was kept."""


class IdTaken(StoreError):
    """The id of a new POQ is in use."""


class TooManySubscriptions(StoreError):
    """A Buyer has as many registrations as it may."""


UNAVAILABLE_STATES = (
    "08",  # connections
    "25006",  # the server takes no writes
    "25P03",  # a transaction did nothing for too long
    "25P04",  # a transaction took too long
    "28",  # the password, or who may come in
    "3D",  # no such database
    "3F",  # no such schema
    "40000",  # rolled back ...
    "40001",  # ... so that others see an order: after as many tries as there are
    "40003",  # ... or not, which is not known
    "40P01",  # ... because of a deadlock, as 40001
    "42501",  # a right that the operator has not granted
    "53",  # disk full, out of memory, too many connections
    "55",  # in use, locked, not ready
    "57",  # shutting down, starting up, taking too long
    "58",  # its files
    "F0",  # its configuration
    "XX",  # damaged
)
"""How SQLSTATEs begin that speak of the database itself; all others speak of our statements and values."""

_REPEATABLE = ("40001", "40P01")


def is_worth_repeating(cause: BaseException | None) -> bool:
    """Whether the server ended a transaction that may well succeed from its start; none of it remains."""
    if not isinstance(cause, exc.DBAPIError):
        return False
    return cause.connection_invalidated or _sqlstate(cause) in _REPEATABLE or _is_of_older_tables(cause)


def lasts_with_the_connection(error: exc.DBAPIError) -> bool:
    """Whether the same connection can only fail again, while another server may have taken over."""
    return _sqlstate(error) == "25006"


@contextmanager
def translated() -> Iterator[None]:
    """Turn what a driver says about the database itself into StoreUnavailable; mistakes of ours stay what they are."""
    try:
        yield
    except (exc.TimeoutError, OSError) as error:
        raise StoreUnavailable(first_line(error)) from error
    except exc.DBAPIError as error:
        if not _is_of_the_database(error):
            raise
        raise StoreUnavailable(_cause(error)) from error


def first_line(error: BaseException) -> str:
    """What a driver says in short: further lines may quote rows."""
    return str(error).partition("\n")[0] or type(error).__name__


def _is_of_the_database(error: exc.DBAPIError) -> bool:
    if _is_of_older_tables(error):
        return True
    state = _sqlstate(error)
    if state is not None:
        return state.startswith(UNAVAILABLE_STATES)
    if error.connection_invalidated or isinstance(error, exc.OperationalError | exc.InterfaceError):
        return True
    if isinstance(_driver_error(error), InternalClientError):  # a connection that was cut in the middle of a statement
        return True
    # a damaged file is a plain DatabaseError; its subclasses (IntegrityError, DataError, ...) are mistakes of ours
    return type(error) is exc.DatabaseError


def _is_of_older_tables(error: exc.DBAPIError) -> bool:
    """A statement that was prepared before a newer replica changed the tables; it is prepared anew the next time."""
    return isinstance(_driver_error(error), InvalidCachedStatementError)


def _sqlstate(error: exc.DBAPIError) -> str | None:
    state = getattr(_driver_error(error), "sqlstate", None)
    return state if isinstance(state, str) else None


def _cause(error: exc.DBAPIError) -> str:
    """The driver's words only: SQLAlchemy's own text repeats the statement and its parameters."""
    return first_line(_driver_error(error))


def _driver_error(error: exc.DBAPIError) -> BaseException:
    """Of an asynchronous driver there is one more exception in between."""
    below: BaseException = error.orig or error
    return below.__cause__ or below
