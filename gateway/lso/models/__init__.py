"""The entities of the API v8 as frozen types: the only source of our OpenAPI document and of its checks.

Classes bear the standard's names, underscores included; `ENTITIES` lists those that make up the document. Nothing
here knows a rule of the guide: only what the API definition says of structure.
"""

from __future__ import annotations

from gateway.lso.models.base import Entity
from gateway.lso.models.errors import ERRORS, Error
from gateway.lso.models.events import (
    Event,
    EventSubscription,
    EventSubscriptionInput,
    PoqItemStateChangeEvent,
    PoqStateChangeEvent,
)
from gateway.lso.models.items import ProductOfferingQualificationItem_Common
from gateway.lso.models.qualifications import (
    ProductOfferingQualification,
    ProductOfferingQualification_Common,
    ProductOfferingQualification_Create,
    ProductOfferingQualification_Find,
)

ENTITIES: tuple[type[Entity], ...] = (
    ProductOfferingQualification,
    ProductOfferingQualification_Common,
    ProductOfferingQualification_Create,
    ProductOfferingQualification_Find,
    ProductOfferingQualificationItem_Common,
    EventSubscription,
    EventSubscriptionInput,
    Event,
    PoqStateChangeEvent,
    PoqItemStateChangeEvent,
    Error,
    *ERRORS.values(),
)
"""From these all other entities are reached."""

__all__ = ["ENTITIES", "Entity"]
