"""The history of the tables, one file a step, applied when the store opens.

A step that has been released is never edited: databases out there have run it.
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from gateway.store.errors import StoreForeign, StoreTooNew

VERSION_TABLE = "alembic_version"


def migrate(connection: Connection) -> None:
    """Bring the tables to this program's version, in the caller's transaction. Raises StoreTooNew, StoreForeign."""
    tables = inspect(connection).get_table_names()
    if tables and VERSION_TABLE not in tables:
        raise StoreForeign(
            f"the database is of something else (it has {', '.join(sorted(tables)[:3])} …): name a file of its own"
        )
    config = Config()
    config.set_main_option("script_location", "gateway.store:migrations")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    unknown = set(MigrationContext.configure(connection).get_current_heads()) - known
    if unknown:
        raise StoreTooNew(
            f"the database is at version {', '.join(sorted(unknown))}, which this program does not know: "
            "it was written by a newer version; start that one, or restore a backup"
        )
    command.upgrade(config, "head")
