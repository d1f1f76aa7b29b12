"""From the database's errors to ours: a table for SQLAlchemy's; those of drivers are read by `adapters.sql.drivers`.

No text from here holds an address, a password or a value: only the driver's own first line is quoted, and of that what
`adapters.sql.saying` lets through.

    what SQLAlchemy raises          becomes
    StatementError                  BadArguments (a value the driver cannot send; nothing was sent)
    DBAPIError and below            judged by the driver's own code: `cause_of_driver_error`
    TimeoutError (of the pool)      NoAnswer(OVERLOADED)
    DisconnectionError              NoAnswer(UNREACHABLE)
    anything else                   NoAnswer(BROKEN): a mistake of ours or of the query, never the Buyer's
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import exc

from adapters.base import AdapterError, BadArguments, Cause, NoAnswer
from adapters.sql.drivers import OTHER, driver_of
from adapters.sql.saying import discreet


def translate(error: Exception, system: str) -> AdapterError:
    """Our error for anything that a query raised. `system` names the system in the text."""
    if isinstance(error, AdapterError):
        return error
    for kind in type(error).__mro__:
        judge = TABLE.get(kind)
        if judge is not None:
            return judge(error, system)
    return _broken(error, system) if driver_of(error) is OTHER else _wrapped(error, system)


def cause_of_driver_error(error: BaseException) -> Cause:
    """Why a driver gave up: by its code (of PostgreSQL a SQLSTATE), or the kind of exception."""
    driver = driver_of(error)
    return driver.cause(driver.code(error))


def _wrapped(error: BaseException, system: str) -> AdapterError:
    driver = _driver_error(error)
    if driver_of(driver).is_unsendable(driver):
        return BadArguments(f"{system}: a value cannot be sent ({_first_line(driver)})")
    if getattr(error, "connection_invalidated", False) and not getattr(driver, "sqlstate", None):
        return NoAnswer(Cause.UNREACHABLE, f"{system}: the connection was lost")
    return NoAnswer(cause_of_driver_error(driver), f"{system}: {_first_line(driver)}")


def _driver_error(error: BaseException) -> BaseException:
    """The driver's own exception below SQLAlchemy's wrapper and its DBAPI emulation."""
    if isinstance(error, exc.DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, exc.EmulatedDBAPIException) and error.__cause__ is not None:
        return error.__cause__
    return error


def _unbindable(error: BaseException, system: str) -> AdapterError:
    orig = getattr(error, "orig", None) or error
    return BadArguments(f"{system}: a value cannot be sent ({_first_line(orig)})")


def _pool_used_up(error: BaseException, system: str) -> AdapterError:
    return NoAnswer(Cause.OVERLOADED, f"{system}: all connections are in use")


def _lost(error: BaseException, system: str) -> AdapterError:
    return NoAnswer(Cause.UNREACHABLE, f"{system}: the connection was lost")


def _timed_out(error: BaseException, system: str) -> AdapterError:
    return NoAnswer(Cause.TIMEOUT, f"{system} gave no rows in time")


def _unreachable(error: BaseException, system: str) -> AdapterError:
    return NoAnswer(Cause.UNREACHABLE, f"{system}: {type(error).__name__}")


def _broken(error: BaseException, system: str) -> AdapterError:
    return NoAnswer(Cause.BROKEN, f"{system}: {type(error).__name__}")


def _first_line(error: BaseException) -> str:
    """What the driver says, without the values in it."""
    driver = driver_of(error)
    return discreet(driver.line(error).partition("\n")[0], driver.code(error)) or type(error).__name__


Judge = Callable[[BaseException, str], AdapterError]

TABLE: dict[type[BaseException], Judge] = {
    # SQLAlchemy: the statement and what the driver said
    exc.DBAPIError: _wrapped,
    exc.InterfaceError: _wrapped,
    exc.DatabaseError: _wrapped,
    exc.DataError: _wrapped,
    exc.OperationalError: _wrapped,
    exc.IntegrityError: _wrapped,
    exc.InternalError: _wrapped,
    exc.ProgrammingError: _wrapped,
    exc.NotSupportedError: _wrapped,
    exc.EmulatedDBAPIException: _wrapped,
    exc.StatementError: _unbindable,
    # SQLAlchemy: the pool
    exc.TimeoutError: _pool_used_up,
    exc.DisconnectionError: _lost,
    exc.InvalidatePoolError: _lost,
    # SQLAlchemy: used in a wrong way; a query may cause none of these
    **dict.fromkeys(
        (
            exc.SQLAlchemyError,
            exc.AmbiguousColumnError,
            exc.AmbiguousForeignKeysError,
            exc.ArgumentError,
            exc.AwaitRequired,
            exc.CircularDependencyError,
            exc.CompileError,
            exc.ConstraintColumnNotFoundError,
            exc.DuplicateColumnError,
            exc.IdentifierError,
            exc.IllegalStateChangeError,
            exc.InvalidRequestError,
            exc.MissingGreenlet,
            exc.MultipleResultsFound,
            exc.NoDBAPILoaded,
            exc.NoForeignKeysError,
            exc.NoInspectionAvailable,
            exc.NoReferenceError,
            exc.NoReferencedColumnError,
            exc.NoReferencedTableError,
            exc.NoResultFound,
            exc.NoSuchColumnError,
            exc.NoSuchModuleError,
            exc.NoSuchTableError,
            exc.ObjectNotExecutableError,
            exc.PendingRollbackError,
            exc.ResourceClosedError,
            exc.UnboundExecutionError,
            exc.UnreflectableTableError,
            exc.UnsupportedCompilationError,
        ),
        _broken,
    ),
    TimeoutError: _timed_out,
    OSError: _unreachable,
}
