"""The operations of the API v8 as a table: what the OpenAPI document shows and what the HTTP side routes by.

Knows no server, no handler and no body beyond the names of its entities.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from typing import Literal

from gateway.lso.identifiers import Interface
from gateway.lso.models.base import Entity
from gateway.lso.models.events import (
    EventSubscription,
    EventSubscriptionInput,
    PoqItemStateChangeEvent,
    PoqStateChangeEvent,
)
from gateway.lso.models.qualifications import (
    ProductOfferingQualification,
    ProductOfferingQualification_Create,
    ProductOfferingQualification_Find,
)
from gateway.lso.models.states import MEFPOQTaskStateType

MEDIA_TYPE = "application/json;charset=utf-8"


class Side(StrEnum):
    """Who serves an operation."""

    SELLER = "seller"
    BUYER = "buyer"


def base_path(side: Side, interface: Interface, version: str = "v8") -> str:
    """Where the operations of a side begin: `/` at the start, none at the end."""
    api = {Side.SELLER: "productOfferingQualification", Side.BUYER: "productOfferingQualificationNotification"}[side]
    return f"/mefApi/{interface.value}/{api}/{version}"


@dataclass(frozen=True)
class Parameter:
    """A query parameter; none is required by the definition (87.1-R5 and R6 may ask for the first two)."""

    name: str
    description: str
    type: Literal["string", "integer"] = "string"
    format: Literal["date-time", "int32"] | None = None
    enum: tuple[str, ...] = ()


@dataclass(frozen=True)
class Header:
    """A header of a successful answer."""

    name: str
    type: Literal["boolean", "integer"]
    description: str


@dataclass(frozen=True)
class Operation:
    """One method of one path. `many`: the answer is a list of `response`, which is None where there is no body."""

    operation_id: str
    method: Literal["GET", "POST", "DELETE"]
    path: str
    summary: str
    success: int
    errors: tuple[int, ...]
    query: tuple[Parameter, ...]
    request: type[Entity] | None = None
    response: type[Entity] | None = None
    many: bool = False
    headers: tuple[Header, ...] = ()
    side: Side = Side.SELLER

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """The names in braces of the path."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.path) if name)

    @property
    def may_be_switched_off(self) -> bool:
        """Whether a Seller may do without it, and then answers 501."""
        return 501 in self.errors


PARTIES = (
    Parameter("buyerId", "The Buyer meant; needed if the client acts for several (87.1-R5)."),
    Parameter("sellerId", "The Seller meant; needed if several are served here (87.1-R6)."),
)

_FILTERS = (
    Parameter("state", "POQs in this state.", enum=tuple(state.value for state in MEFPOQTaskStateType)),
    Parameter("creationDate.gt", "POQs created at this instant or later.", format="date-time"),
    Parameter("creationDate.lt", "POQs created at this instant or earlier.", format="date-time"),
    Parameter("requestedPOQCompletionDate.gt", "POQs wanted by this instant or later.", format="date-time"),
    Parameter("requestedPOQCompletionDate.lt", "POQs wanted by this instant or earlier.", format="date-time"),
    Parameter("externalId", "POQs with this identifier of the Buyer's."),
    Parameter("projectId", "POQs of this project of the Buyer's."),
)

_PAGING = (
    Parameter("offset", "How many POQs to pass over.", "integer", "int32"),
    Parameter("limit", "How many POQs to return at most.", "integer", "int32"),
)

_LIST_HEADERS = (
    Header("X-Pagination-Throttled", "boolean", "Whether the page was cut to the largest size served."),
    Header("X-Total-Count", "integer", "How many POQs match in all."),
    Header("X-Result-Count", "integer", "How many POQs this page has."),
)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        operation_id="createProductOfferingQualification",
        method="POST",
        path="/productOfferingQualification",
        summary="Ask whether products can be delivered or modified",
        success=201,
        errors=(400, 401, 403, 422, 500),
        query=PARTIES,
        request=ProductOfferingQualification_Create,
        response=ProductOfferingQualification,
    ),
    Operation(
        operation_id="listProductOfferingQualification",
        method="GET",
        path="/productOfferingQualification",
        summary="List POQs by filter criteria, in an order that does not change between pages",
        success=200,
        errors=(400, 401, 403, 422, 500, 501),
        query=(*_FILTERS, *PARTIES, *_PAGING),
        response=ProductOfferingQualification_Find,
        many=True,
        headers=_LIST_HEADERS,
    ),
    Operation(
        operation_id="retrieveProductOfferingQualification",
        method="GET",
        path="/productOfferingQualification/{id}",
        summary="Read one POQ with all its answers",
        success=200,
        errors=(400, 401, 403, 404, 500, 501),
        query=PARTIES,
        response=ProductOfferingQualification,
    ),
    Operation(
        operation_id="registerListener",
        method="POST",
        path="/hub",
        summary="Register for notifications of state changes",
        success=201,
        errors=(400, 401, 403, 422, 500, 501),
        query=PARTIES,
        request=EventSubscriptionInput,
        response=EventSubscription,
    ),
    Operation(
        operation_id="retrieveHub",
        method="GET",
        path="/hub/{id}",
        summary="Read a registration",
        success=200,
        errors=(400, 401, 403, 404, 500, 501),
        query=PARTIES,
        response=EventSubscription,
    ),
    Operation(
        operation_id="unregisterListener",
        method="DELETE",
        path="/hub/{id}",
        summary="End a registration",
        success=204,
        errors=(400, 401, 403, 404, 422, 500, 501),
        query=PARTIES,
    ),
    Operation(
        operation_id="poqStateChangeEvent",
        method="POST",
        path="/listener/poqStateChangeEvent",
        summary="Be told that a POQ has reached a state",
        success=204,
        errors=(400, 401, 403, 500),
        query=PARTIES,
        request=PoqStateChangeEvent,
        side=Side.BUYER,
    ),
    Operation(
        operation_id="listenToPoqItemStateChangeEvent",
        method="POST",
        path="/listener/poqItemStateChangeEvent",
        summary="Be told that an item of a POQ has reached a state",
        success=204,
        errors=(400, 401, 403, 500),
        query=PARTIES,
        request=PoqItemStateChangeEvent,
        side=Side.BUYER,
    ),
)
"""Those that the Seller serves, then those that a Buyer serves to be notified."""
