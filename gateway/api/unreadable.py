"""What is answered to a message that the HTTP parser refuses: the same as if it had become a request, where that shows.

The parser gives a line of text, and that line quotes the request line as far as it came in one piece: enough to tell a
path that does not exist from a method that it does not have. Where nothing can be read from it, a general answer stays.
"""

from __future__ import annotations

import ast
import re
from http import HTTPStatus

from aiohttp import http_exceptions
from yarl import URL

from gateway.api.errors import (
    ApiError,
    ErrorCode,
    bad_request,
    internal_error,
    method_not_allowed,
    not_found,
    unusable_message,
)
from gateway.api.routes import Routes

_QUOTED = re.compile(r"^ *(b(?:'.*'|\".*\"))$", re.MULTILINE)
_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/1\.[01]")
_BAD_PATH, _BAD_QUERY, _TOO_MANY = "Invalid char in url path", "Invalid char in url query", "Too many headers"


def answer_to_unreadable(error: BaseException | None, routes: Routes) -> ApiError:
    """In the order of the error model as far as it can be told: 404 (C1, C22), 405 (C2), then what is wrong itself."""
    match error:
        case http_exceptions.LineTooLong():
            return _too_large("The request line or a header is too long")
        case http_exceptions.InvalidURLError(message=message) if message.startswith(_BAD_PATH):
            return not_found("There is no resource at this path")
        case http_exceptions.InvalidURLError(message=message):
            unknown = _unknown(message, routes) if message.startswith(_BAD_QUERY) else None
            return unknown or bad_request(ErrorCode.INVALID_QUERY, "The request target cannot be read")
        case http_exceptions.BadHttpMethod(message=message):
            return _unknown(message, routes) or _malformed()
        case http_exceptions.HttpProcessingError(message=message) if message.startswith(_TOO_MANY):
            return _too_large("The request has too many headers")
        case http_exceptions.HttpProcessingError():
            return _malformed()
        case _:
            return internal_error()


def _unknown(message: str, routes: Routes) -> ApiError | None:
    """404 or 405 from the quoted request line; None if path and method are in order, or cannot be read."""
    quoted = _QUOTED.search(message)
    line = _REQUEST_LINE.fullmatch(ast.literal_eval(quoted[1])) if quoted else None
    if line is None:
        return None
    method, target = (part.decode("ascii", "replace") for part in line.groups())
    found = routes.find(_path(target))
    if found is None:
        return not_found("There is no resource at this path")
    if method not in found.resource.endpoints:
        return method_not_allowed(found.resource.endpoints)
    return None


def _path(target: str) -> str:
    """Of the forms that name a resource (RFC 9112, 3.2.1 and 3.2.2); nothing is at the path of any other target."""
    if target.startswith("/"):
        return target.partition("?")[0].partition("#")[0]
    try:
        return URL(target, encoded=True).raw_path
    except ValueError:
        return ""


def _too_large(reason: str) -> ApiError:
    return unusable_message(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, reason)


def _malformed() -> ApiError:
    # of the codes that Error400 has, the one about form; the body proper has not been looked at
    return bad_request(ErrorCode.INVALID_BODY, "The message is not well-formed HTTP")
