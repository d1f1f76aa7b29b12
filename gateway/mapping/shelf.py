"""Files that a mapping names: found beside it, read once for all mappings of a set. Knows no YAML, no table.

A path is relative to the file that names it. In findings a file is called as the mapping is: by the same folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gateway.sources.findings import Finding, FindingsError, Location

_MAX_BYTES = 8_000_000


@dataclass(frozen=True)
class Place:
    """Where a file is (`path`), and how findings call it (`shown`)."""

    path: Path
    shown: str

    def beside(self, name: str) -> Place:
        """The file of this name, as this one would name it."""
        shown = PurePosixPath(os.path.normpath(PurePosixPath(self.shown).parent / name))
        return Place(Path(os.path.normpath(self.path.parent / name)), str(shown))


def nowhere(path: Path) -> bytes:
    """For texts that stand in no folder: there is nothing beside them."""
    raise FileNotFoundError(2, "there is no such file", str(path))


class Shelf:
    """Reads files, each once. `read` gives a file's bytes or raises OSError."""

    def __init__(self, read: Callable[[Path], bytes] = Path.read_bytes) -> None:
        self._read = read
        self._texts: dict[Path, str] = {}

    def text(self, place: Place) -> str:
        """The text of a file, its line ends as `\\n`. Raises FindingsError at the file itself."""
        if place.path not in self._texts:
            self._texts[place.path] = self._decoded(place)
        return self._texts[place.path]

    def _decoded(self, place: Place) -> str:
        try:
            content = self._read(place.path)
        except OSError as error:
            raise _unreadable(place, f"cannot be read: {error.strerror or 'no file'}") from error
        except ValueError as error:
            raise _unreadable(place, "cannot be read: its name is none") from error
        if len(content) > _MAX_BYTES:
            raise _unreadable(place, f"is larger than {_MAX_BYTES} bytes")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            raise _unreadable(place, "is not UTF-8", "save it as UTF-8", line) from error
        return text.replace("\r\n", "\n")


def _unreadable(place: Place, message: str, hint: str = "", line: int = 1) -> FindingsError:
    return FindingsError([Finding(Location(place.shown, line), "MAP-501", message, hint)])
