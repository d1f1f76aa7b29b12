"""The notifications of state changes, as the Buyer will read them (87.1-R77 to R79). Pure: ids and time come in.

Each is made of the change itself: `state` is the state reached by it, whatever follows. Creation and immediate POQs
have none (87.1-R75): that is for the caller to know.
"""

from __future__ import annotations

from datetime import datetime

from gateway.lso.document import write_document
from gateway.lso.identifiers import ItemId, PoqId
from gateway.lso.models.events import (
    PoqEventType,
    PoqItemStateChangeEvent,
    PoqItemStateChangeEventPayload,
    PoqStateChangeEvent,
    PoqStateChangeEventPayload,
)
from gateway.lso.models.states import MEFPOQItemTaskStateType, MEFPOQTaskStateType
from gateway.mapping.plain import rfc3339
from gateway.store.records import JsonText, NewEvent


def poq_event(
    *, event_id: str, time: datetime, poq_id: PoqId, state: MEFPOQTaskStateType, href: str | None = None
) -> NewEvent:
    """A POQ has reached `state` at `time` (aware). `href` leads to the POQ (87.1-R78)."""
    body = PoqStateChangeEvent(
        event_id=event_id,
        event_time=rfc3339(time),
        event_type=PoqEventType.POQ_STATE_CHANGE.value,
        event=PoqStateChangeEventPayload(id=poq_id, href=href, state=state),
    )
    return _new(event_id, time, body)


def item_event(
    *,
    event_id: str,
    time: datetime,
    poq_id: PoqId,
    item_id: ItemId,
    state: MEFPOQItemTaskStateType,
    href: str | None = None,
) -> NewEvent:
    """An item of a POQ has reached `state` at `time` (aware). `href` leads to the POQ (87.1-R79)."""
    body = PoqItemStateChangeEvent(
        event_id=event_id,
        event_time=rfc3339(time),
        event_type=PoqEventType.POQ_ITEM_STATE_CHANGE.value,
        event=PoqItemStateChangeEventPayload(id=poq_id, href=href, poq_item_id=item_id, state=state),
    )
    return _new(event_id, time, body)


def _new(event_id: str, time: datetime, body: PoqStateChangeEvent | PoqItemStateChangeEvent) -> NewEvent:
    return NewEvent(event_id, body.event_type, time, JsonText(write_document(body.wire()).decode()))
