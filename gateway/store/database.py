"""The port to a database: one function call is one transaction. `sqlite.py` and `postgresql.py` are its engines.

What is done for a Buyer is done on `of` its dealing: an engine that can sees to it that nothing of others is touched,
whatever the statement says. The rest, named `operator_*` or work on what was kept before, sees everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from gateway.lso.identifiers import Dealing

T = TypeVar("T")


class Transactions(Protocol):
    """Runs whole transactions. Every method raises StoreUnavailable if the database does not do its part.

    `read` and `write` do so within a time limit, whatever stands in the way; `open` and `close` take their time.
    """

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


class Database(Transactions, Protocol):
    """The transactions of nobody in particular, and from there those of one Buyer with one Seller."""

    def of(self, dealing: Dealing) -> Transactions:
        """Those that see and make nothing but what is this Buyer's with this Seller, where the engine can tell."""
        ...

    async def open(self) -> None:
        """Connect, take sole use where the engine needs it, and bring the tables to this program's version.

        A database that was made `shared` is only looked at: it takes no sole use and changes no table. Raises
        StoreInUse, StoreTooNew, StoreTooOld (shared), StoreForeign.
        """
        ...

    async def close(self) -> None:
        """Let running transactions end, then let go. A second call does nothing."""
        ...
