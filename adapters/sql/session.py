"""One open connection to one database: what an engine makes and the pool keeps. Knows no query and no mapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from adapters.base import Cause, NoAnswer

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Command:
    """A statement as the driver takes it.

    `order` says which argument stands at which place of `sql`. No more than `most` rows are taken in. `gives`: it calls
    a stored procedure, whose rows no LIMIT can bound and whose columns only the answer names; these are wanted of it.
    """

    sql: str
    order: tuple[str, ...]
    most: int
    gives: tuple[str, ...] = ()


def given(command: Command, columns: Sequence[str], rows: Rows) -> Rows:
    """Of a procedure's rows what is wanted, in that order. Raises NoAnswer(UNREADABLE) where a column is not there."""
    names = [name.lower() for name in columns]
    absent = [name for name in command.gives if name.lower() not in names]
    if absent:
        there = f"these: {', '.join(names)}" if names else "no rows at all"
        raise NoAnswer(Cause.UNREADABLE, f"the procedure does not give {', '.join(absent)}; it gave {there}")
    places = [names.index(name.lower()) for name in command.gives]
    return [[row[place] for place in places] for row in rows]


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
