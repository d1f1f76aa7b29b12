"""The port to a database: one function call is one transaction. `sqlite.py` and `postgresql.py` are its engines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class Database(Protocol):
    """Runs whole transactions. Every method raises StoreUnavailable if the database does not do its part.

    `read` and `write` do so within a time limit, whatever stands in the way; `open` and `close` take their time.
    """

    async def open(self) -> None:
        """Connect, take sole use where the engine needs it, and bring the tables to this program's version.

        A database that was made `shared` is only looked at: it takes no sole use and changes no table. Raises
        StoreInUse, StoreTooNew, StoreTooOld (shared), StoreForeign.
        """
        ...

    async def close(self) -> None:
        """Let running transactions end, then let go. A second call does nothing."""
        ...

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Commit what `work` did, durably, before returning; if it raises, nothing of it remains.

        `work` may run several times, in any thread: what it does beside the connection must bear that.

        A caller that has gone, cancelled or told StoreUnavailable when its time was over, leaves nothing: what waits
        never begins, what runs is rolled back. Only a commit that has begun by then cannot be called back: it is either
        whole or nothing, and the caller does not learn which.
        """
        ...

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one snapshot; it never waits for a write and sees all that was committed before the call."""
        ...
