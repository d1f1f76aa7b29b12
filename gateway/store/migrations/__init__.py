"""The history of the tables, one file a step, applied when the store opens.

A step that has been released is never edited: databases out there have run it.
"""

from __future__ import annotations

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from gateway.store.errors import StoreForeign, StoreTooNew, StoreTooOld

VERSION_TABLE = "alembic_version"

OURS = frozenset({VERSION_TABLE, "poq"})
"""Tables that are there since the first step. The first alone may be of another program that uses alembic."""


def migrate(connection: Connection) -> None:
    """Bring the tables to this program's version, in the caller's transaction. Raises StoreTooNew, StoreForeign."""
    tables = inspect(connection).get_table_names()
    if tables:
        _refuse_foreign(tables)
    version = _known_version(connection)
    if version != set(_steps().get_heads()):
        command.upgrade(_config(connection), "head")


def check_version(connection: Connection) -> None:
    """Look whether the tables are of this program's version; nothing is changed.

    Raises StoreTooNew, StoreTooOld, StoreForeign (also where there are no tables).
    """
    _refuse_foreign(inspect(connection).get_table_names())
    version, current = _known_version(connection), _steps().get_heads()
    if version != set(current):
        raise StoreTooOld(
            f"the database is at version {_listed(version)}, this program needs {_listed(current)}: "
            "start the gateway of this version first, which brings it up to date"
        )


def _refuse_foreign(tables: list[str]) -> None:
    if not tables:
        raise StoreForeign("the database has no tables: start the gateway first, which makes them")
    if not set(tables) >= OURS:
        raise StoreForeign(
            f"the database is of something else (it has {', '.join(sorted(tables)[:3])} …): "
            "give the gateway one of its own"
        )


def _known_version(connection: Connection) -> set[str]:
    version = set(MigrationContext.configure(connection).get_current_heads())
    unknown = version - {script.revision for script in _steps().walk_revisions()}
    if unknown:
        raise StoreTooNew(
            f"the database is at version {_listed(unknown)}, which this program does not know: "
            "it was written by a newer version; start that one, or restore a backup"
        )
    return version


@cache
def _steps() -> ScriptDirectory:
    """Reading them takes longer than all else, where nothing is to be done."""
    return ScriptDirectory.from_config(_config())


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "gateway.store:migrations")
    config.attributes["connection"] = connection
    return config


def _listed(versions: set[str] | list[str]) -> str:
    return ", ".join(sorted(versions)) or "none"
