"""One open connection to one database: what an engine makes and the pool keeps. Knows no query and no mapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Command:
    """A statement as the driver takes it.

    `order` says which argument stands at which place of `sql`. No more than `most` rows are taken in. `is_call`: it
    runs a stored procedure, whose rows no LIMIT can bound.
    """

    sql: str
    order: tuple[str, ...]
    most: int
    is_call: bool = False


class Session(Protocol):
    """A connection that may only read. One caller at a time.

    Whatever it raises is the driver's own error, for `adapters.sql.errors.translate`.
    """

    @property
    def is_usable(self) -> bool:
        """Whether it is connected, and still to what it was opened on. Raises NoAnswer where there is nothing now."""
        ...

    async def rows(self, command: Command, values: Sequence[Any]) -> Rows:
        """The rows, each in the order of the columns. Cancelled, it comes back at once, and only `end` may follow."""
        ...

    async def end(self) -> None:
        """Disconnect. What still runs in the database is stopped there, as far as it can be."""
        ...
