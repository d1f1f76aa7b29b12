"""Row-level security: a second wall on PostgreSQL, behind the Buyer and Seller that stand in every statement.

Each table has policies (migration 0006), and the tables' owner is under them too. A transaction says for whom it is, in
settings that end with it; one that says nothing sees nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, text

from gateway.lso.identifiers import Dealing

T = TypeVar("T")

_ONLY_OF = text("SELECT set_config('poq.buyer', :buyer, true), set_config('poq.seller', :seller, true)")
_EVERYTHING = text("SELECT set_config('poq.operator', 'on', true)")
_BYPASSES = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")


def only_of(dealing: Dealing, work: Callable[[Connection], T]) -> Callable[[Connection], T]:
    """The same work, in a transaction of this Buyer with this Seller."""

    def limited(connection: Connection) -> T:
        connection.execute(_ONLY_OF, dealing._asdict())
        return work(connection)

    return limited


def everything(work: Callable[[Connection], T]) -> Callable[[Connection], T]:
    """The same work, in a transaction that sees what is anybody's."""

    def unlimited(connection: Connection) -> T:
        connection.execute(_EVERYTHING)
        return work(connection)

    return unlimited


def bypasses(connection: Connection) -> bool:
    """Whether the role of this connection is under no policy, whatever the tables say."""
    return bool(connection.execute(_BYPASSES).scalar_one())
