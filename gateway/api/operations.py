"""What each operation of the standard does once the request is in order.

An operation without an entry in `HANDLERS`, or one that is switched off for all Buyers, is 501 before anything else of
the request is looked at; one that is switched off for a Buyer is so once it is known who asks.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import unquote

from gateway.api.context import RequestContext
from gateway.api.errors import not_found
from gateway.api.handlers import POSSIBLE_ID, Handler
from gateway.api.hub import HUB_HANDLERS
from gateway.api.idempotency import IDEMPOTENCY_KEY, idempotency_key
from gateway.api.listing import LIST_HANDLERS
from gateway.api.replies import Reply

_CREATED = HTTPStatus.CREATED


async def _create(context: RequestContext) -> Reply:
    key = idempotency_key(context.request.headers.getall(IDEMPOTENCY_KEY, []))
    created = await context.parts.qualifications.create(context.caller, context.body, key)
    return Reply(_CREATED, created)


async def _find_poq(context: RequestContext) -> None:
    """87.1-R59; unknown and another Buyer's are one answer (C14), as is an id that cannot be one of ours (C22)."""
    poq_id = unquote(context.match.parameters["id"])
    found = None
    if POSSIBLE_ID.fullmatch(poq_id):
        found = await context.parts.qualifications.read(context.caller, poq_id)
    if found is None:
        raise not_found("There is no product offering qualification with this id")
    context.found = found


async def _retrieve(context: RequestContext) -> Reply:
    return Reply(HTTPStatus.OK, context.found)


HANDLERS = {
    "createProductOfferingQualification": Handler(_create),
    "retrieveProductOfferingQualification": Handler(_retrieve, find=_find_poq),
    **LIST_HANDLERS,
    **HUB_HANDLERS,
}
"""By operationId."""
