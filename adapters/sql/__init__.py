"""SQL databases as legacy systems: one SELECT a step, read-only in every layer. Knows no POQ and no mapping."""

from __future__ import annotations

from adapters.base import Adapter
from adapters.sql.options import SqlOptions, SqlStep
from adapters.sql.system import SqlSystem

ADAPTER = Adapter(word="sql", options=SqlOptions, step=SqlStep, rows=True, build=SqlSystem)

__all__ = ["ADAPTER", "SqlOptions", "SqlStep", "SqlSystem"]
