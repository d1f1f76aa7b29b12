"""What has become of tables since their definitions were stored: a line for each difference that means something.

A longer text or a number with more digits is the same column still; another kind of value, a null that may come now, a
value that was not on the list are not. Knows no pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, inspect
from sqlalchemy.engine import URL

from adapters.base import Checked, CheckOutcome
from adapters.described import DescriptionError
from adapters.sql.catalogue import look_up
from adapters.sql.columns import columns_of
from adapters.sql.definitions import Column, Tables
from adapters.sql.dialect import Dialect

Found = dict[str, tuple[Column, ...] | str]


async def drift(dialect: Dialect, url: URL, stored: Tables) -> list[Checked]:
    """Each table held against its stored definition. Raises what SQLAlchemy and the driver raise."""

    def look(connection: Connection) -> Found:
        inspector = inspect(connection)
        found: Found = {}
        for table in stored:
            try:
                found[table] = columns_of(inspector, table)
            except DescriptionError as error:
                found[table] = str(error)
        return found

    found = await look_up(dialect, url, look)
    return [line for table, columns in stored.items() for line in _table(table, columns, found[table])]


def _table(table: str, stored: Sequence[Column], found: tuple[Column, ...] | str) -> Iterator[Checked]:
    subject = f"table {table}"
    if isinstance(found, str):
        yield Checked(subject, CheckOutcome.DRIFT, found)
        return
    lines = list(differences(stored, found))
    if not lines:
        yield Checked(subject, CheckOutcome.OK, f"{len(found)} columns, as stored")
    for line in lines:
        yield Checked(subject, CheckOutcome.DRIFT, line)


def differences(stored: Sequence[Column], found: Sequence[Column]) -> Iterator[str]:
    """In words, one by one: what the database's columns are and the stored ones are not."""
    now = {column.name.lower(): column for column in found}
    for before in stored:
        after = now.pop(before.name.lower(), None)
        if after is None:
            yield f"column {before.name} is gone"
            continue
        if after.kind != before.kind:
            yield f"column {before.name} was {before.kind} ({before.type}) and is {after.kind} ({after.type})"
        if after.nullable != before.nullable:
            yield f"column {before.name} {'may be null now' if after.nullable else 'is never null any more'}"
        if after.key != before.key:
            yield f"column {before.name} {'belongs' if after.key else 'does not belong'} to the key now"
        yield from _values(before, after)
    for new in now.values():
        yield f"column {new.name} is new: {new.kind} ({new.type})"


def _values(before: Column, after: Column) -> Iterator[str]:
    if not before.enum and not after.enum:
        return
    if not before.enum or not after.enum:
        yield f"column {before.name} {'has' if after.enum else 'has no'} list of values now"
        return
    for word, some, others in (("allows", after.enum, before.enum), ("does not allow", before.enum, after.enum)):
        values = [value for value in some if value not in others]
        if values:
            yield f"column {before.name} {word} {', '.join(map(repr, values))} now"
