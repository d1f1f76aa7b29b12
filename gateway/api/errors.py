"""Every error a Buyer can get, in the standard's shape (error model, section 1; 87.1-R22, 87.1-R24).

Each function makes one kind of answer, to be raised. No text here repeats a cause from inside the gateway.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import orjson

from gateway.api.replies import Reply
from gateway.lso.problems import MOST_PROBLEMS, Problem, ProblemCode

LONGEST_REASON = 255


class ErrorCode(StrEnum):
    """The codes of Error400, Error401, Error403, Error404, Error500 and Error501."""

    MISSING_QUERY_PARAMETER = "missingQueryParameter"
    MISSING_QUERY_VALUE = "missingQueryValue"
    INVALID_QUERY = "invalidQuery"
    INVALID_BODY = "invalidBody"
    MISSING_CREDENTIALS = "missingCredentials"
    INVALID_CREDENTIALS = "invalidCredentials"
    ACCESS_DENIED = "accessDenied"
    FORBIDDEN_REQUESTER = "forbiddenRequester"
    TOO_MANY_USERS = "tooManyUsers"
    NOT_FOUND = "notFound"
    INTERNAL_ERROR = "internalError"
    NOT_IMPLEMENTED = "notImplemented"


class ApiError(Exception):
    """Ends the pipeline with exactly this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status.phrase)
        self.reply = reply


def bad_request(code: ErrorCode, reason: str, message: str = "", *, close: bool = False) -> ApiError:
    return _single(HTTPStatus.BAD_REQUEST, reason, code, message, close=close)


def unauthorized(code: ErrorCode, reason: str, challenge: str) -> ApiError:
    return _single(HTTPStatus.UNAUTHORIZED, reason, code, headers={"WWW-Authenticate": challenge})


def forbidden(code: ErrorCode, reason: str, challenge: str | None = None) -> ApiError:
    headers = {"WWW-Authenticate": challenge} if challenge else None
    return _single(HTTPStatus.FORBIDDEN, reason, code, headers=headers)


def not_found(reason: str) -> ApiError:
    return _single(HTTPStatus.NOT_FOUND, reason, ErrorCode.NOT_FOUND)


def method_not_allowed(allowed: Iterable[str]) -> ApiError:
    methods = ", ".join(sorted(allowed))
    reason = f"This resource allows only {methods}"
    return _single(HTTPStatus.METHOD_NOT_ALLOWED, reason, headers={"Allow": methods})


def unusable_message(status: HTTPStatus, reason: str, *, close: bool = False) -> ApiError:
    """406, 408, 413, 415, 417, 431: the message cannot be taken as it is, whatever it says."""
    return _single(status, reason, close=close)


def later(status: HTTPStatus, reason: str, retry_after_seconds: int) -> ApiError:
    """429, 503: the same request may succeed later."""
    return _single(status, reason, headers={"Retry-After": str(retry_after_seconds)})


def not_implemented(reason: str) -> ApiError:
    return _single(HTTPStatus.NOT_IMPLEMENTED, reason, ErrorCode.NOT_IMPLEMENTED)


def internal_error() -> ApiError:
    reason = "The request could not be processed because of an internal error"
    return _single(HTTPStatus.INTERNAL_SERVER_ERROR, reason, ErrorCode.INTERNAL_ERROR)


def refused(problems: Sequence[Problem]) -> ApiError:
    """422 with the problems of the request, in the order given; those beyond `MOST_PROBLEMS` are only counted."""
    entries = [_entry(problem) for problem in problems[:MOST_PROBLEMS]]
    unlisted = len(problems) - len(entries)
    if unlisted:
        entries[-1] = _entry(problems[MOST_PROBLEMS - 1], f"and {unlisted:,} more problems, not listed here")
    return ApiError(Reply(HTTPStatus.UNPROCESSABLE_ENTITY, orjson.dumps(entries)))


def _entry(problem: Problem, more: str = "") -> dict[str, Any]:
    entry = _error(problem.reason, problem.code, _joined(problem.message, more))
    if problem.path and problem.code is not ProblemCode.TOO_MANY_RECORDS:
        entry["propertyPath"] = problem.pointer
    return entry


def _single(
    status: HTTPStatus,
    reason: str,
    code: ErrorCode | None = None,
    message: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    close: bool = False,
) -> ApiError:
    return ApiError(Reply(status, orjson.dumps(_error(reason, code, message)), headers or {}, close))


def _error(reason: str, code: str | None, message: str) -> dict[str, Any]:
    if len(reason) > LONGEST_REASON:
        reason, message = _cut(reason), _joined(reason, message)
    error = {"reason": reason}
    if code:
        error["code"] = str(code)
    if message:
        error["message"] = message
    return error


def _cut(reason: str) -> str:
    """At the end of a word, unless that would leave less than half; the whole text belongs into `message` then."""
    start = reason[:LONGEST_REASON]
    whole_words = start.rpartition(" ")[0]
    return f"{whole_words if len(whole_words) > LONGEST_REASON // 2 else start[:-1]}…"


def _joined(*texts: str) -> str:
    return "; ".join(filter(None, texts))
