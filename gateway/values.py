"""Values that are made anew for each request, or by the hundred for a file: frozen for the type checker, who tells.

At run time they are plain dataclasses with slots: freezing takes two thirds of the time that making one takes, and a
request makes some fifty. What is made once and kept is `@dataclass(frozen=True)` as ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["value"]

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from dataclasses import dataclass

    def value(*, frozen: bool, slots: bool = True) -> Any:
        """A decorator like `dataclass`, to be called with `frozen=True`, which it leaves to the type checker."""
        assert frozen, "what changes is no value"
        return dataclass(slots=slots, unsafe_hash=True)
