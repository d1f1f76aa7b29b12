"""Registrations for notifications, and the notifications themselves. Knows nothing of how they travel."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from gateway.lso.models.base import DateTime, Entity
from gateway.lso.models.states import MEFPOQItemTaskStateType, MEFPOQTaskStateType


class PoqEventType(StrEnum):
    """What a Buyer can be told of; the API definition names the two without giving the list a type."""

    POQ_STATE_CHANGE = "poqStateChangeEvent"
    POQ_ITEM_STATE_CHANGE = "poqItemStateChangeEvent"


class EventSubscriptionInput(Entity):
    """A Buyer's wish to be told of state changes."""

    query: str | None = Field(
        None, description="Which types of events, e.g. eventType=poqStateChangeEvent; all if absent."
    )
    callback: str = Field(description="Where the Buyer's notification API is reached; its path is appended to this.")


class EventSubscription(Entity):
    """A registration as the Seller keeps it."""

    query: str | None = Field(None, description="The query, as the Buyer sent it.")
    callback: str = Field(description="The callback, as the Buyer sent it.")
    id: str = Field(description="Identifier of the registration, given by the Seller.")


class _EventEnvelope(Entity):
    """What stands on every event (87.1-R77), its content aside."""

    event_id: str = Field(description="Identifier of the event; a repeated delivery has the same one.")
    event_time: DateTime = Field(description="When the event happened.")


class Event(_EventEnvelope):
    """An event of any type."""

    event_type: str = Field(description="The type of the event.")
    event: dict[str, Any] = Field(description="What happened to which resource.")


class PoqStateChangeEventPayload(Entity):
    """Which POQ reached which state."""

    id: str = Field(description="Identifier of the POQ.")
    href: str | None = Field(None, description="Link to the POQ.")
    state: MEFPOQTaskStateType = Field(description="The state reached.")


class PoqItemStateChangeEventPayload(Entity):
    """Which item of which POQ reached which state."""

    id: str = Field(description="Identifier of the POQ.")
    href: str | None = Field(None, description="Link to the POQ.")
    poq_item_id: str = Field(description="Identifier of the item within the POQ.")
    state: MEFPOQItemTaskStateType = Field(description="The state reached.")


class PoqStateChangeEvent(_EventEnvelope):
    """A POQ has reached a state."""

    event_type: Literal["poqStateChangeEvent"] = Field(description="The type of the event.")
    event: PoqStateChangeEventPayload = Field(description="What happened to which POQ.")


class PoqItemStateChangeEvent(_EventEnvelope):
    """An item has reached a state."""

    event_type: Literal["poqItemStateChangeEvent"] = Field(description="The type of the event.")
    event: PoqItemStateChangeEventPayload = Field(description="What happened to which item.")
