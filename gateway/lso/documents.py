"""Whether a document has the structure that the API definition gives it: requests of Buyers, and our own answers.

Structure only: which members there are, of which type, format and length. The rules of the guide are other files'.
Every check takes JSON as orjson parses it and gives the problems in document order, none if all is well.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema_rs import Validator

from gateway.lso import schema
from gateway.lso.findings import problems
from gateway.lso.models.base import Entity
from gateway.lso.models.errors import ERRORS, Error
from gateway.lso.models.events import (
    EventSubscription,
    EventSubscriptionInput,
    PoqEventType,
    PoqItemStateChangeEvent,
    PoqStateChangeEvent,
)
from gateway.lso.models.qualifications import (
    ProductOfferingQualification,
    ProductOfferingQualification_Create,
    ProductOfferingQualification_Find,
)
from gateway.lso.problems import Problem, in_document_order

_EVENTS: dict[PoqEventType, type[Entity]] = {
    PoqEventType.POQ_STATE_CHANGE: PoqStateChangeEvent,
    PoqEventType.POQ_ITEM_STATE_CHANGE: PoqItemStateChangeEvent,
}


def check_create_request(document: Any) -> list[Problem]:
    """The body of POST /productOfferingQualification (87.1-R7, R21, R22).

    A place contact may be absent, as in the API definition; rules ask for it where it was agreed (87.1-R35).
    """
    return _check(ProductOfferingQualification_Create, document)


def check_qualification(document: Any) -> list[Problem]:
    """A POQ as it is answered (87.1-R7, R43, R60, R62)."""
    return _check(ProductOfferingQualification, document)


def check_found(document: Any) -> list[Problem]:
    """One entry of the list of POQs."""
    return _check(ProductOfferingQualification_Find, document)


def check_event_subscription_input(document: Any) -> list[Problem]:
    """The body of POST /hub (87.1-R67)."""
    return _check(EventSubscriptionInput, document)


def check_event_subscription(document: Any) -> list[Problem]:
    """A registration as it is answered."""
    return _check(EventSubscription, document)


def check_event(event_type: PoqEventType, document: Any) -> list[Problem]:
    """The body of a notification (87.1-R77)."""
    return _check(_EVENTS[event_type], document)


def check_errors(status: int, body: Any) -> list[Problem]:
    """The body of a refusal: a list with 422, one object with any other status."""
    return _check(ERRORS.get(status, Error), body, many=status == 422)


def _check(model: type[Entity], document: Any, *, many: bool = False) -> list[Problem]:
    return in_document_order(problems(_validator(model, many), document), document)


@cache
def _validator(model: type[Entity], many: bool) -> Validator:
    return schema.validator(model, many=many)
