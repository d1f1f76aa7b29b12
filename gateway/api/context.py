"""What the steps of the pipeline know of one request, and what they share among requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Set
from dataclasses import dataclass, field

from aiohttp import web

from gateway.api.admission import Admission, Place
from gateway.api.rates import Rates
from gateway.api.routes import Endpoint, Match, Routes
from gateway.api.settings import ApiSettings
from gateway.authentication.port import Authenticating, Identity
from gateway.lso.document import ReceivedDocument
from gateway.lso.identifiers import Interface
from gateway.notify.port import Hub
from gateway.qualification.port import Caller, Listing, ListQuery, Qualifications
from gateway.upkeep.audit_trail import Denied


@dataclass(frozen=True)
class Parts:
    """What every request is served with. `openapi` is the document as JSON; `ready` says whether work can be done.
    `denied` is told of each request that is not let in.

    `switched_off`: the operationIds that are offered to no Buyer.
    """

    settings: ApiSettings
    routes: Routes
    authenticating: Authenticating
    base_hrefs: Mapping[Interface, str]
    admission: Admission
    rates: Rates
    qualifications: Qualifications
    listing: Listing | None
    hub: Hub | None
    switched_off: Set[str]
    openapi: bytes
    ready: Callable[[], Awaitable[bool]]
    new_id: Callable[[], str]
    monotonic: Callable[[], float]
    denied: Callable[[Denied], None]


@dataclass(slots=True)
class RequestContext:
    """One request on its way. Each field below `held` is set by the step named beside it, and read by later ones only.

    What is `held` is left when the request ends, whichever way it ends.
    """

    request: web.BaseRequest
    parts: Parts
    request_id: str
    held: list[Place] = field(default_factory=list)
    match: Match = field(init=False)  # find_path
    endpoint: Endpoint = field(init=False)  # find_method
    identity: Identity = field(init=False)  # identify
    arriving: Place = field(init=False)  # admit, where a body is to come; take_body leaves it
    query: Mapping[str, str] = field(init=False)  # check_query
    list_query: ListQuery = field(init=False)  # check_query, for the list
    caller: Caller = field(init=False)  # entitle
    found: bytes = field(init=False)  # find_resource
    raw_body: bytes = field(init=False)  # take_body
    body: ReceivedDocument = field(init=False)  # check_syntax
