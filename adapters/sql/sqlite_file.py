"""A SQLite inventory is a file that other programs replace: the file that is there now is the one that answers.

A connection keeps the file it was opened on, also after another was moved into its place or it was deleted. So each
connection is held against the path before it is used again. Knows no query.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary, WeakSet

import aiosqlite
from sqlalchemy.exc import DisconnectionError

from adapters.base import Cause, NoAnswer

SQLITE_BUSY_SECONDS = 1.0


@dataclass(frozen=True)
class Content:
    """Which file stands at a path, and in which state.

    Size and time are of it because a file copied over another keeps its inode, and may have the same change counter
    inside, which is all that SQLite looks at before it trusts the pages it remembers.
    """

    device: int
    inode: int
    size: int
    modified: int  # nanoseconds


@dataclass(frozen=True, eq=False)
class SqliteFile:
    """One database file and the connections that were opened on it."""

    path: str
    _opened: WeakKeyDictionary[aiosqlite.Connection, Content] = field(default_factory=WeakKeyDictionary)
    _unused: WeakSet[aiosqlite.Connection] = field(default_factory=WeakSet)

    async def connect(self) -> aiosqlite.Connection:
        """A read-only connection. Raises NoAnswer(UNREACHABLE) without a readable file."""
        # Before opening, not after: a file replaced between the two is then seen at the next use.
        content = self._content()
        connection = await aiosqlite.connect(f"file:{quote(self.path)}?mode=ro", uri=True, timeout=SQLITE_BUSY_SECONDS)
        self._opened[connection] = content
        self._unused.add(connection)
        return connection

    def check(self, connection: Any, _record: Any, _proxy: Any) -> None:
        """Look at a pooled connection before it is used (SQLAlchemy's `checkout` event).

        Raises DisconnectionError if its file is no longer the one at the path, so that the pool makes a new
        connection, or NoAnswer(UNREACHABLE) if there is no readable file any more.
        """
        driver = connection.driver_connection
        if driver in self._unused:
            # It remembers no page yet. Comparing it would fail for a file that is written all the time.
            self._unused.discard(driver)
        elif self._opened.get(driver) != self._content():
            raise DisconnectionError("the database file has changed")

    def _content(self) -> Content:
        try:
            found = os.stat(self.path)
            readable = os.access(self.path, os.R_OK)
        except OSError as error:
            raise _unreadable() from error
        # A connection that cannot be opened would leave its thread behind for a moment: not even tried.
        if not readable:
            raise _unreadable()
        return Content(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _unreadable() -> NoAnswer:
    return NoAnswer(Cause.UNREACHABLE, "the database file cannot be read")
