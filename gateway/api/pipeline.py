"""All that can touch a request, in order (error model, section 3). The first step that finds something answers.

A step gives None to go on, a Reply to end with success, and raises ApiError to end with an error. One that never waits
is a plain function.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus

from aiohttp import hdrs, web
from multidict import CIMultiDictProxy

from gateway.apart import apart
from gateway.api.admission import Overloaded, TooManyRequests
from gateway.api.body import read_body, too_large
from gateway.api.context import RequestContext
from gateway.api.errors import (
    ApiError,
    ErrorCode,
    bad_request,
    forbidden,
    internal_error,
    later,
    method_not_allowed,
    not_found,
    not_implemented,
    refused,
    unusable_message,
)
from gateway.api.handlers import Handler
from gateway.api.identity import check_scopes, invalid, missing, origin, presented
from gateway.api.media import accepts_json, is_json
from gateway.api.operations import HANDLERS
from gateway.api.pages import PAGES
from gateway.api.query import no_check, read_query
from gateway.api.replies import Reply
from gateway.authentication.port import CannotTell, CredentialsRefused, NoCredentials
from gateway.loggers import logger
from gateway.lso.document import InvalidBody, read_document
from gateway.lso.identifiers import BuyerId, SellerId
from gateway.qualification.port import Caller, QualificationFailed, Refused, TooManyOpen, Unavailable
from gateway.store.records_audit import Actor
from gateway.upkeep.audit_trail import Denied

Step = Callable[[RequestContext], Awaitable[Reply | None] | None]
Headers = CIMultiDictProxy[str]
_log = logger()


def find_path(context: RequestContext) -> None:
    match = context.parts.routes.find(context.request.rel_url.raw_path)
    if match is None:
        raise not_found("There is no resource at this path")
    context.match = match


def find_method(context: RequestContext) -> None:
    endpoints = context.match.resource.endpoints
    endpoint = endpoints.get(context.request.method)
    if endpoint is None:
        raise method_not_allowed(endpoints)
    context.endpoint = endpoint


def show_page(context: RequestContext) -> Awaitable[Reply] | None:
    """The operator's pages end here: they have neither Buyer nor body."""
    page = PAGES.get(context.endpoint.name)
    return page(context) if page else None


async def identify(context: RequestContext) -> None:
    """Who asks (C3, C4)."""
    parts = context.parts
    try:
        brought = presented(context.request, parts.settings.proxies)
        known = parts.authenticating.known(brought)
        context.identity = known or await parts.authenticating.identify(brought)
    except NoCredentials:
        raise missing() from None
    except CredentialsRefused as error:
        _log.info("credentials refused", request_id=context.request_id, cause=str(error))
        raise invalid() from None
    except CannotTell as error:
        raise Unavailable(str(error)) from error


def admit(context: RequestContext) -> None:
    """How fast its Buyer asks, then how much is under way.

    A request that has a body to come counts as work only when the body is there (`take_body`).
    """
    context.parts.rates.take(_whose(context))
    admission, client = context.parts.admission, context.identity.client.name
    if context.endpoint.takes_body:
        context.arriving = admission.arriving(client, _sender(context))
        context.held.append(context.arriving)
    else:
        context.held.append(admission.working(client))


def _sender(context: RequestContext) -> str:
    """Whose places a body on its way takes: its address's, or the client's where a proxy sends for many."""
    address = context.request.remote or ""
    return f"client {context.identity.client.name}" if context.parts.settings.proxies.has(address) else address


def _whose(context: RequestContext) -> str:
    """The Buyer that a request counts for, as far as it can be told yet; else the client itself."""
    client = context.identity.client
    if len(client.buyers) == 1:
        return f"buyer {client.buyers[0]}"
    named = context.request.rel_url.query.get("buyerId")
    return f"buyer {named}" if named in client.buyers else f"client {client.name}"


def check_offered(context: RequestContext) -> None:
    if context.endpoint.name not in HANDLERS or context.endpoint.name in context.parts.switched_off:
        raise not_implemented("This operation is not offered")


def check_query(context: RequestContext) -> None:
    """A client that acts for several Buyers names one (87.1-R5), and one of several Sellers of that Buyer (87.1-R6)."""
    client, handler = context.identity.client, _handler(context)
    raw = context.request.rel_url.raw_query_string
    if not raw and len(client.dealings) == 1 and handler.check_values is None:
        context.query = {}
        return

    def required(values: Mapping[str, str]) -> list[str]:
        buyers, sellers = client.buyers, client.sellers(values.get("buyerId"))
        return [name for name, several in (("buyerId", buyers), ("sellerId", sellers)) if len(several) > 1]

    check = no_check if handler.check_values is None else partial(handler.check_values, context)
    context.query = read_query(raw, defined=context.endpoint.query, required=required, check=check)


def entitle(context: RequestContext) -> None:
    """What the client may do, and for whom.

    One answer for a Buyer that is unknown and one that is another client's, so that neither is given away (C9).
    """
    settings, served = context.parts.settings, context.match.resource.served
    assert served is not None, "show_page has answered for the rest"
    check_scopes(context.identity, context.endpoint.name, settings.scopes)
    client = context.identity.client
    named = context.query.get("buyerId")
    buyer = client.buyers[0] if named is None else BuyerId(named)
    if buyer not in client.buyers:
        raise forbidden(ErrorCode.FORBIDDEN_REQUESTER, "The client does not act for this Buyer")
    sellers = client.sellers(buyer)
    named = context.query.get("sellerId")
    seller = sellers[0] if named is None else SellerId(named)
    if seller not in sellers:
        raise forbidden(ErrorCode.ACCESS_DENIED, "This Seller is not represented here")
    by = Actor(f"client {client.name}", origin(context.request, settings.proxies), context.request_id)
    context.caller = Caller(buyer, seller, served.interface, context.parts.base_hrefs[served.interface], by)


