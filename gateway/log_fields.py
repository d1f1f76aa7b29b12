"""Fields that each line of the log has from a certain place on: of a request, or of mappings that are only tried.

Bound to the context of a task, or of a thread, and of what it starts.
"""

from __future__ import annotations

from contextvars import ContextVar

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
REHEARSAL: ContextVar[bool] = ContextVar("rehearsal", default=False)
"""Whether what is logged comes from a test of mappings, so that it can be left out."""
