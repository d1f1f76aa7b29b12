"""What each operation of the standard does once the request is in order.

An operation without an entry in `HANDLERS` is switched off: 501, before anything else of the request is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote

from gateway.api.context import RequestContext
from gateway.api.errors import not_found
from gateway.api.replies import Reply

_POSSIBLE_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}", re.ASCII)


async def _nothing_to_find(context: RequestContext) -> None:
    """For a resource that is there as soon as its path is."""


@dataclass(frozen=True)
class Handler:
    """`find` looks up the resource of the path and raises 404; `process` does the work and gives the answer."""

    process: Callable[[RequestContext], Awaitable[Reply]]
    find: Callable[[RequestContext], Awaitable[None]] = _nothing_to_find


async def _create(context: RequestContext) -> Reply:
    created = await context.parts.qualifications.create(context.caller, context.body)
    return Reply(HTTPStatus.CREATED, created)


async def _find_poq(context: RequestContext) -> None:
    """87.1-R59; unknown and another Buyer's are one answer (C14), as is an id that cannot be one of ours (C22)."""
    poq_id = unquote(context.match.parameters["id"])
    found = None
    if _POSSIBLE_ID.fullmatch(poq_id):
        found = await context.parts.qualifications.read(context.caller, poq_id)
    if found is None:
        raise not_found("There is no product offering qualification with this id")
    context.found = found


async def _retrieve(context: RequestContext) -> Reply:
    return Reply(HTTPStatus.OK, context.found)


HANDLERS = {
    "createProductOfferingQualification": Handler(_create),
    "retrieveProductOfferingQualification": Handler(_retrieve, find=_find_poq),
}
"""By operationId."""
