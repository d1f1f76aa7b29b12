"""The stored definitions of the demo's tables, as `poq-gateway mapping new --table` stores them, all in one file."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from adapters.sql.definitions import definition_text
from adapters.sql.describe import database_options, describe_table
from gateway.demo.files import demo_files
from gateway.demo.inventory import create_inventory

FILE = Path("config/demo/tables/inventory.tables.json")


def text() -> str:
    """The file as it should be."""
    names = re.findall(
        r"^CREATE TABLE (\w+)", (demo_files() / "inventory.sql").read_text(encoding="utf-8"), re.MULTILINE
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "inventory.sqlite"
        create_inventory(file)
        options = database_options(f"sqlite:///{file}")
        tables = {name: columns for one in names for name, columns in describe_table(options, one).tables.items()}
    return definition_text(tables, "")
