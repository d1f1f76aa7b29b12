"""States of a POQ and of its items, and the entries of their histories.

Knows the names only; which step is allowed, and which states go together, stands in `gateway.lso.states`.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from gateway.lso.models.base import DateTime, Entity


class MEFPOQTaskStateType(StrEnum):
    """State of a POQ; `done` says that the answer is complete, not that the Seller can deliver."""

    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "inProgress"
    DONE = "done"
    REJECTED = "rejected"
    TERMINATED_WITH_ERROR = "terminatedWithError"


class MEFPOQItemTaskStateType(StrEnum):
    """State of an item; `done.abandoned` is that of an item left open when its POQ ended otherwise than done."""

    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "inProgress"
    DONE_ABANDONED = "done.abandoned"
    DONE = "done"
    REJECTED = "rejected"
    TERMINATED_WITH_ERROR = "terminatedWithError"


class MEFPOQStateChange(Entity):
    """One entry of the history of a POQ."""

    change_reason: str | None = Field(None, description="Why the state was reached.")
    change_date: DateTime = Field(description="When the state was reached.")
    state: MEFPOQTaskStateType = Field(description="The state reached.")


class MEFPOQItemStateChange(Entity):
    """One entry of the history of an item."""

    change_reason: str | None = Field(None, description="Why the state was reached.")
    change_date: DateTime = Field(description="When the state was reached.")
    state: MEFPOQItemTaskStateType = Field(description="The state reached.")
