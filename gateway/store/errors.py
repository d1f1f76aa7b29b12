"""What can go wrong between the gateway and its store.

    StoreError
    ├── StoreUnavailable      not reachable, locked, full, damaged or closed: the same call may succeed later
    │   ├── StoreInUse        another process holds the file
    │   ├── StoreTooNew       written by a newer version of the program
    │   └── StoreForeign      the database of something else
    └── IdTaken               a POQ with this id is stored already (87.1-R45)

Foreign exceptions are translated by one function; nothing of SQLAlchemy leaves this room.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc


class StoreError(Exception):
    """Anything this room raises. The text is for the operator."""


class StoreUnavailable(StoreError):
    """Nothing was stored, or nothing could be read; of a commit that took too long it is not known (database.py)."""


class StoreInUse(StoreUnavailable):
    """Another process has opened the same file."""


class StoreTooNew(StoreUnavailable):
    """The tables come from a newer version of the program than this one."""


class StoreForeign(StoreUnavailable):
    """The file is a database, but not of ours: nothing is made in it."""


class IdTaken(StoreError):
    """The id of a new POQ is in use."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn what a driver says about the database itself into StoreUnavailable; mistakes of ours stay what they are."""
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
        raise StoreUnavailable(_cause(error)) from error
    except exc.DBAPIError as error:
        # a damaged file is a plain DatabaseError; its subclasses (IntegrityError, DataError, ...) are mistakes of ours
        if type(error) is not exc.DatabaseError:
            raise
        raise StoreUnavailable(_cause(error)) from error


def _cause(error: exc.SQLAlchemyError) -> str:
    """The driver's words only: SQLAlchemy's own text repeats the statement and its parameters."""
    return str(error.orig) if isinstance(error, exc.DBAPIError) else str(error)
