"""A SQLite inventory is a file that other programs replace: the file that is there now is the one that answers.

A connection keeps the file it was opened on, also after another was moved into its place or it was deleted. So each
connection is held against the path before it is used again. Knows no query.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from urllib.parse import quote

from adapters.base import Cause, NoAnswer
from gateway.values import value


@value(frozen=True)
class Content:
    """Which file stands at a path, and in which state.

    Size and time are of it because a file copied over another keeps its inode, and may have the same change counter
    inside, which is all that SQLite looks at before it trusts the pages it remembers.
    """

    device: int
    inode: int
    size: int
    modified: int  # nanoseconds
    changed: int = field(default=0, compare=False)
    """Nanoseconds, when its rights or its name changed last: no other content, but a reason to look at them."""


@dataclass(frozen=True)
class SqliteFile:
    """The place of one database file."""

    path: str

    @property
    def uri(self) -> str:
        """What `sqlite3.connect` opens for reading only."""
        return f"file:{quote(self.path)}?mode=ro"

    def content(self) -> Content:
        """What is there now. Raises NoAnswer(UNREACHABLE) if there is no file that can be read.

        Anything else is not even opened: with a pipe that alone could take for ever.
        """
        try:
            found = os.stat(self.path)
            is_readable = stat.S_ISREG(found.st_mode) and os.access(self.path, os.R_OK)
        except OSError as error:
            raise _unreadable() from error
        if not is_readable:
            raise _unreadable()
        return Content(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def is_still(self, content: Content) -> bool:
        """Whether that is what is there now. Raises NoAnswer(UNREACHABLE) if there is no file that can be read.

        Asked before each query: what cannot have changed is not looked at.
        """
        try:
            found = os.stat(self.path)
        except OSError as error:
            raise _unreadable() from error
        is_untouched = (
            found.st_ctime_ns == content.changed
            and found.st_mtime_ns == content.modified
            and found.st_size == content.size
            and found.st_ino == content.inode
            and found.st_dev == content.device
        )
        return is_untouched or self.content() == content


def _unreadable() -> NoAnswer:
    return NoAnswer(Cause.UNREACHABLE, "the database file cannot be read")
