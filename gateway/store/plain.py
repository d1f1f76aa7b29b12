"""A column type for texts that come from outside as they are, not as JSON: ids of a Buyer, and what it searches for.

PostgreSQL cannot keep the character NUL, which JSON can say (`\\u0000`) and SQLite can keep. It is written there as two
other characters, one to one: such a text is stored, found and given back like any other. In JSON texts NUL is escaped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

_ESCAPE = "\x01"


class PlainText(TypeDecorator[str]):
    """Any text, on any engine. Equality holds as in Python; the order of texts with control characters does not."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """None where texts go as they are, so that nothing is called for each of them."""
        return super().bind_processor(dialect) if dialect.name == "postgresql" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """The same for what is read."""
        return super().result_processor(dialect, coltype) if dialect.name == "postgresql" else None

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or dialect.name != "postgresql":
            return value
        return value.replace(_ESCAPE, _ESCAPE + "1").replace("\x00", _ESCAPE + "0")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or dialect.name != "postgresql":
            return value
        return value.replace(_ESCAPE + "0", "\x00").replace(_ESCAPE + "1", _ESCAPE)
