"""Where log lines are given: a logger of structlog, which is imported by the first line that is told.

Its console renderer brings all of rich where that is installed: a command that tells nothing does not wait for it.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any


class _Logger:
    @cached_property
    def _own(self) -> Any:
        import structlog

        return structlog.get_logger()

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._own, method)
        if self._is_kept():
            setattr(self, method, found)  # so that it is not asked for again
        return found

    def _is_kept(self) -> bool:
        """Whether structlog was set up, and will not be again: what it gives out then is for good."""
        import structlog

        return bool(structlog.get_config()["cache_logger_on_first_use"])


def logger() -> Any:
    """One that can be told before structlog is set up, and is set up with it: `info`, `warning`, `error`, ..."""
    return _Logger()