def find_resource(context: RequestContext) -> Awaitable[None] | None:
    return _handler(context).find(context)


def check_headers(context: RequestContext) -> None:
    request = context.request
    headers = request.headers
    if hdrs.ACCEPT in headers and not accepts_json(headers.getall(hdrs.ACCEPT)):
        raise unusable_message(HTTPStatus.NOT_ACCEPTABLE, "Only application/json can be answered")
    if context.endpoint.takes_body and request.body_exists:
        _check_body_headers(request)
        if (request.content_length or 0) > context.parts.settings.limits.body_bytes:
            raise too_large(context.parts.settings.limits.body_bytes)
    if _says_other(headers, hdrs.TRANSFER_ENCODING, "chunked"):
        # the parser sees to the last coding only; what stands before it would be taken for the body itself
        raise bad_request(ErrorCode.INVALID_BODY, "Only the transfer coding chunked is known", close=True)
    if _says_other(headers, hdrs.EXPECT, "100-continue"):
        raise unusable_message(HTTPStatus.EXPECTATION_FAILED, "Only the expectation 100-continue is known")


async def take_body(context: RequestContext) -> None:
    """A body that the operation does not define is not looked at."""
    if context.endpoint.takes_body:
        context.raw_body = await read_body(context.request, context.parts.settings.limits)
        context.arriving.leave()
        context.held += context.parts.admission.posting(context.identity.client.name)


async def check_syntax(context: RequestContext) -> None:
    if context.endpoint.takes_body:
        raw, limits = context.raw_body, context.parts.settings.limits
        try:
            context.body = await apart(
                len(raw), lambda: read_document(raw, max_depth=limits.body_depth, max_text=limits.text_bytes)
            )
        except InvalidBody as error:
            raise bad_request(ErrorCode.INVALID_BODY, str(error)) from None


def process(context: RequestContext) -> Awaitable[Reply]:
    return _handler(context).process(context)


STEPS: tuple[Step, ...] = (
    find_path,
    find_method,
    show_page,
    identify,
    admit,
    check_offered,
    check_query,
    entitle,
    find_resource,
    check_headers,
    take_body,
    check_syntax,
    process,
)


async def run(context: RequestContext) -> Reply:
    """The one answer to a request, whatever happens; only cancellation gets through."""
    try:
        for step in STEPS:
            waiting = step(context)
            if waiting is not None and (reply := await waiting) is not None:
                return reply
        raise AssertionError("the last step always answers")
    except ApiError as error:
        _note_denied(context, error.reply)
        return error.reply
    except TooManyRequests as error:
        seconds = error.wait or context.parts.settings.limits.retry_after_seconds
        return later(HTTPStatus.TOO_MANY_REQUESTS, str(error), seconds).reply
    except TooManyOpen as error:
        seconds = context.parts.settings.limits.retry_after_seconds
        return later(HTTPStatus.TOO_MANY_REQUESTS, str(error), seconds).reply
    except Overloaded:
        seconds = context.parts.settings.limits.retry_after_seconds
        return later(HTTPStatus.SERVICE_UNAVAILABLE, "The gateway has too much to do now", seconds).reply
    except Refused as error:
        return refused(error.problems).reply
    except Unavailable as error:
        _log.warning("not available", request_id=context.request_id, cause=str(error))
        seconds = context.parts.settings.limits.retry_after_seconds
        return later(HTTPStatus.SERVICE_UNAVAILABLE, "The gateway is not available now", seconds).reply
    except QualificationFailed as error:
        _log.error("qualification failed", request_id=context.request_id, reason=str(error))
    except Exception as error:
        _log.error("unexpected fault", request_id=context.request_id, exc_info=error)
    return internal_error().reply


def _note_denied(context: RequestContext, reply: Reply) -> None:
    if reply.status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return
    identity = getattr(context, "identity", None)
    name = identity.client.name if identity else ""
    came_from = origin(context.request, context.parts.settings.proxies)
    context.parts.denied(Denied(name, came_from, context.endpoint.name, int(reply.status)))


def _handler(context: RequestContext) -> Handler:
    return HANDLERS[context.endpoint.name]


def _check_body_headers(request: web.BaseRequest) -> None:
    """Raises ApiError 415 (C16)."""
    types = request.headers.getall(hdrs.CONTENT_TYPE, ())
    if len(types) != 1 or not is_json(types[0]):
        raise unusable_message(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must be application/json in UTF-8")
    encodings = request.headers.getall(hdrs.CONTENT_ENCODING, ())
    if encodings and any(encoding.strip().lower() != "identity" for encoding in encodings):
        raise unusable_message(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must not be compressed")


def _says_other(headers: Headers, name: str, known: str) -> bool:
    """Whether a header is there, once or several times, that says anything but this, in any case."""
    return name in headers and any(said.lower() != known for said in headers.getall(name))
