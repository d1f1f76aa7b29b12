"""What goes wrong in an expression: an error of the language, never one of Python."""

from __future__ import annotations


class ExpressionError(Exception):
    """An expression cannot be computed. `offset` is the place in its text, once known."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class MissingValue(ExpressionError):
    """Null stands where a value is needed."""
