"""SQL databases as legacy systems: one SELECT a step, read-only in every layer. Knows no POQ and no mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.base import Adapter
from adapters.sql.options import SqlOptions, SqlStep

if TYPE_CHECKING:
    from adapters.sql.system import SqlSystem


def _build(name: str, options: SqlOptions, *, calls_at_once: int) -> SqlSystem:
    """Imported when a system is built: who only reads mapping files does not wait for it."""
    from adapters.sql.system import SqlSystem

    return SqlSystem(name, options, calls_at_once=calls_at_once)


def __getattr__(name: str) -> Any:
    if name == "SqlSystem":
        from adapters.sql.system import SqlSystem

        return SqlSystem
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


ADAPTER = Adapter(word="sql", options=SqlOptions, step=SqlStep, rows=True, build=_build)

__all__ = ["ADAPTER", "SqlOptions", "SqlStep", "SqlSystem"]
