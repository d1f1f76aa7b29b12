"""The demo Seller's inventory of 1998 as a SQLite file. Knows nothing of the gateway that reads it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.demo.files import demo_files


def create_inventory(path: Path, *, script: Path | None = None) -> None:
    """Make the inventory at `path`, in place of any file that is there.

    It is built beside it and moved over it at the end, so that a reader never sees half of it. `script`: other SQL than
    the demo's own. Raises sqlite3.Error or OSError.
    """
    sql = (script or demo_files() / "inventory.sql").read_text(encoding="utf-8")
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as connection:
        connection.executescript(f"BEGIN;\n{sql}\nCOMMIT;")
    unfinished.replace(path)
