"""The hub's operations: a Buyer registers for notifications, reads a registration, ends it (87.1 section 6.6.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import unquote

from gateway.api.context import RequestContext
from gateway.api.errors import not_found, not_implemented
from gateway.api.handlers import POSSIBLE_ID, Handler
from gateway.api.replies import Reply
from gateway.notify.port import Hub, HubUnavailable, Registrant, RegistrationRefused
from gateway.qualification.port import Refused, Unavailable


async def _register(context: RequestContext) -> Reply:
    with _translated():
        created = await _hub(context).register(_registrant(context), context.body.plain)
    return Reply(HTTPStatus.CREATED, created)


async def _find_hub(context: RequestContext) -> None:
    """H1, J1: where other Buyers get notifications."""
    if not _hub(context).offers(context.caller.dealing):
        raise not_implemented("Notifications are not offered")


async def _find_registration(context: RequestContext) -> None:
    """J2; unknown, another's and ended are one answer."""
    await _find_hub(context)
    registration_id = unquote(context.match.parameters["id"])
    found = None
    if POSSIBLE_ID.fullmatch(registration_id):
        with _translated():
            found = await _hub(context).read(_registrant(context), registration_id)
    if found is None:
        raise _unknown()
    context.found = found


async def _retrieve(context: RequestContext) -> Reply:
    return Reply(HTTPStatus.OK, context.found)


async def _unregister(context: RequestContext) -> Reply:
    """87.1-R71. A body is not looked at (J3)."""
    with _translated():
        ended = await _hub(context).unregister(_registrant(context), unquote(context.match.parameters["id"]))
    if not ended:  # somebody else was faster
        raise _unknown()
    return Reply(HTTPStatus.NO_CONTENT, b"")


HUB_HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "registerListener": Handler(_register, find=_find_hub),
        "retrieveHub": Handler(_retrieve, find=_find_registration),
        "unregisterListener": Handler(_unregister, find=_find_registration),
    }
)
"""By operationId."""


def _hub(context: RequestContext) -> Hub:
    assert context.parts.hub is not None, "check_offered has answered"
    return context.parts.hub


def _registrant(context: RequestContext) -> Registrant:
    caller, query = context.caller, context.query
    parameters = (query.get("buyerId"), query.get("sellerId"))
    return Registrant(caller.buyer, caller.seller, caller.interface, *parameters, by=caller.by)


def _unknown() -> Exception:
    return not_found("There is no registration with this id")


@contextmanager
def _translated() -> Iterator[None]:
    """The hub's errors as those that the pipeline answers."""
    try:
        yield
    except RegistrationRefused as refused:
        raise Refused(refused.problems) from None
    except HubUnavailable as error:
        raise Unavailable(str(error)) from error
